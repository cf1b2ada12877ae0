"""The form that plans a stocktake, and what its choices rest on."""

from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.exact import AMOUNT_PLACES, RATE_PLACES, round_to
from core.catalog.queries import category_tree
from core.security.actor import Actor
from core.security.permissions import P
from core.stock.counts.models import SCOPE_LABELS, AbcClass, CountScope
from core.stock.counts.plan import plan_count
from core.stock.counts.proposals import abc_classes, risk_ranking
from core.stock.counts.rules import DEFAULT_TOLERANCES, Tolerance
from core.stock.queries import warehouses
from pages._shared.screen import act, form_key, goto, reading
from pages._shared.tables import money_column, price_column, quantity_column, quantity_places, table, text_column
from pages._shared.text import _

SHOWN = 200


@st.fragment(key="counts.planning")
def show_plan(actor: Actor) -> None:
    """Where, what, and by which rules; then the stocktake is opened."""
    with reading() as view:
        houses = {house.id: house.name for house in warehouses(view)}
        categories = {row.id: row.path for row in category_tree(view)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        warehouse_id = st.selectbox(
            _("Warehouse"),
            list(houses),
            format_func=lambda each: houses.get(each, ""),
            key="counts.plan.house",
            width=200,
        )
        scope = st.selectbox(
            _("What is counted"),
            list(CountScope),
            format_func=lambda each: _(SCOPE_LABELS[each]),
            key="counts.plan.scope",
            width=200,
        )
        chosen = _choice(scope, categories)
    if scope in {CountScope.ABC, CountScope.CYCLE} and warehouse_id is not None:
        _show_reasons(actor, scope, warehouse_id)
    with st.container(horizontal=True, gap="medium"):
        is_blind = st.toggle(
            _("Blind"),
            value=True,
            key="counts.plan.blind",
            help=_("Who counts is not told how much should be there."),
        )
        is_double = st.toggle(
            _("Count twice"), key="counts.plan.double", help=_("Every line is counted by a second person, too.")
        )
        is_frozen = st.toggle(
            _("Freeze goods"),
            key="counts.plan.frozen",
            help=_("What is counted cannot move until the stocktake is posted. Otherwise goods keep moving, and each "
                   "count is held against what should have been there at that moment."),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        hours = st.number_input(
            _("Give up after hours"),
            min_value=1,
            max_value=2160,
            value=None,
            step=1,
            key="counts.plan.hours",
            width=200,
            placeholder=_("Never"),
        )
        note = st.text_input(_("Note"), key="counts.plan.note", max_chars=500, width=300)
    tolerances = _tolerances()
    if st.button(_("Open the stocktake"), type="primary", key="counts.plan.save", icon=":material/checklist:"):
        made = act(
            plan_count,
            warehouse_id=warehouse_id,
            scope=scope,
            is_blind=is_blind,
            is_double=is_double,
            is_frozen=is_frozen,
            cancel_after_hours=hours,
            tolerances=tolerances,
            note=note,
            key=form_key("counts.plan"),
            rerun=False,
            **chosen,
        )
        if made is not None:
            goto("stock/count", id=made)


def _choice(scope: CountScope, categories: dict[int, str]) -> dict[str, Any]:
    if scope is CountScope.CATEGORY:
        category = st.selectbox(
            _("Category"),
            list(categories),
            format_func=lambda each: categories.get(each, ""),
            key="counts.plan.category",
            width=240,
        )
        return {"category_id": category}
    if scope is CountScope.ABC:
        letter = st.selectbox(
            _("Class"), list(AbcClass), format_func=lambda each: each.value.upper(), key="counts.plan.class", width=100
        )
        return {"abc_class": letter}
    if scope is CountScope.CYCLE:
        most = st.number_input(_("How many products"), min_value=1, value=20, step=1, key="counts.plan.most", width=180)
        return {"most": int(most)}
    return {}


def _show_reasons(actor: Actor, scope: CountScope, warehouse_id: int) -> None:
    """The classes or risks as they are computed, with how."""
    with reading() as view:
        if scope is CountScope.ABC:
            classes = abc_classes(view, warehouse_id, limit=SHOWN)
            st.caption(
                _("Value = what went to customers in the last 365 days, less returns, × unit cost. A: as long as those "
                  "before make less than 80 % of the whole; B: below 95 %; C: the rest.")
            )  # fmt: skip
            columns = ["abc_class", "sku", "name", "issued", "unit_cost", "amount", "share", "up_to"]
            if not actor.may(P.COST_READ):
                columns = [each for each in columns if each not in {"unit_cost", "amount"}]
            frame = table(classes, columns)
            if "abc_class" in frame:
                frame["abc_class"] = [row.abc_class.value.upper() for row in classes]
            places = quantity_places([row.issued for row in classes])
        else:
            risky = risk_ranking(view, warehouse_id, limit=SHOWN)
            st.caption(
                _("Risk = value on hand × how far off counts were × moves of 90 days × times more had left than was "
                  "there (each from 1 to 2) × time since the last count (0 to 1 in a year).")
            )  # fmt: skip
            frame = table(risky, ["sku", "name", "risk", "value", "variance", "movement", "negative", "age"])
            places = 0
    st.dataframe(
        frame,
        key=f"counts.plan.reasons.{scope}.{warehouse_id}",
        hide_index=True,
        height="content" if len(frame) < 8 else 300,
        column_config={
            "abc_class": text_column(_("Class"), width=52),
            "sku": text_column(_("Code"), width=70),
            "name": text_column(_("Product name"), width=150),
            "issued": quantity_column(_("Issued"), places, width=70),
            "unit_cost": price_column(_("Unit cost"), width=76),
            "amount": money_column(_("Value"), width=96),
            "share": st.column_config.NumberColumn(_("Share"), format="percent", width=66),
            "up_to": st.column_config.NumberColumn(_("Added up"), format="percent", width=76),
            "risk": st.column_config.NumberColumn(_("Risk"), format="%.4f", width=66),
            "value": st.column_config.NumberColumn(_("Value"), format="%.4f", width=66),
            "variance": st.column_config.NumberColumn(_("Off before"), format="%.4f", width=80),
            "movement": st.column_config.NumberColumn(_("Moves"), format="%.4f", width=66),
            "negative": st.column_config.NumberColumn(_("Below zero"), format="%.4f", width=84),
            "age": st.column_config.NumberColumn(_("Time"), format="%.4f", width=66),
        },
    )


def _tolerances() -> dict[AbcClass, Tolerance]:
    st.caption(_("Tolerance: a difference over it has to be counted again or accepted with a reason. Empty: no limit."))
    typed = st.data_editor(
        {
            "abc_class": [letter.value.upper() for letter in AbcClass],
            "share": [float((DEFAULT_TOLERANCES[letter].share or 0) * 100) for letter in AbcClass],
            "amount": [float(DEFAULT_TOLERANCES[letter].amount or 0) for letter in AbcClass],
        },
        key="counts.plan.tolerances",
        hide_index=True,
        num_rows="fixed",
        disabled=["abc_class"],
        width=360,
        column_config={
            "abc_class": text_column(_("Class"), width=60),
            "share": st.column_config.NumberColumn(_("% of the quantity"), min_value=0.0, step=0.01, width=120),
            "amount": money_column(_("Value"), min_value=0.0, step=0.01, width=120),
        },
    )
    return {
        letter: Tolerance(_limit(typed["share"][n], RATE_PLACES, 100), _limit(typed["amount"][n], AMOUNT_PLACES, 1))
        for n, letter in enumerate(AbcClass)
    }


def _limit(typed: float | None, places: int, of: int) -> Decimal | None:
    return None if typed is None else round_to(Decimal(str(typed)) / of, places)
