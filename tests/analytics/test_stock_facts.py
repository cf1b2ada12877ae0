"""The stock facts of the mirror follow the ledger and the costs, whatever happens to goods."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import select

from core.analytics.mirror import rebuild
from core.analytics.mirror.load import connect
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost
from core.stock.costs.methods import set_cost_method
from core.stock.costs.past import cost_past_moves
from core.stock.costs.periods import close_period
from core.stock.costs.rules.events import Method
from core.stock.ledger import Line
from core.stock.models import SUPPLIER, StockMove
from core.stock.service import add_warehouse, issue_goods, receive_goods, scrap_goods
from core.stock.transfers.service import carry_over
from core.work.store import Store
from tests.analytics.stock_life import MirroredLife, assert_same
from tests.analytics.test_mirror import everything, files_of
from tests.builders import a_product, a_sale
from tests.services.test_whole_life import lives


def test_the_mirror_follows_a_whole_life_on_sqlite(on_sqlite: Callable[[], Store]) -> None:
    run_state_machine_as_test(lambda: MirroredLife(on_sqlite), settings=lives(4, 25))


def test_the_mirror_follows_a_whole_life_on_postgresql(on_postgresql: Callable[[], Store]) -> None:
    run_state_machine_as_test(lambda: MirroredLife(on_postgresql), settings=lives(2, 25))


def a_past(store: Store, clock: FixedClock) -> dict[str, int]:
    """Ten mugs at 3.00 come on the first day; what happens to them, and freight that is late."""
    with store.working(SYSTEM) as uow:
        houses = [add_warehouse(uow, code=code, name=code) for code in ("A", "B")]
        mug = a_product(uow, retail_price=9)
        receive_goods(uow, warehouse_id=houses[0], lines=[Line(mug.id, Decimal(10), unit_cost=Decimal(3))])
    clock.moment += timedelta(days=1)
    with store.working(SYSTEM) as uow:
        order = a_sale(uow, houses[0], [(mug, 4)])
        ship_order(uow, order)
    with store.working(SYSTEM) as uow:
        again = a_sale(uow, houses[0], [(mug, 1)], channel="Market")
        shipment = ship_order(uow, again)
    with store.working(SYSTEM) as uow:
        undo_shipment(uow, shipment, reason="mistake")
        carry_over(uow, source_id=houses[0], target_id=houses[1], lines=[Line(mug.id, Decimal(3))])
    with store.working(SYSTEM) as uow:
        issue_goods(uow, warehouse_id=houses[0], lines=[Line(mug.id, Decimal(1))], reason="sample")
        scrap_goods(uow, warehouse_id=houses[1], lines=[Line(mug.id, Decimal(1))], reason="broken")
    return {"mug": mug.id, "order": order, "again": again, "a": houses[0], "b": houses[1]}


def add_freight(store: Store, amount: int) -> None:
    with store.working(SYSTEM) as uow:
        moves = list(uow.session.scalars(select(StockMove.id).where(StockMove.source_id == SUPPLIER)))
        add_landed_cost(uow, amount=Decimal(amount), move_ids=moves, reason="freight")


def asked(mirror: Mirror, statement: str) -> list[tuple[object, ...]]:
    with mirror.reading() as duck:
        return duck.execute(statement).fetchall()


FLOWS = (
    "SELECT warehouse_id, sum(received)::BIGINT, sum(sold)::BIGINT, sum(moved)::BIGINT, sum(issued)::BIGINT,"
    " sum(adjusted)::BIGINT, sum(delta)::BIGINT FROM agg_stock GROUP BY 1 ORDER BY 1"
)
VALUES = "SELECT sum(delta)::BIGINT, sum(cogs)::BIGINT, sum(purchases)::BIGINT FROM agg_value"
COSTS = (
    "SELECT kind, document_id, day::VARCHAR, sum(quantity)::BIGINT, sum(cost)::BIGINT, sum(costed)::BIGINT"
    " FROM document_costs GROUP BY ALL HAVING sum(abs(quantity)) + sum(abs(cost)) > 0 ORDER BY ALL"
)


def test_flows_values_and_costs_of_a_short_past(any_store: Store, any_mirror: Mirror, clock: FixedClock) -> None:
    any_mirror.refresh_now()
    ids = a_past(any_store, clock)
    any_mirror.refresh_now()

    assert asked(any_mirror, FLOWS) == [
        (ids["a"], 10_000, 4_000, -3_000, 1_000, 0, 2_000),
        (ids["b"], 0, 0, 3_000, 0, -1_000, 2_000),
    ]
    assert asked(any_mirror, VALUES) == [(120_000, 120_000, 300_000)]
    assert asked(any_mirror, COSTS) == [
        (0, ids["order"], "2026-03-19", 4_000, 120_000, 4_000),
        (0, ids["again"], "2026-03-19", 0, 0, 0),
    ]

    add_freight(any_store, 20)  # of an open period: as if it had been known
    any_mirror.refresh_now()

    assert asked(any_mirror, VALUES) == [(200_000, 200_000, 500_000)]
    assert asked(any_mirror, COSTS)[0] == (0, ids["order"], "2026-03-19", 4_000, 200_000, 4_000)

    clock.moment += timedelta(days=1)
    with any_store.working(SYSTEM) as uow:
        close_period(uow, through=clock.moment.date() - timedelta(days=1))
    add_freight(any_store, 10)  # of a closed one: four of ten are here and bear theirs, the rest is expensed
    any_mirror.refresh_now()

    assert asked(any_mirror, VALUES) == [(240_000, 260_000, 600_000)]
    assert asked(any_mirror, COSTS)[0] == (0, ids["order"], "2026-03-19", 4_000, 200_000, 4_000)
    assert_same(any_store, any_mirror)
    assert any_mirror.check() == []


def test_a_change_of_method_is_followed(any_store: Store, any_mirror: Mirror, clock: FixedClock) -> None:
    ids = a_past(any_store, clock)
    any_mirror.refresh_now()
    with any_store.working(SYSTEM) as uow:
        set_cost_method(uow, method=Method.FIFO, per_warehouse=True)
    any_mirror.refresh_now()

    assert asked(any_mirror, "SELECT pool_id, sum(amount)::BIGINT AS n FROM level_value GROUP BY 1 HAVING n <> 0") == [
        (ids["a"], 60_000),
        (ids["b"], 60_000),
    ]
    assert (any_mirror.generation, any_mirror.check()) == (1, [])


def test_moves_that_get_their_cost_later_are_followed(any_store: Store, any_mirror: Mirror, clock: FixedClock) -> None:
    a_past(any_store, clock)
    with any_store.engine.begin() as connection:
        for table in ("cost_entry", "cost_layer", "cost_balance"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - our own names
    any_mirror.refresh_now()
    assert asked(any_mirror, VALUES) == [(None, None, None)]

    any_store.run(SYSTEM, cost_past_moves, None)
    any_mirror.refresh_now()

    assert asked(any_mirror, VALUES) == [(120_000, 120_000, 300_000)]
    assert any_mirror.check() == []


def test_stock_read_in_bulk_is_the_same(
    any_store: Store, any_mirror: Mirror, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_past(any_store, clock)
    add_freight(any_store, 20)
    with any_store.working(SYSTEM) as uow:
        set_cost_method(uow, method=Method.FIFO, per_warehouse=True)
    any_mirror.refresh_now()
    here = everything(any_mirror)

    monkeypatch.setattr(rebuild, "MUCH", 0)
    any_mirror.rebuild()

    assert everything(any_mirror) == here
    assert any_mirror.check() == []


@pytest.mark.parametrize(
    ("harm", "table"),
    [
        ("UPDATE fact_move SET flow = flow + 1 WHERE rowid = 0", "moves"),
        ("UPDATE fact_move SET line_id = line_id + 1 WHERE rowid = 0", "moves"),
        ("UPDATE fact_entry SET amount = amount + 1 WHERE rowid = 0", "costs"),
        ("UPDATE fact_entry SET day = day + 1 WHERE rowid = 0", "costs"),
        ("UPDATE fact_entry SET pool_id = 1 WHERE rowid = 0", "costs"),
        ("UPDATE agg_stock SET sold = sold + 1 WHERE rowid = 0", "agg_stock"),
        ("UPDATE agg_stock SET weighted = weighted + 1 WHERE rowid = 0", "agg_stock"),
        ("UPDATE agg_value SET cogs = cogs + 1 WHERE rowid = 0", "agg_value"),
        ("UPDATE agg_value SET weighted = weighted + 1 WHERE rowid = 0", "agg_value"),
        ("UPDATE level_stock SET quantity = quantity + 1 WHERE rowid = 0", "level_stock"),
        ("UPDATE empty_shelf SET until = until - 1 WHERE rowid = 0", "empty_shelf"),
        ("DELETE FROM level_value WHERE rowid = 0", "level_value"),
    ],
)
def test_the_check_says_which_stock_table_is_wrong(store: Store, clock: FixedClock, harm: str, table: str) -> None:
    a_past(store, clock)
    with Mirror(store) as mirror:
        mirror.refresh_now()
    with connect(files_of(store.settings)[0]) as duck:
        duck.execute(harm)

    with Mirror(store) as mirror:
        assert table in {each.table for each in mirror.check()}
        mirror.rebuild()
        assert mirror.check() == []
