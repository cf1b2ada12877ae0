"""What a customer must be like, and the forms it is entered in."""

import re
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from core.base.errors import InvalidInput
from core.base.i18n import N_
from core.base.search import folded, one_line
from core.customers.models import CustomerKind
from core.fields.rules import Values

TAG_LENGTH = 40
CHANNEL_LENGTH = 80
NOTE_LENGTH = 2000
LENGTHS = {
    "code": 64,
    "name": 200,
    "region": 80,
    "phone": 40,
    "tax_number": 40,
    "position": 80,
    "email": 120,
    "street": 300,
    "recipient": 80,
}
CONTACT_NAME_LENGTH = 80
_WORD = re.compile(r"[^\W_]+")
_LEGAL_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|公司)$|(?:\s(?:company|co|limited|ltd|inc|llc|plc|corp|corporation|gmbh))+$"
)
FIELD_LABELS = {
    "code": N_("Code"),
    "name": N_("Customer name"),
    "region": N_("Region"),
    "phone": N_("Phone"),
    "tax_number": N_("Tax number"),
    "position": N_("Position"),
    "email": N_("E-mail"),
    "street": N_("Street and number"),
    "recipient": N_("Recipient"),
}


@dataclass(frozen=True)
class ContactEntry:
    """A person to talk to, as typed."""

    name: str
    position: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class AddressEntry:
    """Where goods or letters go, as typed."""

    street: str
    region: str = ""
    recipient: str = ""
    phone: str = ""


@dataclass(frozen=True)
class CustomerEntry:
    """A customer as typed into the form. Without a code it gets the next one; without custom values, they stay."""

    name: str
    code: str = ""
    kind: CustomerKind = CustomerKind.COMPANY
    region: str = ""
    phone: str = ""
    tax_number: str = ""
    channel_id: int | None = None
    owner_id: int | None = None
    note: str = ""
    tags: tuple[str, ...] = ()
    contacts: tuple[ContactEntry, ...] = ()
    addresses: tuple[AddressEntry, ...] = ()
    custom: Values | None = None


@dataclass(frozen=True)
class CustomerDraft:
    """A customer as a file names it: enough to create it where it is missing."""

    code: str
    name: str
    kind: CustomerKind = CustomerKind.COMPANY
    region: str = ""
    channel_id: int | None = None
    phone: str = ""


E = TypeVar("E", CustomerEntry, ContactEntry, AddressEntry)


def walk_in_code(channel_id: int) -> str:
    """The code of the one customer that stands for all who buy through this channel without a name."""
    return f"WALK-IN-{channel_id}"


def checked(entry: CustomerEntry) -> CustomerEntry:
    """The entry as it will be kept: trimmed, empty rows left out; refuses what is missing or too long."""
    entry = _trimmed(entry)
    if not entry.name:
        raise InvalidInput(field=FIELD_LABELS["name"], reason=N_("must not be empty. Enter it and try again."))
    contacts = tuple(each for each in map(_trimmed, entry.contacts) if each != ContactEntry(""))
    addresses = tuple(each for each in map(_trimmed, entry.addresses) if each != AddressEntry(""))
    for contact in contacts:
        if not contact.name:
            raise InvalidInput(field=N_("Contacts"), reason=N_("A contact needs a name."))
        if len(contact.name) > CONTACT_NAME_LENGTH:
            raise InvalidInput(field=N_("Contacts"), reason=N_("A name is too long."))
        if contact.email and "@" not in contact.email[1:-1]:
            raise InvalidInput(field=N_("Contacts"), reason=N_("An e-mail address needs an @ between name and host."))
    if not all(address.street for address in addresses):
        raise InvalidInput(field=N_("Addresses"), reason=N_("An address needs a street."))
    return replace(
        entry,
        note=entry.note.replace("\0", "").strip()[:NOTE_LENGTH],
        tags=_tags(entry.tags),
        contacts=contacts,
        addresses=addresses,
    )


def channel_name(typed: str) -> str:
    """One trimmed line that is not empty."""
    name = one_line(typed)
    if not name:
        raise InvalidInput(field=N_("Channel"), reason=N_("must not be empty. Enter it and try again."))
    if len(name) > CHANNEL_LENGTH:
        raise InvalidInput(field=N_("Channel"), reason=N_("is too long."))
    return name


def phone_digits(typed: str) -> str:
    """A phone number without spaces, dashes and China's country code, to compare it with others."""
    digits = "".join(sign for sign in one_line(typed) if sign.isdecimal())
    return digits.removeprefix("86") if len(digits) == len("8613800000000") else digits


def name_core(typed: str) -> str:
    """A name without spaces, signs, case and legal form: what two spellings of one customer share."""
    plain = _LEGAL_FORM.sub("", " ".join(_WORD.findall(folded(typed))))
    return plain.replace(" ", "") or "".join(_WORD.findall(folded(typed)))


def _trimmed(entry: E) -> E:
    texts: dict[str, Any] = {}
    for field in fields(entry):
        typed = getattr(entry, field.name)
        if field.name in LENGTHS and isinstance(typed, str):
            texts[field.name] = one_line(typed)
            if len(texts[field.name]) > LENGTHS[field.name]:
                raise InvalidInput(field=FIELD_LABELS[field.name], reason=N_("is too long."))
    return replace(entry, **texts)


def _tags(typed: tuple[str, ...]) -> tuple[str, ...]:
    tags = {folded(each): one_line(each)[:TAG_LENGTH].strip() for each in reversed(typed) if one_line(each)}
    return tuple(sorted(tags.values()))


def masked_phone(phone: str) -> str:
    """A phone number that can be told from others and not be called: 138****5678."""
    return phone if len(phone) < 5 else phone[:3] + "*" * max(len(phone) - 7, 2) + phone[-4 if len(phone) > 8 else -2 :]
