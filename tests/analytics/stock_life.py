"""A whole shop that lives, and its mirror, which must say the same as the store after every deed."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis.stateful import invariant
from sqlalchemy import func, select, text

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM
from core.stock.costs.models import CostBalance
from core.stock.models import Location, LocationKind, StockLevel
from core.work.store import Store
from tests.analytics.lines import plain_lines
from tests.analytics.plain import figure
from tests.life.whole import WholeLife

Sums = dict[tuple[Any, ...], tuple[Any, ...]]

# What was shipped of a line and what it cost, by document, straight from the ledger.
OF_LINES = """
SELECT m.origin_type, m.origin_id, coalesce(m.origin_line_id, 0),
    sum(CASE WHEN target.warehouse_id IS NULL THEN m.quantity ELSE -m.quantity END), -sum(coalesce(c.amount, 0))
FROM stock_move m
JOIN location source ON source.id = m.source_id
JOIN location target ON target.id = m.target_id
LEFT JOIN (
    SELECT move_id, sum(amount) AS amount FROM cost_entry WHERE kind <> 'expensed' GROUP BY move_id
) c ON c.move_id = m.id
WHERE m.state = 'done' AND m.origin_type IN ('sales_order', 'sales_return')
    AND (source.kind = 'customer' AND target.warehouse_id IS NOT NULL
        OR target.kind = 'customer' AND source.warehouse_id IS NOT NULL)
GROUP BY 1, 2, 3
"""
MARGINS = ("net_sales", "cost", "margin", "uncosted_share")
KINDS = {"sales_order": 0, "sales_return": 1}


class MirroredLife(WholeLife):
    """A whole life, followed by a mirror."""

    def __init__(self, opened: Callable[[], Store]) -> None:
        super().__init__(opened)
        self.mirror = Mirror(self.store, "test")
        self.mirror.refresh_now()

    def teardown(self) -> None:
        try:
            assert self.mirror.check() == []
            assert self.mirror.generation == 1
        finally:
            self.mirror.stop()
            super().teardown()

    def attempt(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do it, and nothing else: refusals are looked at elsewhere."""
        self.has_begun = False
        return super().attempt(command, *args, **kwargs)

    @invariant()
    def everything_adds_up(self) -> None:
        """The mirror says the same as the store."""
        self.mirror.refresh_now()
        assert_same(self.store, self.mirror)


def assert_same(store: Store, mirror: Mirror) -> None:
    """Levels, values, the costs of documents and margins are those of the store."""
    with store.viewing(SYSTEM) as view:
        shelf = func.sum(StockLevel.on_hand).filter(Location.kind == LocationKind.STORAGE)
        transit = func.sum(StockLevel.on_hand).filter(Location.kind == LocationKind.TRANSIT)
        levels = _rows(
            view.session.execute(
                select(StockLevel.variant_id, Location.warehouse_id, func.sum(StockLevel.on_hand), shelf, transit)
                .join(Location, Location.id == StockLevel.location_id)
                .group_by(StockLevel.variant_id, Location.warehouse_id)
            ),
            2,
        )
        values = _rows(
            view.session.execute(
                select(
                    CostBalance.variant_id,
                    func.coalesce(CostBalance.warehouse_id, 0),
                    func.sum(CostBalance.quantity),
                    func.sum(CostBalance.amount),
                ).group_by(CostBalance.variant_id, CostBalance.warehouse_id)
            ),
            2,
        )
        lines = {
            (KINDS[kind], document, line): (Decimal(int(quantity)).scaleb(-3), Decimal(int(cost)).scaleb(-4))
            for kind, document, line, quantity, cost in view.session.execute(text(OF_LINES))
            if quantity or cost
        }
    with mirror.reading() as duck:
        stock = duck.execute(
            "SELECT variant_id, warehouse_id, sum(quantity), sum(shelf), sum(transit) FROM level_stock GROUP BY ALL"
        ).fetchall()
        worth = duck.execute(
            "SELECT variant_id, pool_id, sum(quantity), sum(amount) FROM level_value GROUP BY ALL"
        ).fetchall()
        costs = duck.execute(
            "SELECT kind, document_id, line_id, sum(quantity), sum(cost) FROM document_costs GROUP BY ALL"
        ).fetchall()
    sold = plain_lines(store)
    assert answer(mirror, SYSTEM, Ask(MARGINS)).totals == tuple(figure(name, sold) for name in MARGINS)
    assert _scaled(stock, 2, (3, 3, 3)) == levels
    assert _scaled(worth, 2, (3, 4)) == values
    assert _scaled(costs, 3, (3, 4)) == lines


def _rows(found: Any, keys: int) -> Sums:
    return {tuple(row[:keys]): tuple(figure or Decimal(0) for figure in row[keys:]) for row in found if any(row[keys:])}


def _scaled(rows: list[tuple[Any, ...]], keys: int, places: tuple[int, ...]) -> Sums:
    return {
        row[:keys]: tuple(Decimal(int(each)).scaleb(-place) for each, place in zip(row[keys:], places, strict=True))
        for row in rows
        if any(row[keys:])
    }
