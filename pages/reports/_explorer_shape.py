"""What to measure and by what: pickers, a search in people's own words, ratios, order, and filters."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from core.analytics.explorer.rules import (
    CHART_LABELS,
    MOST_COLUMNS,
    MOST_MEASURES,
    MOST_RATIOS,
    MOST_ROWS,
    TITLE_LENGTH,
    TOPS,
    Chart,
    Shape,
    may_see,
    ratio_of,
    title_given,
)
from core.analytics.explorer.words import find_dimensions, find_measures
from core.analytics.layer.answer import answer
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import MEASURES, dimensions_of, get_measures
from core.analytics.layer.names import names_like
from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.board import asking, labels, moving
from pages._shared.filters import Look
from pages._shared.mirror import mirror
from pages._shared.text import _, escaped
from pages.reports._explorer_board import BOARD, NAME, check_filters, explained, shape_of, shaped, title_of

MOST_FOUND, MOST_CHOICES = 6, 200
PICKED, SERIAL = f"{NAME}.picked", f"{NAME}.serial"
CHART_ICONS = {
    Chart.TABLE: ":material/table:",
    Chart.BARS: ":material/bar_chart:",
    Chart.LINE: ":material/show_chart:",
    Chart.STACKED: ":material/stacked_bar_chart:",
    Chart.HEAT: ":material/grid_on:",
    Chart.SCATTER: ":material/scatter_plot:",
}


def show_shape(actor: Actor, look: Look) -> None:
    """The pickers of a shape; each change redraws the figures.

    A shape that comes from elsewhere, such as a view or undo, gets pickers of its own: what the browser says late
    about those before changes nothing.
    """
    shape = shape_of(look)
    if st.session_state.get(PICKED) != shape:
        st.session_state[PICKED] = shape
        st.session_state[SERIAL] = st.session_state.get(SERIAL, 0) + 1
    every = dict.fromkeys((*MEASURES, *shape.ratios, *shape.measures))
    mine = [name for name in every if may_see(actor, name)]
    dimensions = _common(shape.measures)
    with st.grid(min_column_width=260):
        _choose(
            _("Figures"),
            "measures",
            [*dict.fromkeys((*[name for name in shape.measures if name in mine], *mine))],
            [name for name in shape.measures if name in mine],
            MOST_MEASURES,
            partial(title_of, shape),
        )
        for field, label, most in (
            ("rows", _("In the rows"), MOST_ROWS),
            ("columns", _("In the columns"), MOST_COLUMNS),
        ):
            taken = shape.columns if field == "rows" else shape.rows
            chosen = list(getattr(shape, field))
            options = [name for name in (*chosen, *dimensions) if name not in taken]
            _choose(label, field, list(dict.fromkeys(options)), chosen, most, labels.title_of)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{NAME}.tools"):
        _choose_chart(shape)
        with st.popover(_("Search"), icon=":material/search:", key=f"{NAME}.search"):
            _search(shape, mine, dimensions)
        with st.popover(_("Ratio"), icon=":material/percent:", key=f"{NAME}.ratio"):
            _ratios(shape, [name for name in mine if name in MEASURES])
        with st.popover(_("Ranking"), icon=":material/sort:", key=f"{NAME}.sorting"):
            _sorting(shape, [name for name in shape.measures if name in mine])
        with st.popover(_("Filter"), icon=":material/filter_alt:", key=f"{NAME}.filter"):
            _filter(actor, look, shape, dimensions)


def _key(field: str) -> str:
    return f"{NAME}.{field}.{st.session_state[SERIAL]}"


def _common(measures: Sequence[str]) -> list[str]:
    """The dimensions that all these measures can be shown by."""
    known = [set(dimensions_of(measure)) for measure in get_measures(measures)]
    return [name for name, each in DIMENSIONS.items() if all(each in some for some in known)]


def _choose(label, field, options, chosen, most, called) -> None:  # noqa: ANN001
    key = _key(field)
    st.session_state[key] = chosen
    st.multiselect(
        label,
        options,
        format_func=called,
        max_selections=most,
        key=key,
        on_change=_picked,
        args=(field, key),
        placeholder=_("Choose"),
        select_all=False,
        help="\n\n".join(f"**{escaped(called(name))}**: {escaped(_sentence(name))}" for name in chosen) or None,
    )


def _choose_chart(shape: Shape) -> None:
    key = _key("chart")
    st.session_state[key] = shape.chart
    st.segmented_control(
        _("Drawn as"),
        list(Chart),
        required=True,
        format_func=lambda chart: f"{CHART_ICONS[chart]} {_(CHART_LABELS[chart])}",
        key=key,
        label_visibility="collapsed",
        wrap=True,
        on_change=_picked,
        args=("chart", key),
    )


def _picked(field: str, key: str) -> None:
    picked = st.session_state[key]
    fields = {field: tuple(picked) if isinstance(picked, list) else picked}
    before = shape_of(moving.look_of(BOARD))
    shape = replace(before, **fields)
    if shape == before or (field == "rank" and picked == before.ranked_by):
        return
    if shape.measures:
        st.session_state[PICKED] = shape_of(shaped(moving.look_of(BOARD), shape))
    reshape(**fields)


def reshape(**fields: object) -> None:
    """Another shape; what was looked at before can be had back. Without figures nothing changes."""
    look = moving.look_of(BOARD)
    shape = replace(shape_of(look), **fields)
    moving.change(BOARD, shaped(look, shape) if shape.measures else look)


def _search(shape: Shape, mine: Sequence[str], dimensions: Sequence[str]) -> None:
    """Figures and dimensions found by what people call them, each with its sentence."""
    typed = st.text_input(
        _("What do you want to know?"), key=f"{NAME}.asked", placeholder=_("profit, 客单价, by channel …"), max_chars=60
    )
    measures = [name for name in find_measures(typed, mine) if name not in shape.measures] if typed else []
    by = [name for name in find_dimensions(typed, dimensions) if name not in (*shape.rows, *shape.columns)]
    found = [("measures", name) for name in measures[:MOST_FOUND]]
    found += [("rows", name) for name in by[:MOST_FOUND]] if typed else []
    if typed and not found:
        st.caption(_("Nothing is called that, or it is shown already. Try another word."))
    for field, name in found:
        taken = getattr(shape, field)
        st.button(
            title_of(shape, name) if field == "measures" else labels.title_of(name),
            icon=":material/functions:" if field == "measures" else ":material/table_rows:",
            key=f"{NAME}.add.{field}.{name}",
            disabled=len(taken) >= (MOST_MEASURES if field == "measures" else MOST_ROWS),
            on_click=_add,
            args=(field, name),
        )
        st.caption(escaped(_sentence(name)))


def _add(field: str, name: str) -> None:
    reshape(**{field: (*getattr(shape_of(moving.look_of(BOARD)), field), name)})


def _ratios(shape: Shape, mine: Sequence[str]) -> None:
    """One figure divided by another, under a name."""
    for name, title in shape.ratios.items():
        st.button(
            _("Remove {name}").format(name=escaped(title)),
            icon=":material/close:",
            key=f"{NAME}.ratio.remove.{name}",
            on_click=_forget_ratio,
            args=(name,),
        )
    if len(shape.ratios) >= MOST_RATIOS:
        st.caption(_("There is room for {most} ratios. Remove one first.").format(most=MOST_RATIOS))
        return
    called = partial(title_of, shape)
    upper = st.selectbox(_("Divide"), mine, format_func=called, key=f"{NAME}.ratio.upper")
    lower = st.selectbox(_("Divided by"), mine, index=1, format_func=called, key=f"{NAME}.ratio.lower")
    as_percent = st.toggle(_("Show as per cent"), key=f"{NAME}.ratio.percent")
    usual = f"{called(upper)} ÷ {called(lower)}"
    title = st.text_input(
        _("Name of the ratio"), placeholder=usual[:TITLE_LENGTH], max_chars=TITLE_LENGTH, key=f"{NAME}.ratio.title"
    )
    st.caption(_("Worked out anew in every row and total, never averaged."))
    if st.button(_("Add"), type="primary", key=f"{NAME}.ratio.add"):
        try:
            _keep_ratio(ratio_of(upper, lower, as_percent=as_percent), title_given(title or usual[:TITLE_LENGTH]))
        except AppError as refusal:
            st.error(escaped(refusal.sentence))


def _keep_ratio(name: str, title: str) -> None:
    shape = shape_of(moving.look_of(BOARD))
    measures = tuple(dict.fromkeys((*shape.measures, name)))[-MOST_MEASURES:]
    reshape(ratios={**shape.ratios, name: title}, measures=measures)


def _forget_ratio(name: str) -> None:
    shape = shape_of(moving.look_of(BOARD))
    measures = tuple(each for each in shape.measures if each != name)
    reshape(ratios={each: title for each, title in shape.ratios.items() if each != name}, measures=measures)


def _sorting(shape: Shape, mine: Sequence[str]) -> None:
    """By which figure rows are ranked, and how many stay."""
    tops: dict[int | None, str] = {None: _("As usual"), 0: _("All")}
    tops |= {top: _("The first {count}").format(count=top) for top in TOPS}
    ranked, top, smallest = _key("rank"), _key("top"), _key("smallest_first")
    st.session_state[ranked] = shape.ranked_by if shape.ranked_by in mine else next(iter(mine), None)
    st.session_state[top], st.session_state[smallest] = shape.top, shape.smallest_first
    st.selectbox(
        _("Ranked by"),
        mine,
        format_func=partial(title_of, shape),
        key=ranked,
        on_change=_picked,
        args=("rank", ranked),
    )
    st.selectbox(
        _("Rows that stay"),
        list(tops),
        format_func=lambda each: tops[each],
        key=top,
        on_change=_picked,
        args=("top", top),
    )
    st.toggle(_("Smallest first"), key=smallest, on_change=_picked, args=("smallest_first", smallest))
    st.caption(_("What does not stay is one row, “All others”, with figures of its own."))


def _filter(actor: Actor, look: Look, shape: Shape, dimensions: Sequence[str]) -> None:
    """Values of any dimension, kept or left out."""
    by = st.selectbox(_("Filter by"), dimensions, format_func=labels.title_of, key=f"{NAME}.filter.by")
    has_names = DIMENSIONS[by].labels is not None
    typed = st.text_input(_("Search"), key=f"{NAME}.filter.typed", max_chars=60) if has_names else ""
    found = _values(actor, look, shape, by, typed)
    chosen = st.multiselect(
        _("Values"),
        list(found),
        format_func=lambda label: found[label],
        key=f"{NAME}.filter.values.{by}.{typed}",
        placeholder=_("Choose"),
        select_all=False,
    )
    with st.container(horizontal=True):
        st.button(
            _("Only these"),
            type="primary",
            disabled=not chosen,
            key=f"{NAME}.filter.only",
            on_click=_keep_values,
            args=(by, chosen, False),
        )
        st.button(
            _("All but these"),
            disabled=not chosen,
            key=f"{NAME}.filter.not",
            on_click=_keep_values,
            args=(by, chosen, True),
        )


def _values(actor: Actor, look: Look, shape: Shape, by: str, typed: str) -> dict[str, str]:
    """Labels and names: those that were typed, else the largest of what is looked at."""
    if typed.strip():
        like = names_like(mirror(), actor, by, typed.strip(), MOST_CHOICES)
        return {labels.label_of(by, key, name): labels.name_of(by, key, name) for key, name in like.items()}
    visible, _hidden = shape.seen_by(actor)
    if not visible.measures:
        return {}
    check_filters(actor, look)
    asked = asking.ask(look, visible.measures[:1], by=(by,), but=(by,), top=MOST_CHOICES, spans=[look.window])
    rows = answer(mirror(), actor, asked)
    return {
        labels.label_of(by, key[0], row[0]): labels.name_of(by, key[0], row[0])
        for key, row in zip(rows.keys, rows.rows, strict=True)
    }


def _keep_values(by: str, chosen: Sequence[str], is_out: bool) -> None:
    look = moving.look_of(BOARD)
    for label in chosen:
        look = look.freeing(by, label)
    if is_out:
        look = look.leaving_out(by, (*look.left_out(by), *chosen))
    else:
        look = look.picking(by, (*look.picked(by), *chosen))
    moving.change(BOARD, look)


def _sentence(name: str) -> str:
    return _(DIMENSIONS[name].sentence) if name in DIMENSIONS else explained(name)
