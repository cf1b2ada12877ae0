"""The tree of places in a warehouse: adding, renaming and closing them, and choosing the default one."""

import streamlit as st

from core.stock.models import LOCATION_KIND_LABELS, LocationKind
from core.stock.queries import warehouses
from core.stock.tree import KINDS, add_place, edit_place, places, put_by_default
from pages._shared.formats import quantity
from pages._shared.forms import opened_facts, save_seen
from pages._shared.records import filter_box
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import chosen_row, nothing_here, quantity_column, text_column
from pages._shared.text import _, escaped
from pages.stock._words import place_name

actor = open_screen(__file__)
link("stock/warehouses", _("Warehouses"))

with reading() as view:
    houses = {house.id: house.name for house in warehouses(view)}
if not houses:
    nothing_here(_("There are no warehouses yet. Add the first one."))
    st.stop()
warehouse_id = filter_box(
    _("Warehouse"), houses, next(iter(houses.values())), key="places.warehouse", width=220
) or next(iter(houses))

with reading() as view:
    rows = places(view, warehouse_id)

left, right = st.columns([5, 3], gap="medium")
with left:
    picked = st.dataframe(
        {
            "name": ["\u2003" * row.depth + place_name(row.name) for row in rows],
            "code": [row.code for row in rows],
            "kind": [_(LOCATION_KIND_LABELS[row.kind]) for row in rows],
            "products": [row.products for row in rows],
            "state": [
                _("Default") if row.is_default else _("In use") if row.is_active else _("Closed") for row in rows
            ],
        },
        key=f"places.table.{warehouse_id}",
        hide_index=True,
        height="content" if len(rows) < 15 else 520,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "name": text_column(_("Place"), width=170),
            "code": text_column(_("Code"), width=70),
            "kind": text_column(_("Kind"), width=100),
            "products": quantity_column(_("Products"), width=64),
            "state": text_column(_("State"), width=64),
        },
    )
    st.caption(_("Goods lie at places that have none below them. Only what is in storage can be promised."))
chosen = chosen_row(picked, rows)

with right:
    if chosen is not None:
        facts = {"code": chosen.code, "name": chosen.name, "is_active": chosen.is_active}
        opened_facts("places", chosen.id, facts, f"places.name.{chosen.id}")
        with st.form(f"places.edit.{chosen.id}"):
            st.markdown(f"**{escaped(place_name(chosen.name))}** · {quantity(chosen.on_hand)}")
            name = st.text_input(_("Place name"), value=chosen.name, max_chars=80, key=f"places.name.{chosen.id}")
            code = st.text_input(_("Code"), value=chosen.code, max_chars=20, key=f"places.code.{chosen.id}")
            in_use = st.toggle(_("In use"), value=chosen.is_active, key=f"places.active.{chosen.id}")
            if st.form_submit_button(_("Save"), type="primary", key=f"places.save.{chosen.id}"):
                done = _("{name} was saved.").format(name=escaped(name))
                facts = {"name": name, "code": code, "is_active": in_use}
                save_seen("places", chosen.id, edit_place, chosen.id, **facts, done=done)
        is_storage = chosen.kind == LocationKind.STORAGE and chosen.is_leaf
        if is_storage and not chosen.is_default and st.button(_("Put goods here by default"), key="places.default"):
            act(
                put_by_default,
                chosen.id,
                done=_("Goods are put at {name}.").format(name=escaped(place_name(chosen.name))),
            )
    with st.form("places.new"):
        below = _("New place below {name}").format(name=escaped(place_name(chosen.name))) if chosen else _("New place")
        st.markdown(f"**{below}**")
        name = st.text_input(_("Place name"), max_chars=80, key=f"places.new.name.{len(rows)}")
        code = st.text_input(_("Code"), max_chars=20, key=f"places.new.code.{len(rows)}")
        kind = st.selectbox(
            _("Kind"), KINDS, format_func=lambda each: _(LOCATION_KIND_LABELS[each]), key="places.new.kind"
        )
        if st.form_submit_button(_("Add place"), icon=":material/add:", key="places.new.save"):
            act(
                add_place,
                warehouse_id=warehouse_id,
                name=name,
                code=code,
                kind=kind,
                parent_id=chosen.id if chosen else None,
                done=_("{name} was added.").format(name=escaped(name)),
                key=form_key("places.new"),
            )
