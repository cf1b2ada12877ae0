"""Stories over buying, selling, returning, carrying, counting and costing, told by processes that are killed.

A story is the same steps each time, each step under a key of its own. Whoever takes over from a killed
process tells the story from its beginning: steps that were done say what they made and do nothing again.
"""

from collections.abc import Callable, Hashable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any

from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.receivables.models import PaymentMethod
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.kit_amend import KitWish
from core.sales.models import ReturnKind, ReturnLine
from core.sales.money.queries import account_card
from core.sales.pay import keep_surplus, pay_order, refund_balance
from core.sales.queries import OrderCard, order_card
from core.sales.returns.claims import accept_claim
from core.sales.returns.inspect import Finding, inspect_return
from core.sales.returns.receive import receive_return
from core.sales.returns.refund import refund_return
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price
from core.stock.costs.periods import close_period, closed_periods
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import AbcClass
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count
from core.stock.counts.review import submit_count
from core.stock.counts.rules import Tolerance
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.queries import stock_levels
from core.stock.service import receive_goods
from core.stock.transfers.service import receive_transfer, request_transfer, ship_transfer
from core.work.models import DoneOnce
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_kit, a_warehouse, goods
from tests.killing import kill_at_work
from tests.soundness import assert_sound

STEPS = 34
FIRST = datetime(2026, 1, 5, 4, tzinfo=UTC)
LIMITLESS = {letter: Tolerance(None, None) for letter in AbcClass}
MUGS, TEAS = 100, 1_000
BANK, MISSING = PaymentMethod.BANK, "Missing on arrival"


def kill_while_stories_are_told(settings: Settings, kills: int) -> int:
    """Kill so many processes; nothing acknowledged may be lost, and nothing be half done or done twice.

    Returns how many steps were acknowledged, at least one for each process.
    """
    shop = _shop(settings)
    acknowledged = kill_at_work(lambda parent: _tell(settings, shop, parent), kills, most=STEPS)
    teller = _Teller(settings, shop)
    _assert_kept(teller.store, acknowledged)
    assert_sound(teller.store)
    told = 1 + max(int(key.split(":")[0]) for key, _ in acknowledged)  # type: ignore[misc]
    for story in range(told):
        teller.tell(story)
    _assert_kept(teller.store, acknowledged)
    assert_sound(teller.store)
    _assert_all_told(teller.store, shop, told)
    teller.store.engine.dispose()
    return len(acknowledged)


def _shop(settings: Settings) -> dict[str, int]:
    store = Store(settings, FixedClock(FIRST - timedelta(days=1)))
    with store.working(SYSTEM) as uow:
        east = a_warehouse(uow, "EAST")
        set_fulfilment_rule(uow, over_share=Decimal("0.25"))
        tea = goods(uow, east, TEAS, sku="TEA", purchase_price=Decimal(3))
        shop = {
            "east": east,
            "west": a_warehouse(uow, "WEST"),
            "customer": a_customer(uow).id,
            "channel": a_channel(uow),
            "mug": goods(uow, east, MUGS, sku="MUG", purchase_price=Decimal(4)).id,
            "tea": tea.id,
            "kit": a_kit(uow, (tea, 2), sku="PAIR", retail_price="15.99").id,
        }
    store.engine.dispose()
    return shop


def _tell(settings: Settings, shop: dict[str, int], parent: Connection) -> None:
    teller = _Teller(settings, shop, parent.send)
    with teller.store.viewing(SYSTEM) as view:
        story = len(closed_periods(view))
    while True:
        teller.tell(story)
        story += 1


