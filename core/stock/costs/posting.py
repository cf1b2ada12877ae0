"""Posting the cost of moves as they happen: at the end of a variant's history in a few rows, else by replay."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, type_coerce, update

from core.base.exact import QUANTITY_PLACES, ZERO
from core.db.bulk import update_many
from core.db.types import Exact
from core.stock.costs.books import Book, locked_books, opened_books
from core.stock.costs.errors import PeriodClosed
from core.stock.costs.load import MOVE, Moved, event_of, last_close, still_open
from core.stock.costs.models import CostBalance, CostEntry, CostLayer
from core.stock.costs.recost import entry_row, layer_row, recost, rewrite
from core.stock.costs.rules.events import EntryKind, Event, Issue, Method, Place, SendBack, Transfer
from core.stock.costs.rules.pools import Layer, Pool, State
from core.stock.costs.rules.replay import apply
from core.stock.models import StockMove
from core.work.unit import MANY, UnitOfWork, table_of

TICK = timedelta(microseconds=1)
LONGEST_WAIT = timedelta(minutes=10)
_BALANCE, _LAYER, _MOVE = table_of(CostBalance), table_of(CostLayer), table_of(StockMove)
_BALANCES = select(
    _BALANCE.c.id,
    _BALANCE.c.variant_id,
    _BALANCE.c.warehouse_id,
    _BALANCE.c.lot_id,
    _BALANCE.c.quantity,
    _BALANCE.c.amount,
    _BALANCE.c.last_cost,
    _BALANCE.c.last_at,
    _BALANCE.c.last_move_id,
).where(_BALANCE.c.variant_id.in_(bindparam("variants", expanding=True)))
_SET_BALANCE = (
    update(_BALANCE)
    .where(_BALANCE.c.id == bindparam("row"))
    .values({name: bindparam(f"new_{name}") for name in ("quantity", "amount", "last_cost", "last_at", "last_move_id")})
)
_LAYERS = select(_LAYER).where(_LAYER.c.variant_id.in_(bindparam("variants", expanding=True))).order_by(_LAYER.c.id)


def _oldest_layers() -> Select[*tuple[Any, ...]]:
    """Of every pool the layers, oldest first, that hold the `wanted` quantity."""
    pool = (_LAYER.c.variant_id, _LAYER.c.warehouse_id, _LAYER.c.lot_id)
    running = func.sum(_LAYER.c.quantity).over(partition_by=pool, order_by=_LAYER.c.id)
    older = type_coerce(running - _LAYER.c.quantity, Exact(QUANTITY_PLACES)).label("older")
    found = select(_LAYER, older).where(_LAYER.c.variant_id.in_(bindparam("variants", expanding=True))).subquery()
    return select(found).where(found.c.older < bindparam("wanted", type_=Exact(QUANTITY_PLACES))).order_by(found.c.id)


_OLDEST_LAYERS = _oldest_layers()
_SET_LAYER = (
    update(_LAYER)
    .where(_LAYER.c.id == bindparam("row"))
    .values(quantity=bindparam("now_quantity"), amount=bindparam("now_amount"))
)
_DROP_LAYERS = delete(_LAYER).where(_LAYER.c.id.in_(bindparam("rows", expanding=True)))
_SET_MOMENT = update(_MOVE).where(_MOVE.c.id == bindparam("row")).values(at=bindparam("now_at"))


@dataclass
class _Account:
    """A variant at the end of its history: its state, the rows it is kept in, its newest event."""

    state: State
    rows: dict[Place, int] = field(default_factory=dict)
    layers: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    newest: tuple[datetime, int] | None = None
    touched: set[Place] = field(default_factory=set)


def post_moves(uow: UnitOfWork, moves: Sequence[Moved]) -> None:
    """Give moves that were just done their cost, in the same transaction; moves that are not ours carry none."""
    ours = [move for move in moves if move.leaves is not None or move.reaches is not None]
    if not ours:
        return
    wanted = {move.variant_id for move in ours}
    books = locked_books(uow, wanted)
    if len(books) < len(wanted):
        books = opened_books(uow, wanted)
    accounts = _accounts(uow, books)
    ours, behind = _in_sequence(uow, ours, accounts)
    quick = [move for move in ours if move.variant_id not in behind]
    _post_at_end(uow, quick, books, accounts)
    if behind:
        close = last_close(uow.session)
        if close is not None and any(move.at <= close.until for move in ours):
            # Closed by somebody else since the moment was chosen.
            raise PeriodClosed(through=close.closed_through)
        uow.session.flush()
        rewrite(uow, recost(uow.session, behind))


def _in_sequence(
    uow: UnitOfWork, moves: Sequence[Moved], accounts: Mapping[int, _Account]
) -> tuple[list[Moved], set[int]]:
    """The moves in their order, and the variants whose moves are not their newest.

    A move of now that finds a newer one (another transaction began later and was quicker) counts
    right after it: what was posted first stays first, and nothing has to be gone through again.
    """
    behind: set[int] = set()
    newest = {variant_id: account.newest for variant_id, account in accounts.items()}
    placed, later = [], []
    for move in sorted(moves, key=lambda each: (each.at, each.id)):
        last = newest[move.variant_id]
        if move.undoes or (last is not None and (move.at, move.id) <= last):
            if move.undoes or move.at != uow.now or (last is not None and last[0] - move.at > LONGEST_WAIT):
                behind.add(move.variant_id)
            elif last is not None:
                move = replace(move, at=last[0] + TICK)
                later.append({"row": move.id, "now_at": move.at})
        newest[move.variant_id] = max((move.at, move.id), last or (move.at, move.id))
        placed.append(move)
    if later:
        uow.session.flush()
        uow.session.connection().execute(_SET_MOMENT, later)
    return placed, behind


def _accounts(uow: UnitOfWork, books: Mapping[int, Book]) -> dict[int, _Account]:
    accounts = {variant_id: _Account(State(book.policy, book.first_cost)) for variant_id, book in books.items()}
    found = uow.session.connection().execute(_BALANCES, {"variants": sorted(books)})
    for row, variant_id, warehouse_id, lot_id, quantity, amount, last_cost, last_at, last_move_id in found:
        account = accounts[variant_id]
        key = Place(warehouse_id, lot_id)
        account.state.pools[key] = Pool(last_cost, quantity, amount)
        account.rows[key] = row
        account.newest = max((last_at, last_move_id), account.newest or (last_at, last_move_id))
    return accounts


def _post_at_end(
    uow: UnitOfWork, moves: Sequence[Moved], books: Mapping[int, Book], accounts: Mapping[int, _Account]
) -> None:
    events: list[tuple[int, Event]] = []
    for move in moves:
        event = event_of(move, books[move.variant_id].first_cost)
        if event is not None:
            events.append((move.variant_id, event))
    if not events:
        return
    _load_layers(uow, events, accounts)
    returned = {move.returns_id: move.variant_id for move in moves if move.returns_id is not None}
    for ref, left in still_open(uow.session, [move_id for move_id in returned if move_id is not None]).items():
        accounts[returned[ref[1]]].state.open[ref] = left
    rows = []
    for variant_id, event in events:
        account = accounts[variant_id]
        policy = account.state.policy
        account.touched |= {policy.pool_of(place) for place in _places(event)}
        for each in apply(account.state, event):
            late = each.kind is EntryKind.REFILL
            changed = (each.pool, each.kind, each.at, each.quantity, each.amount)
            rows.append(entry_row(uow, variant_id, each.ref, *changed, is_late=late))
            if late and each.ref[0] == MOVE:
                uow.touch(StockMove, each.ref[1])
        account.newest = event.order[:2]
    uow.write(CostEntry, rows)
    _write_layers(uow, accounts)
    _write_balances(uow, accounts)


def _places(event: Event) -> Iterable[Place]:
    place: Place = event.place  # type: ignore[attr-defined]
    return (place, event.to) if isinstance(event, Transfer) else (place,)


def _load_layers(uow: UnitOfWork, events: Sequence[tuple[int, Event]], accounts: Mapping[int, _Account]) -> None:
    """The layers that the events may eat: of first in, first out the oldest; all of a pool that owes goods."""
    whole: set[int] = set()
    eaten: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for variant_id, event in events:
        state = accounts[variant_id].state
        if any(pool.quantity < 0 for pool in state.pools.values()) or isinstance(event, SendBack):
            whole.add(variant_id)
        elif state.policy.method is Method.FIFO and isinstance(event, Issue | Transfer):
            eaten[variant_id] += event.quantity
    if whole:
        _fill(uow, accounts, whole, None)
    some = set(eaten) - whole
    if some:
        _fill(uow, accounts, some, max(eaten[variant_id] for variant_id in some))


def _fill(
    uow: UnitOfWork, accounts: Mapping[int, _Account], variant_ids: Collection[int], wanted: Decimal | None
) -> None:
    variants = sorted(variant_ids)
    if wanted is None:
        found = uow.session.connection().execute(_LAYERS, {"variants": variants})
    else:
        found = uow.session.connection().execute(_OLDEST_LAYERS, {"variants": variants, "wanted": wanted})
    for row in found:
        account = accounts[row.variant_id]
        key = Place(row.warehouse_id, row.lot_id)
        layer = Layer((row.source, row.source_id), row.at, row.quantity, row.amount, row.id)
        account.state.pools[key].layers.append(layer)
        account.layers[row.id] = (row.quantity, row.amount)


def _write_layers(uow: UnitOfWork, accounts: Mapping[int, _Account]) -> None:
    new, changed, gone = [], [], []
    for variant_id, account in accounts.items():
        left = dict(account.layers)
        for key, pool in account.state.pools.items():
            for layer in pool.layers:
                if layer.row is None:
                    new.append(layer_row(variant_id, key, layer))
                elif left.pop(layer.row) != (layer.quantity, layer.amount):
                    changed.append({"row": layer.row, "now_quantity": layer.quantity, "now_amount": layer.amount})
        gone += list(left)
    connection = uow.session.connection()
    if gone:
        connection.execute(_DROP_LAYERS, {"rows": gone})
    if changed:
        connection.execute(_SET_LAYER, changed)
    uow.write(CostLayer, new)


def _write_balances(uow: UnitOfWork, accounts: Mapping[int, _Account]) -> None:
    new, changed = list[dict[str, Any]](), list[dict[str, Any]]()
    for variant_id, account in sorted(accounts.items()):
        if account.newest is None:
            continue
        at, move_id = account.newest
        for key in account.touched:
            pool = account.state.pool(key)
            if key in account.rows:
                changed.append(
                    {
                        "id": account.rows[key],
                        "quantity": pool.quantity,
                        "amount": pool.amount,
                        "last_cost": pool.last_cost,
                        "last_at": at,
                        "last_move_id": move_id,
                    }
                )
            else:
                new.append(_balance_row(variant_id, key, pool, at, move_id))
    if len(changed) >= MANY:
        update_many(uow.session, CostBalance, changed)
    elif changed:
        few = [{"row": row["id"]} | {f"new_{name}": each for name, each in row.items()} for row in changed]
        uow.session.connection().execute(_SET_BALANCE, few)
    uow.write(CostBalance, new)


def _balance_row(variant_id: int, key: Place, pool: Pool, at: datetime, move_id: int) -> dict[str, Any]:
    return {
        "variant_id": variant_id,
        "warehouse_id": key.warehouse_id,
        "lot_id": key.lot_id,
        "quantity": pool.quantity,
        "amount": pool.amount,
        "last_cost": pool.last_cost,
        "last_at": at,
        "last_move_id": move_id,
    }
