"""Claims: what was missing or spoilt is credited though nothing comes back; on both databases."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from core.base.errors import ReasonMissing
from core.base.flow import IllegalStep
from core.catalog.models import Tracking
from core.catalog.service import get_variant
from core.catalog.tracking import track_product
from core.receivables.models import PaymentMethod
from core.sales.models import PaymentState, Progress, ReturnKind, ReturnState
from core.sales.returns import errors
from core.sales.returns.again import deliver_again
from core.sales.returns.claims import accept_claim, departures_of, undo_acceptance
from core.sales.returns.inspect import inspect_return, undo_inspection
from core.sales.returns.receive import receive_return, undo_receipt
from core.sales.returns.refund import refund_return
from core.sales.returns.request import decline_return
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.costs.queries import stock_costs
from core.stock.errors import NotEnoughStock
from core.stock.ledger import Line, LotEntry
from core.stock.queries import stock_levels
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.returns import Delivered, a_delivery, a_return, lines_of
from tests.soundness import assert_sound

D = Decimal
WHY = "Found on the truck"


@dataclass(frozen=True)
class Shop(Delivered):
    """Twenty mugs that cost 4 each, of which ten went out at 11.30 with tax; the order is paid."""

    def claim(self, quantity: Decimal | str | int = 4) -> int:
        return a_return(self.store, self.order, quantity, receives=False, kind=ReturnKind.CLAIM)

    def on_hand(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return stock_levels(view, variant_ids=[self.mug])[0].on_hand

    def worth(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return sum((row.amount for row in stock_costs(view)), D(0))


@pytest.fixture
def shop(any_store: Store) -> Shop:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 20, sku="MUG", retail_price="11.30", tax_rate=D("0.13"), purchase_price=D(4))
        order = a_delivery(uow, warehouse, [(mug, 10)], paid="113.00")
    return Shop(any_store, mug.id, order)


def test_a_claim_is_credited_though_nothing_comes_back(shop: Shop) -> None:
    claim = shop.claim()
    assert shop.axes() == (PaymentState.FULL, Progress.FULL, Progress.NONE)

    assert shop.do(accept_claim, claim) is None

    card = shop.see(claim)
    assert (card.state, card.gross_amount, card.left) == (ReturnState.INSPECTED, D("45.20"), D("45.20"))
    assert [(line.restocked, line.scrapped) for line in card.lines] == [(0, 4)]
    assert (shop.on_hand(), shop.worth()) == (10, D("40"))
    assert shop.axes() == (PaymentState.OVER, Progress.FULL, Progress.PARTIAL)
    assert_sound(shop.store)


def test_what_is_found_on_the_shelf_is_sold_again_at_what_it_cost(shop: Shop) -> None:
    claim = shop.claim()
    line = lines_of(shop.store, claim)[0]

    shop.do(accept_claim, claim, here={line: D(3)})

    assert [(line.restocked, line.scrapped) for line in shop.see(claim).lines] == [(3, 1)]
    assert (shop.on_hand(), shop.worth()) == (13, D("52"))
    assert_sound(shop.store)


def test_a_part_is_accepted_and_the_rest_declined(shop: Shop) -> None:
    claim = shop.claim()
    line = lines_of(shop.store, claim)[0]

    rest = shop.do(accept_claim, claim, quantities={line: D(1)})
    shop.do(decline_return, rest, reason="The photograph shows three")

    assert (shop.see(claim).gross_amount, shop.see(rest).gross_amount) == (D("11.30"), D("33.90"))
    assert (shop.see(rest).kind, shop.see(rest).state) == (ReturnKind.CLAIM, ReturnState.DECLINED)
    assert shop.card().returned_amount == D("11.30")
    assert_sound(shop.store)


def test_a_claim_is_paid_back_or_delivered_once_more(shop: Shop) -> None:
    claim = shop.claim()
    shop.do(accept_claim, claim)

    shop.do(deliver_again, claim, quantities=None)
    shop.do(ship_order, shop.order)
    assert (shop.on_hand(), shop.axes()) == (6, (PaymentState.FULL, Progress.FULL, Progress.NONE))

    second = shop.claim(2)
    shop.do(accept_claim, second)
    shop.do(refund_return, second, amount=D("22.60"), method=PaymentMethod.BANK)
    assert shop.see(second).state == ReturnState.SETTLED
    assert shop.refuses(errors.AlreadyInspected, undo_acceptance, second, reason=WHY)
    assert_sound(shop.store)


def test_an_acceptance_is_taken_back_whole(shop: Shop) -> None:
    claim = shop.claim()
    line = lines_of(shop.store, claim)[0]
    shop.do(accept_claim, claim, here={line: D(1)})

    shop.do(undo_acceptance, claim, reason=WHY)

    assert (shop.see(claim).state, shop.on_hand(), shop.worth()) == (ReturnState.REQUESTED, 10, D("40"))
    assert shop.axes() == (PaymentState.FULL, Progress.FULL, Progress.NONE)
    shop.do(accept_claim, claim)
    assert shop.card().returned_amount == D("45.20")
    assert_sound(shop.store)


def test_an_acceptance_stays_while_its_goods_are_sold(shop: Shop) -> None:
    claim = shop.claim()
    line = lines_of(shop.store, claim)[0]
    shop.do(accept_claim, claim, here={line: D(4)})
    with shop.store.working(SYSTEM) as uow:
        a_sale(uow, shop.card().warehouse_id, [(get_variant(uow, shop.mug), 12)])

    assert "MUG" in shop.refuses(NotEnoughStock, undo_acceptance, claim, reason=WHY)


def test_claims_and_returns_are_not_mixed_up(shop: Shop) -> None:
    claim, back = shop.claim(1), a_return(shop.store, shop.order, 1, receives=False)
    line = lines_of(shop.store, claim)[0]

    assert shop.refuses(errors.GoodsStay, receive_return, claim) == (
        "SR-2026-00001 is a claim: its goods do not come back. Accept or decline it."
    )
    assert shop.refuses(errors.NoClaim, accept_claim, back) == (
        "SR-2026-00002 is no claim: its goods come back. Take them in and inspect them."
    )
    assert shop.refuses(errors.NotSoManyHere, accept_claim, claim, here={line: D(2)})
    assert shop.refuses(IllegalStep, undo_acceptance, claim, reason=WHY)
    assert shop.refuses(ReasonMissing, undo_acceptance, claim, reason=" ")
    shop.do(accept_claim, claim)
    assert shop.refuses(IllegalStep, accept_claim, claim)
    for command in (inspect_return, undo_inspection, undo_receipt):
        facts = {} if command is inspect_return else {"reason": WHY}
        shop.refuses(errors.GoodsStay, command, claim, **facts)
    assert shop.see(claim).steps == {"undo_acceptance", "redeliver", "refund"}


def test_a_claim_names_where_its_goods_came_from(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        tea = a_product(uow, sku="TEA")
        track_product(uow, tea.product_id, tracking=Tracking.LOT)
        for number, quantity in (("L1", 2), ("L2", 5)):
            receive_goods(uow, warehouse_id=warehouse, lines=[Line(tea.id, D(quantity), lot=LotEntry(number))])
        order = a_delivery(uow, warehouse, [(tea, 3)])
    claim = a_return(any_store, order, 1, receives=False, kind=ReturnKind.CLAIM)

    with any_store.viewing(SYSTEM) as view:
        rows = departures_of(view, claim)

    assert [(row.sku, row.quantity, row.warehouse, row.lots, row.packed_by) for row in rows] == [
        ("TEA", 3, "MAIN warehouse", ("L1", "L2"), "")
    ]
