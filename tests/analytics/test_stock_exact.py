"""Any question about stock on any past of moves and costs is answered as by counting every evening."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

from hypothesis import given, settings

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.analytics.questions import TODAY, a_period, compared
from tests.analytics.stockroom import Change, Stockroom, plain_changes
from tests.analytics.test_exact import NO_SHRINKING, SEEDS, closing
from tests.analytics.test_stock_answers import DAY, PLAIN, expected
from tests.examples import drawn

KINDS = ("product", "sku", "top_category", "brand", "product_tag")
OF_GOODS = {"on_hand", "on_shelf", "in_transit", "received", "shipped", "average_stock", "sell_through"}


def a_question(chance: random.Random, changes: list[Change]) -> Ask:
    """Measures of stock by what goods are, of some of them; quantities by warehouse, too."""
    measures = tuple(chance.sample(PLAIN, chance.randint(1, 5)))
    kinds = [*KINDS, *(["warehouse"] if set(measures) <= OF_GOODS else [])]
    filters: dict[str, tuple[Any, ...]] = {}
    excluded: dict[str, tuple[Any, ...]] = {}
    for name in chance.sample(kinds, chance.choice([0, 1, 1, 2])):
        some = {label for each in chance.choices(changes, k=chance.randint(1, 3)) for label in labels(each, name)}
        (excluded if chance.random() < 0.3 else filters)[name] = tuple(some)
    since, until = a_period(chance)
    by = tuple(chance.sample(kinds, chance.choice([0, 1, 1, 2])))
    return Ask(measures, by, where=filters, exclude=excluded, since=since, until=until)


def labels(change: Change, name: str) -> set[Any]:
    own = change.labels[name]
    return own if isinstance(own, set) else {own}


def figures(ask: Ask, changes: list[Change], first: date) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Every group's figures, counted evening by evening."""
    groups = defaultdict(list)
    for each in changes:
        if all(labels(each, name) & set(some) for name, some in ask.where.items()) and not any(
            labels(each, name) & set(some) for name, some in ask.exclude.items()
        ):
            for key in product(*(labels(each, name) for name in ask.by)):
                groups[key].append(each)
    assert ask.since is not None
    assert ask.until is not None
    since, until = max(ask.since, first), min(ask.until, TODAY + DAY)
    if since >= until:
        return {}
    found = {key: expected(mine, since, until) for key, mine in groups.items()}
    return {key: tuple(each[name] for name in ask.measures) for key, each in found.items()}


def assert_right(mirror: Mirror, ask: Ask, changes: list[Change], first: date) -> None:
    right = figures(ask, changes, first)
    found = answer(mirror, SYSTEM, ask)
    rows = {row[: len(ask.by)]: row[len(ask.by) :] for row in found.rows}
    if ask.by:
        assert said(rows) == said(right), ask
    whole = figures(replace(ask, by=()), changes, first).get(())
    assert whole is None or found.totals == whole, ask


def said(rows: dict[tuple[Any, ...], tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Rows that say something; of goods that only moved within a place, a mean of nought or none is the same."""
    return {key: tuple(each or None for each in some) for key, some in rows.items() if any(some)}


def ask_much(store: Store, seed: int, questions: int) -> None:
    room = Stockroom(store, seed).open()
    for _ in range(4):
        room.within(room.retag)
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        room.stock(70)
        mirror.refresh_now()
        changes = plain_changes(store)
        first = min(each.day for each in changes if "quantity" in each.sums)
        for _ in range(questions):
            ask = a_question(room.random, changes)
            assert_right(mirror, ask, changes, first)
            held = compared(room.random, replace(ask, by=()))
            found = answer(mirror, SYSTEM, held)
            alone = answer(mirror, SYSTEM, replace(held, compare=None, compared=None, to_date=False))
            assert found.totals == alone.totals, held
            assert found.compared is not None
            earlier = replace(held, compare=None, compared=None, since=found.compared.since, until=found.compared.until)
            assert found.totals_before == answer(mirror, SYSTEM, earlier).totals, held
        assert mirror.check() == []


def test_any_question_about_stock_on_any_past_on_sqlite(on_sqlite: Callable[[], Store]) -> None:
    @settings(max_examples=drawn(1), phases=NO_SHRINKING)
    @given(seed=SEEDS)
    def asked(seed: int) -> None:
        with closing(on_sqlite()) as store:
            ask_much(store, seed, 12)

    asked()


def test_any_question_about_stock_on_any_past_on_postgresql(on_postgresql: Callable[[], Store]) -> None:
    @settings(max_examples=drawn(1), phases=NO_SHRINKING)
    @given(seed=SEEDS)
    def asked(seed: int) -> None:
        with closing(on_postgresql()) as store:
            ask_much(store, seed, 12)

    asked()
