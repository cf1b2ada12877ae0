"""The pieces of planning targets: the table of one level, splitting a year, pasting, and the versions."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.analytics.team.standing import proposed
from core.base.errors import AppError
from core.base.exact import AMOUNT_PLACES, round_to
from core.team.models import COUNTED, Metric
from core.team.paste import parse_targets
from core.team.plans import Cells, Levels, withdraw_plan
from core.team.queries import plans
from pages._shared.mirror import mirror
from pages._shared.screen import act, reading
from pages._shared.tables import moment_column, money_column, quantity_column, text_column
from pages._shared.text import N_, _, listed

LEVELS = (("base", N_("Target")), ("stretch", N_("Stretch")), ("challenge", N_("Challenge")))
MONTHS = range(1, 13)
COMPANY = 0


def edit_level(
    scope: str, level: str, cells: Cells, names: Mapping[int, str], year: int, metric: Metric
) -> pd.DataFrame:
    """One level as a table of people and months; what stands in it now."""
    ids = [COMPANY, *names]
    frame = pd.DataFrame(
        {
            "name": [_("Whole company"), *names.values()],
            **{str(month): [_cell(cells, year, month, user_id, level) for user_id in ids] for month in MONTHS},
        },
        index=pd.Index(ids),
    )
    drawn = st.session_state.get(f"{scope}.drawn", 0)
    column: Any = quantity_column if metric in COUNTED else money_column
    return st.data_editor(
        frame,
        key=f"{scope}.{level}.{drawn}",
        hide_index=True,
        placeholder="",
        disabled=["name"],
        column_config={
            "name": text_column(_("Salesperson"), width=110, pinned=True),
            **{str(month): column(f"{year}-{month:02}", min_value=0, width=105) for month in MONTHS},
        },
    )


def read_cells(typed: Mapping[str, pd.DataFrame], year: int) -> dict[tuple[date, int | None], Levels]:
    """The cells of the three tables; an empty level is the one below it, an empty target none."""
    cells: dict[tuple[date, int | None], Levels] = {}
    for user_id in typed["base"].index:
        for month in MONTHS:
            base, stretch, challenge = (_amount(typed[level].loc[user_id, str(month)]) for level, _label in LEVELS)
            base = base or Decimal(0)
            stretch = base if stretch is None or base == 0 else stretch
            challenge = stretch if challenge is None or base == 0 else challenge
            cells[date(year, month, 1), int(user_id) or None] = Levels(base, stretch, challenge)
    return cells


def show_split(scope: str, metric: Metric, year: int, category_id: int | None) -> None:
    """A year's total over months and people, put into the tables to look at before it is saved."""
    with (
        st.expander(_("Split a year's total"), icon=":material/account_tree:"),
        st.form(f"{scope}.split", border=False),
    ):
        first, second, third = st.columns(3)
        total = first.number_input(_("Target of the year"), min_value=0.0, step=1000.0, key=f"{scope}.total")
        stretch = second.number_input(_("Stretch, % of target"), 100, 1000, 110, key=f"{scope}.stretch.of")
        challenge = third.number_input(_("Challenge, % of target"), 100, 1000, 125, key=f"{scope}.challenge.of")
        st.caption(
            _(
                "Months by what the company reached in each of them last year, people by what each reached; "
                "the parts add up to the total exactly."
            )
        )
        if st.form_submit_button(_("Put into the tables"), key=f"{scope}.split.go"):
            places = 0 if metric in COUNTED else AMOUNT_PLACES
            with reading() as view:
                parts = proposed(mirror(), view, metric, round_to(Decimal(str(total)), places), year, category_id)
            _draft(
                scope,
                {
                    cell: Levels(amount, _of(amount, stretch, places), _of(amount, max(stretch, challenge), places))
                    for cell, amount in parts.items()
                },
            )


def show_paste(scope: str, people: Mapping[str, int], year: int) -> None:
    """A table pasted from a sheet, put into the tables."""
    with st.expander(_("Paste a table"), icon=":material/content_paste:"), st.form(f"{scope}.paste", border=False):
        text = st.text_area(
            _("Month, person, target, stretch, challenge"),
            placeholder=f"{year}-01\t{next(iter(people), '')}\t100000\t110000\t125000",
            key=f"{scope}.text",
        )
        if st.form_submit_button(_("Put into the tables"), key=f"{scope}.paste.go"):
            try:
                found = {cell: each for cell, each in parse_targets(text, people).items() if cell[0].year == year}
            except AppError as refusal:
                st.error(listed(refusal.sentence))
                return
            if found:
                _draft(scope, found)
            st.warning(_("No line is of {year}.").format(year=year))


def show_versions(metric: Metric, category_id: int | None) -> None:
    """All versions with their reasons; the newest can be taken back."""
    with reading() as view:
        rows = plans(view, metric, category_id=category_id)
    if not rows:
        return
    st.subheader(_("Versions"), anchor=False)
    st.dataframe(
        {
            "reason": [row.reason for row in rows],
            "months": [f"{row.first_month:%Y-%m} – {row.last_month:%Y-%m}" for row in rows],
            "total": [float(row.total) for row in rows],
            "by": [row.made_by for row in rows],
            "at": [row.made_at for row in rows],
            "state": [
                _("Taken back") if row.withdrawn_at else _("Newest") if row.is_newest else _("Before") for row in rows
            ],
        },
        key="targets.versions",
        hide_index=True,
        column_config={
            "reason": text_column(_("Reason"), width=220, pinned=True),
            "months": text_column(_("Months"), width=140),
            "total": (quantity_column if metric in COUNTED else money_column)(_("Total"), width=120),
            "by": text_column(_("Planned by"), width=100),
            "at": moment_column(_("At"), width=130),
            "state": text_column(_("State"), width=90),
        },
    )
    newest = next((row for row in rows if row.is_newest), None)
    if newest is not None and st.button(
        _("Take back “{reason}”").format(reason=newest.reason), icon=":material/undo:", key="targets.back"
    ):
        act(withdraw_plan, newest.id, done=_("The version is taken back; the one before holds again."))


def _draft(scope: str, cells: Cells) -> None:
    st.session_state[f"{scope}.draft"] = {**st.session_state.get(f"{scope}.draft", {}), **cells}
    st.session_state[f"{scope}.drawn"] = st.session_state.get(f"{scope}.drawn", 0) + 1
    st.rerun()


def _cell(cells: Cells, year: int, month: int, user_id: int, level: str) -> float | None:
    found = cells.get((date(year, month, 1), user_id or None))
    return None if not found else float(getattr(found, level))


def _amount(typed: Any) -> Decimal | None:
    return None if typed is None or pd.isna(typed) else round_to(Decimal(str(typed)), AMOUNT_PLACES)


def _of(amount: Decimal, part: int, places: int) -> Decimal:
    return round_to(amount * part / 100, places)
