"""Many at once want the last pieces of several lots: each piece is promised once."""

from concurrent.futures import ThreadPoolExecutor

from core.catalog.service import get_variant
from core.ops.registry import find_differences
from core.sales.confirm import confirm_order
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.work.store import Store
from tests.builders import a_draft, a_warehouse
from tests.services.test_lots import a_lot, a_tracked, held

BUYERS = 16


def test_the_last_pieces_of_lots_are_promised_once(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        for number in range(3):
            a_lot(uow, house, milk, f"L{number}", 2, number)
        orders = [a_draft(uow, house, [(get_variant(uow, milk), 1)]) for _ in range(BUYERS)]

    def buy(order: int) -> bool:
        try:
            any_store.run(SYSTEM, confirm_order, None, order)
        except NotEnoughStock:
            return False
        return True

    with ThreadPoolExecutor(BUYERS) as pool:
        assert sum(pool.map(buy, orders)) == 6
    with any_store.working(SYSTEM) as uow:
        assert held(uow, milk) == {"L0": (2, 2), "L1": (2, 2), "L2": (2, 2)}
        assert find_differences(uow) == []