class _Teller:
    """Tells stories, each in a month of its own, and says after each step what it made."""

    def __init__(
        self, settings: Settings, shop: dict[str, int], heard: Callable[[Hashable], object] = lambda _: None
    ) -> None:
        self.clock = FixedClock(FIRST)
        self.store, self.shop, self.heard = Store(settings, self.clock), shop, heard
        self.story = self.step = 0

    def tell(self, story: int) -> None:
        """All steps of a story; those that are done already do nothing."""
        self.story, self.step = story, 0
        mug, tea, east, west = (self.shop[name] for name in ("mug", "tea", "east", "west"))
        bought = [Line(mug, Decimal(20), unit_cost=Decimal(5))]
        receipt = self.do(receive_goods, warehouse_id=east, lines=bought)
        order = self.do(
            create_order,
            customer_id=self.shop["customer"],
            channel_id=self.shop["channel"],
            warehouse_id=east,
            lines=[LineDraft(mug, Decimal(4)), LineDraft(tea, Decimal(2))],
        )
        self.do(confirm_order, order)
        mugs = self.card(order).lines[0].id
        shipment = self.do(ship_order, order, quantities={mugs: Decimal(5)})  # one more than ordered
        self.do(undo_shipment, shipment, reason="still here")
        self.do(pay_order, order, amount=Decimal(15), method=BANK)
        more = [LineWish(Decimal(5), mugs)]
        asked = self.do(request_amendment, order, lines=more, seen_version=self.card(order).version, reason="one more")
        self.do(accept_amendment, asked, version=1)
        self.do(ship_order, order)
        self.do(pay_order, order, amount=Decimal(55), method=BANK)
        back = self.do(request_return, order, reason="Quality problem", lines=[LineBack(mugs, Decimal(2), None)])
        self.do(receive_return, back)
        half = Finding(restock=Decimal(1), scrap=Decimal(1))
        self.do(
            inspect_return, back, findings={self.one(select(ReturnLine.id).where(ReturnLine.return_id == back)): half}
        )
        self.do(refund_return, back, amount=Decimal(20), method=BANK)
        teas = [LineBack(self.card(order).lines[1].id, Decimal(1))]
        claim = self.do(request_return, order, reason=MISSING, kind=ReturnKind.CLAIM, lines=teas)
        claimed = self.one(select(ReturnLine.id).where(ReturnLine.return_id == claim))
        self.do(accept_claim, claim, here={claimed: Decimal(1)})
        self.do(keep_surplus, order)
        self.do(refund_balance, self.shop["customer"], amount=Decimal(10), method=BANK, reason="asked for")
        self._sell_kits(east)
        carried = self.do(request_transfer, source_id=east, target_id=west, lines=[Line(mug, Decimal(3))])
        self.do(ship_transfer, carried)
        self.do(receive_transfer, carried)
        count = self.do(plan_count, warehouse_id=west, tolerances=LIMITLESS)
        self.do(enter_counts, count, {mug: Decimal(2 * story + 2)})
        self.do(submit_count, count)
        self.do(post_count, count)
        came = select(StockMove.id).where(StockMove.origin_type == "stock_document", StockMove.origin_id == receipt)
        self.do(correct_receipt_price, self.one(came), unit_cost=Decimal(6), reason="invoice")
        self.do(add_landed_cost, amount=Decimal(10), move_ids=[self.one(came)], reason="freight")
        self.do(close_period, through=(self.clock.moment - timedelta(days=1)).date())
        assert self.step == STEPS

    def _sell_kits(self, east: int) -> None:
        """Two kits of two teas are ordered, one more is agreed on, and all leave and are paid."""
        where = {"customer_id": self.shop["customer"], "channel_id": self.shop["channel"], "warehouse_id": east}
        order = self.do(create_order, **where, lines=[LineDraft(self.shop["kit"], Decimal(2))])
        self.do(confirm_order, order)
        seen, (kit,) = self.card(order).version, self.card(order).kits
        more = [KitWish(Decimal(3), kit.id, unit_price=Decimal("14.99"))]
        asked = self.do(request_amendment, order, lines=[], kits=more, seen_version=seen, reason="one more")
        self.do(accept_amendment, asked, version=1)
        self.do(ship_order, order)
        self.do(pay_order, order, amount=Decimal("44.97"), method=BANK)

    def do(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """The next step, at its moment and under its key."""
        self.step += 1
        self.clock.moment = FIRST + timedelta(days=31 * self.story, minutes=self.step)
        key = f"{self.story}:{self.step}"
        made = self.store.run(SYSTEM, command, key, *args, **kwargs)
        self.heard((key, made))
        return made

    def card(self, order: int) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, order)

    def one(self, wanted: Any) -> int:
        with self.store.viewing(SYSTEM) as view:
            return int(view.session.scalars(wanted).one())


def _assert_kept(store: Store, acknowledged: set[Hashable]) -> None:
    with store.viewing(SYSTEM) as view:
        done = view.session.execute(select(DoneOnce.key, DoneOnce.result_id)).all()
    assert acknowledged <= set(map(tuple, done))


def _assert_all_told(store: Store, shop: dict[str, int], told: int) -> None:
    """So many stories leave exactly this."""
    with store.viewing(SYSTEM) as view:
        levels = {(row.sku, row.warehouse_id): (row.on_hand, row.reserved) for row in stock_levels(view)}
        account = account_card(view, shop["customer"]).account
        closed = closed_periods(view)
    assert levels == {
        ("MUG", shop["east"]): (MUGS + 13 * told, 0),
        ("MUG", shop["west"]): (2 * told, 0),
        ("TEA", shop["east"]): (TEAS - 7 * told, 0),
    }
    assert (account.receivable, account.open_orders, account.balance) == (0, 0, 0)
    assert len(closed) == told
