"""The traps of layers of measures, each with a history small enough to add up by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import selectinload

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Answer, Ask, Compare
from core.analytics.mirror.mirror import Mirror
from core.catalog.models import Product, Tag, Variant
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.receivables.service import ORDER
from core.sales.models import BusinessState, OrderLine, ReturnLine, ReturnState, SalesOrder, SalesReturn
from core.security.actor import SYSTEM
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.analytics.shop import Shop

MAY = (date(2025, 5, 1), date(2025, 6, 1))
Lines = Sequence[tuple[int, int]]


class Counter(Shop):
    """A shop in which things are sold by hand: which of its goods for how much."""

    def head(self, customer: int, day: date) -> dict[str, Any]:
        self.serial += 1
        return {
            "number": f"D-{self.serial}",
            "customer_id": self.customers[customer],
            "channel_id": self.channels[0],
            "warehouse_id": self.warehouses[0],
            "region": "Kent",
            "currency": "CNY",
            "created_at": datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
        }

    def lines(self, lines: Lines) -> list[dict[str, Any]]:
        return [
            {
                "line_number": number,
                "variant_id": self.variants[thing],
                "quantity": Decimal(1),
                "unit_price": Decimal(amount),
                "net_amount": Decimal(amount),
                "tax_amount": Decimal(0),
                "gross_amount": Decimal(amount),
            }
            for number, (thing, amount) in enumerate(lines, 1)
        ]

    def sold(self, uow: UnitOfWork, customer: int, day: date, *lines: tuple[int, int]) -> int:
        """An order of that day: its lines are things with their amounts."""
        head, rows = self.head(customer, day), self.lines(lines)
        order = uow.add(
            SalesOrder(
                **head,
                **self._sums(rows),
                ordered_at=head["created_at"],
                ordered_on=day,
                business_state=BusinessState.CONFIRMED,
                prices_include_tax=True,
            )
        )
        for row in rows:
            uow.add(OrderLine(order_id=order.id, **row, discount_amount=Decimal(0)))
        return order.id

    def came_back(self, uow: UnitOfWork, customer: int, day: date, *lines: tuple[int, int]) -> None:
        head, rows = self.head(customer, day), self.lines(lines)
        back = uow.add(
            SalesReturn(
                **head, **self._sums(rows), returned_at=head["created_at"], returned_on=day, state=ReturnState.INSPECTED
            )
        )
        for row in rows:
            uow.add(ReturnLine(return_id=back.id, **row))

    def paid(self, uow: UnitOfWork, customer: int, day: date, *parts: tuple[int, int]) -> None:
        """One payment for several orders: which of them with how much."""
        self.serial += 1
        payment = uow.add(
            Payment(
                number=f"P-{self.serial}",
                customer_id=self.customers[customer],
                amount=sum((Decimal(amount) for _, amount in parts), Decimal(0)),
                open_amount=Decimal(0),
                method=PaymentMethod.BANK,
                received_on=day,
                created_at=datetime(day.year, day.month, day.day, 4, tzinfo=UTC),
            )
        )
        for order, amount in parts:
            uow.add(Allocation(payment_id=payment.id, document_type=ORDER, document_id=order, amount=Decimal(amount)))

    def tagged(self, uow: UnitOfWork, thing: int, *tags: int) -> None:
        product = uow.session.get_one(Product, self.product(uow, thing), options=[selectinload(Product.tags)])
        product.tags = [uow.session.get_one(Tag, self.tags[tag]) for tag in tags]

    def product(self, uow: UnitOfWork, thing: int) -> int:
        return uow.session.get_one(Variant, self.variants[thing]).product_id


@pytest.fixture
def counter(store: Store) -> Counter:
    shop = Counter(store, seed=1)
    shop.open()
    return shop


def asked(counter: Counter, ask: Ask) -> Answer:
    with Mirror(counter.store, "test") as mirror:
        mirror.refresh_now()
        return answer(mirror, SYSTEM, ask)


def rows(found: Answer) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in found.rows}


def test_fan_out_many_tags_and_lines_do_not_multiply_what_stands_above_them(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        counter.tagged(uow, 0, 0, 1, 2)
        counter.sold(uow, 0, date(2025, 5, 2), (0, 100), (0, 20), (3, 3))

    counter.within(live)
    found = asked(counter, Ask(("net_sales", "orders", "lines"), ("product_tag",)))
    assert rows(found) == {
        "new": (Decimal(120), 1, 2),
        "sale": (Decimal(120), 1, 2),
        "gift": (Decimal(120), 1, 2),
        None: (Decimal(3), 1, 1),
    }
    assert found.totals == (Decimal(123), 1, 3)
    one = asked(counter, Ask(("net_sales", "orders"), where={"product_tag": ("new", "sale", "gift")}))
    assert one.totals == (Decimal(120), 1)


def test_chasm_orders_returns_and_payments_of_one_customer_do_not_multiply_each_other(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        first = counter.sold(uow, 0, date(2025, 5, 2), (0, 100), (1, 50))
        second = counter.sold(uow, 0, date(2025, 5, 3), (0, 30))
        counter.came_back(uow, 0, date(2025, 5, 4), (0, 10), (1, 5))
        counter.paid(uow, 0, date(2025, 5, 5), (first, 90), (second, 30))
        counter.paid(uow, 0, date(2025, 5, 6), (first, 1))

    counter.within(live)
    measures = ("gross_sales", "returns", "collected", "collection_rate")
    right = (Decimal(165), Decimal(15), Decimal(121), Decimal("0.7333"))
    found = asked(counter, Ask(measures[:3], ("customer", "channel", "month")))
    assert [row[3:] for row in found.rows] == [right[:3]]
    assert asked(counter, Ask(measures)).totals == right


def test_double_counting_an_order_in_two_categories_is_one_order(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        for thing in (0, 1, 3):
            product = uow.session.get_one(Product, counter.product(uow, thing))
            product.category_id = counter.categories[1 + (thing == 3)]
        counter.sold(uow, 0, date(2025, 5, 2), (0, 100), (1, 50), (3, 7))
        counter.sold(uow, 1, date(2025, 5, 2), (3, 8))

    counter.within(live)
    found = asked(counter, Ask(("orders", "net_sales"), ("category",)))
    assert sorted(row[1:] for row in found.rows) == [(Decimal(1), Decimal(150)), (Decimal(2), Decimal(15))]
    assert found.totals == (Decimal(2), Decimal(165))


def test_ratios_are_worked_out_again_and_not_averaged(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        counter.sold(uow, 0, date(2025, 5, 2), (0, 100))
        for customer in (1, 2, 3):
            counter.sold(uow, customer, date(2025, 6, 2), (0, 20))
        counter.came_back(uow, 0, date(2025, 5, 9), (0, 50))

    counter.within(live)
    found = asked(counter, Ask(("average_order", "return_rate"), ("month",)))
    assert rows(found) == {
        date(2025, 5, 1): (Decimal(50), Decimal("0.5")),
        date(2025, 6, 1): (Decimal(20), Decimal(0)),
    }
    assert found.totals == (Decimal("27.50"), Decimal("0.3125"))  # and not 35.00 and 0.25


def test_distinct_counts_are_not_added_up(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        for month in (4, 5, 6):
            counter.sold(uow, 0, date(2025, month, 2), (0, 10))
        counter.sold(uow, 1, date(2025, 6, 3), (0, 10))

    counter.within(live)
    found = asked(counter, Ask(("customers",), ("month",)))
    assert [row[1] for row in found.rows] == [1, 1, 2]
    assert found.totals == (2,)
    year = asked(counter, Ask(("customers",), since=date(2025, 1, 1), until=date(2026, 1, 1)))
    assert year.totals == (2,)


def test_missing_days_every_day_of_a_course_has_its_row(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        counter.sold(uow, 0, date(2025, 5, 2), (0, 10))
        counter.sold(uow, 1, date(2025, 5, 30), (0, 20))

    counter.within(live)
    found = asked(counter, Ask(("net_sales", "average_order"), ("day",), since=MAY[0], until=MAY[1], fill=True))
    assert [row[0] for row in found.rows] == [MAY[0] + timedelta(n) for n in range(31)]
    assert [row[1] for row in found.rows if row[1]] == [Decimal(10), Decimal(20)]
    assert {row[2] for row in found.rows if not row[1]} == {None}  # no order, so no average of orders
    split = asked(counter, Ask(("net_sales",), ("customer", "week"), since=MAY[0], until=MAY[1], fill=True))
    assert len(split.rows) == 2 * 5


def test_partial_periods_are_marked_and_held_against_as_much_of_the_other(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:  # today is 18 March 2026
        for day in (date(2026, 3, 2), date(2026, 2, 2), date(2026, 2, 18), date(2026, 2, 19)):
            counter.sold(uow, 0, day, (0, 10))

    counter.within(live)
    march = {"since": date(2026, 3, 1), "until": date(2026, 4, 1)}
    ask = Ask(("net_sales",), ("month",), **march, compare=Compare.PREVIOUS_PERIOD)  # type: ignore[arg-type]
    whole, fair = asked(counter, ask), asked(counter, Ask(**{**vars(ask), "to_date": True}))
    assert (whole.is_partial, whole.incomplete) == (True, {date(2026, 3, 1)})
    assert (whole.totals, whole.totals_before) == ((Decimal(10),), (Decimal(30),))
    assert (fair.totals, fair.totals_before) == ((Decimal(10),), (Decimal(20),))
    weeks = asked(counter, Ask(("net_sales",), ("week",), since=date(2026, 2, 1), until=date(2026, 3, 1)))
    assert weeks.incomplete == set()  # 2 February is a Monday
    cut = asked(counter, Ask(("net_sales",), ("week",), since=date(2026, 2, 3), until=date(2026, 2, 19)))
    assert cut.incomplete == {date(2026, 2, 16)}


def test_ties_stand_in_the_same_order_whatever_was_done_meanwhile(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        for customer in (3, 1, 4, 0, 2):
            counter.sold(uow, customer, date(2025, 5, 2), (0, 10))

    counter.within(live)
    ask = Ask(("net_sales",), ("customer",), top=3)
    with Mirror(counter.store, "test") as mirror:
        mirror.refresh_now()
        first = answer(mirror, SYSTEM, ask).rows
        counter.within(lambda uow: counter.sold(uow, 5, date(2025, 5, 2), (0, 9)))
        mirror.refresh_now()
        followed = answer(mirror, SYSTEM, ask).rows
        mirror.rebuild()
        assert answer(mirror, SYSTEM, ask).rows == followed == first
    assert [row[0] for row in first] == ["Customer 0", "Customer 1", "Customer 2"]


def test_days_picked_by_a_filter_are_held_against_theirs(counter: Counter) -> None:
    def live(uow: UnitOfWork) -> None:
        for year, amount in ((2024, 7), (2025, 10)):
            counter.sold(uow, 0, date(year, 12, 2), (0, amount))
            counter.sold(uow, 0, date(year, 11, 28), (0, 100))

    counter.within(live)
    picked = Ask(
        ("net_sales",),
        ("month",),
        where={"month": ("2025-12",)},
        since=date(2025, 11, 1),
        until=date(2026, 1, 1),
        compare=Compare.SAME_PERIOD_LAST_YEAR,
    )
    found = asked(counter, picked)
    assert (found.rows, found.before) == (((date(2025, 12, 1), Decimal(10)),), ((Decimal(7),),))
    assert (found.totals, found.totals_before) == ((Decimal(10),), (Decimal(7),))
