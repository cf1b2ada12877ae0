"""Warehouses: opening, renaming and closing them."""

import streamlit as st

from core.stock.queries import warehouses
from core.stock.service import ADDRESS, add_warehouse, edit_warehouse
from pages._shared.forms import opened_facts, save_seen
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import chosen_row, nothing_here, text_column
from pages._shared.text import _, escaped
from pages.stock._address import address_fields, address_of

actor = open_screen(__file__)
link("stock/places", _("Places in a warehouse"))

with reading() as view:
    houses = warehouses(view, with_closed=True)

left, right = st.columns([5, 3], gap="medium")
with left:
    picked = None
    if houses:
        picked = st.dataframe(
            {
                "code": [house.code for house in houses],
                "name": [house.name for house in houses],
                "address": [address_of(house) for house in houses],
                "state": [_("In use") if house.is_active else _("Closed") for house in houses],
            },
            key="warehouses.table",
            hide_index=True,
            height="content",
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                "code": text_column(_("Code"), width=100),
                "name": text_column(_("Warehouse"), width=170),
                "address": text_column(_("Address"), width=200),
                "state": text_column(_("State"), width=100),
            },
        )
    else:
        nothing_here(_("There are no warehouses yet. Add the first one."))
chosen = chosen_row(picked, houses)

with right:
    if chosen is not None:
        facts = {name: getattr(chosen, name) for name in ("code", "name", "is_active", *ADDRESS)}
        opened_facts("warehouses", chosen.id, facts, f"warehouses.code.{chosen.id}")
        with st.form(f"warehouses.edit.{chosen.id}"):
            st.markdown(f"**{escaped(chosen.name)}**")
            code = st.text_input(_("Code"), value=chosen.code, max_chars=20, key=f"warehouses.code.{chosen.id}")
            name = st.text_input(
                _("Warehouse name"), value=chosen.name, max_chars=80, key=f"warehouses.name.{chosen.id}"
            )
            address = address_fields(f"warehouses.{chosen.id}", chosen)
            is_open = st.toggle(
                _("In use"),
                value=chosen.is_active,
                key=f"warehouses.open.{chosen.id}",
                help=_("A closed warehouse is offered nowhere; it can be closed once it is empty."),
            )
            saved = st.form_submit_button(_("Save"), type="primary", key=f"warehouses.save.{chosen.id}")
        if saved:
            save_seen(
                "warehouses",
                chosen.id,
                edit_warehouse,
                chosen.id,
                code=code,
                name=name,
                is_active=is_open,
                **address,
                done=_("{name} was saved.").format(name=escaped(name)),
            )
    with st.form("warehouses.new", clear_on_submit=False):
        st.markdown("**" + _("New warehouse") + "**")
        code = st.text_input(
            _("Code"), max_chars=20, key=f"warehouses.new.code.{len(houses)}", placeholder=_("Short, such as SH")
        )
        name = st.text_input(_("Warehouse name"), max_chars=80, key=f"warehouses.new.name.{len(houses)}")
        address = address_fields(f"warehouses.new.{len(houses)}", None)
        added = st.form_submit_button(
            _("Add warehouse"),
            type="primary" if chosen is None else "secondary",
            key="warehouses.new.save",
            icon=":material/add:",
        )
    if added:
        act(
            add_warehouse,
            code=code,
            name=name,
            **address,
            done=_("{name} was added.").format(name=escaped(name)),
            key=form_key("warehouses.new"),
        )
    if houses and chosen is None:
        st.caption(_("Choose a warehouse to rename or close it, or to say where it is."))
