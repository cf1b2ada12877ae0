"""Adding and changing customers and channels; creating many customers for an import."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import NotFound, StaleVersion
from core.base.i18n import N_
from core.base.search import folded, initials_of, one_line, search_text_of
from core.customers.errors import ChannelTaken, CodeTaken
from core.customers.models import Address, Channel, Contact, Customer, CustomerTag, CustomerWord
from core.customers.rules import (
    LENGTHS,
    AddressEntry,
    ContactEntry,
    CustomerDraft,
    CustomerEntry,
    channel_name,
    checked,
    name_core,
    phone_digits,
)
from core.db.upsert import upsert
from core.db.words import index_again, index_words
from core.fields.models import Subject
from core.fields.values import checked_custom, texts_of, write_values
from core.security.models import User
from core.security.permissions import P
from core.security.shows import uncovered
from core.work.command import command
from core.work.unit import UnitOfWork

CODE_SERIES = "C"


@command(P.CUSTOMER_EDIT)
def add_customer(uow: UnitOfWork, entry: CustomerEntry) -> int:
    """Add a customer with contacts and addresses. Refuses a code that is taken; without one it gets the next."""
    entry = checked(entry)
    if entry.owner_id is None and uow.actor.sees.owners is not None:
        entry = replace(entry, owner_id=uow.actor.id)  # or nobody who entered it would find it again
    code = entry.code or _next_code(uow)
    _refuse_taken(uow, entry, code, customer_id=None)
    customer = Customer(created_at=uow.now, code=code, tags=_tags(uow, entry.tags), contacts=[], addresses=[])
    custom = {} if entry.custom is None else checked_custom(uow, Subject.CUSTOMER, entry.custom)
    _fill(customer, entry, [each for each in custom.values() if isinstance(each, str)])
    try:
        with uow.session.begin_nested():
            uow.add(customer)
    except IntegrityError as error:
        raise CodeTaken(code=code, name=N_("another customer")) from error
    index_words(uow.session, CustomerWord, [(customer.id, customer.search_text)])
    facts: dict[str, Any] = {"custom": write_values(uow, Subject.CUSTOMER, customer.id, custom)} if custom else {}
    uow.audit("customer.added", customer, code=customer.code, name=customer.name, **facts)
    return customer.id


@command(P.CUSTOMER_EDIT)
def edit_customer(uow: UnitOfWork, customer_id: int, entry: CustomerEntry, *, version: int) -> int:
    """Change a customer. Refuses when somebody else changed it since `version` was read."""
    customer = get_customer(uow, customer_id)
    if customer.version != version:
        raise StaleVersion(what=f"{customer.code} {customer.name}")
    entry = checked(uncovered(entry, _as_entered(customer), uow.actor.shows))
    code = entry.code or customer.code
    _refuse_taken(uow, entry, code, customer_id=customer.id)
    before = _listed(customer)
    found_by = customer.search_text
    customer.tags = _tags(uow, entry.tags)
    customer.code = code
    if entry.custom is None:
        custom, words = {}, texts_of(uow, Subject.CUSTOMER, customer.id)
    else:
        kept = checked_custom(uow, Subject.CUSTOMER, entry.custom)
        words = [each for each in kept.values() if isinstance(each, str)]
        custom = write_values(uow, Subject.CUSTOMER, customer.id, kept)
    _fill(customer, entry, words)
    flag_modified(customer, "created_at")  # a change of contacts or addresses alone is a new version, too
    after = _listed(customer)
    changed: dict[str, Any] = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if custom:
        changed["custom"] = custom
    uow.audit("customer.edited", customer, code=customer.code, **changed)
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise CodeTaken(code=code, name=N_("another customer")) from error
    if customer.search_text != found_by:
        index_again(uow.session, CustomerWord, customer.id, customer.search_text)
    return customer.id


@command(P.CUSTOMER_EDIT)
def deactivate_customer(uow: UnitOfWork, customer_id: int) -> int:
    """Take a customer out of order entry; orders and reports keep it. Doing it twice is no harm."""
    return _set_active(uow, customer_id, False, "customer.deactivated")


@command(P.CUSTOMER_EDIT)
def reactivate_customer(uow: UnitOfWork, customer_id: int) -> int:
    """Offer a customer in order entry again."""
    return _set_active(uow, customer_id, True, "customer.reactivated")


@command(P.CUSTOMER_EDIT)
def add_channel(uow: UnitOfWork, name: str) -> int:
    """Open a channel that orders come through. Refuses a name that another one has."""
    name = channel_name(name)
    if _channel_of(uow, name) is not None:
        raise ChannelTaken(name=name)
    channel = uow.add(Channel(name=name))
    uow.audit("channel.added", channel, name=name)
    return channel.id


@command(P.CUSTOMER_EDIT)
def rename_channel(uow: UnitOfWork, channel_id: int, name: str) -> int:
    """Give a channel another name, for past orders too. Refuses a name that another one has."""
    name = channel_name(name)
    channel = uow.session.get(Channel, channel_id, with_for_update=True)
    if channel is None:
        raise NotFound(what=N_("The channel"))
    if _channel_of(uow, name) not in (None, channel.id):
        raise ChannelTaken(name=name)
    uow.audit("channel.renamed", channel, name=[channel.name, name])
    channel.name = name
    return channel.id


def get_customer(uow: UnitOfWork, customer_id: int) -> Customer:
    """A customer with contacts, addresses and tags, locked until the end of the transaction."""
    customer = uow.session.scalars(
        select(Customer)
        .where(Customer.id == customer_id)
        .options(selectinload(Customer.contacts), selectinload(Customer.addresses), selectinload(Customer.tags))
        .with_for_update()
    ).one_or_none()
    if customer is None:
        raise NotFound(what=N_("The customer"))
    return customer


def ensure_channel(uow: UnitOfWork, name: str) -> int:
    """The channel of this name, whatever its case; created when missing. The caller writes the audit entry."""
    name = channel_name(name)
    found = _channel_of(uow, name)
    if found is not None:
        return found
    made = upsert(uow.session, Channel).values(name=name).on_conflict_do_nothing().returning(Channel.id)
    channel_id = uow.session.scalar(made) or uow.session.scalars(select(Channel.id).where(Channel.name == name)).one()
    uow.touch(Channel, channel_id)
    return channel_id


def ensure_customers(uow: UnitOfWork, drafts: Sequence[CustomerDraft]) -> dict[str, int]:
    """Create what is missing; each draft's code, as written, with its customer's id.

    Codes are the same customer whatever their case; of several drafts of one code the first counts.
    Customers that exist stay as they are. The caller writes the audit entry.
    """
    known = {folded(code): each for code, each in uow.session.execute(select(Customer.code, Customer.id))}
    missing: dict[str, CustomerDraft] = {}
    for draft in drafts:
        if folded(draft.code) not in known:
            missing.setdefault(folded(draft.code), draft)
    rows: list[dict[str, Any]] = []
    for draft in missing.values():
        code, name = _cut(draft.code, "code"), _cut(draft.name or draft.code, "name")
        rows.append(
            {
                "code": code,
                "name": name,
                "kind": draft.kind,
                "region": _cut(draft.region, "region"),
                "phone": _cut(draft.phone, "phone"),
                "channel_id": draft.channel_id,
                "initials": initials_of(name),
                "search_text": _search_text(code, name, draft.phone),
                "created_at": uow.now,
            }
        )
    customer_ids = uow.insert_many(Customer, rows)
    index_words(
        uow.session, CustomerWord, [(each, row["search_text"]) for each, row in zip(customer_ids, rows, strict=True)]
    )
    for customer_id in customer_ids:
        uow.touch(Customer, customer_id)
    known.update(zip(missing, customer_ids, strict=True))
    return {draft.code: known[folded(draft.code)] for draft in drafts}


def _fill(customer: Customer, entry: CustomerEntry, words: Sequence[str]) -> None:
    customer.name = entry.name
    customer.kind = entry.kind
    customer.region = entry.region
    customer.phone = entry.phone
    customer.tax_number = entry.tax_number
    customer.channel_id = entry.channel_id
    customer.owner_id = entry.owner_id
    customer.note = entry.note
    customer.initials = initials_of(entry.name)
    people = [word for contact in entry.contacts for word in (contact.name, phone_digits(contact.phone))]
    customer.search_text = _search_text(customer.code, entry.name, entry.phone, [*people, *words])
    if _contacts(customer) != entry.contacts:
        customer.contacts = [Contact(**vars(contact)) for contact in entry.contacts]
    if _addresses(customer) != entry.addresses:
        customer.addresses = [Address(**vars(address)) for address in entry.addresses]


def _search_text(code: str, name: str, phone: str, people: Sequence[str] = ()) -> str:
    return search_text_of(name, [code, phone_digits(phone), name_core(name), *people])


def _contacts(customer: Customer) -> tuple[ContactEntry, ...]:
    return tuple(ContactEntry(each.name, each.position, each.phone, each.email) for each in customer.contacts)


def _addresses(customer: Customer) -> tuple[AddressEntry, ...]:
    return tuple(AddressEntry(each.street, each.region, each.recipient, each.phone) for each in customer.addresses)


def _as_entered(customer: Customer) -> CustomerEntry:
    """A customer as the form shows it to who sees everything."""
    return CustomerEntry(
        name=customer.name, phone=customer.phone, contacts=_contacts(customer), addresses=_addresses(customer)
    )


def _listed(customer: Customer) -> dict[str, list[Any]]:
    """What belongs to a customer without being one of its columns, as the audit entry shows it."""
    return {
        "contacts": [vars(each) for each in _contacts(customer)],
        "addresses": [vars(each) for each in _addresses(customer)],
        "tags": sorted(tag.name for tag in customer.tags),
    }


def _set_active(uow: UnitOfWork, customer_id: int, is_active: bool, tag: str) -> int:
    customer = get_customer(uow, customer_id)
    customer.is_active = is_active
    uow.audit(tag, customer, code=customer.code)
    return customer.id


def _next_code(uow: UnitOfWork) -> str:
    """The next of the series that nobody typed by hand before."""
    while True:
        code = uow.number(CODE_SERIES)
        if uow.session.scalar(select(Customer.id).where(func.lower(Customer.code) == func.lower(code))) is None:
            return code


def _refuse_taken(uow: UnitOfWork, entry: CustomerEntry, code: str, customer_id: int | None) -> None:
    others = select(Customer.name).where(
        func.lower(Customer.code) == func.lower(code), Customer.id.is_distinct_from(customer_id)
    )
    taken = uow.session.scalars(others).first()
    if taken is not None:
        raise CodeTaken(code=code, name=taken)
    if entry.channel_id is not None and uow.session.get(Channel, entry.channel_id) is None:
        raise NotFound(what=N_("The channel"))
    if entry.owner_id is not None and uow.session.get(User, entry.owner_id) is None:
        raise NotFound(what=N_("The user"))


def _channel_of(uow: UnitOfWork, name: str) -> int | None:
    channels = uow.session.execute(select(Channel.name, Channel.id).order_by(Channel.id))
    return next((channel_id for known, channel_id in channels if folded(known) == folded(name)), None)


def _tags(uow: UnitOfWork, names: Iterable[str]) -> list[CustomerTag]:
    """The tags of these names; new ones are created on the fly, spelled as first typed."""
    known = {folded(tag.name): tag for tag in uow.session.scalars(select(CustomerTag))}
    return [known.get(folded(name)) or uow.add(CustomerTag(name=name)) for name in names]


def _cut(text: str, name: str) -> str:
    return one_line(text)[: LENGTHS[name]].strip()
