"""Net sales follow what leaves less or more than was ordered."""

from decimal import Decimal

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.queries import order_card
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods

SOLD = Ask(("net_sales", "quantity"))


def test_net_sales_follow_a_shipment_that_is_off_and_its_undoing(any_store: Store, any_mirror: Mirror) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        order = a_sale(uow, house, [(goods(uow, house, 12), 10), (goods(uow, house, 12), 10)])
        set_fulfilment_rule(uow, under_share=Decimal("0.1"), over_share=Decimal("0.2"))
        less, more = (line.id for line in order_card(uow, order).lines)
    assert _sold(any_mirror) == (200, 20)
    leaving = {less: Decimal("9.5"), more: Decimal(12)}
    shipment = any_store.run(SYSTEM, ship_order, None, order, quantities=leaving, closing=[less])
    assert _sold(any_mirror) == (215, Decimal("21.5"))
    any_store.run(SYSTEM, undo_shipment, None, shipment, reason="lost")
    assert _sold(any_mirror) == (200, 20)
    assert any_mirror.check() == []


def _sold(mirror: Mirror) -> tuple[Decimal | None, ...]:
    mirror.refresh_now()
    return answer(mirror, SYSTEM, SOLD).totals
