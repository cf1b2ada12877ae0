"""What an answer promises: exactly the documents' sums, whatever is asked, on either database."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.analytics.errors import (
    ComparisonNeedsPeriod,
    EmptyPeriod,
    NoSuchOrder,
    NothingEarlier,
    NotInFamily,
    UnknownDimension,
    UnknownLabel,
    UnknownMeasure,
)
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask, Compare
from core.analytics.layer.documents import documents_behind
from core.analytics.layer.found import DocumentKind
from core.analytics.mirror import mirror as mirror_module
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.stage import scalar
from core.base.clock import FixedClock
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from tests.analytics.lines import plain_due, plain_lines, plain_payments
from tests.analytics.plain import figure, grouped
from tests.analytics.questions import by_group, matching
from tests.analytics.shop import Shop


def test_a_comparison_shows_the_figures_of_the_earlier_period_on_the_same_rows(shop: Shop, mirror: Mirror) -> None:
    shop.live(200)
    mirror.refresh_now()
    lines = plain_lines(shop.store)
    ask = Ask(("net_sales", "customers"), ("month",), since=date(2025, 11, 1), until=date(2026, 2, 1))

    found = answer(mirror, SYSTEM, Ask(**{**vars(ask), "compare": Compare.SAME_PERIOD_LAST_YEAR}))

    assert found.compared is not None
    assert (found.compared.since, found.compared.until) == (date(2024, 11, 1), date(2025, 2, 1))
    for row, before in zip(found.rows, found.before, strict=True):
        month = row[0]
        assert isinstance(month, date)
        then = [line for line in lines if line["month"] == month.replace(year=month.year - 1)]
        assert before == (figure("net_sales", then), figure("customers", then))
    earlier = [line for line in lines if date(2024, 11, 1) <= line["day"] < date(2025, 2, 1)]
    assert found.totals_before == (figure("net_sales", earlier), figure("customers", earlier))


def test_the_previous_period_is_as_many_days_or_whole_months_before(shop: Shop, mirror: Mirror) -> None:
    shop.live(100)
    mirror.refresh_now()
    lines = plain_lines(shop.store)

    def tax(since: date, until: date) -> Decimal | None:
        return figure("tax", [line for line in lines if since <= line["day"] < until])

    before = Compare.PREVIOUS_PERIOD
    ten_days = Ask(("tax",), ("day",), since=date(2025, 6, 11), until=date(2025, 6, 21), compare=before)
    two_months = Ask(("tax",), since=date(2025, 3, 1), until=date(2025, 5, 1), compare=before)
    days, months = answer(mirror, SYSTEM, ten_days), answer(mirror, SYSTEM, two_months)

    assert days.total_before("tax") == tax(date(2025, 6, 1), date(2025, 6, 11))
    for row, earlier in zip(days.rows, days.before, strict=True):
        assert isinstance(row[0], date)
        assert earlier == (tax(row[0] - timedelta(days=10), row[0] - timedelta(days=9)),)
    assert months.total_before("tax") == tax(date(2025, 1, 1), date(2025, 3, 1))


@pytest.mark.parametrize(
    ("compare", "days"), [(Compare.SAME_WEEKDAYS, 364), (Compare.SPRING_FESTIVAL, 384), (Compare.CUSTOM, 100)]
)
def test_days_are_held_against_those_of_the_same_weekday_or_festival(
    shop: Shop, mirror: Mirror, compare: Compare, days: int
) -> None:
    shop.live(250)
    mirror.refresh_now()
    lines = plain_lines(shop.store)
    since, until = date(2026, 1, 20), date(2026, 3, 1)
    other = since - timedelta(days=days), until - timedelta(days=days)

    ask = Ask(("net_sales",), ("day",), since=since, until=until, compare=compare, compared=other, fill=True)
    found = answer(mirror, SYSTEM, ask)

    assert found.compared is not None
    assert (found.compared.since, found.compared.until) == other
    assert len(found.rows) == 40
    for row, before in zip(found.rows, found.before, strict=True):
        assert isinstance(row[0], date)
        then = [line for line in lines if line["day"] == row[0] - timedelta(days=days)]
        assert before == (figure("net_sales", then),)
    assert found.total_before("net_sales") == sum((row[0] or Decimal(0) for row in found.before), Decimal(0))


def test_totals_of_the_top_rows_are_totals_of_all_rows(shop: Shop, mirror: Mirror) -> None:
    shop.live(150)
    mirror.refresh_now()
    lines = plain_lines(shop.store)

    found = answer(mirror, SYSTEM, Ask(("net_sales", "orders", "average_order"), ("sku",), top=3))

    right = sorted(grouped(("net_sales",), ("sku",), lines).items(), key=lambda each: -(each[1][0] or 0))
    assert [row[0] for row in found.rows] == [key[0] for key, _ in right[:3]]
    assert found.totals == tuple(figure(name, lines) for name in ("net_sales", "orders", "average_order"))


def test_days_without_sales_are_filled_with_zero_and_today_is_marked_as_not_over(shop: Shop, mirror: Mirror) -> None:
    shop.live(30)
    mirror.refresh_now()
    lines = plain_lines(shop.store)

    ask = Ask(("net_sales", "average_order"), ("day",), since=date(2026, 3, 1), until=date(2026, 4, 1), fill=True)
    found = answer(mirror, SYSTEM, ask)

    assert [row[0] for row in found.rows][:18] == [date(2026, 3, day) for day in range(1, 19)]
    for row in found.rows:
        today = [line for line in lines if line["day"] == row[0]]
        assert row[1:] == (figure("net_sales", today), figure("average_order", today))
    assert found.is_partial
    assert found.incomplete == {date(2026, 3, 18)}


def test_the_documents_behind_a_bar_add_up_to_it(shop: Shop, mirror: Mirror) -> None:
    shop.live(200)
    mirror.refresh_now()
    for measure in ("net_sales", "gross_sales", "quantity", "orders", "returns", "discount", "lines"):
        for dimension in ("category", "month", "region", "brand", "weekday"):
            found = answer(mirror, SYSTEM, Ask((measure,), (dimension,)))
            for key, bar in zip(found.keys, found.figures(measure), strict=True):
                one = Ask((measure,), where={dimension: (key[0],)})
                behind = documents_behind(mirror, SYSTEM, one, limit=10_000)
                additive = measure != "orders" or dimension not in ("category", "brand")
                assert behind.total == sum((row.amount for row in behind.rows), Decimal(0))
                assert (behind.total == bar) or not additive
                assert behind.count == len(behind.rows)


def test_a_product_with_several_tags_counts_in_each_and_once_in_the_total(shop: Shop, mirror: Mirror) -> None:
    shop.live(200)
    for _ in range(12):
        shop.within(shop.retag)
    mirror.refresh_now()
    lines = plain_lines(shop.store)
    asked = ("net_sales", "lines", "orders", "customers")

    found = answer(mirror, SYSTEM, Ask(asked, ("product_tag", "customer_tag")))

    assert found.overlaps == ("product_tag", "customer_tag")
    assert found.totals == tuple(figure(name, lines) for name in asked)
    assert sum(figure or 0 for figure in found.figures("lines")) > (found.total("lines") or 0)
    assert by_group(found) == grouped(asked, ("product_tag", "customer_tag"), lines)
    tagged = Ask(asked, ("channel",), where={"product_tag": ("new", "sale", "gift"), "customer_tag": ("gold", "late")})
    some = matching(tagged, lines)
    assert 0 < len(some) < len(lines)
    assert by_group(answer(mirror, SYSTEM, tagged)) == grouped(asked, ("channel",), some)
    assert answer(mirror, SYSTEM, tagged).overlaps == ()


def test_the_payments_behind_a_bar_add_up_to_it(shop: Shop, mirror: Mirror) -> None:
    shop.live(300)
    mirror.refresh_now()
    payments = plain_payments(shop.store)
    assert {line["sign"] for line in payments} == {0}
    for dimension in ("month", "sales_rep", "region", "warehouse"):
        found = answer(mirror, SYSTEM, Ask(("collected",), (dimension,)))
        assert by_group(found) == grouped(("collected",), (dimension,), payments)
        for key, bar in zip(found.keys, found.figures("collected"), strict=True):
            behind = documents_behind(mirror, SYSTEM, Ask(("collected",), where={dimension: (key[0],)}), limit=10_000)
            assert (behind.total, behind.count) == (bar, len(behind.rows))
            assert {row.kind for row in behind.rows} <= {DocumentKind.PAYMENT}


def test_facts_of_two_families_are_summed_apart_and_never_joined(shop: Shop, mirror: Mirror) -> None:
    shop.live(300)
    mirror.refresh_now()
    lines = [*plain_lines(shop.store), *plain_due(shop.store), *plain_payments(shop.store)]
    asked = ("gross_sales", "collected", "collection_rate")

    found = answer(mirror, SYSTEM, Ask(asked, ("customer", "channel")))

    assert by_group(found) == grouped(asked, ("customer", "channel"), lines)
    gross, collected, rate = found.totals
    assert gross
    assert collected is not None
    assert rate == (collected / gross).quantize(Decimal("0.0001"))


@pytest.mark.parametrize("ask", [Ask(("collected",), ("product",)), Ask(("collection_rate",), where={"hour": (9,)})])
def test_a_dimension_that_the_facts_do_not_have_is_refused_with_those_they_have(mirror: Mirror, ask: Ask) -> None:
    mirror.refresh_now()
    with pytest.raises(NotInFamily, match="can be by: day, week, month, quarter, year, weekday, customer, "):
        answer(mirror, SYSTEM, ask)
    with pytest.raises(NotInFamily):
        documents_behind(mirror, SYSTEM, ask)


def test_pages_of_documents_follow_each_other(shop: Shop, mirror: Mirror) -> None:
    shop.sell(30)
    mirror.refresh_now()
    whole = documents_behind(mirror, SYSTEM, Ask(("orders",)), limit=100)
    pages = [documents_behind(mirror, SYSTEM, Ask(("orders",)), limit=12, offset=at).rows for at in (0, 12, 24)]
    assert [row.number for page in pages for row in page] == [row.number for row in whole.rows]
    assert (whole.count, whole.total, len(pages[2])) == (30, Decimal(30), 6)


def test_labels_and_codes_and_nothing_can_be_filtered_by(shop: Shop, mirror: Mirror) -> None:
    shop.live(120)
    mirror.refresh_now()
    lines = plain_lines(shop.store)
    for where, name, values in (
        ({"product": ("T3-1",)}, "sku", {"T3-0", "T3-1"}),
        ({"warehouse": ("A",)}, "warehouse", {"A hall"}),
        ({"sales_rep": (None,)}, "sales_rep", {None}),
        ({"region": ("", "Kent")}, "region", {None, "Kent"}),
        ({"month": ("2025-03", date(2025, 4, 1))}, "month", {date(2025, 3, 1), date(2025, 4, 1)}),
        ({"quarter": ("2025-Q2",)}, "quarter", {date(2025, 4, 1)}),
        ({"year": ("2025",)}, "year", {date(2025, 1, 1)}),
        ({"hour": ("9",)}, "hour", {9}),
    ):
        right = figure("net_sales", [line for line in lines if line[name] in values])
        assert answer(mirror, SYSTEM, Ask(("net_sales",), where=where)).total("net_sales") == right, where


@pytest.mark.parametrize(("since", "until"), [(date.min, date.max), (date.min, date.min), (date.max, date.max)])
@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_a_period_at_the_ends_of_the_calendar_is_answered_too(
    shop: Shop, mirror: Mirror, since: date, until: date, grain: str
) -> None:
    shop.live(20)
    mirror.refresh_now()
    whole = answer(mirror, SYSTEM, Ask(("net_sales",))).total("net_sales") if since < until else Decimal(0)
    found = answer(mirror, SYSTEM, Ask(("net_sales",), (grain,), since=since, until=until, fill=True))
    assert (found.total("net_sales") or Decimal(0)) == whole


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        (Ask(("profit",)), UnknownMeasure),
        (Ask(("net_sales",), ("colour",)), UnknownDimension),
        (Ask(("net_sales",), where={"colour": ("red",)}), UnknownDimension),
        (Ask(("net_sales",), where={"channel": ("Nowhere",)}), UnknownLabel),
        (Ask(("net_sales",), where={"month": ("May",)}), UnknownLabel),
        (Ask(("net_sales",), where={"month": ("2026-13",)}), UnknownLabel),
        (Ask(("net_sales",), where={"quarter": ("2026-Q0",)}), UnknownLabel),
        (Ask(("net_sales",), where={"quarter": ("2026-Q5",)}), UnknownLabel),
        (Ask(("net_sales",), where={"quarter": ("2026-Q99999999999",)}), UnknownLabel),
        (Ask(("net_sales",), where={"quarter": ("0000-Q1",)}), UnknownLabel),
        (Ask(("net_sales",), where={"year": ("0",)}), UnknownLabel),
        (Ask(("net_sales",), where={"hour": ("24",)}), UnknownLabel),
        (Ask(("net_sales",), where={"hour": ("9" * 5000,)}), UnknownLabel),
        (Ask(("net_sales",), ("month",), order="orders"), NoSuchOrder),
        (Ask(("net_sales",), compare=Compare.PREVIOUS_PERIOD), ComparisonNeedsPeriod),
        (Ask(("net_sales",), since=date(2026, 2, 1), until=date(2026, 1, 1)), EmptyPeriod),
        (Ask(("net_sales",), since=date.min, until=date.max, compare=Compare.PREVIOUS_PERIOD), NothingEarlier),
        (Ask(("net_sales",), since=date.min, until=date(2, 1, 1), compare=Compare.PREVIOUS_PERIOD), NothingEarlier),
        (Ask(("net_sales",), since=date.min, until=date.max, compare=Compare.SAME_PERIOD_LAST_YEAR), NothingEarlier),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(mirror: Mirror, ask: Ask, refusal: type[Exception]) -> None:
    mirror.refresh_now()
    with pytest.raises(refusal):
        answer(mirror, SYSTEM, ask)


def test_only_who_may_analyse_sales_gets_answers(mirror: Mirror) -> None:
    mirror.refresh_now()
    for role in Role:
        roles = frozenset({role})
        actor = Actor(1, "somebody", roles, permissions_of(roles))
        if role in (Role.ADMINISTRATOR, Role.MANAGER, Role.SALES, Role.FINANCE):
            assert answer(mirror, actor, Ask(("net_sales",))).totals == (Decimal(0),)
        else:
            with pytest.raises(NotAllowed):
                answer(mirror, actor, Ask(("net_sales",)))
            with pytest.raises(NotAllowed):
                documents_behind(mirror, actor, Ask(("net_sales",)))


def test_an_answer_is_remembered_until_something_is_committed(shop: Shop, mirror: Mirror) -> None:
    shop.sell(3)
    mirror.refresh_now()
    first = answer(mirror, SYSTEM, Ask(("orders",), ("channel",)))
    again = answer(mirror, SYSTEM, Ask(("orders",), ("channel",)))
    shop.sell(1)
    mirror.refresh_now()

    assert again.rows is first.rows
    assert answer(mirror, SYSTEM, Ask(("orders",), ("channel",))).total("orders") == 4


def test_rows_alone_come_without_totals(shop: Shop, mirror: Mirror) -> None:
    shop.sell(3)
    mirror.refresh_now()
    ask = Ask(
        ("orders",), ("channel",), compare=Compare.PREVIOUS_PERIOD, since=date(2026, 3, 1), until=date(2026, 4, 1)
    )

    alone = answer(mirror, SYSTEM, replace(ask, totals=False))

    assert alone.rows == answer(mirror, SYSTEM, ask).rows
    assert (alone.totals, alone.totals_before) == ((), ())


def test_where_there_is_much_a_study_of_all_of_it_is_remembered_for_a_minute(
    shop: Shop, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    def study() -> int:
        return mirror.remembered_a_while("study", lambda duck: scalar(duck, "SELECT count(*) FROM fact_order"))

    clock = FixedClock(mirror.store.clock.now())
    monkeypatch.setattr(mirror.store, "clock", clock)
    shop.sell(3)
    mirror.refresh_now()
    assert study() == 3
    shop.sell(1)
    mirror.refresh_now()
    assert study() == 4

    monkeypatch.setattr(mirror_module, "MANY_ORDERS", 0)
    shop.sell(1)
    mirror.refresh_now()
    clock.moment += timedelta(seconds=59)
    assert study() == 4
    clock.moment += timedelta(seconds=1)
    assert study() == 5
