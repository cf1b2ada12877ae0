"""What a supplier must be like, and the form it is entered in."""

from dataclasses import dataclass, fields, replace

from core.base.errors import InvalidInput
from core.base.i18n import N_
from core.base.search import one_line

NOTE_LENGTH = 2000
LENGTHS = {"code": 64, "name": 200, "contact": 80, "phone": 40, "email": 120, "tax_number": 40, "terms": 200}
FIELD_LABELS = {
    "code": N_("Code"),
    "name": N_("Supplier name"),
    "contact": N_("Contact"),
    "phone": N_("Phone"),
    "email": N_("E-mail"),
    "tax_number": N_("Tax number"),
    "terms": N_("Terms of payment"),
}


@dataclass(frozen=True)
class SupplierEntry:
    """A supplier as typed into the form. Without a code it gets the next one of the series."""

    name: str
    code: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    tax_number: str = ""
    terms: str = ""
    note: str = ""


def checked(entry: SupplierEntry) -> SupplierEntry:
    """The entry as it will be kept, trimmed; refuses what is missing or too long."""
    lines = {each.name: one_line(getattr(entry, each.name)) for each in fields(entry) if each.name != "note"}
    entry = replace(entry, **lines, note=entry.note.strip())
    if not entry.name:
        raise InvalidInput(field=FIELD_LABELS["name"], reason=N_("must not be empty. Enter it and try again."))
    for name, most in LENGTHS.items():
        if len(getattr(entry, name)) > most:
            raise InvalidInput(field=FIELD_LABELS[name], reason=N_("is too long."))
    if len(entry.note) > NOTE_LENGTH:
        raise InvalidInput(field=N_("Note"), reason=N_("is too long."))
    if entry.email and "@" not in entry.email[1:-1]:
        raise InvalidInput(
            field=FIELD_LABELS["email"], reason=N_("An e-mail address needs an @ between name and host.")
        )
    return entry
