"""The flow of an order as a picture, drawn from its table of steps, with the place where this order is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import permutations, product

import streamlit as st

from core.sales.models import BUSINESS_STATE_LABELS, BusinessState
from core.sales.queries import OrderCard, TimelineRow
from core.sales.rules import ORDER_FLOW
from pages._shared.pictures import ACCENT, draw, worded
from pages._shared.text import _

# In units of the picture, which is as wide as a telephone.
WIDTH, BOX, HEIGHT, ROW, TOP, SIDE = 350, 100, 34, 116, 24, 20
BEGIN = BusinessState.DRAFT
Place = tuple[float, float]


def show_flow(order: OrderCard, timeline: Iterable[TimelineRow]) -> None:
    """Where the order is, where it has been, and which steps lead on."""
    with st.expander(_("Where it is on its way"), icon=":material/route:", key="order.flow", on_change="rerun") as box:
        if box.open:
            now, been = order.business, _been(order, timeline)
            places = _places(now)
            parts = [_edge(places, ends, verbs, now) for ends, verbs in _edges(places).items()]
            parts += [_box(state, place, state == now, state in been) for state, place in places.items()]
            height = max(y for _x, y in places.values()) + HEIGHT / 2 + 22
            draw(parts, WIDTH, height, _("The order is: {state}").format(state=_(BUSINESS_STATE_LABELS[now])))
            st.caption(_("Filled: where it is now. Framed in colour: where it has been."))


def _been(order: OrderCard, timeline: Iterable[TimelineRow]) -> set[BusinessState]:
    been = {order.business}
    for entry in timeline:
        been.update(BusinessState(word) for word in (entry.facts.get("changed") or {}).get("business_state", ()))
    return been


def _places(now: BusinessState) -> dict[BusinessState, Place]:
    """Each state by how many steps it is away from the beginning; side by side so that arrows run straight."""
    distance, edge = {BEGIN: 0}, {BEGIN}
    while edge:
        edge = {step.target for step in ORDER_FLOW if step.sources & edge} - distance.keys()
        distance |= dict.fromkeys(edge, max(distance.values()) + 1)
    distance.setdefault(now, max(distance.values()) + 1)
    rows = [[state for state in BUSINESS_STATE_LABELS if distance.get(state) == row] for row in set(distance.values())]
    ways = (_laid_out(some) for some in product(*(permutations(row) for row in rows)))
    return min(ways, key=_slant)


def _laid_out(rows: Sequence[Sequence[BusinessState]]) -> dict[BusinessState, Place]:
    return {
        state: (WIDTH * (2 * place + 1) / (2 * max(len(states), 2)), TOP + row * ROW)
        for row, states in enumerate(rows)
        for place, state in enumerate(states)
    }


def _slant(places: dict[BusinessState, Place]) -> float:
    """How far arrows run sideways; the first step of all, which most orders take, counts most."""
    first, *others = (abs(places[source][0] - places[target][0]) for source, target in _edges(places))
    return 4 * first + sum(others)


def _edges(places: dict[BusinessState, Place]) -> dict[tuple[BusinessState, BusinessState], list[str]]:
    found = defaultdict(list)
    for step in ORDER_FLOW:
        for source in BUSINESS_STATE_LABELS:
            if source in step.sources and source != step.target and source in places:
                found[source, step.target].append(_(step.label))
    return found


def _box(state: BusinessState, place: Place, is_now: bool, was_here: bool) -> str:
    """A state, filled where the order is; steps that leave it there are written below."""
    x, y = place
    stays = [_(step.label) for step in ORDER_FLOW if state in step.sources and step.target == state]
    edge = f'stroke="{ACCENT}" stroke-width="2.5"' if was_here else 'stroke="currentColor" stroke-opacity="0.4"'
    fill = ACCENT if is_now else "none"
    text = worded(
        _(BUSINESS_STATE_LABELS[state]), x, y + 5, size=14, font_weight=600, fill="#fff" if is_now else "currentColor"
    )
    below = worded("↻ " + " · ".join(stays), x, y + HEIGHT / 2 + 13, size=9.5, opacity=0.8) if stays else ""
    return (
        f'<rect x="{x - BOX / 2:g}" y="{y - HEIGHT / 2:g}" width="{BOX}" height="{HEIGHT}" rx="8" '
        f'fill="{fill}" {edge}/>{text}{below}'
    )


def _edge(
    places: dict[BusinessState, Place], ends: tuple[BusinessState, BusinessState], labels: list[str], now: BusinessState
) -> str:
    """An arrow with its steps beside it; the way there and the way back run side by side."""
    (x1, y1), (x2, y2) = places[ends[0]], places[ends[1]]
    is_strong = ends[0] == now
    weight = 600 if is_strong else 400
    if y1 == y2:
        side = 1 if x2 > x1 else -1
        x1, x2 = x1 + side * BOX / 2, x2 - side * BOX / 2
        text = worded(" / ".join(labels), (x1 + x2) / 2, y1 - 5, size=10, font_weight=weight)
    else:
        down = 1 if y2 > y1 else -1
        shift = -SIDE * down
        x1, x2 = x1 + shift, x2 + shift
        y1, y2 = y1 + down * (HEIGHT / 2 + (18 if down > 0 else 0)), y2 - down * (HEIGHT / 2 + (0 if down > 0 else 18))
        part = 0.5 if x1 == x2 else 0.72 if down > 0 else 0.3
        x, y = x1 + (x2 - x1) * part, y1 + (y2 - y1) * part
        anchor, beside = ("end", -5) if down > 0 else ("start", 5)
        below = 4 if x1 == x2 else 11 if down > 0 else -2
        text = worded(" / ".join(labels), x + beside, y + below, anchor=anchor, size=10, font_weight=weight)
    return (
        f'<g opacity="{1 if is_strong else 0.6}"><line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
        f'stroke="currentColor" stroke-width="{1.8 if is_strong else 1}" marker-end="url(#tip)"/>{text}</g>'
    )
