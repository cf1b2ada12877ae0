"""One price list: whom it is for, its rules, and whether customers get it."""

import streamlit as st

from core.pricing.lists import edit_price_list, publish_price_list, withdraw_price_list
from core.pricing.models import OfferState
from core.pricing.queries import get_price_list, price_list_rules
from core.pricing.rules.prices import AUDIENCE_LABELS
from pages._shared.formats import price, quantity
from pages._shared.records import asked_card
from pages._shared.screen import act, link, open_screen, reading
from pages._shared.tables import chosen_row, day_column, nothing_here, quantity_column, text_column
from pages._shared.text import _, escaped
from pages.pricing._list_form import list_fields
from pages.pricing._rule_form import asked_prices, paste_panel, rule_panel
from pages.pricing._words import last_day, lasts, state_badge

open_screen(__file__, titled=False)
link("pricing/price_lists", _("All price lists"))
with reading() as view:
    row = asked_card(view, get_price_list)
    rules = price_list_rules(view, row.id) if row else []
if row is None:
    nothing_here(_("Choose a price list."), _("Price lists"), "pricing/price_lists")
    st.stop()

with st.container(horizontal=True, vertical_alignment="center"):
    st.subheader(escaped(row.name), anchor=False, width="content")
    state_badge(row.state)
told = [row.target or _(AUDIENCE_LABELS[row.audience]), lasts(row.since, row.until)]
told.append(_("priority {number}").format(number=row.priority))
st.markdown(f":gray[{escaped(' · '.join(told))}]")
if row.note:
    st.caption(f":material/sticky_note_2: {escaped(row.note)}")

with st.container(horizontal=True):
    if row.state != OfferState.PUBLISHED:
        if st.button(_("Publish"), type="primary", key="price_list.publish", icon=":material/campaign:"):
            act(publish_price_list, row.id, done=_("{name} counts from now on.").format(name=escaped(row.name)))
    elif st.button(_("Withdraw"), key="price_list.withdraw", icon=":material/block:"):
        act(withdraw_price_list, row.id, done=_("{name} counts no more.").format(name=escaped(row.name)))
    with st.popover(_("Change"), icon=":material/tune:", key="price_list.change"):
        entry = list_fields(f"price_list.{row.id}.{row.version}", row)
        if st.button(_("Save"), type="primary", key="price_list.save"):
            act(edit_price_list, row.id, entry, version=row.version, done=_("The list was saved."))

chosen = None
if rules:
    picked = st.dataframe(
        {
            "goods": [each.goods or _("All products") for each in rules],
            "price": [
                f"{price(each.rule.price)}"
                + (f" / {quantity(each.rule.per_quantity)}" if each.rule.per_quantity != 1 else "")
                if each.rule.price is not None
                else each.formula or _("a formula on costs")
                for each in rules
            ],
            "least": [float(each.rule.min_quantity) or None for each in rules],
            "most": [None if each.rule.max_quantity is None else float(each.rule.max_quantity) for each in rules],
            "since": [each.rule.since for each in rules],
            "last": [last_day(each.rule.until) for each in rules],
            "priority": [each.rule.priority for each in rules],
        },
        key=f"price_list.rules.{row.id}.{row.version}",
        hide_index=True,
        height="content" if len(rules) < 15 else 560,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "goods": text_column(_("What it is for"), width=230),
            "price": text_column(_("Price or formula"), width=230),
            "least": quantity_column(_("From quantity"), width=90),
            "most": quantity_column(_("Up to quantity"), width=90),
            "since": day_column(_("First day"), width=92),
            "last": day_column(_("Last day"), width=92),
            "priority": quantity_column(_("Priority"), width=65),
        },
        placeholder="",
    )
    st.caption(_("Choose a row to change or remove the rule."))
    chosen = chosen_row(picked, rules)
else:
    nothing_here(_("There are no rules yet. Add the first one below."))

with st.container(border=True, key="price_list.rule"):
    st.markdown("**" + (escaped(chosen.goods or _("All products")) if chosen else _("New rule")) + "**")
    rule_panel(row, chosen)
if chosen is None:
    asked = asked_prices()
    with st.expander(_("Paste prices"), icon=":material/content_paste:", expanded=bool(asked)):
        paste_panel(row.id, **asked)
