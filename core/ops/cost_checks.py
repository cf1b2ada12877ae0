"""What must always be true of costs: layers and balances are what the entries say, and a replay says the same."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, literal_column, or_, select, union_all

from core.base.exact import PRICE_PLACES, QUANTITY_PLACES
from core.base.i18n import N_
from core.db.types import Exact
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.stock.costs.books import opened_books
from core.stock.costs.models import CostBalance, CostBook, CostEntry, CostLayer
from core.stock.costs.recost import recost, rewrite
from core.stock.costs.rules.events import EntryKind, Method
from core.stock.models import Location, MoveState, StockMove
from core.work.unit import UnitOfWork

NO_QUANTITY = literal_column("0", Exact(QUANTITY_PLACES))
NO_AMOUNT = literal_column("0", Exact(PRICE_PLACES))


def _against_stock(scope: Checking) -> list[Difference]:
    """Quantities that are valued beside what the ledger says is on hand, product by product."""
    inside = select(Location.id).where(Location.warehouse_id.is_not(None))
    done = StockMove.state == MoveState.DONE
    both = union_all(
        select(CostBalance.variant_id, CostBalance.quantity.label("valued"), NO_QUANTITY.label("held")),
        select(StockMove.variant_id, NO_QUANTITY, StockMove.quantity).where(done, StockMove.target_id.in_(inside)),
        select(StockMove.variant_id, NO_QUANTITY, -StockMove.quantity).where(done, StockMove.source_id.in_(inside)),
    ).subquery()
    sums = (func.sum(both.c.valued), func.sum(both.c.held))
    found = scope.session.execute(
        select(both.c.variant_id, *sums).group_by(both.c.variant_id).having(sums[0] != sums[1]).order_by(both.c[0])
    )
    return [
        Difference("costs_of_stock", "cost_book", variant_id, "quantity", stored, derived, (variant_id,))
        for variant_id, stored, derived in found
    ]


def _balances(scope: Checking) -> list[Difference]:
    """Balances beside the sums of their entries, pool by pool."""
    kept = select(
        CostBalance.variant_id,
        func.coalesce(CostBalance.warehouse_id, 0).label("warehouse"),
        func.coalesce(CostBalance.lot_id, 0).label("lot"),
        CostBalance.quantity.label("stored_quantity"),
        CostBalance.amount.label("stored_amount"),
        NO_QUANTITY.label("derived_quantity"),
        NO_AMOUNT.label("derived_amount"),
    )
    written = select(
        CostEntry.variant_id,
        func.coalesce(CostEntry.warehouse_id, 0),
        func.coalesce(CostEntry.lot_id, 0),
        NO_QUANTITY,
        NO_AMOUNT,
        CostEntry.quantity,
        CostEntry.amount,
    ).where(CostEntry.kind != EntryKind.EXPENSED)
    return _pools(scope, "cost_balances", "cost_balance", kept, written)


def _layers(scope: Checking) -> list[Difference]:
    """Layers beside the balance of their pool, where goods are counted first in, first out."""
    pool = (CostLayer.variant_id, func.coalesce(CostLayer.warehouse_id, 0), func.coalesce(CostLayer.lot_id, 0))
    kept = select(
        pool[0],
        pool[1].label("warehouse"),
        pool[2].label("lot"),
        CostLayer.quantity.label("stored_quantity"),
        CostLayer.amount.label("stored_amount"),
        NO_QUANTITY.label("derived_quantity"),
        NO_AMOUNT.label("derived_amount"),
    )
    balances = (
        select(
            CostBalance.variant_id,
            func.coalesce(CostBalance.warehouse_id, 0),
            func.coalesce(CostBalance.lot_id, 0),
            NO_QUANTITY,
            NO_AMOUNT,
            CostBalance.quantity,
            CostBalance.amount,
        )
        .join(CostBook, CostBook.variant_id == CostBalance.variant_id)
        .where(or_(CostBook.method == Method.FIFO, CostBalance.quantity < 0))
    )
    return _pools(scope, "cost_layers", "cost_layer", kept, balances)


def _pools(
    scope: Checking, check: str, table: str, kept: Select[*tuple[Any, ...]], derived: Select[*tuple[Any, ...]]
) -> list[Difference]:
    both = union_all(kept, derived).subquery()
    sums = [
        func.sum(both.c[name]) for name in ("stored_quantity", "stored_amount", "derived_quantity", "derived_amount")
    ]
    key = (both.c.variant_id, both.c.warehouse, both.c.lot)
    wanted = select(*key, *sums).group_by(*key).having(or_(sums[0] != sums[2], sums[1] != sums[3])).order_by(*key)
    found = []
    for variant_id, warehouse_id, lot_id, quantity, amount, right_quantity, right_amount in scope.session.execute(
        wanted
    ):
        pool = (variant_id, warehouse_id, lot_id)
        if quantity != right_quantity:
            found.append(Difference(check, table, None, "quantity", quantity, right_quantity, pool))
        if amount != right_amount:
            found.append(Difference(check, table, None, "amount", amount, right_amount, pool))
    return found


def _replayed(scope: Checking) -> list[Difference]:
    """Entries of the open period beside what going through its events again says."""
    books = list(scope.session.scalars(select(CostBook.variant_id).order_by(CostBook.variant_id)))
    return [
        Difference(
            "cost_entries", "cost_entry", None, each.kind.value, 0, each.amount or each.quantity, (each.variant_id,)
        )
        for result in recost(scope.session, books)
        for each in result.differences
    ]


def _recost(uow: UnitOfWork, differences: Iterable[Difference]) -> None:
    variants = sorted({found.key[0] for found in differences})
    opened_books(uow, variants)
    rewrite(uow, recost(uow.session, variants))


register(
    SelfCheck("cost_entries", N_("What goods cost is what going through their moves again says"), _replayed, _recost),
    SelfCheck("costs_of_stock", N_("What is valued is what is on hand"), _against_stock, _recost),
    SelfCheck("cost_balances", N_("Cost balances equal their entries"), _balances, _recost),
    SelfCheck("cost_layers", N_("Cost layers equal what is on hand"), _layers, _recost),
)
