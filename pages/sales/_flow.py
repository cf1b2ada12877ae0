"""The flow of an order as a picture, drawn from its table of steps, with the place where this order is."""

from collections import defaultdict
from collections.abc import Iterable
from html import escape

import streamlit as st

from core.sales.models import BUSINESS_STATE_LABELS, BusinessState
from core.sales.queries import OrderCard, TimelineRow
from core.sales.rules import ORDER_FLOW
from pages._shared.text import _

# In units of the picture, which is as wide as a telephone; wider places do not make it larger.
WIDTH, BOX_WIDTH, BOX_HEIGHT, ROW = 340, 132, 46, 118
BEGIN = BusinessState.DRAFT


def show_flow(order: OrderCard, timeline: Iterable[TimelineRow]) -> None:
    """Where the order is, where it has been, and which steps lead on."""
    with st.expander(_("Where it is on its way"), icon=":material/route:", key="order.flow", on_change="rerun") as box:
        if box.open:
            st.html(_picture(order.business, _been(order, timeline)))
            st.caption(_("Filled: where it is now. Framed in colour: where it has been."))


def _been(order: OrderCard, timeline: Iterable[TimelineRow]) -> set[BusinessState]:
    been = {order.business}
    for entry in timeline:
        for word in (entry.facts.get("changed") or {}).get("business_state", ()):
            been.add(BusinessState(word))
    return been


def _picture(now: BusinessState, been: set[BusinessState]) -> str:
    places = _places(now)
    height = max(y for _x, y in places.values()) + BOX_HEIGHT / 2 + 12
    parts = [_edge(places, source, target, verbs, now) for (source, target), verbs in _edges(places).items()]
    parts += [_box(state, places[state], state == now, state in been) for state in places]
    name = escape(_("The order is: {state}").format(state=_(BUSINESS_STATE_LABELS[now])), quote=True)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{name}" '
        f'style="width:100%;max-width:{WIDTH * 1.25:g}px;display:block;margin:auto;font-family:inherit">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _places(now: BusinessState) -> dict[BusinessState, tuple[float, float]]:
    """Each state by how many steps it is away from the beginning, side by side where several are as far."""
    distance = {BEGIN: 0}
    for _round in BusinessState:
        for step in ORDER_FLOW:
            for source in step.sources & distance.keys():
                distance.setdefault(step.target, distance[source] + 1)
    distance.setdefault(now, max(distance.values()) + 1)
    rows = defaultdict(list)
    for state in BUSINESS_STATE_LABELS:
        if state in distance:
            rows[distance[state]].append(state)
    places = {}
    for row, states in rows.items():
        for place, state in enumerate(states):
            x = WIDTH * (2 * place + 1) / (2 * len(states)) if len(states) > 1 else WIDTH * 0.25
            places[state] = (x, 30 + row * ROW)
    return places


def _edges(places: dict[BusinessState, tuple[float, float]]) -> dict[tuple[BusinessState, BusinessState], list[str]]:
    found = defaultdict(list)
    for step in ORDER_FLOW:
        for source in BUSINESS_STATE_LABELS:
            if source in step.sources and source != step.target and source in places:
                found[source, step.target].append(_(step.label))
    return found


def _box(state: BusinessState, place: tuple[float, float], is_now: bool, was_here: bool) -> str:
    x, y = place
    colour = "var(--st-primary-color, #0f8b8d)" if is_now or was_here else "currentColor"
    fill = "var(--st-primary-color, #0f8b8d)" if is_now else "none"
    stays = [_(step.label) for step in ORDER_FLOW if state in step.sources and step.target == state]
    text = "#fff" if is_now else "currentColor"
    label = (
        f'<text x="{x:g}" y="{y + (-2 if stays else 5):g}" text-anchor="middle" font-size="14" font-weight="600" '
        f'fill="{text}">{escape(_(BUSINESS_STATE_LABELS[state]))}</text>'
    )
    if stays:
        label += (
            f'<text x="{x:g}" y="{y + 14:g}" text-anchor="middle" font-size="9.5" fill="{text}" '
            f'opacity="0.85">↻ {escape(" · ".join(stays))}</text>'
        )
    width = BOX_WIDTH if not stays else max(BOX_WIDTH, min(WIDTH * 0.48, 9.5 * 0.6 * len(" · ".join(stays)) + 16))
    return (
        f'<rect x="{x - width / 2:g}" y="{y - BOX_HEIGHT / 2:g}" width="{width:g}" height="{BOX_HEIGHT}" rx="8" '
        f'fill="{fill}" stroke="{colour}" stroke-width="{2.5 if was_here else 1}" '
        f'stroke-opacity="{1 if was_here else 0.45}"/>{label}'
    )


def _edge(
    places: dict[BusinessState, tuple[float, float]],
    source: BusinessState,
    target: BusinessState,
    labels: list[str],
    now: BusinessState,
) -> str:
    (x1, y1), (x2, y2) = places[source], places[target]
    shift = 16 if y2 > y1 else -16
    if y1 == y2:
        side = 1 if x2 > x1 else -1
        x1, x2 = x1 + side * BOX_WIDTH / 2, x2 - side * BOX_WIDTH / 2
    else:
        down = 1 if y2 > y1 else -1
        x1, x2 = x1 + shift, x2 + shift
        y1, y2 = y1 + down * BOX_HEIGHT / 2, y2 - down * BOX_HEIGHT / 2
    part = 0.38 if shift > 0 else 0.38
    x, y = x1 + (x2 - x1) * part, y1 + (y2 - y1) * part
    strong = source == now
    return (
        f'<g opacity="{1 if strong else 0.55}"><line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" '
        f'stroke="currentColor" stroke-width="{1.8 if strong else 1}" marker-end="url(#tip)"/>'
        f'<text x="{x:g}" y="{y:g}" text-anchor="{"start" if shift > 0 else "end"}" dx="{4 if shift > 0 else -4}" '
        f'font-size="11" fill="currentColor" font-weight="{600 if strong else 400}">'
        f"{escape(' / '.join(labels))}</text></g>"
    )
