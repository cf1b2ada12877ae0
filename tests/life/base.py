"""What all deeds of the living shop share: the shop, picking something in it, and trying a deed."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.errors import AppError
from core.catalog.models import Tracking
from core.catalog.tracking import track_product
from core.sales.models import (
    BusinessState,
    OrderLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_kit, a_product, a_warehouse
from tests.soundness import assert_sound
from tests.traces import everything

WHY = "so it goes"
RETURNED = "Quality problem"
two, any_of = st.integers(0, 1), st.integers(0, 4)
quantities = st.one_of(st.integers(1, 6).map(Decimal), st.integers(1, 6000).map(lambda n: Decimal(n).scaleb(-3)))
costs = st.integers(0, 99_999).map(lambda n: Decimal(n).scaleb(-4))
money = st.integers(1, 6000).map(lambda n: Decimal(n).scaleb(-2))
days = st.one_of(st.none(), st.integers(0, 2))


class Life(RuleBasedStateMachine):
    """Two warehouses, mugs and (lot by lot) milk, a box of both, one customer; and all that may happen to them."""

    def __init__(self, opened: Callable[[], Store]) -> None:
        super().__init__()
        self.store = opened()
        assert isinstance(self.store.clock, FixedClock)
        self.clock = self.store.clock
        self.has_begun = False
        with self.store.working(SYSTEM) as uow:
            self.houses = [a_warehouse(uow, code) for code in ("A", "B")]
            mug = a_product(uow, retail_price="3.3333", purchase_price=Decimal("1.5"), tax_rate=Decimal("0.13"))
            milk = a_product(uow, retail_price="7", purchase_price=Decimal(4))
            track_product(uow, milk.product_id, tracking=Tracking.LOT)
            self.mug, self.milk = mug.id, milk.id
            self.box = a_kit(uow, (mug, 1), (milk, Fraction(1, 2)), retail_price="6.6667").id
            self.customer, self.channel = a_customer(uow).id, a_channel(uow)

    def teardown(self) -> None:
        assert_sound(self.store)
        self.store.engine.dispose()

    def attempt(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do it a minute later; refused, it leaves nothing behind."""
        self.clock.moment += timedelta(minutes=1)
        before = everything(self.store) if self.has_begun else None
        try:
            return self.store.run(SYSTEM, command, None, *args, **kwargs)
        except AppError:
            assert before in (None, everything(self.store))
            return None

    def pick(self, column: Any, which: int, *conditions: Any) -> int:
        """One of the ids of which this is true, or else of all, counted from the newest; 0 where there is none."""
        newest = select(column).order_by(column.desc())
        with self.store.viewing(SYSTEM) as view:
            found = view.session.scalars(newest.where(*conditions)).all() or view.session.scalars(newest).all()
        return found[which % len(found)] if found else 0

    def order(self, which: int, *states: BusinessState) -> int:
        """An order in one of these states, as long as there is one."""
        return self.pick(SalesOrder.id, which, SalesOrder.business_state.in_(states or list(BusinessState)))

    def back(self, which: int, *states: ReturnState) -> int:
        """A return in one of these states, as long as there is one."""
        return self.pick(SalesReturn.id, which, SalesReturn.state.in_(states or list(ReturnState)))

    def product(self, which: int) -> int:
        """A mug or milk."""
        return (self.mug, self.milk)[which]

    def day(self, ago: int | None) -> Any:
        """Some days ago, or now."""
        return None if ago is None else (self.clock.moment - timedelta(days=ago)).date()

    def line_of(self, order: int, which: int) -> int:
        return self.pick(OrderLine.id, which, OrderLine.order_id == order)

    def version(self, order: int) -> int:
        with self.store.viewing(SYSTEM) as view:
            return view.session.scalar(select(SalesOrder.version).where(SalesOrder.id == order)) or 0
