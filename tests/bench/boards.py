"""Every screen of figures: what all its panels cost together right after something changed, and the dearest of them.

A board's panels are drawn as on the screen, tab by tab; the dearest tab counts. What is worked out once a day
is known by then: whoever looks first on a day waits for it, and is told below without a goal.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from time import process_time

from core.analytics.customers.cohorts import cohorts, concentrated, moved, repeated
from core.analytics.customers.lifetime import lifetime
from core.analytics.customers.next_product import pairs_of, tried
from core.analytics.customers.overdue import overdue
from core.analytics.customers.rfm import members, rfm_map, segments
from core.analytics.customers.rules.segments import Segment
from core.analytics.mirror.mirror import Mirror
from core.analytics.team.reached import discounts, mix
from core.analytics.team.standing import standing
from core.base.clock import business_day
from core.security.actor import SYSTEM
from core.team.models import Metric
from core.work.store import Store
from pages._shared import mirror as shown
from pages._shared import screen
from pages._shared.board.board import Board, Panel, Scene
from pages._shared.company import use_store
from pages._shared.filters import Look
from pages._shared.periods import Comparison, Period, window_of
from pages.reports import _product_board, _sales_board, _stock_board
from pages.reports._team_panels import months_of
from tests.bench.history_store import fill_mirror
from tests.bench.places import fresh_store
from tests.bench.table import Figure, at_most, at_most_times, benchmark, reported

SIZES = tuple(int(each) for each in (os.environ.get("LINES") or "10000000,50000000").split(","))
ROUNDS = 3
SCREEN_MS, PANEL_MS, GROWTH = 150, 100, 1.5
SCREENS = {"sales": _sales_board.BOARD, "products": _product_board.BOARD, "stock": _stock_board.BOARD}
OF_GOODS = {"top_category": ("3",), "brand": ("7",), "warehouse": ("2",)}
FILTERS = {
    "sales": {"channel": ("2",), "region": ("浙江省",), "category": ("20",)},
    "products": {"channel": ("2",), "warehouse": ("2",), "top_category": ("3",)},
    "stock": OF_GOODS,
}
Panels = Mapping[str, Callable[[], object]]
Tabs = Mapping[str, Panels]


@benchmark("boards")
def boards() -> Iterator[Figure]:
    """Each screen unfiltered and with three filters, over the last 30 and 365 days."""
    logging.disable(logging.WARNING)
    before: dict[str, float] = {}
    for lines in SIZES:
        with fresh_store("sqlite") as store:
            fill_mirror(store, lines)
            with Mirror(store) as mirror:
                mirror.refresh_now()
                yield from measured(store, mirror, lines, before)


def measured(store: Store, mirror: Mirror, lines: int, before: dict[str, float]) -> Iterator[Figure]:
    """The figures of all screens over a mirror; `before` holds those of a smaller one."""
    use_store(store)
    shown._open.append(mirror)
    screen.current_actor = lambda: SYSTEM
    try:
        for name, tabs in _screens(store, mirror).items():
            yield from _of_screen(name, tabs, mirror, lines, before)
    finally:
        shown._open.clear()


def _of_screen(name: str, tabs: Tabs, mirror: Mirror, lines: int, before: dict[str, float]) -> Iterator[Figure]:
    first = {tab: _cost(panels, mirror) for tab, panels in tabs.items()}
    costs = {tab: min((_cost(panels, mirror) for _ in range(ROUNDS)), key=_whole) for tab, panels in tabs.items()}
    tab = max(costs, key=lambda each: _whole(costs[each]))
    panel, dearest = max(((n, ms) for cost in costs.values() for n, ms in cost.items()), key=lambda each: each[1])
    figure = partial(reported, database="sqlite", size=lines, unit="ms")
    limit = partial(at_most, database="sqlite", size=lines, unit="ms")
    whole = _whole(costs[tab])
    yield limit(SCREEN_MS, name=f"{name}: {tab}", value=whole)
    yield limit(PANEL_MS, name=f"{name}: one panel, {panel}", value=dearest)
    yield figure(name=f"{name}: the first time on a day", value=max(map(_whole, first.values())))
    if name in before:
        grown = partial(at_most_times, GROWTH, database="sqlite", size=lines, unit="ms", baseline=before[name])
        yield grown(name=f"{name}: growth", value=whole)
    before.setdefault(name, whole)
    if os.environ.get("PANELS"):
        for each, cost in costs.items():
            for title, ms in cost.items():
                yield figure(name=f"  {each} / {title}", value=ms, baseline=first[each][title])


def _whole(cost: Mapping[str, float]) -> float:
    return sum(cost.values())


def _cost(panels: Panels, mirror: Mirror) -> dict[str, float]:
    """CPU ms of each panel of a tab, drawn one after the other, with all forgotten that a change makes old."""
    mirror.refreshes += 1
    cost = {}
    for name, draw in panels.items():
        begun = process_time()
        draw()
        cost[name] = (process_time() - begun) * 1000
    return cost


def _screens(store: Store, mirror: Mirror) -> dict[str, Tabs]:
    today = business_day(store.clock.now(), store.settings.timezone)
    found: dict[str, Tabs] = {}
    for name, board in SCREENS.items():
        for period in (Period.LAST_30, Period.LAST_365):
            look = Look(period, window_of(period, today), Comparison.PREVIOUS)
            found[f"{name}, {period.value}"] = _tabs(board, look)
            found[f"{name}, {period.value}, 3 filters"] = _tabs(board, replace(look, where=FILTERS[name]))
    head: Panels = {
        "repeated": lambda: repeated(mirror, SYSTEM),
        "overdue": lambda: overdue(mirror, SYSTEM),
        "concentrated": lambda: concentrated(mirror, SYSTEM),
        "moved": lambda: moved(mirror, SYSTEM),
        "lifetime": lambda: lifetime(mirror, SYSTEM),
    }
    tabs: dict[str, Panels] = {
        "segments": {
            "segments": lambda: segments(mirror, SYSTEM),
            "map": lambda: rfm_map(mirror, SYSTEM),
            "members": lambda: members(mirror, SYSTEM, Segment.CHAMPION),
        },
        "cohorts": {"cohorts": lambda: cohorts(mirror, SYSTEM)},
        "next": {"pairs": lambda: pairs_of(mirror, SYSTEM, limit=100), "tried": lambda: tried(mirror, SYSTEM)},
    }
    found["customers"] = {tab: {**head, **panels} for tab, panels in tabs.items()}
    for period in ("month", "year"):
        since, until = months_of(period, today)

        def stand(since=since, until=until) -> None:  # type: ignore[no-untyped-def]
            with store.viewing(SYSTEM) as view:
                standing(mirror, view, Metric.NET_SALES, since, until)

        found[f"team, this {period}"] = {
            "all": {
                "standing": stand,
                "mix": partial(mix, mirror, SYSTEM, Metric.NET_SALES, since, until),
                "discounts": partial(discounts, mirror, SYSTEM, since, until),
            }
        }
    return found


def _tabs(board: Board, look: Look) -> Tabs:
    def draw(panel: Panel) -> object:
        return panel.draw(Scene(panel, SYSTEM, look))

    figures = board.figures
    head: Panels = {} if figures is None else {"key figures": lambda: figures(SYSTEM, look)}
    return {
        section.name: {**head, **{panel.name: partial(draw, panel) for panel in section.panels(SYSTEM)}}
        for section in board.sections
    }
