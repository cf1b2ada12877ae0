"""Stocktakes while others work: whatever moves meanwhile, what was counted holds; people count and ship at once."""

import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.clock import FixedClock, SystemClock
from core.base.errors import AppError
from core.base.settings import Settings
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.counts.enter import enter_counts
from core.stock.counts.expected import on_hand_at
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count
from core.stock.counts.queries import stock_count_card, stock_count_lines
from core.stock.counts.review import submit_count
from core.stock.errors import NotEnoughStock, NotEnoughThen
from core.stock.ledger import storage_of
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_sale, goods
from tests.conftest import NOON
from tests.examples import drawn
from tests.soundness import assert_sound
from tests.stocktaking import LIMITLESS, CountedShop

QUANTITIES = st.integers(0, 9_000).map(lambda n: Decimal(n).scaleb(-3))
STEPS = st.one_of(
    st.tuples(st.sampled_from(["receive", "issue", "count", "recently"]), st.sampled_from(["mug", "tea"]), QUANTITIES),
)


@settings(max_examples=drawn(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_on_hand_at_the_moment_of_a_count_is_what_was_counted_and_later_moves_stay_on_top(
    steps: list[tuple[str, str, Decimal]], sqlite_template: Path
) -> None:
    folder = Path(mkdtemp())
    shutil.copy(sqlite_template, folder / "salesbook.db")
    store = Store(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'salesbook.db'}"), FixedClock(NOON))
    try:
        _whatever_moves(CountedShop(store, store.clock), steps)
    finally:
        store.engine.dispose()
        shutil.rmtree(folder)


def _whatever_moves(shop: CountedShop, steps: list[tuple[str, str, Decimal]]) -> None:
    count = shop.plan()
    counted: dict[str, tuple[Decimal, object]] = {}
    later = {"mug": Decimal(0), "tea": Decimal(0)}
    for kind, name, quantity in steps:
        try:
            if kind == "count":
                shop.count(count, **{name: quantity})
                counted[name], later[name] = (quantity, shop.clock.moment), Decimal(0)
            elif kind == "issue":
                shop.issue(name, str(quantity))
                later[name] -= quantity
            elif kind == "receive":
                shop.receive(name, str(quantity))
                later[name] += quantity
            else:
                # Entered late: it may lie before the count or after it.
                at = shop.clock.moment - timedelta(minutes=2, seconds=30)
                shop.receive(name, str(quantity), at=at)
                if name not in counted or at > counted[name][1]:
                    later[name] += quantity
        except AppError:
            assert kind == "issue" or quantity == 0
    if not counted:
        return
    before = shop.on_hand()
    try:
        shop.post(count)
    except (NotEnoughStock, NotEnoughThen):
        assert shop.on_hand() == before
        assert any(quantity + later[name] < 0 or before[name.upper()] > 0 for name, (quantity, _) in counted.items())
        return
    except AppError as refusal:
        raise AssertionError(refusal.sentence) from refusal
    after = shop.on_hand()
    with shop.store.working(SYSTEM) as uow:
        place = storage_of(uow, shop.house)
        for name, (quantity, moment) in counted.items():
            assert after[name.upper()] == quantity + later[name]
            variant_id = getattr(shop, name)
            assert on_hand_at(uow.session, place, [variant_id], moment) == {(variant_id, 0): quantity}
    assert_sound(shop.store)


def at_once(*works: Callable[[], object]) -> None:
    """Do these at the same time; none of them may fail."""
    failures: list[BaseException] = []

    def tried(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=tried, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_two_people_count_different_products_at_once(any_store: Store, clock: FixedClock) -> None:
    shop = CountedShop(any_store, clock)
    with any_store.working(SYSTEM) as uow:
        more = [goods(uow, shop.house, 5).id for _ in range(20)]
    any_store.clock = SystemClock()
    count = any_store.run(shop.mei, plan_count, None, warehouse_id=shop.house, tolerances=LIMITLESS)

    def counting(actor, ids):
        return lambda: [any_store.run(actor, enter_counts, None, count, {each: Decimal(5)}) for each in ids]

    at_once(counting(shop.wei, more[:10]), counting(shop.lin, more[10:]))
    with any_store.viewing(shop.mei) as view:
        assert stock_count_card(view, count).counted == 20
        rows = stock_count_lines(view, count)
    assert {row.variant_id for row in rows if row.counted_by == "Wei"} == set(more[:10])
    assert_sound(any_store)


def test_a_large_stocktake_is_counted_and_posted_while_orders_are_shipped(any_store: Store, clock: FixedClock) -> None:
    """200 products off by one each; ten orders leave while they are counted, ten while they are posted."""
    shop = CountedShop(any_store, clock)
    with any_store.working(SYSTEM) as uow:
        variants = [goods(uow, shop.house, 50) for _ in range(200)]
        orders = [a_sale(uow, shop.house, [(variant, 2) for variant in variants[n : n + 3]]) for n in range(20)]
    any_store.clock = SystemClock()
    count = any_store.run(shop.mei, plan_count, None, warehouse_id=shop.house, tolerances=LIMITLESS)
    ids = [variant.id for variant in variants]

    def counting() -> None:
        for start in range(0, 200, 20):
            some = ids[start : start + 20]
            expected = _on_hand(any_store, some)
            any_store.run(shop.wei, enter_counts, None, count, {each: expected[each] + (-1) ** each for each in some})

    def shipping(some: list[int]) -> Callable[[], object]:
        return lambda: [any_store.run(SYSTEM, ship_order, None, order) for order in some]

    # Counted first: what a shipment takes while the shelf is read is nobody's to know.
    counting()
    at_once(
        lambda: (
            any_store.run(shop.wei, submit_count, None, count),
            any_store.run(shop.mei, post_count, None, count),
        ),
        shipping(orders[:10]),
        shipping(orders[10:]),
    )
    shipped = {each: sum(2 for n in range(20) if each in ids[n : n + 3]) for each in ids}
    assert _on_hand(any_store, ids) == {each: 50 + (-1) ** each - shipped[each] for each in ids}
    assert_sound(any_store)


def _on_hand(store: Store, ids: list[int]) -> dict[int, Decimal]:
    with store.viewing(SYSTEM) as view:
        return {row.variant_id: row.on_hand for row in stock_levels(view, variant_ids=ids, limit=len(ids))}


def test_of_two_people_who_post_at_once_one_does(any_store: Store, clock: FixedClock) -> None:
    shop = CountedShop(any_store, clock)
    count = shop.plan()
    shop.count(count, mug=4)
    shop.run(shop.wei, submit_count, count)
    outcomes: list[str] = []

    def posting() -> None:
        try:
            any_store.run(shop.mei, post_count, None, count)
            outcomes.append("posted")
        except AppError as refusal:
            outcomes.append(type(refusal).__name__)

    at_once(posting, posting, posting)
    assert sorted(outcomes) == ["IllegalStep", "IllegalStep", "posted"]
    assert shop.on_hand()["MUG"] == 4


def test_of_two_plans_for_the_same_goods_one_is_made(any_store: Store, clock: FixedClock) -> None:
    shop = CountedShop(any_store, clock)
    outcomes: list[str] = []

    def planning() -> None:
        try:
            any_store.run(shop.mei, plan_count, None, warehouse_id=shop.house)
            outcomes.append("planned")
        except AppError as refusal:
            outcomes.append(type(refusal).__name__)

    at_once(planning, planning)
    assert sorted(outcomes) == ["AlreadyBeingCounted", "planned"]
    assert_sound(any_store)
