"""Refusals: sentences that a shopkeeper can act on."""

from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from core.base.i18n import N_, _

Fact = str | int | Decimal | date | datetime | None


class AppError(Exception):
    """A refusal. `message` holds one sentence; `facts` fill its braces.

    Facts named in `texts` are our own marked texts and are translated; all others are shown as they are.
    """

    message: ClassVar[str] = N_("This is not possible.")
    texts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **facts: Fact) -> None:
        super().__init__(self.message)
        self.facts = facts

    @property
    def sentence(self) -> str:
        """What, why and what to do, in the language of this context."""
        return _(self.message).format(**self.shown)

    @property
    def shown(self) -> dict[str, str]:
        """The facts as they stand in a sentence."""
        return {name: _(str(fact)) if name in self.texts else _shown(fact) for name, fact in self.facts.items()}

    def __str__(self) -> str:
        return self.sentence


class Refusals(AppError):
    """Several refusals at once, such as every short line of an order."""

    message = N_("{count} problems found.")

    def __init__(self, problems: list[AppError]) -> None:
        super().__init__(count=len(problems))
        self.problems = problems

    @property
    def sentence(self) -> str:
        """One line for each problem."""
        return "\n".join(problem.sentence for problem in self.problems)


class NotFound(AppError):
    """Something named by a link or a script is not there."""

    message = N_("{what} was not found. It may have been deleted; go back to the list and open it again.")
    texts = ("what",)


class InvalidInput(AppError):
    """What was typed cannot be used; the sentence says why."""

    message = N_("{field}: {reason}")
    texts = ("field", "reason")


class ReasonMissing(AppError):
    """A correction needs its reason."""

    message = N_("A reason is needed, so that this can be understood later. Enter one.")


def reason_given(reason: str) -> str:
    """The reason without blanks around it; `ReasonMissing` where nothing is left."""
    if not reason.strip():
        raise ReasonMissing
    return reason.strip()


class StaleVersion(AppError):
    """Somebody else changed the record after it was opened."""

    message = N_("{what} was changed by somebody else meanwhile. Reload the page and apply your change again.")
    texts = ("what",)


def _shown(fact: Fact) -> str:
    if isinstance(fact, Decimal):
        return f"{fact.normalize():f}"
    return "" if fact is None else str(fact)
