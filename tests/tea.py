"""A shop that sold tea for 60 and 30, and cups for 45: all but the 30 by way of the web."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.catalog.categories import ensure_categories
from core.catalog.models import Variant
from core.security.actor import SYSTEM
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.mirror import close_mirror, mirror
from tests.builders import a_sale, a_warehouse, goods


@dataclass(frozen=True)
class TeaShop:
    """The shop, its warehouse, its tea, and the categories of both kinds of goods."""

    store: Store
    home: int
    oolong: Variant
    tea: int
    cups: int


def sell_tea(store: Store, *, tea: str = "Tea", regions: tuple[str, str] = ("East", "West")) -> TeaShop:
    """Sell it today: first to the one region, then to the other, and call the category of tea what is wanted."""
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        categories = ensure_categories(uow, [(tea,), ("Cups",)])
        oolong = goods(uow, home, 100, name="Oolong", category_id=categories[(tea,)], retail_price=30)
        cup = goods(uow, home, 100, name="Cup", category_id=categories[("Cups",)], retail_price="22.50")
        a_sale(uow, home, [(oolong, 2), (cup, 2)], channel="Web", region=regions[0])
        a_sale(uow, home, [(oolong, 1)], channel="Shop", region=regions[1])
    return TeaShop(store, home, oolong, categories[(tea,)], categories[("Cups",)])


@contextmanager
def shown_tea(store: Store) -> Iterator[TeaShop]:
    """The shop as the screens of this process show it."""
    shop = sell_tea(store)
    use_store(store)
    mirror().wait_until_fresh()
    yield shop
    close_mirror()
