"""The board of stock: every figure against what was moved by hand, its filters, and who sees what of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.security.actor import SYSTEM, Actor
from core.security.permissions import P, Role
from core.work.store import Store
from pages._shared.board import asking, labels
from pages._shared.board.board import Drawn, Scene
from pages._shared.company import use_store
from pages._shared.filters import Look
from pages._shared.mirror import close_mirror, mirror
from pages._shared.periods import Comparison, Period, window_of
from pages.reports._stock_board import BOARD
from tests.builders import a_sale, a_warehouse, goods
from tests.pages.app import open_app

SCREEN = "reports/stock"
PANELS = {panel.name: panel for panel in BOARD.panels()}


@dataclass(frozen=True)
class Shop:
    """Forty days ago 100 tea at 10 and 50 pots at 8 came, 20 cups at 5; since then 60 tea and all cups were shipped."""

    store: Store
    tea: int
    pot: int
    cup: int


@pytest.fixture
def shop(store: Store, clock: FixedClock) -> Iterator[Shop]:
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 100, name="Oolong", retail_price=30, cost=10)
        pot = goods(uow, home, 50, name="Pot", retail_price=20, cost=8)
        cup = goods(uow, home, 20, name="Cup", retail_price=12, cost=5)
    clock.moment += timedelta(days=20)
    with store.working(SYSTEM) as uow:
        a_sale(uow, home, [(cup, 20)], is_shipped=True)
    clock.moment += timedelta(days=20)
    with store.working(SYSTEM) as uow:
        a_sale(uow, home, [(tea, 60)], is_shipped=True)
    use_store(store)
    mirror().wait_until_fresh()
    yield Shop(store, tea.product_id, pot.product_id, cup.product_id)
    close_mirror()
