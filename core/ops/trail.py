"""Looking through the audit trail: who did what to which object, when and from where."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Text, and_, cast, false, func, or_, select
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.base.errors import AppError
from core.base.i18n import N_
from core.base.search import one_line
from core.catalog.models import Category, Product, Variant
from core.customers.models import Channel, Customer
from core.exchange.models import ImportBatch
from core.ops.models import CheckRun
from core.ops.seal_form import AUDIT
from core.ops.seal_models import Seal, SealCheck
from core.ops.seals import SEALS, Head, head_of
from core.pricing.models import PriceList, PromotionOffer
from core.receivables.models import AccountCharge, Payment
from core.receivables.statement_models import Statement
from core.sales.models import SalesOrder, SalesReturn
from core.sales.returns.models import ReturnReason
from core.sales.template_models import OrderTemplate
from core.security.models import User
from core.security.permissions import P
from core.stock.counts.models import StockCount
from core.stock.models import Location, Lot, StockDocument, Warehouse
from core.stock.transfers.models import Transfer
from core.suppliers.models import Supplier
from core.work.command import Scope, command, query
from core.work.store import View
from core.work.unit import UnitOfWork


class TrailOfAll(AppError):
    """Entries tell of everything; somebody who sees a part cannot be shown the trail in parts."""

    message = N_("The audit trail tells of all customers and warehouses. Your role sees a part; ask an administrator.")


PAGE = 50
LOOKED_AT = 20_000
"""Entries that are read for a text before the reader is asked whether to go on: the cost must have an end."""

MOST_EXPORTED = 50_000
SYSTEM_ID = 0
"""In a filter, who acts without being a user: the command line, jobs, visitors."""

NAMES: Mapping[str, Any] = {
    model.__tablename__: column
    for model, column in (
        (SalesOrder, SalesOrder.number),
        (SalesReturn, SalesReturn.number),
        (Payment, Payment.number),
        (Statement, Statement.number),
        (AccountCharge, AccountCharge.number),
        (StockDocument, StockDocument.number),
        (Transfer, Transfer.number),
        (StockCount, StockCount.number),
        (Customer, Customer.name),
        (Product, Product.name),
        (Supplier, Supplier.name),
        (PriceList, PriceList.name),
        (PromotionOffer, PromotionOffer.name),
        (OrderTemplate, OrderTemplate.name),
        (Category, Category.name),
        (Channel, Channel.name),
        (Warehouse, Warehouse.name),
        (Location, Location.name),
        (Lot, Lot.number),
        (ReturnReason, ReturnReason.name),
        (User, User.name),
        (ImportBatch, ImportBatch.file_name),
    )
}
# What somebody types who looks for one object: its number or code, whole.
_NUMBERED = (SalesOrder, SalesReturn, Payment, Statement, AccountCharge, StockDocument, Transfer, StockCount)
_CODES: tuple[tuple[type[Any], Any, Any], ...] = (
    (Customer, func.lower(Customer.code), Customer.id),
    (Supplier, func.lower(Supplier.code), Supplier.id),
    (Product, func.lower(Variant.sku), Variant.product_id),
    (User, User.username, User.id),
)


@dataclass(frozen=True)
class TrailFilter:
    """Which entries: by person (`SYSTEM_ID`: nobody), tag, kind of object, one object, days and words."""

    actor_id: int | None = None
    tag: str = ""
    kind: str = ""
    subject_id: int | None = None
    since: date | None = None
    until: date | None = None
    words: str = ""


@dataclass(frozen=True)
class TrailEntry:
    """Something that was done. `subject` is what the object is called today, `link_id` what its screen asks for."""

    id: int
    at: datetime
    actor: str
    source: str
    command: str
    tag: str
    subject_type: str
    subject_id: int | None
    subject: str
    link_id: int | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class TrailPage:
    """Some entries, newest first. `before` is where to go on (None: that was all).

    `back_to` is how far entries were read for the words, where that is not all the way.
    """

    rows: tuple[TrailEntry, ...]
    before: int | None
    back_to: datetime | None = None


@dataclass(frozen=True)
class SealState:
    """The newest seal, how many entries are newer, when all seals last held, and whether they no longer do."""

    head: Head | None
    open_entries: int
    verified_at: datetime | None
    is_broken: bool


@query(P.AUDIT_READ)
def trail(scope: View, wanted: TrailFilter, *, before: int | None = None, limit: int = PAGE) -> TrailPage:
    """Entries that pass the filter, newest first; a page costs the same however long the trail is."""
    if scope.actor.sees.is_limited or scope.actor.shows.is_limited:
        raise TrailOfAll
    session = scope.session
    conditions = _conditions(scope, wanted)
    if before is not None:
        conditions.append(AuditEntry.id < before)
    newest = AuditEntry.id.desc()
    back_to: tuple[int, datetime] | None = None
    named = _objects(session, wanted.words) if wanted.words.strip() else []
    if named:
        conditions.append(_one_of(named))
    elif wanted.words.strip():
        end = select(AuditEntry.id, AuditEntry.at).where(*conditions).order_by(newest).offset(LOOKED_AT - 1).limit(1)
        found = session.execute(end).first()
        if found is not None:
            back_to = (found.id, found.at)
            conditions.append(AuditEntry.id >= found.id)
        conditions += _texts(wanted.words)
    rows = session.execute(select(AUDIT.table).where(*conditions).order_by(newest).limit(limit + 1)).all()
    shown = tuple(_entries(session, rows[:limit]))
    if len(rows) > limit:
        return TrailPage(shown, rows[limit - 1].id)
    if back_to is not None:
        return TrailPage(shown, back_to[0], back_to[1])
    return TrailPage(shown, None)


@query(P.AUDIT_READ)
def exported_trail(scope: View, wanted: TrailFilter) -> tuple[TrailEntry, ...]:
    """The newest entries that pass the filter, at most `MOST_EXPORTED`."""
    rows: list[TrailEntry] = []
    before = None
    while len(rows) < MOST_EXPORTED:
        page = trail(scope, wanted, before=before, limit=min(1_000, MOST_EXPORTED - len(rows)))
        rows += page.rows
        before = page.before
        if before is None:
            break
    return tuple(rows)


@command(P.AUDIT_READ)
def record_trail_export(uow: UnitOfWork, wanted: TrailFilter, *, entries: int) -> None:
    """Record that somebody took a copy of the trail, and of which part."""
    asked = {name: each for name, each in asdict(wanted).items() if each not in (None, "")}
    uow.audit("trail.exported", None, entries=entries, filter=asked)


@query(P.AUDIT_READ)
def trail_people(scope: Scope) -> dict[int, str]:
    """Who may have done something: the names of all users by their ids."""
    found = scope.session.execute(select(User.id, User.name, User.username).order_by(User.name, User.id))
    return {user_id: f"{name} ({username})" for user_id, name, username in found}


@query(P.AUDIT_READ)
def seal_state(scope: Scope) -> SealState:
    """How far the trail is sealed, and when it was last verified."""
    session = scope.session
    last = select(Seal.seen).where(Seal.book == AUDIT.name, Seal.seen.is_not(None)).order_by(Seal.id.desc()).limit(1)
    open_entries = select(func.count(AuditEntry.id)).where(AuditEntry.id > (session.scalar(last) or 0))
    intact = session.scalar(select(SealCheck.at).order_by(SealCheck.id.desc()).limit(1))
    run = session.execute(select(CheckRun.at, CheckRun.differences).order_by(CheckRun.id.desc()).limit(1)).first()
    is_broken = run is not None and any(each["check"] == SEALS for each in run.differences)
    return SealState(head_of(session), session.scalar(open_entries) or 0, intact, is_broken)


def _conditions(scope: View, wanted: TrailFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actor_id is not None:
        found.append(
            AuditEntry.actor_id.is_(None) if wanted.actor_id == SYSTEM_ID else AuditEntry.actor_id == wanted.actor_id
        )
    if wanted.tag:
        found.append(AuditEntry.tag == wanted.tag)
    if wanted.kind:
        found.append(AuditEntry.subject_type == wanted.kind)
    if wanted.subject_id is not None:
        found.append(AuditEntry.subject_id == wanted.subject_id)
    return found + _period(scope, wanted)


def _period(scope: View, wanted: TrailFilter) -> list[ColumnElement[bool]]:
    """The days as moments, and as ids, so that newest first needs no sorting."""
    moments: list[ColumnElement[bool]] = []
    zone = ZoneInfo(scope.settings.timezone)
    if wanted.since is not None:
        moments.append(AuditEntry.at >= datetime.combine(wanted.since, time.min, zone))
    if wanted.until is not None:
        moments.append(AuditEntry.at < datetime.combine(wanted.until + timedelta(days=1), time.min, zone))
    if not moments:
        return []
    first, last = scope.session.execute(select(func.min(AuditEntry.id), func.max(AuditEntry.id)).where(*moments)).one()
    return [false()] if first is None else [AuditEntry.id.between(first, last), *moments]


def _texts(words: str) -> list[ColumnElement[bool]]:
    """All words stand in what is recorded, as JSON writes them."""
    facts, who = func.lower(cast(AuditEntry.facts, Text)), func.lower(AuditEntry.actor_name)
    return [
        or_(
            facts.contains(json.dumps(word.lower())[1:-1], autoescape=True),
            who.contains(word.lower(), autoescape=True),
            AuditEntry.tag.contains(word.lower(), autoescape=True),
        )
        for word in one_line(words).split()
    ]


def _objects(session: Session, typed: str) -> list[tuple[str, int]]:
    """The objects whose number or code was typed, whole."""
    code = one_line(typed)
    asked = [(model, model.number == code.upper(), model.id) for model in _NUMBERED]
    asked += [(model, column == code.lower(), key) for model, column, key in _CODES]
    return [
        (model.__tablename__, owner_id)
        for model, is_it, key in asked
        for owner_id in session.scalars(select(key).where(is_it))
    ]


def _one_of(objects: Iterable[tuple[str, int]]) -> ColumnElement[bool]:
    return or_(
        *(and_(AuditEntry.subject_type == kind, AuditEntry.subject_id == subject_id) for kind, subject_id in objects)
    )


def _entries(session: Session, rows: Iterable[Row[Any]]) -> Iterable[TrailEntry]:
    rows = list(rows)
    names: dict[tuple[str, int], str] = {}
    for kind, column in NAMES.items():
        wanted = {row.subject_id for row in rows if row.subject_type == kind and row.subject_id is not None}
        if wanted:
            found = session.execute(select(column.class_.id, column).where(column.class_.id.in_(wanted)))
            names |= {(kind, owner_id): name for owner_id, name in found}
    products = {row.subject_id for row in rows if row.subject_type == Product.__tablename__}
    variants: dict[int, int] = {}
    if products:
        found = session.execute(
            select(Variant.product_id, func.min(Variant.id))
            .where(Variant.product_id.in_(products))
            .group_by(Variant.product_id)
        )
        variants = {product_id: variant_id for product_id, variant_id in found}
    for row in rows:
        place = (row.subject_type, row.subject_id)
        link_id = row.subject_id if place in names else None
        if row.subject_type == Product.__tablename__:
            link_id = variants.get(row.subject_id)
        yield TrailEntry(
            row.id,
            row.at,
            row.actor_name,
            row.source,
            row.command,
            row.tag,
            row.subject_type,
            row.subject_id,
            names.get(place, ""),
            link_id,
            row.facts,
        )
