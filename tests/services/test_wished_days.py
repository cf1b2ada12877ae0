"""Days by which customers wish for their goods: entered, amended, imported, sorted by, and kept or missed."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.layer.documents import documents_behind
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.base.errors import InvalidInput
from core.sales.again import copy_order
from core.sales.amend import accept_amendment, request_amendment, request_undo
from core.sales.amend_errors import NothingAmended
from core.sales.amendments import amendments_of
from core.sales.close import cancel_order, reopen_order
from core.sales.confirm import confirm_order
from core.sales.draft import edit_order
from core.sales.fulfilment import allot_waiting, set_fulfilment_rule
from core.sales.models import SalesOrder
from core.sales.queries import OrderFilter, count_orders, find_orders, order_card
from core.sales.ship import ship_order, undo_shipment
from core.sales.wished import InTime, in_time, left_on
from core.security.actor import SYSTEM
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_draft, a_sale, a_warehouse, goods
from tests.conftest import NOON
from tests.services.import_files import HEADER, apply, csv_file, row
from tests.services.test_lots import promised
from tests.soundness import assert_sound
from tests.traces import refused

TODAY = date(2026, 3, 18)
FRIDAY, SUNDAY, MONDAY = (date(2026, 3, day) for day in (20, 22, 23))


def days(uow: UnitOfWork, order_id: int) -> tuple[date | None, date | None]:
    card = order_card(uow, order_id)
    return card.wanted_on, card.ship_by


def test_an_order_is_to_leave_on_the_day_wished_for_or_within_the_days_that_count(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 9)
        draft = a_draft(uow, house, [(mug, 1)])
        assert days(uow, draft) == (None, None)
        confirm_order(uow, draft)
        wished = a_sale(uow, house, [(mug, 1)], wanted_on=MONDAY)
        set_fulfilment_rule(uow, ship_days=0)
        at_once = a_sale(uow, house, [(mug, 1)])
        assert [days(uow, each) for each in (draft, wished, at_once)] == [
            (None, FRIDAY),
            (MONDAY, MONDAY),
            (None, TODAY),
        ]
        cancel_order(uow, wished, reason="changed mind")
        reopen_order(uow, wished)
        assert days(uow, wished) == (MONDAY, None)


def test_the_day_is_kept_with_the_draft_and_is_not_copied(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 9)
        draft = a_draft(uow, house, [(mug, 1)])
        card = order_card(uow, draft)
        head = {name: getattr(card, name) for name in ("customer_id", "channel_id", "warehouse_id", "sales_rep_id")}
        edit_order(uow, draft, **head, region="", note="", wanted_on=MONDAY)
        edit_order(uow, draft, **head, region="", note="call first")
        assert days(uow, draft) == (MONDAY, None)
        assert days(uow, copy_order(uow, draft)) == (None, None)
    with refused(any_store, InvalidInput), any_store.working(SYSTEM) as uow:
        edit_order(uow, draft, **head, region="", note="", wanted_on=TODAY - timedelta(days=1))
    with any_store.working(SYSTEM) as uow:
        edit_order(uow, draft, **head, region="", note="", wanted_on=None)
        assert days(uow, draft) == (None, None)


def test_a_day_that_is_over_by_now_stays_on_the_draft(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        draft = a_draft(uow, house, [(goods(uow, house, 9), 1)])
        card = order_card(uow, draft)
        head = {name: getattr(card, name) for name in ("customer_id", "channel_id", "warehouse_id", "sales_rep_id")}
        edit_order(uow, draft, **head, region="", note="", wanted_on=TODAY)
    clock.moment = NOON + timedelta(days=1)
    with any_store.working(SYSTEM) as uow:
        edit_order(uow, draft, **head, region="", note="late", wanted_on=TODAY)
        confirm_order(uow, draft)
        assert days(uow, draft) == (TODAY, TODAY)


def test_the_day_is_amended_and_taken_back(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        order = a_sale(uow, house, [(goods(uow, house, 9), 1)])

    def version() -> int:
        with any_store.viewing(SYSTEM) as view:
            return order_card(view, order).version

    clock.moment = NOON + timedelta(days=3)
    with refused(any_store, NothingAmended), any_store.working(SYSTEM) as uow:
        request_amendment(uow, order, lines=[], seen_version=version(), wanted_on=None)
    with refused(any_store, InvalidInput), any_store.working(SYSTEM) as uow:
        request_amendment(uow, order, lines=[], seen_version=version(), wanted_on=FRIDAY)
    with any_store.working(SYSTEM) as uow:
        asked = request_amendment(uow, order, lines=[], seen_version=version(), wanted_on=SUNDAY)
        (card,) = amendments_of(uow, order)
        assert (card.wanted_before, card.wanted_after, card.needs_reason) == (None, SUNDAY, False)
    with any_store.working(SYSTEM) as uow:
        accept_amendment(uow, asked, version=card.version)
        assert days(uow, order) == (SUNDAY, SUNDAY)
    with any_store.working(SYSTEM) as uow:
        undo = request_undo(uow, asked, seen_version=version(), reason="as before")
    with any_store.working(SYSTEM) as uow:
        accept_amendment(uow, undo, version=1)
        # Without a wish it counts from the day on which it was confirmed, not from that of the amendment.
        assert days(uow, order) == (None, FRIDAY)
    assert_sound(any_store)


def test_what_is_to_leave_first_stands_first_in_the_list_of_what_to_ship(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 9)
        later = a_sale(uow, house, [(mug, 1)], wanted_on=MONDAY)
        usual = a_sale(uow, house, [(mug, 1)])
        urgent = a_sale(uow, house, [(mug, 1)], wanted_on=TODAY)
        ship_order(uow, a_sale(uow, house, [(mug, 1)], wanted_on=TODAY))
        cancel_order(uow, a_sale(uow, house, [(mug, 1)]), reason="changed mind")
        a_draft(uow, house, [(mug, 1)])
        wanted = OrderFilter(to_ship=True)
        assert [row.id for row in find_orders(uow, wanted)] == [urgent, usual, later]
        assert [row.id for row in find_orders(uow, wanted, limit=1, offset=1)] == [usual]
        assert count_orders(uow, wanted) == 3
        assert [row.id for row in find_orders(uow, OrderFilter(to_ship=True, text="Lotus"))] == [urgent, usual, later]


def test_goods_that_arrive_go_to_the_order_that_is_to_leave_first(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 1)
        set_fulfilment_rule(uow, back_orders=True)
        a_sale(uow, house, [(mug, 1)])
        old = a_sale(uow, house, [(mug, 2)], wanted_on=MONDAY)
        new = a_sale(uow, house, [(mug, 2)], wanted_on=SUNDAY)
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(3))])
        allot_waiting(uow)
        assert [sum(promised(uow, order).values(), Decimal(0)) for order in (old, new)] == [1, 2]


def test_orders_and_goods_that_left_in_time_are_counted(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 20)
        whole = a_sale(uow, house, [(mug, 4)], wanted_on=TODAY)
        part = a_sale(uow, house, [(mug, 6)], wanted_on=TODAY)
        a_sale(uow, house, [(mug, 3)])
        ship_order(uow, whole)
        (line,) = (each.id for each in order_card(uow, part).lines)
        ship_order(uow, part, quantities={line: Decimal(5)})
    clock.moment = NOON + timedelta(days=1)
    with any_store.working(SYSTEM) as uow:
        late = ship_order(uow, part)
        assert left_on(uow, part) == TODAY + timedelta(days=1)
        tomorrow = TODAY + timedelta(days=1)
        assert in_time(uow, TODAY, tomorrow) == InTime(2, 1, Decimal(10), Decimal(9))
        assert in_time(uow, TODAY, MONDAY) == InTime(3, 1, Decimal(13), Decimal(9))
        undo_shipment(uow, late, reason="came back")
        assert left_on(uow, part) == TODAY


def test_the_day_comes_with_an_import(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        goods(uow, house, 9, sku="MUG")
        uow.audit("test.prepared", None)
    header = (*HEADER, "要货日期")
    today = [(*row("1001", "MUG", "1"), "2026-03-23"), (*row("1002", "MUG", "1"), ""), (*row("1003", "MUG"), "soon")]
    receipt = apply(any_store, csv_file(*today, header=header), is_history=False)
    assert (receipt["orders"], receipt["problems"]) == (2, [(4, "要货日期", "not_a_date")])
    past = csv_file((*row("2001", "MUG", "1"), "2024年3月5日"), header=header)
    apply(any_store, past, channel="Past")
    with any_store.viewing(SYSTEM) as view:
        found = view.session.execute(
            select(SalesOrder.channel_order_number, SalesOrder.wanted_on, SalesOrder.ship_by).order_by(SalesOrder.id)
        )
        assert [tuple(each) for each in found] == [
            ("1001", MONDAY, MONDAY),
            ("1002", None, FRIDAY),
            ("2001", date(2024, 3, 5), None),
        ]


def test_the_fill_rate_is_of_goods_whose_day_is_over(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 20)
        whole = a_sale(uow, house, [(mug, 4)], wanted_on=TODAY)
        part = a_sale(uow, house, [(mug, 6)], wanted_on=TODAY)
        a_sale(uow, house, [(mug, 3)])
        shipment = ship_order(uow, whole)
        (line,) = (each.id for each in order_card(uow, part).lines)
        ship_order(uow, part, quantities={line: Decimal(5)})
    ask = Ask(("fill_rate",), since=TODAY)
    with Mirror(any_store, "test") as mirror:
        mirror.refresh_now()
        assert answer(mirror, SYSTEM, ask).totals == (None,)
        clock.moment = NOON + timedelta(days=1)
        any_store.run(SYSTEM, ship_order, None, part)
        mirror.refresh_now()
        assert answer(mirror, SYSTEM, ask).totals == (Decimal("0.9"),)
        behind = documents_behind(mirror, SYSTEM, ask)
        assert ({row.document_id: row.amount for row in behind.rows}, behind.total) == ({whole: 4, part: 5}, 9)
        any_store.run(SYSTEM, undo_shipment, None, shipment, reason="came back")
        mirror.refresh_now()
        assert answer(mirror, SYSTEM, ask).totals == (Decimal("0.5"),)
        clock.moment = NOON + timedelta(days=7)
        assert answer(mirror, SYSTEM, ask).totals == (Decimal("0.3846"),)
        assert mirror.check() == []
