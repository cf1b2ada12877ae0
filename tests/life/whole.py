"""All of it in any order: after each deed every self-check holds; a refused one leaves the whole database as it was."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import func, select, text

from core.sales.models import (
    Shipment,
)
from core.sales.returns.models import ReturnRefund
from core.sales.returns.refund import undo_refund
from core.sales.ship import undo_shipment
from core.security.actor import SYSTEM
from core.stock.costs.adjust import reverse_adjustment
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostAdjustment
from core.stock.costs.rules.events import Method
from core.stock.counts.models import StockCount
from core.stock.counts.plan import cancel_count
from core.stock.counts.posting import reverse_count
from core.stock.models import StockDocument, StockLevel
from core.stock.service import reverse_document
from tests.life.base import WHY, any_of, costs
from tests.life.goods import Goods
from tests.life.kits import Kits
from tests.life.orders import Orders
from tests.life.returns import Returns
from tests.soundness import assert_sound

OPPOSITES = {
    reverse_document: StockDocument.id,
    undo_shipment: Shipment.id,
    undo_refund: ReturnRefund.id,
    reverse_adjustment: CostAdjustment.id,
    cancel_count: StockCount.id,
    reverse_count: StockCount.id,
}


class WholeLife(Orders, Kits, Returns, Goods):
    """Everything that people do in a shop."""

    @initialize(cost=costs, method=st.sampled_from(list(Method)), per=st.tuples(st.booleans(), st.booleans()))
    def begins(self, cost: Decimal, method: Method, per: tuple[bool, bool]) -> None:
        self.attempt(set_cost_method, method=method, per_warehouse=per[0], per_lot=per[1])
        self.buys(0, 0, Decimal(6), cost, None, 0)
        self.buys(1, 0, Decimal(4), cost, None, 0)
        self.orders(0, Decimal(2), Decimal(1), is_binding=True)
        self.ships(0, 0, None)
        self.orders(0, Decimal(2), Decimal(1), is_binding=True)
        self.pays(0, Decimal(10))
        self.announces_a_return(1, 0, Decimal(1), refused=False, comes=False, house=0)
        self.transfers(0, 0, Decimal(1), at_once=False, ago=None)
        self.begins_a_count(0, None, is_frozen=False)
        self.has_begun = True

    @rule()
    def another_day(self) -> None:
        self.clock.moment += timedelta(days=1)

    @rule(which=any_of, step=st.sampled_from(list(OPPOSITES)))
    def undoes(self, which: int, step: Callable[..., Any]) -> None:
        self.attempt(step, self.pick(OPPOSITES[step], which), reason=WHY)

    @invariant()
    def everything_adds_up(self) -> None:
        assert_sound(self.store)

    @invariant()
    def nothing_is_promised_twice_or_worth_something_where_nothing_is(self) -> None:
        with self.store.viewing(SYSTEM) as view:
            level = select(func.count()).select_from(StockLevel).where(~StockLevel.may_go_below)
            assert view.session.scalar(level.where(StockLevel.reserved > StockLevel.on_hand)) == 0
            assert view.session.scalar(level.where(StockLevel.on_hand < 0)) == 0
            nothing = "SELECT count(*) FROM cost_balance WHERE quantity = 0 AND amount <> 0"
            assert view.session.scalar(text(nothing)) == 0
            back = "SELECT count(*) FROM order_line WHERE returned_quantity > shipped_quantity"
            assert view.session.scalar(text(back)) == 0
