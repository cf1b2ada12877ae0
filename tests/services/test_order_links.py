"""From an order to its documents and back; and that any order of the same events ends in the same place."""

from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.errors import NotFound
from core.receivables.models import PaymentMethod
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.links import moves_of_order, returns_of, shipment_card, shipment_cards
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card
from core.sales.rules import LineProgress
from core.sales.ship import ship_order, undo_shipment
from core.sales.why import Because, reasons
from core.security.actor import SYSTEM
from core.stock.models import MoveState
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods
from tests.examples import drawn
from tests.soundness import assert_sound

_serial = count(1)


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def test_shipments_and_moves_lead_from_the_order_and_back(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug, plate = goods(uow, warehouse, 9, sku="MUG"), goods(uow, warehouse, 9, sku="PLATE", name="Plate")
        order = a_sale(uow, warehouse, [(mug, 4), (plate, 2)])
    mugs, plates = (line.id for line in the_order(any_store, order).lines)
    first = any_store.run(SYSTEM, ship_order, None, order, quantities={mugs: Decimal(1), plates: Decimal(2)})
    second = any_store.run(SYSTEM, ship_order, None, order, quantities={mugs: Decimal(2)})
    any_store.run(SYSTEM, undo_shipment, None, second, reason="wrong parcel")

    with any_store.viewing(SYSTEM) as view:
        cards = shipment_cards(view, order)
        moves = moves_of_order(view, order)
        assert shipment_card(view, first) == cards[0]
        assert returns_of(view, order) == []
        with pytest.raises(NotFound):
            shipment_card(view, 999)

    assert [(card.order_id, card.cancelled_at is None, card.quantity) for card in cards] == [
        (order, True, 3),
        (order, False, 2),
    ]
    assert [(line.sku, line.quantity) for line in cards[0].lines] == [("MUG", 1), ("PLATE", 2)]
    told = sorted((row.sku, row.state, row.quantity, row.source, row.target) for row in moves)
    assert told == [
        ("MUG", MoveState.DONE, 1, "MAIN warehouse", "customer"),
        ("MUG", MoveState.DONE, 2, "MAIN warehouse", "customer"),
        ("MUG", MoveState.DONE, 2, "customer", "MAIN warehouse"),
        ("MUG", MoveState.RESERVED, 3, "MAIN warehouse", "customer"),
        ("PLATE", MoveState.DONE, 2, "MAIN warehouse", "customer"),
    ]


EVENTS = ("ship 1", "ship 2", "pay 10", "pay 25", "amend")


@settings(max_examples=drawn(5), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.permutations(EVENTS))
def test_shipping_paying_and_amending_end_in_the_same_place_in_any_order(store: Store, history: list[str]) -> None:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow, code=f"W{next(_serial)}")
        order = a_sale(uow, warehouse, [(goods(uow, warehouse, 9), 4)])

    for event in history:
        _do(store, order, event)

    card = the_order(store, order)
    assert (card.payment, card.shipment, card.gross_amount, card.paid_amount) == ("partial", "partial", 45, 35)
    assert [each.message.format(**each.facts) for each in why(card)][:3] == [
        "Agreed: 5 units in 1 lines for 45.00; 2 units are still to go.",
        "35.00 of 45.00 came in; 10.00 are open.",
        "3 of 5 units have left; 2 are still to go.",
    ]
    assert_sound(store)


def why(card: OrderCard) -> tuple[Because, ...]:
    told = [(line.quantity, line.shipped, line.returned) for line in card.lines]
    lines = [LineProgress(*(each.to_integral() for each in line)) for line in told]
    return reasons(card.business, lines, card.gross_amount, card.paid_amount)


def _do(store: Store, order: int, event: str) -> None:
    card = the_order(store, order)
    verb, _, size = event.partition(" ")
    if verb == "ship":
        store.run(SYSTEM, ship_order, None, order, quantities={card.lines[0].id: Decimal(size)})
    elif verb == "pay":
        store.run(SYSTEM, pay_order, None, order, amount=Decimal(size), method=PaymentMethod.CASH)
    else:
        wish = LineWish(Decimal(5), card.lines[0].id, unit_price=Decimal(9))
        asked = store.run(
            SYSTEM, request_amendment, None, order, lines=[wish], reason="one more", seen_version=card.version
        )
        store.run(SYSTEM, accept_amendment, None, asked, version=1)
