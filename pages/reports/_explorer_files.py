"""What leaves the explorer as a file is given here, and nowhere else: the whole answer, its title, its filters."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.analytics.explorer.pivot import Pivot
from core.analytics.explorer.rules import Shape
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Answer
from core.security.actor import Actor
from pages._shared.board import asking, labels
from pages._shared.filters import Look
from pages._shared.formats import day
from pages._shared.mirror import mirror
from pages._shared.text import _, escaped
from pages.reports._explorer_board import title_of


@dataclass(frozen=True)
class Taken:
    """A pivot to be taken along: what it is called, its filters in words, and its rows, none left out, when asked."""

    title: str
    filters: tuple[str, ...]
    answer: Callable[[], Answer]


def taken_along(actor: Actor, look: Look, shape: Shape, pivot: Pivot) -> Taken:
    """What is looked at, as a file would tell it."""
    by = [labels.title_of(name) for name in (*shape.rows, *shape.columns)]
    figures = ", ".join(title_of(shape, measure) for measure in shape.measures)
    said = [f"{day(look.window.since)} – {day(look.window.last_day)}"]
    for dimension, _label, called, is_out in asking.chips(actor, look):
        text = f"{labels.title_of(dimension)}: {called}"
        said.append(_("not {filter}").format(filter=text) if is_out else text)
    return Taken(" · ".join([figures, *by]), tuple(said), lambda: answer(mirror(), actor, pivot.flat))


def offer_files(taken: Taken) -> None:
    """Say what is shown, in the words that stand on the cover of a file."""
    st.caption(escaped(" · ".join([taken.title, *taken.filters])))
