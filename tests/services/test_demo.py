"""What can be relied on of the demo company: it adds up, repeats itself, and leaves other companies alone."""

import sqlite3
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, func, select

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.demo.books import Money, amounts_of
from core.demo.company import NotEmpty
from core.demo.plan import Item, Plan
from core.demo.seasons import SPRING_FESTIVALS
from core.demo.service import Made, half_filled, is_empty, make_demo
from core.ops import checks  # noqa: F401 - fills the registry
from core.ops.registry import find_differences
from core.sales.models import BusinessState, OrderLine, SalesOrder, SalesReturn
from core.sales.rules import line_amounts
from core.security.actor import SYSTEM
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.stock.models import Location, LocationKind, MoveState, StockMove, Warehouse
from core.stock.service import add_warehouse
from core.work.store import Store
from tests.builders import a_product
from tests.moments import NOON
from tests.soundness import assert_sound

UNTIL = date(2026, 11, 21)
LINES = 1_500


def the_rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a SQLite database, save for hashes of passwords and the order of the feed in a transaction."""
    with sqlite3.connect(store.engine.url.database or "") as connection:
        connection.execute("UPDATE app_user SET password_hash = ''")
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}  # noqa: S608
        rows["change_feed"] = sorted(row[2:] for row in rows["change_feed"])
    connection.close()
    return rows


@dataclass(frozen=True)
class Whole:
    """A small demo company that was made without a break."""

    made: Made
    rows: dict[str, list[tuple[object, ...]]]

    def differs_in(self, store: Store) -> set[str]:
        """The tables in which that store holds something else."""
        rows = the_rows(store)
        return {name for name in rows if rows[name] != self.rows[name]}


@pytest.fixture(scope="module")
def whole(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """What every company of this seed and day is to be."""
    folder = tmp_path_factory.mktemp("whole")
    file = copy(sqlite_template, folder / "salesbook.db")
    store = Store(Settings(data_dir=folder, database_url=f"sqlite:///{file}"), FixedClock(NOON))
    made = make_demo(store, 400, 7, until=UNTIL)
    store.engine.dispose()
    return Whole(made, the_rows(store))


def test_the_same_seed_and_day_make_the_same_rows(store: Store, whole: Whole) -> None:
    assert make_demo(store, 400, 7, until=UNTIL) == whole.made

    assert whole.differs_in(store) == set()
    assert len(whole.rows["order_line"]) == 400


def test_everything_in_the_demo_company_adds_up(any_store: Store) -> None:
    heard: list[int] = []
    made = make_demo(any_store, LINES, 3, heard.append, UNTIL)

    with any_store.viewing(SYSTEM) as view:
        assert find_differences(view) == []
        assert view.session.scalar(select(func.count()).select_from(OrderLine)) == LINES
        assert view.session.scalar(select(func.count()).select_from(SalesOrder)) == made.orders
        days = view.session.execute(select(func.min(SalesOrder.ordered_on), func.max(SalesOrder.ordered_on))).one()
        states = set(view.session.scalars(select(SalesOrder.business_state).distinct()))
        returns = view.session.scalar(select(func.count()).select_from(SalesReturn))
        houses = view.session.scalars(select(Warehouse.code).order_by(Warehouse.code)).all()
        roles = set(view.session.scalars(select(UserRole.role).join(User).where(User.is_demo)))
    assert sum(heard) == made.lines == LINES
    assert days[1] == UNTIL
    assert (UNTIL - days[0]).days < 730
    assert {BusinessState.COMPLETED, BusinessState.CONFIRMED, BusinessState.CANCELLED} <= states
    assert returns is not None
    assert returns > 0
    assert houses == ["CD", "GZ", "SH"]
    assert roles == set(Role)


def test_nothing_was_ever_shipped_that_was_not_there(store: Store) -> None:
    make_demo(store, LINES, 3, until=UNTIL)

    with store.viewing(SYSTEM) as view:
        storages = set(view.session.scalars(select(Location.id).where(Location.kind == LocationKind.STORAGE)))
        moves = view.session.scalars(
            select(StockMove).where(StockMove.state == MoveState.DONE).order_by(StockMove.at, StockMove.id)
        )
        balance: dict[tuple[int, int], Decimal] = {}
        below = []
        for move in moves:
            for place, change in ((move.source_id, -move.quantity), (move.target_id, move.quantity)):
                if place in storages:
                    key = (move.variant_id, place)
                    balance[key] = balance.get(key, Decimal(0)) + change
                    below += [move.id] if balance[key] < 0 else []
    assert below == []


def test_a_database_with_a_product_is_left_as_it_is(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        a_product(uow)
    before = the_rows(store)

    with pytest.raises(NotEmpty):
        make_demo(store, 100, until=UNTIL)

    assert the_rows(store) == before
    with store.viewing(SYSTEM) as view:
        assert not is_empty(view)


class Killed(Exception):
    """The process that fills the company was killed."""


def fill_and_break_off(store: Store, steps: int) -> None:
    """Begin to fill the demo company and stop after so many steps."""
    left = iter(range(steps))

    def told(_lines: int) -> None:
        if next(left, None) is None:
            raise Killed

    with pytest.raises(Killed):
        make_demo(store, 400, 7, told, UNTIL)


@pytest.mark.parametrize("steps", [0, 24])
def test_a_filling_that_broke_off_is_completed_as_if_nothing_had_happened(
    store: Store, whole: Whole, steps: int
) -> None:
    fill_and_break_off(store, steps)

    completed = make_demo(store, 5, 3)

    assert completed == replace(whole.made, was_half=True)
    assert whole.differs_in(store) == set()
    assert_sound(store)
    with store.viewing(SYSTEM) as view:
        assert half_filled(view) is None


@pytest.mark.parametrize("commits", [127])
def test_a_filling_that_was_killed_between_two_steps_goes_on_with_the_next(
    store: Store, whole: Whole, commits: int
) -> None:
    left = iter(range(commits))

    def killed(_connection: Connection) -> None:
        if next(left, None) is None:
            raise Killed

    event.listen(Engine, "commit", killed)
    try:
        with pytest.raises(Killed):
            make_demo(store, 400, 7, until=UNTIL)
    finally:
        event.remove(Engine, "commit", killed)

    make_demo(store)

    assert whole.differs_in(store) == set()


def test_a_filling_that_broke_off_is_completed_on_postgresql_too(postgres_store: Store) -> None:
    fill_and_break_off(postgres_store, 26)

    assert make_demo(postgres_store).lines == 400
    assert_sound(postgres_store)


def test_a_half_filled_company_that_somebody_works_in_is_left_alone(store: Store) -> None:
    fill_and_break_off(store, 11)
    store.run(SYSTEM, add_warehouse, None, code="OWN", name="Our own")
    before = the_rows(store)

    with pytest.raises(NotEmpty):
        make_demo(store)

    assert the_rows(store) == before
    with store.viewing(SYSTEM) as view:
        half = half_filled(view)
    assert half is not None
    assert not half.is_ours


def test_sales_rest_at_spring_festival_and_peak_at_double_eleven() -> None:
    plan = Plan(20_000, 1, UNTIL, "Asia/Shanghai")
    sold: dict[date, int] = {}
    for month in plan.months():
        for order in month.orders:
            sold[order.on] = sold.get(order.on, 0) + len(order.items)
    usual = sum(sold.values()) / 730
    assert all(sold.get(day, 0) < usual / 2 for day in SPRING_FESTIVALS if plan.since <= day <= UNTIL)
    assert sold[date(2026, 11, 11)] > 3 * usual
    assert sum(sold.values()) == 20_000


@given(
    quantity=st.integers(1, 500),
    price=st.integers(1, 1_000_000),
    off=st.integers(0, 100),
    tax_rate=st.sampled_from([0, 600, 900, 1_300]),
    included=st.booleans(),
)
def test_amounts_booked_at_once_are_those_of_order_entry(
    quantity: int, price: int, off: int, tax_rate: int, included: bool
) -> None:
    discount = quantity * price * off // 100
    booked = amounts_of(Item(0, quantity, price, discount), tax_rate, prices_include_tax=included)
    entered = line_amounts(
        Decimal(quantity),
        Decimal(price).scaleb(-2),
        Decimal(discount).scaleb(-2),
        Decimal(tax_rate).scaleb(-4),
        prices_include_tax=included,
    )
    assert booked == Money(*(int(each.scaleb(2)) for each in (entered.net, entered.tax, entered.gross)))


@pytest.mark.parametrize("seed", [9])
def test_a_small_company_whose_shelves_are_nearly_empty_is_made_too(store: Store, seed: int) -> None:
    made = make_demo(store, 400, seed, until=date(2026, 11, 22))

    assert made.lines == 400
    assert_sound(store)
