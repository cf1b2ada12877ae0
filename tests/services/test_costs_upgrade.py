"""A database from before there were costs opens its books with what is on hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import bindparam, text

from core.base.clock import FixedClock
from core.db.migrate import migrate
from core.db.types import UtcMoment
from core.security.actor import SYSTEM
from core.stock.costs.errors import PeriodClosed
from core.stock.costs.queries import stock_costs
from core.stock.ledger import Line
from core.stock.service import issue_goods, receive_goods
from core.work.store import Store
from tests.soundness import assert_sound
from tests.upgrading import old_database

BEFORE_COSTS = "0004"
MOVED = datetime(2026, 3, 17, 3, 0, tzinfo=UTC)
ROWS = (
    "INSERT INTO product (id, name, brand, kind, status, unit, tax_rate, note, created_at, version) "
    "VALUES (1, 'Mug', '', 'stocked', 'active', '', 0, '', '2026-03-01 00:00:00+00:00', 1)",
    "INSERT INTO variant (id, product_id, sku, purchase_price, retail_price, wholesale_price, lowest_price, initials, "
    "search_text) VALUES (1, 1, 'MUG', 12345, 0, 0, 0, '', '')",
    "INSERT INTO warehouse (id, code, name, is_active) VALUES (1, 'MAIN', 'Main', TRUE)",
    "INSERT INTO location (id, warehouse_id, kind, name) VALUES (10, 1, 'storage', 'Main')",
    "INSERT INTO stock_level (variant_id, location_id, on_hand, reserved) VALUES (1, 10, 7500, 0)",
)
MOVE = (
    "INSERT INTO stock_move (variant_id, quantity, source_id, target_id, state, origin_type, origin_id, at) "
    "VALUES (1, :quantity, :source, :target, 'done', 'stock_document', 1, :at)"
)


_MOVE = text(MOVE).bindparams(bindparam("at", type_=UtcMoment()))


@pytest.fixture(params=["sqlite", "postgresql"])
def old_store(request: pytest.FixtureRequest, clock: FixedClock, tmp_path: Path) -> Iterator[Store]:
    """An empty database of the version before costs."""
    with old_database(request, request.param, BEFORE_COSTS, clock, tmp_path) as store:
        yield store


def test_what_is_on_hand_opens_at_the_purchase_price(old_store: Store) -> None:
    with old_store.engine.begin() as connection:
        for row in ROWS:
            connection.execute(text(row))
        for quantity, source, target, hours in ((9000, 1, 10, 0), (1500, 10, 2, 1)):
            ends = {"quantity": quantity, "source": source, "target": target}
            connection.execute(_MOVE, {**ends, "at": MOVED + timedelta(hours=hours)})

    migrate(old_store.engine)

    assert_sound(old_store)
    with old_store.viewing(SYSTEM) as view:
        (row,) = stock_costs(view)
    assert (row.quantity, row.amount) == (Decimal("7.5"), Decimal("9.2588"))
    line = [Line(1, Decimal("7.5"))]
    early = {"warehouse_id": 1, "lines": line, "at": MOVED}
    with pytest.raises(PeriodClosed):
        old_store.run(SYSTEM, receive_goods, None, **early)
    old_store.run(SYSTEM, issue_goods, None, warehouse_id=1, lines=line, reason="sample")
    with old_store.viewing(SYSTEM) as view:
        assert stock_costs(view) == []
    assert_sound(old_store)


def test_a_database_without_moves_begins_without_books(old_store: Store) -> None:
    migrate(old_store.engine)
    with old_store.engine.connect() as connection:
        for table in ("period_close", "cost_book", "cost_entry"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0  # noqa: S608
