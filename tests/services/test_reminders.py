"""Reminders: whose turn it is, once for each level, and who is left alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, NotFound, ReasonMissing, StaleVersion
from core.exchange.reminder_letters import letter_page, reminder_letter
from core.receivables.errors import NoPause, NothingToRemind
from core.receivables.models import TermsKind
from core.receivables.reminder_rules import USUAL
from core.receivables.service import CHARGE, ORDER
from core.receivables.terms import add_charge
from core.sales.money.reminder_queries import RemindRow, pauses, reminder_levels, reminders_of, to_remind
from core.sales.money.reminders import mark_reminded, pause_reminders, resume_reminders, set_reminder_level
from core.sales.pay import pay_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_customer
from tests.money import BANK, Books, assert_sound, open_books

D = Decimal


@pytest.fixture
def books(any_store: Store) -> Books:
    opened = open_books(any_store)
    opened.agree(kind=TermsKind.NET, days=10)
    return opened


def due(books: Books) -> list[RemindRow]:
    with books.store.viewing(SYSTEM) as view:
        return to_remind(view)


def sold(books: Books, pieces: int = 10) -> int:
    order = books.order(pieces)
    books.run(ship_order, order)
    return order


def test_a_customer_is_reminded_once_for_each_level_until_it_pays(books: Books, clock: FixedClock) -> None:
    order = sold(books)  # due 28 March
    clock.moment += timedelta(days=12)  # 30 March: two days late
    assert due(books) == []
    books.refuses(NothingToRemind, mark_reminded, books.customer, amount=D(100))
    clock.moment += timedelta(days=1)
    [row] = due(books)
    assert (row.customer, row.level, row.amount, row.since, row.days_late) == (
        "Lotus Trading",
        1,
        100,
        date(2026, 3, 28),
        3,
    )
    assert [(part.number, part.amount, part.reminded, part.level) for part in row.parts] == [
        ("SO-2026-00001", 100, 0, 1)
    ]
    books.refuses(StaleVersion, mark_reminded, books.customer, amount=D(99))
    books.run(mark_reminded, books.customer, amount=D(100))
    assert due(books) == []
    books.refuses(NothingToRemind, mark_reminded, books.customer, amount=D(100))

    clock.moment += timedelta(days=12)
    books.run(pay_order, order, amount=D(40), method=BANK)
    [row] = due(books)
    assert (row.level, row.amount) == (2, 60)
    books.run(mark_reminded, books.customer, amount=D(60))
    clock.moment += timedelta(days=15)
    books.run(mark_reminded, books.customer, amount=D(60))
    clock.moment += timedelta(days=400)
    assert due(books) == []
    with books.store.viewing(SYSTEM) as view:
        assert [(each.level, each.amount, each.reminded_on) for each in reminders_of(view, books.customer)] == [
            (3, 60, date(2026, 4, 27)),
            (2, 60, date(2026, 4, 12)),
            (1, 100, date(2026, 3, 31)),
        ]
    assert_sound(books.store)


def test_a_letter_holds_all_that_is_overdue_and_each_document_moves_on_by_itself(
    books: Books, clock: FixedClock
) -> None:
    sold(books)
    clock.moment += timedelta(days=13)
    books.run(mark_reminded, books.customer, amount=D(100))
    books.run(add_charge, books.customer, amount=D(5), note="freight", charged_on=date(2026, 3, 19))
    clock.moment += timedelta(days=1)
    [row] = due(books)
    assert (row.level, row.amount) == (1, 105)
    assert [(part.document[0], part.reminded, part.level) for part in row.parts] == [(ORDER, 1, None), (CHARGE, 0, 1)]
    books.run(mark_reminded, books.customer, amount=D(105))
    with books.store.viewing(SYSTEM) as view:
        assert reminders_of(view, books.customer)[0].documents == ("CH-2026-00001",)
    assert due(books) == []


def test_two_shipments_of_an_order_are_reminded_by_their_own_due_days(books: Books, clock: FixedClock) -> None:
    order = books.order()
    books.run(ship_order, order, quantities=books.part(order, 4))
    clock.moment += timedelta(days=13)
    books.run(mark_reminded, books.customer, amount=D(40))
    books.run(ship_order, order)
    clock.moment += timedelta(days=13)
    [row] = due(books)
    assert [(part.amount, part.days_late, part.reminded, part.level) for part in row.parts] == [
        (40, 16, 1, 2),
        (60, 3, 0, 1),
    ]


def test_who_could_pay_from_the_free_balance_is_not_reminded(books: Books, clock: FixedClock) -> None:
    sold(books)
    books.receive(99)
    clock.moment += timedelta(days=13)
    [row] = due(books)
    assert (row.amount, row.balance) == (100, 99)
    books.receive(1)
    assert due(books) == []


def test_a_customer_or_a_document_is_left_alone_until_a_day_with_a_reason(books: Books, clock: FixedClock) -> None:
    first = sold(books)
    sold(books, 5)
    clock.moment += timedelta(days=13)  # 31 March
    books.refuses(ReasonMissing, pause_reminders, books.customer, last_on=date(2026, 4, 2), reason=" ")
    for day in (date(2026, 3, 30), date(2028, 4, 1)):
        books.refuses(InvalidInput, pause_reminders, books.customer, last_on=day, reason="ill")
    books.refuses(NotFound, pause_reminders, 999, last_on=date(2026, 4, 2), reason="ill")
    with books.store.working(SYSTEM) as uow:
        other = a_customer(uow, "Rose").id
    words = {"last_on": date(2026, 4, 2), "reason": "promised for then"}
    books.refuses(NotFound, pause_reminders, other, **words, document=(ORDER, first))

    books.run(pause_reminders, books.customer, **words, document=(ORDER, first))
    assert [(row.amount, len(row.parts)) for row in due(books)] == [(50, 1)]
    whole = books.run(pause_reminders, books.customer, **words)
    assert due(books) == []
    with books.store.viewing(SYSTEM) as view:
        assert [(each.document, each.last_on) for each in pauses(view)] == [
            ("SO-2026-00001", date(2026, 4, 2)),
            ("", date(2026, 4, 2)),
        ]
    books.run(resume_reminders, whole)
    books.refuses(NoPause, resume_reminders, whole)
    books.refuses(NotFound, resume_reminders, 999)
    assert [row.amount for row in due(books)] == [50]
    clock.moment += timedelta(days=3)  # 3 April
    assert [row.amount for row in due(books)] == [150]
    with books.store.viewing(SYSTEM) as view:
        assert pauses(view) == []
        assert len(pauses(view, books.customer)) == 2


def test_the_schedule_is_edited_level_by_level_and_stays_in_order(books: Books, clock: FixedClock) -> None:
    words = {"text_zh": "请付款 {amount}", "text_en": "Please pay {amount}"}
    books.refuses(InvalidInput, set_reminder_level, 1, days=15, version=0, **words)
    books.refuses(InvalidInput, set_reminder_level, 1, days=7, version=0, **{**words, "text_en": "{cost}"})
    books.refuses(NotFound, set_reminder_level, 4, days=60, version=0, **words)
    books.run(set_reminder_level, 1, days=1, version=0, **words)
    books.refuses(StaleVersion, set_reminder_level, 1, days=2, version=0, **words)
    books.run(set_reminder_level, 1, days=2, version=1, **words)
    with books.store.viewing(SYSTEM) as view:
        assert [(row.level.days, row.version) for row in reminder_levels(view)] == [(2, 2), (15, 0), (30, 0)]
    sold(books)
    clock.moment += timedelta(days=12)
    assert [row.level for row in due(books)] == [1]


def test_the_letter_is_written_in_the_language_of_the_customer_and_shows_names_as_they_are(
    books: Books, clock: FixedClock
) -> None:
    sold(books)
    clock.moment += timedelta(days=13)
    [row] = due(books)
    today, words = date(2026, 3, 31), {"company": "Lotus <b>", "currency": "CNY"}
    text = reminder_letter(row, USUAL[0], language="en", today=today, **words)
    assert text.startswith("Dear Lotus Trading,\n\non 31 Mar 2026, ¥100.00 were due and not paid, the oldest since 28")
    assert "SO-2026-00001    28 Mar 2026    ¥100.00\n" in text
    chinese = reminder_letter(row, USUAL[0], language="zh_CN", today=today, **words)
    assert "截至2026年3月31日，贵方尚有¥100.00货款已到期未付，最早于2026年3月28日到期" in chinese
    assert "Lotus &lt;b&gt;" in letter_page(text, "Reminder", "en")
