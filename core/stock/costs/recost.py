"""Going through the open period of variants again, and adding what comes out differently."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from core.base.clock import business_day
from core.base.exact import ZERO
from core.db.model import Base
from core.stock.costs.load import ADJUSTMENT, METHOD, MOVE, histories, last_close
from core.stock.costs.models import (
    CostAdjustmentLine,
    CostBalance,
    CostBook,
    CostEntry,
    CostLayer,
    CostMethod,
    PeriodClose,
)
from core.stock.costs.rules.events import EntryKind, Event, Place, Policy, Ref, in_order
from core.stock.costs.rules.pools import Layer, State
from core.stock.costs.rules.replay import replay
from core.stock.models import StockMove
from core.work.unit import UnitOfWork, table_of

AT_ONCE = 200
_FOLLOWED: dict[str, type[Base]] = {MOVE: StockMove, ADJUSTMENT: CostAdjustmentLine, METHOD: CostMethod}
_CAUSE = {MOVE: "move_id", ADJUSTMENT: "adjustment_line_id", METHOD: "method_id"}
_Key = tuple[Ref, Place, EntryKind, datetime]


@dataclass(frozen=True)
class Difference:
    """What an entry should say beside what was written of it so far. `is_new`: nothing was."""

    variant_id: int
    ref: Ref
    pool: Place
    kind: EntryKind
    at: datetime
    quantity: Decimal
    amount: Decimal
    is_new: bool


@dataclass
class Recosted:
    """What going through a variant's open period again came to."""

    variant_id: int
    state: State
    newest: tuple[datetime, int] | None
    differences: list[Difference] = field(default_factory=list)


