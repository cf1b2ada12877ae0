"""What holds after any history of the ledger: nothing oversold, nothing from nowhere, levels equal moves."""

from collections import defaultdict
from contextlib import suppress
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.base.errors import AppError
from core.security.actor import SYSTEM
from core.stock.ledger import Line, Origin, put_back, release, reserve, storage_of, take_reserved
from core.stock.models import Location, LocationKind, MoveState, StockLevel, StockMove
from core.stock.queries import on_hand, stock_card
from core.stock.service import add_warehouse, adjust_stock, issue_goods, receive_goods, reverse_document
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_product
from tests.examples import drawn

PRODUCTS = 2
QUANTITIES = st.decimals(min_value="0.001", max_value=30, places=3)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "issue", "count", "reverse", "reserve", "ship", "undo", "release"]),
        st.integers(0, PRODUCTS - 1),
        st.integers(0, 3),
        QUANTITIES,
    ),
    min_size=1,
    max_size=25,
)


class History:
    """Two products in a warehouse of their own, and what happens to them."""

    def __init__(self, uow: UnitOfWork, serial: int) -> None:
        self.uow = uow
        self.warehouse = add_warehouse(uow, code=f"W{serial}", name=f"Warehouse {serial}")
        self.storage = storage_of(uow, self.warehouse)
        self.products = [a_product(uow).id for _ in range(PRODUCTS)]
        self.documents: list[int] = []
        self.serial = serial
        self.shipped: dict[int, list[Line]] = defaultdict(list)

    def take(self, step: str, product: int, which: int, quantity: Decimal) -> None:
        line = Line(self.products[product], quantity)
        order = Origin("sales_order", self.serial * 10 + which)
        if step == "receive":
            self.documents.append(receive_goods(self.uow, warehouse_id=self.warehouse, lines=[line]))
        elif step == "issue":
            self.documents.append(issue_goods(self.uow, warehouse_id=self.warehouse, lines=[line], reason="sample"))
        elif step == "count":
            counted = adjust_stock(self.uow, warehouse_id=self.warehouse, counted=[line], reason="stocktake")
            self.documents.append(counted)
        elif step == "reverse" and self.documents:
            reverse_document(self.uow, self.documents[which % len(self.documents)], reason="typed twice")
        elif step == "reserve" and not self._promised(order):
            lines = [Line(each, quantity, order.id * 10 + n) for n, each in enumerate(self.products)]
            reserve(self.uow, self.storage, lines, order)
        elif step == "ship" and (promised := self._promised(order)):
            leaving = {move.origin_line_id: min(move.quantity, quantity) for move in promised}
            self.shipped[order.id] += [
                Line(m.variant_id, leaving[m.origin_line_id], m.origin_line_id) for m in promised
            ]
            take_reserved(self.uow, self.storage, leaving, order)
        elif step == "undo" and self.shipped[order.id]:
            put_back(self.uow, self.storage, [self.shipped[order.id].pop()], order)
        elif step == "release":
            release(self.uow, self.storage, order)

    def _promised(self, order: Origin) -> list[StockMove]:
        self.uow.session.flush()
        return list(
            self.uow.session.scalars(
                select(StockMove).where(StockMove.origin_id == order.id, StockMove.state == MoveState.RESERVED)
            )
        )


@settings(max_examples=drawn(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_any_history_the_levels_are_what_the_moves_add_up_to(store: Store, steps) -> None:
    with store.working(SYSTEM) as uow:
        history = History(uow, serial=len(uow.session.scalars(select(Location.id)).all()))
        for step in steps:
            with suppress(AppError), uow.session.begin_nested():
                history.take(*step)
        uow.audit("history.lived", None)

    with store.viewing(SYSTEM) as view:
        places: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        promised: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for move in view.session.scalars(select(StockMove).where(StockMove.variant_id.in_(history.products))):
            if move.state is MoveState.DONE:
                places[move.variant_id, move.source_id] -= move.quantity
                places[move.variant_id, move.target_id] += move.quantity
            elif move.state is MoveState.RESERVED:
                promised[move.variant_id, move.source_id] += move.quantity
        levels = {
            (level.variant_id, level.location_id): level
            for level in view.session.scalars(select(StockLevel).where(StockLevel.variant_id.in_(history.products)))
        }
        storages = set(view.session.scalars(select(Location.id).where(Location.kind == LocationKind.STORAGE)))
        cards = {product: stock_card(view, product) for product in history.products}
        held = {product: on_hand(view, product) for product in history.products}

    for product in history.products:
        assert sum(count for (each, _), count in places.items() if each == product) == 0
    for key, level in levels.items():
        assert (level.on_hand, level.reserved) == (places[key], promised[key])
        assert 0 <= level.reserved <= level.on_hand
    assert {key for key, count in places.items() if count and key[1] in storages} <= set(levels)
    for product, card in cards.items():
        done = [row for row in card if row.balance is not None]
        assert [row.balance for row in done[:1]] == [held[product]][: len(done)]
        assert all(newer.balance - newer.change == older.balance for newer, older in zip(done, done[1:], strict=False))
        assert [row.balance - row.change for row in done[-1:]] == [0][: len(done)]
