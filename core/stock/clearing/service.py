"""Giving out tasks to get rid of goods, changing, closing, reopening and taking them back; and reading them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.errors import InvalidInput, NotFound
from core.base.exact import PRICE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.security.models import User
from core.security.permissions import P
from core.stock.clearing.errors import AlreadyAssigned, ClearingClosed, ClearingNotClosed, NotYourGoods
from core.stock.clearing.models import Clearing, ClearingState, ClearingWay
from core.stock.models import DocumentKind, StockDocument, StockMove
from core.suppliers.models import Supplier
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

NOTE_LENGTH = 500
ORIGIN = "stock_document"
_TASK = N_("The task")


@dataclass(frozen=True)
class ClearingRow:
    """A task: who gets rid of what, how and until when, and what came of it."""

    id: int
    product_id: int
    variant_id: int
    name: str
    owner_id: int
    owner: str
    due_on: date
    way: ClearingWay
    price: Decimal | None
    note: str
    state: ClearingState
    is_overdue: bool
    created_at: datetime
    closed_at: datetime | None
    closed_by: str
    result: str


@dataclass(frozen=True)
class OwnerRow:
    """Somebody a task can be given to."""

    id: int
    name: str


@dataclass(frozen=True)
class GoodsCard:
    """A product and its SKUs."""

    name: str
    variant_ids: tuple[int, ...]


@dataclass(frozen=True)
class ReceiptRow:
    """A receipt that brought a product from a supplier."""

    document_id: int
    number: str
    supplier: str
    at: datetime
    quantity: Decimal


@command(P.STOCK_POLICY)
def assign_clearing(
    uow: UnitOfWork,
    product_id: int,
    *,
    owner_id: int,
    due_on: date,
    way: ClearingWay,
    price: Decimal | None = None,
    note: str = "",
) -> int:
    """Let somebody get rid of a product until a day. Refuses a second open task of it, and a day in the past."""
    product = uow.session.get(Product, product_id, with_for_update=True)
    if product is None:
        raise NotFound(what=N_("The product"))
    note = _checked(uow, owner_id, due_on, price, note)
    standing = uow.session.execute(
        select(Clearing.due_on, User.name)
        .join(User, User.id == Clearing.owner_id)
        .where(Clearing.product_id == product_id, Clearing.state == ClearingState.OPEN)
    ).first()
    if standing is not None:
        raise AlreadyAssigned(owner=standing.name, name=product.name, due=standing.due_on)
    task = uow.add(
        Clearing(
            product_id=product_id,
            owner_id=owner_id,
            due_on=due_on,
            way=way,
            price=price,
            note=note,
            state=ClearingState.OPEN,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    uow.audit("clearing.assigned", task, product=product.name, due=due_on, way=way, price=price)
    return task.id


@command(P.STOCK_POLICY)
def change_clearing(
    uow: UnitOfWork,
    clearing_id: int,
    *,
    owner_id: int,
    due_on: date,
    way: ClearingWay,
    price: Decimal | None = None,
    note: str = "",
) -> None:
    """Give an open task to somebody else, another day or another way."""
    task = _task(uow, clearing_id)
    if task.state is not ClearingState.OPEN:
        raise ClearingClosed
    note = _checked(uow, owner_id, due_on, price, note)
    before = [task.owner_id, task.due_on, task.way, task.price]
    task.owner_id, task.due_on, task.way, task.price, task.note = owner_id, due_on, way, price, note
    uow.audit("clearing.changed", task, before=before, after=[owner_id, due_on, way, price])


@command(P.STOCK_READ)
def close_clearing(uow: UnitOfWork, clearing_id: int, *, result: str = "") -> None:
    """Say that it is done, and what came of it. By its owner, or by who gives such tasks out."""
    task = _task(uow, clearing_id)
    _refuse_strangers(uow, task)
    if task.state is not ClearingState.OPEN:
        raise ClearingClosed
    task.state, task.result = ClearingState.DONE, _short(result)
    task.closed_at, task.closed_by = uow.now, uow.actor.id
    uow.audit("clearing.closed", task, result=task.result)


@command(P.STOCK_POLICY)
def take_back_clearing(uow: UnitOfWork, clearing_id: int) -> None:
    """Take an open task back: nobody has to do it any more."""
    task = _task(uow, clearing_id)
    if task.state is not ClearingState.OPEN:
        raise ClearingClosed
    task.state, task.closed_at, task.closed_by = ClearingState.TAKEN_BACK, uow.now, uow.actor.id
    uow.audit("clearing.taken_back", task)


@command(P.STOCK_READ)
def reopen_clearing(uow: UnitOfWork, clearing_id: int) -> None:
    """Undo closing or taking back. Refuses where the product has another open task meanwhile."""
    task = _task(uow, clearing_id)
    _refuse_strangers(uow, task)
    if task.state is ClearingState.OPEN:
        raise ClearingNotClosed
    other = uow.session.execute(
        select(Clearing.due_on, User.name, Product.name.label("product"))
        .join(User, User.id == Clearing.owner_id)
        .join(Product, Product.id == Clearing.product_id)
        .where(Clearing.product_id == task.product_id, Clearing.state == ClearingState.OPEN)
    ).first()
    if other is not None:
        raise AlreadyAssigned(owner=other.name, name=other.product, due=other.due_on)
    task.state, task.result, task.closed_at, task.closed_by = ClearingState.OPEN, "", None, None
    uow.audit("clearing.reopened", task)


@query(P.STOCK_READ)
def clearings(
    scope: Scope, *, product_id: int | None = None, only_open: bool = False, mine: bool = False, limit: int = 500
) -> list[ClearingRow]:
    """Tasks, open ones first by their day; who neither gives them out nor analyses sales sees the own ones alone."""
    closer = aliased(User)
    first = select(Variant.product_id, func.min(Variant.id).label("variant_id")).group_by(Variant.product_id).subquery()
    wanted = (
        select(Clearing, Product.name, User.name, closer.name, first.c.variant_id)
        .join(Product, Product.id == Clearing.product_id)
        .join(first, first.c.product_id == Clearing.product_id)
        .join(User, User.id == Clearing.owner_id)
        .outerjoin(closer, closer.id == Clearing.closed_by)
        .order_by(Clearing.closed_at.is_not(None), Clearing.due_on, Clearing.id)
        .limit(limit)
    )
    if product_id is not None:
        wanted = wanted.where(Clearing.product_id == product_id)
    if only_open:
        wanted = wanted.where(Clearing.state == ClearingState.OPEN)
    if mine or not (scope.actor.may(P.STOCK_POLICY) or scope.actor.may(P.SALES_ANALYSE)):
        wanted = wanted.where(Clearing.owner_id == scope.actor.id)
    return [
        ClearingRow(
            id=task.id,
            product_id=task.product_id,
            variant_id=variant_id,
            name=name,
            owner_id=task.owner_id,
            owner=owner,
            due_on=task.due_on,
            way=task.way,
            price=task.price,
            note=task.note,
            state=task.state,
            is_overdue=task.state is ClearingState.OPEN and task.due_on < scope.today,
            created_at=task.created_at,
            closed_at=task.closed_at,
            closed_by=closed_by or "",
            result=task.result,
        )
        for task, name, owner, closed_by, variant_id in scope.session.execute(wanted)
    ]


@query(P.STOCK_POLICY)
def clearing_owners(scope: Scope) -> list[OwnerRow]:
    """Everybody a task can be given to, by name."""
    wanted = select(User.id, User.name).where(User.disabled_at.is_(None)).order_by(User.name, User.id)
    return [OwnerRow(row.id, row.name) for row in scope.session.execute(wanted)]


@query(P.STOCK_READ)
def get_goods(scope: Scope, product_id: int) -> GoodsCard:
    """A product that is to go."""
    rows = scope.session.execute(
        select(Product.name, Variant.id)
        .join(Variant, Variant.product_id == Product.id)
        .where(Product.id == product_id)
        .order_by(Variant.id)
    ).all()
    if not rows:
        raise NotFound(what=N_("The product"))
    return GoodsCard(rows[0].name, tuple(row.id for row in rows))


@query(P.STOCK_READ)
def receipts_of(scope: Scope, product_id: int, *, limit: int = 5) -> list[ReceiptRow]:
    """The latest receipts that brought a product and name their supplier; reversed ones are left out."""
    undone = aliased(StockDocument)
    rows = scope.session.execute(
        select(
            StockDocument.id,
            StockDocument.number,
            Supplier.name,
            StockDocument.created_at,
            func.sum(StockMove.quantity).label("quantity"),
        )
        .join(StockMove, (StockMove.origin_id == StockDocument.id) & (StockMove.origin_type == ORIGIN))
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Supplier, Supplier.id == StockDocument.supplier_id)
        .outerjoin(undone, undone.reverses_id == StockDocument.id)
        .where(Variant.product_id == product_id, StockDocument.kind == DocumentKind.RECEIPT)
        .where(StockDocument.reverses_id.is_(None), undone.id.is_(None), StockMove.returns_id.is_(None))
        .group_by(StockDocument.id, StockDocument.number, Supplier.name, StockDocument.created_at)
        .order_by(StockDocument.id.desc())
        .limit(limit)
    )
    return [ReceiptRow(*row) for row in rows]


def _task(uow: UnitOfWork, clearing_id: int) -> Clearing:
    task = uow.session.get(Clearing, clearing_id, with_for_update=True)
    if task is None:
        raise NotFound(what=_TASK)
    return task


def _refuse_strangers(uow: UnitOfWork, task: Clearing) -> None:
    if task.owner_id != uow.actor.id and not uow.actor.may(P.STOCK_POLICY):
        raise NotYourGoods(owner=uow.session.scalars(select(User.name).where(User.id == task.owner_id)).one())


def _checked(uow: UnitOfWork, owner_id: int, due_on: date, price: Decimal | None, note: str) -> str:
    owner = uow.session.get(User, owner_id)
    if owner is None or owner.disabled_at is not None:
        raise NotFound(what=N_("The owner"))
    if due_on < uow.today:
        raise InvalidInput(field=N_("Until"), reason=N_("the day has passed; enter today or later."))
    if price is not None and not (fits(price, PRICE_PLACES) and price >= ZERO):
        raise InvalidInput(field=N_("Price"), reason=N_("enter a number from 0 on, with at most 4 decimals."))
    return _short(note)


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > NOTE_LENGTH:
        raise InvalidInput(field=N_("Note"), reason=N_("is too long."))
    return text
