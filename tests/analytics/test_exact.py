"""Any question on any past: aggregates, raw facts and the documents of the store give the same figures."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hypothesis import Phase, given, settings, strategies
from sqlalchemy import text

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import fact_collected, fact_sales
from core.analytics.mirror.views import due_lines
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.plain import figure, grouped
from tests.analytics.questions import a_question, both, by_group, by_labels, compared, facts, matching, with_before
from tests.analytics.shop import SOLD, Shop
from tests.examples import drawn

RAW = (fact_sales, fact_collected, due_lines)
SEEDS = strategies.integers(0, 2**32)
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # another seed is no smaller past
# What the store of record says itself, in its own words: cents and thousandths are whole numbers there.
OF_ORDERS = f"""
SELECT sum(l.net_amount), sum(l.tax_amount), sum(l.gross_amount), sum(l.quantity), count(DISTINCT o.id), count(*)
FROM sales_order o JOIN order_line l ON l.order_id = o.id
WHERE o.business_state IN ({", ".join(f"'{state}'" for state in SOLD)}) AND o.channel_id = :channel
    AND o.ordered_on >= '2025-02-01' AND o.ordered_on < '2025-09-13'
"""  # noqa: S608 - our own names


@contextmanager
def closing(store: Store) -> Iterator[Store]:
    """A store that is let go afterwards."""
    try:
        yield store
    finally:
        store.engine.dispose()


def ask_much(store: Store, seed: int, steps: int, questions: int) -> None:
    """Live, follow, live on, follow; then ask whatever comes to mind."""
    shop = Shop(store, seed).open()
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        for _ in range(2):
            shop.live(steps)
            mirror.refresh_now()
        assert mirror.generation == 1
        lines = facts(store)
        for _ in range(questions):
            assert_right(mirror, a_question(shop.random, lines), lines)
            assert_right_before(mirror, compared(shop.random, a_question(shop.random, lines)), lines)


def assert_right(mirror: Mirror, ask: Ask, lines: list[dict[str, object]]) -> None:
    right = matching(ask, lines)
    found = answer(mirror, SYSTEM, ask)
    assert by_group(found) == grouped(ask.measures, ask.by, right) or not ask.by, ask
    assert found.totals == tuple(figure(name, right) for name in ask.measures), ask
    assert len(found.rows) == len(by_group(found))
    assert by_group(answer(mirror, SYSTEM, ask, RAW)) == by_group(found), ask


def assert_right_before(mirror: Mirror, ask: Ask, lines: list[dict[str, object]]) -> None:
    right = both(ask, lines)
    found = answer(mirror, SYSTEM, ask)
    assert by_labels(with_before(found)) == by_labels(right) or not ask.by, ask
    alone = both(Ask(**{**vars(ask), "by": ()}), lines).get((), None)
    if alone is not None:
        assert (found.totals, found.totals_before) == alone, ask
    assert with_before(answer(mirror, SYSTEM, ask, RAW)) == with_before(found), ask


def test_any_question_on_any_past_on_sqlite(on_sqlite: Callable[[], Store]) -> None:
    @settings(max_examples=drawn(1), phases=NO_SHRINKING)
    @given(seed=SEEDS)
    def asked(seed: int) -> None:
        with closing(on_sqlite()) as store:
            ask_much(store, seed, 60, 20)

    asked()


def test_any_question_on_any_past_on_postgresql(on_postgresql: Callable[[], Store]) -> None:
    @settings(max_examples=drawn(1), phases=NO_SHRINKING)
    @given(seed=SEEDS)
    def asked(seed: int) -> None:
        with closing(on_postgresql()) as store:
            ask_much(store, seed, 60, 20)

    asked()


def test_the_store_itself_adds_up_the_same(any_store: Store, any_mirror: Mirror) -> None:
    shop = Shop(any_store, seed=31).open()
    shop.live(150)
    any_mirror.refresh_now()
    with any_store.engine.connect() as connection:
        for channel in shop.channels:
            net, tax, gross, quantity, orders, lines = connection.execute(text(OF_ORDERS), {"channel": channel}).one()
            assert orders
            with any_mirror.reading() as duck:
                found = duck.execute(
                    "SELECT sum(net)::BIGINT, sum(tax)::BIGINT, sum(gross)::BIGINT, sum(quantity)::BIGINT,"
                    " count(DISTINCT document_id), sum(lines)::BIGINT FROM fact_sales WHERE kind = 0"
                    " AND channel_id = $1 AND day >= '2025-02-01' AND day < '2025-09-13'",
                    [channel],
                ).fetchall()
            assert found == [(net, tax, gross, quantity, orders, lines)]
