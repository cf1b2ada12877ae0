"""Whatever is transferred, lost and taken back: quantity and value over all places stay what they were."""

import shutil
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.base.clock import FixedClock
from core.base.errors import AppError
from core.base.exact import ZERO
from core.base.settings import Settings
from core.security.actor import SYSTEM
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostBalance, CostEntry
from core.stock.costs.rules.events import Method
from core.stock.ledger import Line
from core.stock.models import LOSS, StockLevel, StockMove
from core.stock.service import add_warehouse, receive_goods
from core.stock.transfers.models import LossParty
from core.stock.transfers.service import (
    carry_over,
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.work.store import Store
from tests.builders import a_product
from tests.examples import drawn
from tests.soundness import assert_sound

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["request", "ship", "receive", "lose", "undo", "carry"]),
        st.integers(0, 2),
        st.integers(0, 2),
        st.integers(1, 9_000).map(lambda units: Decimal(units) / 1000),
    ),
    max_size=14,
)
GOODS = Decimal(20)


def _try(store: Store, command, *args, **kwargs) -> int | None:
    try:
        return store.run(SYSTEM, command, None, *args, **kwargs)
    except AppError:
        return None


def _of_lost(view, column) -> Decimal:
    lost = select(StockMove.id).where(StockMove.target_id == LOSS)
    back = select(StockMove.id).where(StockMove.source_id == LOSS)
    return view.session.scalar(select(func.sum(column)).where(CostEntry.move_id.in_(lost.union(back)))) or ZERO


@settings(max_examples=drawn(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, method=st.sampled_from(list(Method)), per_warehouse=st.booleans())
def test_transfers_make_and_destroy_neither_goods_nor_value(
    sqlite_template: Path, tmp_path: Path, steps, method: Method, per_warehouse: bool
) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    file = folder / "salesbook.db"
    shutil.copy(sqlite_template, file)
    clock = FixedClock(datetime(2026, 3, 18, 4, 0, tzinfo=UTC))
    store = Store(Settings(data_dir=folder, database_url=f"sqlite:///{file}"), clock)
    try:
        with store.working(SYSTEM) as uow:
            houses = [add_warehouse(uow, code=code, name=code) for code in "ABC"]
            mug = a_product(uow).id
            if (method, per_warehouse) != (Method.AVERAGE, False):
                set_cost_method(uow, method=method, per_warehouse=per_warehouse)
            for quantity, cost in (("9.999", "8.7786"), ("10.001", "3.333")):
                lines = [Line(mug, Decimal(quantity), unit_cost=Decimal(cost))]
                receive_goods(uow, warehouse_id=houses[0], lines=lines)
        with store.viewing(SYSTEM) as view:
            worth = view.session.scalar(select(func.sum(CostBalance.amount)))
        made: list[int] = []
        for step, first, second, quantity in steps:
            ends = {"source_id": houses[first], "target_id": houses[second]}
            lines = [Line(mug, quantity)]
            chosen = made[first % len(made)] if made else 0
            if step in {"request", "carry"}:
                command = request_transfer if step == "request" else carry_over
                done = _try(store, command, **ends, lines=lines)
                made += [done] if done is not None else []
            elif step == "ship":
                _try(store, ship_transfer, chosen)
            elif step == "receive":
                _try(store, receive_transfer, chosen, quantities={mug: quantity} if second else None)
            elif step == "lose":
                _try(store, close_with_loss, chosen, responsible=LossParty.CARRIER, reason="gone")
            else:
                _try(store, undo_transfer_step, chosen, reason="mistake")
        with store.viewing(SYSTEM) as view:
            here = view.session.scalar(select(func.sum(StockLevel.on_hand)))
            kept = view.session.scalar(select(func.sum(CostBalance.amount)))
            assert here - _of_lost(view, CostEntry.quantity) == GOODS
            assert kept - _of_lost(view, CostEntry.amount) == worth
        assert_sound(store)
    finally:
        store.engine.dispose()
