"""Where something went: a small picture of streams whose breadth is their size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import streamlit as st

from core.base.exact import ZERO
from pages._shared.pictures import draw, worded
from pages._shared.text import _

# In units of the picture: three columns with room for a name beside each.
COLUMNS = (4, 112, 218)
WIDTH, NODE, LEAST, GAP, TALL, TOP = 350, 8, 15, 8, 110, 8


@dataclass(frozen=True)
class Stream:
    """So much from one place to another; `column` is where it begins, `until` where it ends."""

    source: str
    target: str
    size: Decimal
    colour: str
    column: int = 0
    until: int = 1


@dataclass
class _Place:
    name: str
    size: Decimal
    column: int
    y: float = 0
    height: float = 0
    out: float = 0
    into: float = 0


def show_streams(streams: Sequence[Stream], shown: Callable[[Decimal], str], described: str) -> None:
    """Draw the streams that are not empty; every place has its name and how much passes it."""
    streams = [stream for stream in streams if stream.size > ZERO]
    if not streams:
        st.caption(_("Nothing yet."))
        return
    places = _placed(streams)
    total = max(sum((each.size for each in places.values() if each.column == n), ZERO) for n in range(len(COLUMNS)))
    scale = TALL / float(total)
    bottoms = []
    for column in range(len(COLUMNS)):
        y: float = TOP
        for each in places.values():
            if each.column == column:
                each.y, each.height = y, max(float(each.size) * scale, LEAST)
                y += each.height + GAP
        bottoms.append(y)
    parts = [_ribbon(stream, places[stream.source], places[stream.target], scale) for stream in streams]
    for each in places.values():
        x = COLUMNS[each.column]
        parts.append(
            f'<rect x="{x}" y="{each.y:g}" width="{NODE}" height="{each.height:g}" rx="2" fill="currentColor" '
            'fill-opacity="0.75"/>'
        )
        label = f"{each.name} {shown(each.size)}"
        parts.append(worded(label, x + NODE + 4, each.y + each.height / 2 + 3.5, size=9.5, anchor="start"))
    draw(parts, WIDTH, max(bottoms), described)


def _placed(streams: Sequence[Stream]) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    for stream in streams:
        for name, column in ((stream.source, stream.column), (stream.target, stream.until)):
            places.setdefault(name, _Place(name, ZERO, column))
    for place in places.values():
        leaves = sum((stream.size for stream in streams if stream.source == place.name), ZERO)
        arrives = sum((stream.size for stream in streams if stream.target == place.name), ZERO)
        place.size = max(leaves, arrives)
    return places


def _ribbon(stream: Stream, source: _Place, target: _Place, scale: float) -> str:
    breadth = float(stream.size) * scale
    x1, x2 = COLUMNS[source.column] + NODE, COLUMNS[target.column]
    y1, y2 = source.y + source.out, target.y + target.into
    source.out += breadth
    target.into += breadth
    half = (x1 + x2) / 2
    return (
        f'<path d="M{x1} {y1:g}C{half:g} {y1:g} {half:g} {y2:g} {x2} {y2:g}V{y2 + breadth:g}'
        f'C{half:g} {y2 + breadth:g} {half:g} {y1 + breadth:g} {x1} {y1 + breadth:g}Z" '
        f'fill="{stream.colour}" fill-opacity="0.4"/>'
    )
