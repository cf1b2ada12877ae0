"""Cases of other systems' test suites about amended orders and back orders, with their expected numbers."""

from decimal import Decimal

from core.catalog.models import ProductKind
from core.receivables.models import PaymentMethod
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import PaymentState, Progress
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse, goods
from tests.soundness import assert_sound


def an_order(store: Store, *lines: tuple[int, str, str], warehouse: int) -> int:
    """A confirmed order of (variant, quantity, price)."""
    with store.working(SYSTEM) as uow:
        order = create_order(
            uow,
            customer_id=a_customer(uow).id,
            channel_id=a_channel(uow),
            warehouse_id=warehouse,
            lines=[LineDraft(variant, Decimal(quantity), Decimal(price)) for variant, quantity, price in lines],
        )
        return confirm_order(uow, order)


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def amend(store: Store, order: int, *lines: LineWish) -> None:
    seen = the_order(store, order).version
    asked = store.run(SYSTEM, request_amendment, None, order, lines=lines, reason="agreed", seen_version=seen)
    store.run(SYSTEM, accept_amendment, None, asked, version=1)


def reserved(store: Store) -> dict[str, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {level.sku: level.reserved for level in stock_levels(view)}


def test_the_shipment_and_the_claim_follow_the_amendment(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        first, second = goods(uow, warehouse, 10, sku="P1").id, goods(uow, warehouse, 10, sku="P2").id
        service = a_product(uow, sku="S", kind=ProductKind.SERVICE).id
    order = an_order(any_store, (first, "5", "10"), (service, "1", "5"), warehouse=warehouse)
    before = the_order(any_store, order)

    amend(
        any_store,
        order,
        LineWish(Decimal(4), before.lines[0].id, second, Decimal(9)),
        LineWish(Decimal(2), before.lines[1].id),
    )

    after = the_order(any_store, order)
    assert (before.gross_amount, after.gross_amount) == (Decimal("55.00"), Decimal("46.00"))
    assert (before.revision, after.revision) == (0, 1)
    assert reserved(any_store) == {"P1": 0, "P2": 4}
    assert [(line.sku, line.quantity, line.unit_price) for line in after.lines] == [("P2", 4, 9), ("S", 2, 5)]
    assert_sound(any_store)


def test_a_delivered_order_that_grows_waits_to_be_delivered_and_paid_again(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        product = goods(uow, warehouse, 10, sku="P").id
    order = an_order(any_store, (product, "4", "100"), warehouse=warehouse)
    any_store.run(SYSTEM, ship_order, None, order)
    any_store.run(SYSTEM, pay_order, None, order, amount=Decimal(400), method=PaymentMethod.BANK)

    amend(any_store, order, LineWish(Decimal(7), the_order(any_store, order).lines[0].id, unit_price=Decimal(200)))

    card = the_order(any_store, order)
    assert (card.gross_amount, card.payment, card.shipment) == (1400, PaymentState.PARTIAL, Progress.PARTIAL)
    assert reserved(any_store) == {"P": 3}


def test_the_rest_of_a_part_shipment_stays_promised_by_itself(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        product = goods(uow, warehouse, 10, sku="P").id
    order = an_order(any_store, (product, "10", "1"), warehouse=warehouse)

    any_store.run(SYSTEM, ship_order, None, order, quantities={the_order(any_store, order).lines[0].id: Decimal(5)})

    (line,) = the_order(any_store, order).lines
    assert (line.shipped, line.unshipped) == (5, 5)
    assert reserved(any_store) == {"P": 5}
