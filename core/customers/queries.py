"""Reads of customers: finding them, one in full, likely duplicates, channels, owners, tags."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, case, false, func, literal, or_, select, union
from sqlalchemy.orm import aliased, selectinload

from core.base.errors import NotFound
from core.base.i18n import N_
from core.base.search import WORD_LENGTH, folded, one_line
from core.customers.models import Channel, Customer, CustomerKind, CustomerTag, CustomerWord, customer_tagging
from core.customers.rules import AddressEntry, ContactEntry, name_core, phone_digits
from core.db.cards import card_of
from core.db.words import MOST_FOUND, matching
from core.fields.models import Subject
from core.fields.rules import Values
from core.fields.values import Wanted, having, values_of
from core.security.models import User
from core.security.permissions import P
from core.security.shows import Sight, searchable
from core.work.command import Scope, query

PAGE = 50
SHORTEST_PHONE = 6
MOST_SIMILAR = 5


@dataclass(frozen=True)
class CustomerRow:
    """A customer in a list. `is_exact`: what was typed is its code."""

    id: int
    code: str
    name: str
    kind: CustomerKind
    region: str
    phone: str
    channel_id: int | None
    channel: str
    owner: str
    is_active: bool
    is_exact: bool

    @property
    def label(self) -> str:
        """Name and code, as lists to choose from show them."""
        return f"{self.name}  {self.code}"


@dataclass(frozen=True)
class CustomerCard:
    """Everything about one customer, its orders apart."""

    id: int
    version: int
    code: str
    name: str
    kind: CustomerKind
    region: str
    phone: str
    tax_number: str
    channel_id: int | None
    channel: str
    owner_id: int | None
    owner: str
    note: str
    is_active: bool
    tags: tuple[str, ...]
    contacts: tuple[ContactEntry, ...]
    addresses: tuple[AddressEntry, ...]
    created_at: datetime
    custom: Values


@dataclass(frozen=True)
class NamedRow:
    """A channel or a user to choose from."""

    id: int
    name: str


@query(P.CUSTOMER_READ)
def find_customers(
    scope: Scope,
    text: str = "",
    *,
    channel_id: int | None = None,
    owner_id: int | None = None,
    tag: str | None = None,
    is_active: bool | None = True,
    custom: Sequence[Wanted] = (),
    limit: int = PAGE,
    offset: int = 0,
) -> list[CustomerRow]:
    """Customers by code, name, pinyin, initials, contact or phone; an exact code first, then beginnings.

    Of a text that very many customers have, only so many are gone through.
    """
    rank = _rank(text)
    chosen = (
        _matching(scope, _rows(rank), text, channel_id, owner_id, tag, is_active, custom).limit(limit).offset(offset)
    )
    if folded(text):
        chosen = chosen.order_by(rank)
    chosen = chosen.order_by(func.lower(Customer.code))
    return [_row(found) for found in scope.session.execute(chosen)]


@query(P.CUSTOMER_READ)
def count_customers(
    scope: Scope,
    text: str = "",
    *,
    channel_id: int | None = None,
    owner_id: int | None = None,
    tag: str | None = None,
    is_active: bool | None = True,
    custom: Sequence[Wanted] = (),
    most: int | None = None,
) -> int:
    """How many customers `find_customers` would go through, counted no further than `most`."""
    counted = _matching(scope, select(Customer.id), text, channel_id, owner_id, tag, is_active, custom).limit(most)
    return int(scope.session.scalars(select(func.count()).select_from(counted.subquery())).one())


@query(P.CUSTOMER_READ)
def customer_card(scope: Scope, customer_id: int) -> CustomerCard:
    """One customer in full; `NotFound` where it is not there."""
    chosen = (
        select(Customer, func.coalesce(Channel.name, ""), func.coalesce(User.name, ""))
        .outerjoin(Channel, Customer.channel_id == Channel.id)
        .outerjoin(User, Customer.owner_id == User.id)
        .where(Customer.id == customer_id)
        .options(selectinload(Customer.contacts), selectinload(Customer.addresses), selectinload(Customer.tags))
    )
    found = scope.session.execute(chosen).one_or_none()
    if found is None:
        raise NotFound(what=N_("The customer"))
    customer, channel, owner = found
    return card_of(
        CustomerCard,
        customer,
        channel=channel,
        owner=owner,
        custom=values_of(scope, Subject.CUSTOMER, [customer_id])[customer_id],
        tags=tuple(sorted(tag.name for tag in customer.tags)),
        contacts=tuple(ContactEntry(each.name, each.position, each.phone, each.email) for each in customer.contacts),
        addresses=tuple(
            AddressEntry(each.street, each.region, each.recipient, each.phone) for each in customer.addresses
        ),
    )


@query(P.CUSTOMER_READ)
def similar_customers(scope: Scope, name: str, phone: str = "", *, but: int | None = None) -> list[CustomerRow]:
    """Customers that are likely the same as one being entered: its name without legal form, or its phone."""
    if scope.actor.shows.phone != Sight.OPEN:
        phone = ""  # or trying numbers would tell whose they are
    core, digits = name_core(name), phone_digits(phone)
    by_name = _has_word(core) if core else false()
    by_phone = _has_word(digits) if len(digits) >= SHORTEST_PHONE else false()
    with_word = select(CustomerWord.owner_id).where(
        CustomerWord.word.in_([word[:WORD_LENGTH] for word in (core, digits) if word])
    )
    chosen = _rows(_rank("")).add_columns(by_phone).where(or_(by_name, by_phone), Customer.id.is_distinct_from(but))
    chosen = chosen.where(Customer.id.in_(with_word))
    found = scope.session.execute(chosen.order_by(Customer.id)).all()
    same = [_row(columns) for *columns, has_phone in found if has_phone or name_core(columns[2]) == core]
    return same[:MOST_SIMILAR]


@query(P.CUSTOMER_READ)
def channels(scope: Scope) -> list[NamedRow]:
    """All channels, by name."""
    return [
        NamedRow(*found) for found in scope.session.execute(select(Channel.id, Channel.name).order_by(Channel.name))
    ]


@query(P.CUSTOMER_READ)
def owners(scope: Scope) -> list[NamedRow]:
    """The users who can look after customers, by name; disabled ones are left out."""
    users = select(User.id, User.name).where(User.disabled_at.is_(None)).order_by(User.name)
    return [NamedRow(*found) for found in scope.session.execute(users)]


@query(P.CUSTOMER_READ)
def customer_tags(scope: Scope) -> list[str]:
    """All tags on customers, by name."""
    return list(scope.session.scalars(select(CustomerTag.name).order_by(CustomerTag.name)))


def found_by(scope: Scope, text: str, most: int = MOST_FOUND) -> CompoundSelect[int] | None:
    """Ids of the customers that a text finds, `most` or a few more; None where nothing was typed.

    Nobody finds by a phone what is not shown.
    """
    text = searchable(text, scope.actor.shows)
    digits = phone_digits(text)
    is_phone = len(digits) >= SHORTEST_PHONE and re.fullmatch(r"[\d\s()+./-]*", one_line(text))
    texts = [text, digits] if is_phone else [text]
    found = [matching(CustomerWord, Customer, Customer.search_text, each, most) for each in texts]
    coded = aliased(Customer)
    by_code = select(coded.id).where(func.lower(coded.code) == func.lower(one_line(text)))
    return None if found[0] is None else union(by_code, *(each for each in found if each is not None))


def _rows(rank: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Customer.id,
            Customer.code,
            Customer.name,
            Customer.kind,
            Customer.region,
            Customer.phone,
            Customer.channel_id,
            func.coalesce(Channel.name, ""),
            func.coalesce(User.name, ""),
            Customer.is_active,
            rank,
        )
        .select_from(Customer)
        .outerjoin(Channel, Customer.channel_id == Channel.id)
        .outerjoin(User, Customer.owner_id == User.id)
    )


def _row(found: Any) -> CustomerRow:
    columns: list[Any] = [*found[:-1], found[-1] == 0]
    return CustomerRow(*columns)


def _rank(text: str) -> ColumnElement[int]:
    typed = folded(text)
    if not typed:
        return case((Customer.id.is_(None), 0), else_=3)
    return case(
        (func.lower(Customer.code) == func.lower(one_line(text)), 0),
        (func.lower(Customer.code).startswith(typed, autoescape=True), 1),
        (
            or_(
                func.lower(Customer.name).startswith(typed, autoescape=True),
                Customer.initials.startswith(typed, autoescape=True),
            ),
            2,
        ),
        else_=3,
    )


def _matching(
    scope: Scope,
    chosen: Select[*tuple[Any, ...]],
    text: str,
    channel_id: int | None,
    owner_id: int | None,
    tag: str | None,
    is_active: bool | None,
    custom: Sequence[Wanted],
) -> Select[*tuple[Any, ...]]:
    found = found_by(scope, text)
    if found is not None:
        chosen = chosen.where(Customer.id.in_(found))
    if channel_id is not None:
        chosen = chosen.where(Customer.channel_id == channel_id)
    if owner_id is not None:
        chosen = chosen.where(Customer.owner_id == owner_id)
    if is_active is not None:
        chosen = chosen.where(Customer.is_active == is_active)
    if tag is not None:
        tagged = (
            select(customer_tagging.c.customer_id)
            .join(CustomerTag, CustomerTag.id == customer_tagging.c.tag_id)
            .where(CustomerTag.name == tag)
        )
        chosen = chosen.where(Customer.id.in_(tagged))
    for passing in having(Subject.CUSTOMER, custom):
        chosen = chosen.where(Customer.id.in_(passing))
    return chosen


def _has_word(word: str) -> ColumnElement[bool]:
    """Whether the word stands alone in the search text, where names' cores and phone numbers do."""
    return (literal(" ") + Customer.search_text + " ").contains(f" {word} ", autoescape=True)
