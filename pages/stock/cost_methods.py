"""How products are valued: the methods in force, another one tried side by side, and choosing it."""

from datetime import timedelta

import streamlit as st

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.queries import category_tree, get_products
from core.stock.costs.lists import cost_policies, products_of_category
from core.stock.costs.methods import set_cost_method
from core.stock.costs.periods import closed_periods
from core.stock.costs.previews import simulated_method
from core.stock.costs.rules.events import METHOD_LABELS, Method, Policy
from core.work.command import may
from pages._shared.formats import local_time, money
from pages._shared.records import choice_box
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import day_column, money_column, text_column, yes_no
from pages._shared.text import _, listed, ngettext

TRIED = 500
SHOWN = 100

actor = open_screen(__file__)
link("stock/value", _("All stock values"))

with reading() as view:
    today = local_time(view.now).date()
    policies = cost_policies(view)
    closes = closed_periods(view)
    categories = {row.id: row.path for row in category_tree(view)}

st.dataframe(
    {
        "category": [categories.get(each.category_id or 0, _("The whole company")) for each in policies]
        or [_("The whole company")],
        "method": [_(METHOD_LABELS[each.method]) for each in policies] or [_(METHOD_LABELS[Method.AVERAGE])],
        "house": [yes_no(each.per_warehouse) for each in policies] or [yes_no(False)],
        "lot": [yes_no(each.per_lot) for each in policies] or [yes_no(False)],
        "since": [each.since_on for each in policies] or [None],
    },
    key="methods.table",
    hide_index=True,
    height="content" if len(policies) < 12 else 420,
    placeholder="",
    column_config={
        "category": text_column(_("Category"), width=160),
        "method": text_column(_("Cost method"), width=140),
        "house": text_column(_("By warehouse"), width=90),
        "lot": text_column(_("By lot"), width=70),
        "since": day_column(_("Since"), width=90),
    },
)
st.caption(_("The nearest category decides; without one, the whole company does."))

with st.container(border=True, key="methods.new"):
    st.markdown("**" + _("Another method") + "**")
    left, right = st.columns(2)
    with left:
        category_id = choice_box(_("Category"), categories, None, _("The whole company"), key="methods.category")
    method = right.selectbox(
        _("Cost method"), list(Method), format_func=lambda each: _(METHOD_LABELS[each]), key="methods.method"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        per_warehouse = st.toggle(_("One cost for each warehouse"), key="methods.house")
        since = st.date_input(
            _("Since"),
            value=today,
            min_value=min(closes[0].closed_through + timedelta(days=1), today) if closes else None,
            max_value=today,
            key="methods.since",
            width=150,
        )
    with st.container(horizontal=True):
        tried = st.button(_("Try it side by side"), key="methods.try", icon=":material/compare_arrows:")
        pressed = may(actor, set_cost_method) and st.button(
            _("Value this way"), type="primary", key="methods.save", icon=":material/check:"
        )

if pressed:
    act(
        set_cost_method,
        method=method,
        per_warehouse=per_warehouse,
        category_id=category_id,
        since=since,
        done=_("The method was changed. Amounts stay what they were."),
        key=form_key("methods"),
    )
if tried:
    try:
        with reading() as view:
            variants = products_of_category(view, category_id)
            rows = simulated_method(view, variants[:TRIED], Policy(method, per_warehouse))
            products = get_products(view, [row.variant_id for row in rows])
    except AppError as refusal:
        st.error(listed(refusal.sentence))
        st.stop()
    now = sum((row.cost_now for row in rows), ZERO), sum((row.stock_now for row in rows), ZERO)
    then = sum((row.cost_then for row in rows), ZERO), sum((row.stock_then for row in rows), ZERO)
    with st.container(horizontal=True, gap="small", key="methods.totals"):
        st.metric(_("Cost of what left, now"), money(now[0]), border=True)
        st.metric(_("Cost of what left, then"), money(then[0]), money(then[0] - now[0]), border=True, delta_color="off")
        st.metric(_("Stock, now"), money(now[1]), border=True)
        st.metric(_("Stock, then"), money(then[1]), money(then[1] - now[1]), border=True, delta_color="off")
    rows = sorted(rows, key=lambda row: -abs(row.cost_then - row.cost_now))
    shown = rows[:SHOWN]
    st.dataframe(
        {
            "name": [products[row.variant_id].label for row in shown],
            "cost_now": [float(row.cost_now) for row in shown],
            "cost_then": [float(row.cost_then) for row in shown],
            "stock_now": [float(row.stock_now) for row in shown],
            "stock_then": [float(row.stock_then) for row in shown],
        },
        key="methods.side_by_side",
        hide_index=True,
        height="content" if len(shown) < 12 else 420,
        column_config={
            "name": text_column(_("Product"), width=180),
            "cost_now": money_column(_("Cost, now"), width=100),
            "cost_then": money_column(_("Cost, then"), width=100),
            "stock_now": money_column(_("Stock, now"), width=100),
            "stock_then": money_column(_("Stock, then"), width=100),
        },
    )
    said = ngettext(
        "{count} product, had it applied since the last close.",
        "{count} products, had it applied since the last close.",
        len(rows),
    )
    more = " " + _("Only the first {count} were tried.").format(count=TRIED) if len(variants) > TRIED else ""
    st.caption(said.format(count=len(rows)) + more)
