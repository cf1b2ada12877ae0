"""How findings are counted and ranked."""

from datetime import date
from decimal import Decimal

from core.analytics.findings.ordering import Level, level_of
from core.analytics.findings.rules import (
    DEFINITIONS,
    KIND_LABELS,
    MOST_OF_A_KIND,
    MOST_SHOWN,
    Cover,
    Finding,
    Group,
    Kind,
    Part,
    PutAside,
    cover,
    driver,
    group_of,
    is_aside,
    ranked,
)

TODAY = date(2026, 3, 18)


def finding(amount: int, kind: Kind = Kind.DEAD, subject: str = "") -> Finding:
    return Finding(kind, subject or str(amount), Decimal(amount), "", {})


def group(kind: Kind, *amounts: int) -> Group:
    return group_of(kind, (finding(amount, kind) for amount in amounts))


def test_goods_last_as_long_as_they_sell_and_what_is_missing_until_new_ones_come_is_lost() -> None:
    # 90 in 30 days are three a day for 2 each.
    assert cover(Decimal(10), Decimal(90), 30, Decimal(180)) == Cover(3, Decimal(32), Decimal(64))
    assert cover(Decimal(42), Decimal(90), 30, Decimal(180)) == Cover(14, Decimal(0), Decimal(0))
    assert cover(Decimal(-5), Decimal(90), 30, Decimal(180)) == Cover(0, Decimal(42), Decimal(84))
    assert cover(Decimal(1), Decimal(90), 30, Decimal(-1)) == Cover(0, Decimal(41), Decimal(0))
    assert cover(Decimal(10), Decimal(0), 30, Decimal(0)) is None


def test_a_group_counts_all_and_keeps_the_dearest() -> None:
    found = group_of(Kind.DEAD, [finding(each) for each in (3, 0, 9, -4, 5)], most=2)
    assert [row.amount for row in found.rows] == [9, 5]
    assert (found.count, found.amount) == (3, Decimal(17))


def test_the_dearest_stand_first_and_no_kind_crowds_out_the_others() -> None:
    dead, late = group(Kind.DEAD, *range(100, 120)), group(Kind.LATE, 7, 115)
    shown = ranked([dead, late], {}, TODAY)
    assert [row.amount for row in shown] == [119, 118, 117, 116, 115, 115, 7]
    assert sum(row.kind is Kind.DEAD for row in shown) == MOST_OF_A_KIND
    assert len(ranked([dead, late], {}, TODAY, [Kind.DEAD])) == 20
    assert len(ranked([group(kind, *range(1, 9)) for kind in Kind], {}, TODAY)) == MOST_SHOWN


def test_what_is_put_aside_comes_back_on_its_day_or_when_its_money_has_doubled() -> None:
    def kept(until: date, amount: int) -> dict[tuple[str, str], PutAside]:
        return {("dead", "x"): PutAside("dead", "x", until, Decimal(amount))}

    row = finding(100, subject="x")
    assert is_aside(row, kept(date(2026, 3, 19), 60), TODAY)
    assert not is_aside(row, kept(TODAY, 60), TODAY)
    assert not is_aside(row, kept(date(2026, 3, 19), 50), TODAY)
    assert not is_aside(finding(100, subject="y"), kept(date(2026, 3, 19), 60), TODAY)
    assert ranked([group_of(Kind.DEAD, [row])], kept(date(2026, 3, 19), 60), TODAY) == []


def test_the_driver_is_the_part_that_pulled_most_that_way() -> None:
    def part(key: int, before: int, now: int) -> Part:
        return Part(key, str(key), Decimal(before), Decimal(now))

    parts = [part(1, 10, 4), part(2, 0, 9), part(3, 20, 14)]
    assert driver(parts, falls=True) == parts[0]
    assert driver(parts, falls=False) == parts[1]
    assert driver(parts[:1], falls=False) is None
    assert driver([], falls=True) is None


def test_every_kind_has_a_name_and_a_definition() -> None:
    assert set(KIND_LABELS) == set(DEFINITIONS) == set(Kind)


def test_goods_are_ordered_up_to_what_sells_until_the_next_order_is_here_and_a_reserve() -> None:
    sold = [Decimal(each) for each in (1, 5, 1, 5)]
    assert level_of(sold, 14, 7, Decimal("0.5")) == Level(Decimal(3), 21, Decimal(63))
    # z is 1.644854 at 95 %, the spread 2, and the root of 16 days 4.
    level = level_of(sold, 14, 2, Decimal("0.95"))
    assert (level.safety, level.whole) == (Decimal("13.159"), Decimal("61.159"))
    assert level_of([], 14, 7, Decimal("0.98")) == Level(Decimal(0), 21, Decimal(0))


def test_of_goods_that_sell_now_and_then_a_reserve_is_drawn_from_the_days_there_were() -> None:
    sold = [Decimal(60), *[Decimal(0)] * 89]
    # In 21 days nothing is sold in 79 of 100 cases, and at most once in 97.
    assert level_of(sold, 14, 7, Decimal("0.75")).whole == Decimal(14)
    assert level_of(sold, 14, 7, Decimal("0.9")).whole == Decimal(60)
