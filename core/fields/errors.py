"""What is refused about custom fields."""

from core.base.errors import AppError
from core.base.i18n import N_


class FieldNameTaken(AppError):
    """Two fields of products, or of customers, never share a name."""

    message = N_("Another field is called {name}. Choose another name.")


class FieldHasValues(AppError):
    """What somebody entered is not thrown away with its field."""

    message = N_("{name} is filled in {count} times and cannot be deleted. Take it out of use instead: values stay.")


class ChoiceInUse(AppError):
    """A choice that somebody made stays on the list."""

    message = N_("{choice} of {name} is chosen {count} times and stays on the list. Change those first.")