def recost(
    session: Session, variant_ids: Collection[int], *, more: Mapping[int, Sequence[Event]] | None = None
) -> list[Recosted]:
    """Replay these variants from the last close, with events that are only supposed; nothing is written."""
    close = last_close(session)
    wanted = sorted(set(variant_ids))
    found = []
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        written = _written(session, some, close)
        for variant_id, history in histories(session, some, close=close).items():
            events = [*history.events, *(more or {}).get(variant_id, ())]
            replayed = replay(events, history.opening)
            ordered = in_order(events)
            newest = ordered[-1].order[:2] if ordered else None
            result = Recosted(variant_id, replayed.state, newest)
            right: dict[_Key, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
            for entry in replayed.entries:
                total = right[entry.ref, entry.pool, entry.kind, entry.at]
                total[0] += entry.quantity
                total[1] += entry.amount
            result.differences = _compare(variant_id, right, written.get(variant_id, {}))
            found.append(result)
    return found


def rewrite(uow: UnitOfWork, recosted: Iterable[Recosted]) -> list[Difference]:
    """Add the differences as entries and put layers and balances to where the replay ended."""
    results = list(recosted)
    differences = [difference for result in results for difference in result.differences]
    uow.write(CostEntry, [_row(uow, difference) for difference in differences])
    for kind, cause_id in sorted({each.ref for each in differences}):
        uow.touch(_FOLLOWED[kind], cause_id)
    write_states(uow, results)
    return differences


def write_states(uow: UnitOfWork, results: Sequence[Recosted]) -> None:
    """Replace what is kept of these variants by where they ended."""
    ids = [result.variant_id for result in results]
    connection = uow.session.connection()
    newest_before: dict[int, tuple[datetime, int]] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        for variant_id, at, move_id in uow.session.execute(
            select(CostBalance.variant_id, CostBalance.last_at, CostBalance.last_move_id).where(
                CostBalance.variant_id.in_(some)
            )
        ):
            newest_before[variant_id] = max((at, move_id), newest_before.get(variant_id, (at, move_id)))
        connection.execute(delete(table_of(CostLayer)).where(CostLayer.variant_id.in_(some)))
        connection.execute(delete(table_of(CostBalance)).where(CostBalance.variant_id.in_(some)))
    balances, layers = [], []
    for result in results:
        newest = result.newest or newest_before.get(result.variant_id)
        if newest is not None:
            balances += _balances(result, newest)
        layers += _layers(result)
    uow.write(CostBalance, balances)
    uow.write(CostLayer, layers)
    _set_policies(uow, results)


def entry_row(
    uow: UnitOfWork,
    variant_id: int,
    ref: Ref,
    pool: Place,
    kind: EntryKind,
    at: datetime,
    quantity: Decimal,
    amount: Decimal,
    *,
    is_late: bool,
) -> dict[str, Any]:
    """The row of an entry."""
    row: dict[str, Any] = {
        "variant_id": variant_id,
        "warehouse_id": pool.warehouse_id,
        "lot_id": pool.lot_id,
        "kind": kind,
        "quantity": quantity,
        "amount": amount,
        "at": at,
        "booked_on": uow.today if at == uow.now else business_day(at, uow.settings.timezone),
        "recorded_at": uow.now,
        "is_late": is_late,
        "move_id": None,
        "adjustment_line_id": None,
        "method_id": None,
    }
    row[_CAUSE[ref[0]]] = ref[1]
    return row


def _row(uow: UnitOfWork, each: Difference) -> dict[str, Any]:
    return entry_row(
        uow,
        each.variant_id,
        each.ref,
        each.pool,
        each.kind,
        each.at,
        each.quantity,
        each.amount,
        is_late=not each.is_new,
    )


def _written(
    session: Session, variant_ids: Collection[int], close: PeriodClose | None
) -> dict[int, dict[_Key, tuple[Decimal, Decimal]]]:
    columns = (
        CostEntry.variant_id,
        CostEntry.move_id,
        CostEntry.adjustment_line_id,
        CostEntry.method_id,
        CostEntry.warehouse_id,
        CostEntry.lot_id,
        CostEntry.kind,
        CostEntry.at,
    )
    wanted = select(*columns, func.sum(CostEntry.quantity), func.sum(CostEntry.amount))
    wanted = wanted.where(CostEntry.variant_id.in_(variant_ids), CostEntry.kind != EntryKind.OPENING)
    if close is not None:
        wanted = wanted.where(CostEntry.at > close.until)
    found: dict[int, dict[_Key, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for variant_id, move_id, line_id, method_id, warehouse_id, lot_id, kind, at, quantity, amount in session.execute(
        wanted.group_by(*columns)
    ):
        ref: Ref = (MOVE, move_id) if move_id else (ADJUSTMENT, line_id) if line_id else (METHOD, method_id or 0)
        found[variant_id][ref, Place(warehouse_id, lot_id), kind, at] = (quantity, amount)
    return found


def _compare(
    variant_id: int, right: Mapping[_Key, Sequence[Decimal]], written: Mapping[_Key, tuple[Decimal, Decimal]]
) -> list[Difference]:
    known = {key[0] for key in written}
    differences = []
    for key in [*right, *(key for key in written if key not in right)]:
        quantity, amount = right.get(key, (ZERO, ZERO))
        before = written.get(key, (ZERO, ZERO))
        is_new = key[0] not in known
        if (quantity, amount) != before or (is_new and key in right):
            change = (quantity - before[0], amount - before[1])
            differences.append(Difference(variant_id, *key, *change, is_new))
    return differences


def _balances(result: Recosted, newest: tuple[datetime, int]) -> list[dict[str, Any]]:
    return [
        {
            "variant_id": result.variant_id,
            "warehouse_id": key.warehouse_id,
            "lot_id": key.lot_id,
            "quantity": pool.quantity,
            "amount": pool.amount,
            "last_cost": pool.last_cost,
            "last_at": newest[0],
            "last_move_id": newest[1],
        }
        for key, pool in result.state.pools.items()
    ]


def _layers(result: Recosted) -> list[dict[str, Any]]:
    return [layer_row(result.variant_id, key, each) for key, pool in result.state.pools.items() for each in pool.layers]


def layer_row(variant_id: int, key: Place, layer: Layer) -> dict[str, Any]:
    """The row of a layer."""
    return {
        "variant_id": variant_id,
        "warehouse_id": key.warehouse_id,
        "lot_id": key.lot_id,
        "source": layer.ref[0],
        "source_id": layer.ref[1],
        "at": layer.at,
        "quantity": layer.quantity,
        "amount": layer.amount,
    }


def _set_policies(uow: UnitOfWork, results: Sequence[Recosted]) -> None:
    book = table_of(CostBook)
    ids = [result.variant_id for result in results]
    now: dict[int, Policy] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = uow.session.execute(
            select(book.c.variant_id, book.c.method, book.c.per_warehouse, book.c.per_lot).where(
                book.c.variant_id.in_(ids[start : start + AT_ONCE])
            )
        )
        now |= {variant_id: Policy(*policy) for variant_id, *policy in rows}
    changed = [
        {"book": each.variant_id, "m": policy.method, "w": policy.per_warehouse, "l": policy.per_lot}
        for each in results
        if (policy := each.state.policy) != now.get(each.variant_id)
    ]
    if changed:
        statement = (
            update(book)
            .where(book.c.variant_id == bindparam("book"))
            .values(method=bindparam("m"), per_warehouse=bindparam("w"), per_lot=bindparam("l"))
        )
        uow.session.connection().execute(statement, changed)
