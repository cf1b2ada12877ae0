"""What every room of the demo company has to show, exactly."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import func, select

from core.analytics.alerts.queries import alert_rules
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.catalog.kits import parts_of
from core.catalog.models import Product, Tracking, Variant
from core.catalog.substitutes import substitutes_of
from core.demo.service import make_demo
from core.demo.supply import CABLE, CHARGER, SMALL_CHARGER, closed_through
from core.pricing.models import Coupon, OfferState
from core.pricing.queries import price_lists, promotions
from core.receivables.models import (
    AccountCharge,
    ApprovalKind,
    CreditApproval,
    CustomerAccount,
    Instalment,
    Payment,
    TermsKind,
)
from core.receivables.reminder_models import Reminder
from core.receivables.statement_models import Statement, StatementState
from core.sales.approval_models import RequestState
from core.sales.asked import asked_for
from core.sales.fulfilment import fulfilment_rules
from core.sales.models import BusinessState, SalesOrder
from core.sales.money.forecast import check_forecast
from core.sales.money.reminder_queries import pauses, to_remind
from core.sales.recall import recall
from core.sales.tolerance import category_tolerances
from core.security.actor import SYSTEM
from core.stock.costs.models import AdjustmentKind, CostAdjustment
from core.stock.costs.periods import closed_periods
from core.stock.counts.models import CountState, StockCountLine
from core.stock.counts.queries import stock_counts
from core.stock.lot_queries import lots_on_hand
from core.stock.models import DocumentKind, LocationKind, Lot, MovementDraft, StockDocument, Warehouse
from core.stock.negative import negative_rules
from core.stock.transfers.models import TransferState
from core.stock.transfers.queries import transfers
from core.stock.tree import places
from core.suppliers.models import Supplier
from core.work.store import Store, View

UNTIL = date(2026, 11, 21)
NEXT_MORNING = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def view(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    """A demo company on the morning after its last day."""
    file = Path(copy(sqlite_template, tmp_path_factory.mktemp("demo") / "salesbook.db"))
    store = Store(Settings(data_dir=file.parent, database_url=f"sqlite:///{file}"), FixedClock(NEXT_MORNING))
    make_demo(store, 1_500, 3, until=UNTIL)
    with store.viewing(SYSTEM) as view:
        yield view
    store.engine.dispose()


def test_suppliers_delivered_took_goods_back_and_some_were_scrapped(view: View) -> None:
    suppliers = view.session.scalars(select(Supplier)).all()
    documents = view.session.scalars(select(StockDocument)).all()
    costs = view.session.scalars(select(CostAdjustment.kind).order_by(CostAdjustment.id)).all()

    assert len(suppliers) == 8
    assert all(each.contact and each.phone and each.terms for each in suppliers)
    assert Counter(each.kind for each in documents if each.supplier_id is not None) == {
        DocumentKind.RECEIPT: 10,
        DocumentKind.SUPPLIER_RETURN: 1,
    }
    assert [each.reason for each in documents if each.kind is DocumentKind.SCRAP] == ["运输破损"]
    assert costs == [AdjustmentKind.LANDED, AdjustmentKind.PRICE]


def test_rules_watch_the_company_its_channels_regions_and_returns(view: View) -> None:
    rows = [(row.watched.measure, row.watched.by, row.outcome) for row in alert_rules(view)]

    assert sorted(rows) == [
        ("net_sales", "", None),
        ("net_sales", "channel", None),
        ("net_sales", "region", None),
        ("return_rate", "top_category", None),
    ]


def test_the_books_are_closed_through_the_end_of_a_month(view: View) -> None:
    assert [each.closed_through for each in closed_periods(view)] == [date(2026, 10, 31)]


@pytest.mark.parametrize(
    ("until", "through"),
    [
        (date(2026, 11, 21), date(2026, 10, 31)),
        (date(2026, 11, 15), date(2026, 10, 31)),
        (date(2026, 11, 14), date(2026, 9, 30)),
        (date(2027, 1, 1), date(2026, 11, 30)),
    ],
)
def test_the_last_two_weeks_are_never_closed(until: date, through: date) -> None:
    assert closed_through(until) == through


def test_lots_are_good_nearly_expired_expired_and_blocked(view: View) -> None:
    tracked = view.session.execute(
        select(Product.tracking, func.count()).where(Product.tracking != Tracking.NONE).group_by(Product.tracking)
    )
    here = lots_on_hand(view)
    pieces = [each for each in here if each.sku == "SM090"]
    expired = [each for each in here if each.expiry_on is not None and each.expiry_on <= UNTIL]
    soon = [each for each in here if each.expiry_on is not None and UNTIL < each.expiry_on < UNTIL + timedelta(days=14)]

    assert {tracking: count for tracking, count in tracked} == {Tracking.LOT: 5, Tracking.SERIAL: 1}
    assert [each.on_hand for each in pieces] == [Decimal(1)] * 7
    assert [(each.on_hand, each.expiry_on) for each in expired] == [(Decimal(24), date(2026, 11, 15))]
    assert [each.expiry_on for each in soon] == [date(2026, 11, 30), date(2026, 12, 4)]
    assert sum(each.is_blocked for each in here) == 1


def test_a_recall_finds_customers(view: View) -> None:
    lots = view.session.scalars(select(Lot.id).order_by(Lot.id)).all()

    assert [row for lot_id in lots for row in recall(view, lot_id)] != []


def test_goods_travel_between_warehouses(view: View) -> None:
    found = transfers(view)

    assert Counter(each.state for each in found) == {
        TransferState.CLOSED: 2,
        TransferState.SHIPPED: 1,
        TransferState.REQUESTED: 1,
    }
    assert [each.lost for each in found if each.lost] == [Decimal(2)]
    (on_way,) = [each for each in found if each.state is TransferState.SHIPPED]
    assert on_way.on_the_way == Decimal(36)
    assert on_way.expected_on == date(2026, 11, 23)


def test_one_stocktake_is_posted_and_one_being_counted(view: View) -> None:
    found = {each.state: each for each in stock_counts(view)}
    posted = view.session.execute(
        select(StockCountLine.counted, StockCountLine.expected).where(
            StockCountLine.count_id == found[CountState.POSTED].id, StockCountLine.reason.is_not(None)
        )
    )
    counted = view.session.scalars(
        select(StockCountLine.counted).where(StockCountLine.count_id == found[CountState.OPEN].id)
    ).all()

    assert set(found) == {CountState.POSTED, CountState.OPEN}
    assert sorted(was - should for was, should in posted) == [Decimal(-1), Decimal(2)]
    assert len([each for each in counted if each is not None]) == 1
    assert None in counted


def test_a_warehouse_has_a_tree_of_places_with_goods_on_them(view: View) -> None:
    warehouse = view.session.scalars(select(Warehouse.id).where(Warehouse.code == "SH")).one()
    found = {each.code: each for each in places(view, warehouse) if each.code}

    assert {code: (each.depth, each.on_hand) for code, each in found.items()} == {
        "A": (0, 0),
        "A-01": (1, 12),
        "A-02": (1, 20),
        "B": (0, 0),
        "B-01": (1, 8),
        "C": (0, 0),
    }
    assert found["C"].kind is LocationKind.SECOND_QUALITY


def test_a_sheet_waits_and_stock_rules_stand(view: View) -> None:
    assert view.session.scalars(select(MovementDraft.kind)).all() == [DocumentKind.RECEIPT]
    assert [(each.name, each.allowed) for each in negative_rules(view)] == [("纸品湿巾", True)]
    rules = [(each.ship_complete, each.least_life_days) for each in fulfilment_rules(view) if each.customer_id]
    assert sorted(rules, key=str) == [(None, 90), (True, None)]


def test_accounts_have_terms_limits_charges_and_money_without_a_document(view: View) -> None:
    accounts = view.session.scalars(select(CustomerAccount)).all()
    charges = view.session.scalars(select(AccountCharge).order_by(AccountCharge.id)).all()
    free = view.session.scalars(select(Payment.open_amount).where(Payment.open_amount != 0).order_by(Payment.id)).all()
    order_id = view.session.scalars(select(CreditApproval.document_id)).one()
    limited = view.session.execute(
        select(CustomerAccount.credit_limit)
        .join(SalesOrder, SalesOrder.customer_id == CustomerAccount.customer_id)
        .where(SalesOrder.id == order_id)
    ).scalar_one()

    assert {each.terms for each in accounts} == set(TermsKind)
    assert len([each for each in accounts if each.credit_limit is not None]) == 5
    assert [each.amount for each in charges] == [Decimal(1_280), Decimal(460), Decimal(320), Decimal(180)]
    assert charges[0].due_on == date(2026, 9, 27)
    assert free == [Decimal(20_000), Decimal(3_500)]
    assert limited == Decimal(1_000)
    assert view.session.scalars(select(Instalment.planned_on).order_by(Instalment.id)).all() == [
        date(2026, 11, 11),
        date(2026, 12, 11),
    ]


def test_one_statement_is_confirmed_one_sent_and_one_drawn(view: View) -> None:
    found = view.session.scalars(select(Statement).order_by(Statement.id)).all()

    assert [each.state for each in found] == [StatementState.CONFIRMED, StatementState.SENT, StatementState.DRAFT]
    assert [each.charged_amount for each in found] == [Decimal(460), Decimal(320), Decimal(180)]
    assert {(each.since, each.until) for each in found} == {(date(2026, 10, 1), date(2026, 11, 1))}


def test_one_customer_was_reminded_and_is_due_for_the_second_letter_and_one_is_left_alone(view: View) -> None:
    [reminder] = view.session.scalars(select(Reminder)).all()
    assert (reminder.level, reminder.reminded_on) == (1, date(2026, 10, 22))
    assert [row.level for row in to_remind(view, reminder.customer_id)] == [2]
    assert [each.last_on for each in pauses(view)] == [date(2026, 11, 28)]


def test_the_cash_forecast_of_some_weeks_ago_was_near_what_came(view: View) -> None:
    for weeks in (4, 8, 13):
        check = check_forecast(view, weeks)
        assert Decimal(0) < check.forecast.slow <= check.forecast.likely <= check.forecast.fast <= check.outstanding
        assert abs(check.settled - check.forecast.expected) < check.outstanding / 4


def test_price_lists_and_promotions_are_published_and_drafted(view: View) -> None:
    assert {each.name: (each.state, each.rules) for each in price_lists(view)} == {
        "重点客户协议价": (OfferState.PUBLISHED, 2),
        "批发阶梯价": (OfferState.PUBLISHED, 6),
        "天猫双十二预热价": (OfferState.PUBLISHED, 1),
        "年货节预备价": (OfferState.DRAFT, 1),
    }
    assert {each.promotion.name: each.state for each in promotions(view)} == {
        "老客回访券 15 元": OfferState.PUBLISHED,
        "小程序满减": OfferState.PUBLISHED,
        "新客立减 20 元": OfferState.PUBLISHED,
        "洗护第二件半价": OfferState.DRAFT,
    }
    assert view.session.scalar(select(func.count()).select_from(Coupon)) == 6


def test_sellers_have_a_kit_substitutes_and_a_price_that_is_asked_for(view: View) -> None:
    charger = view.session.scalars(
        select(Variant).join(Product, Product.id == Variant.product_id).where(Product.name == CHARGER)
    ).one()
    kit = view.session.scalars(select(Variant).where(Variant.sku == "KIT001")).one()
    parts = parts_of(view, [kit.id])[kit.id]
    (asked,) = asked_for(view)

    assert [(part.name, part.ratio) for part in parts] == [(CHARGER, 1), (CABLE, 2)]
    assert [row.name for row in substitutes_of(view, [charger.id])[charger.id]] == [SMALL_CHARGER]
    assert [(row.under_share, row.over_share) for row in category_tolerances(view)] == [
        (Decimal("0.03"), Decimal("0.05"))
    ]
    assert (asked.kind, asked.state) == (ApprovalKind.PREPAYMENT, RequestState.OPEN)
    order = view.session.scalars(select(SalesOrder).where(SalesOrder.id == asked.order_id)).one()
    assert order.business_state == BusinessState.CONFIRMED
