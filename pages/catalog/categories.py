"""The category tree: adding, renaming, moving and deleting categories."""

import streamlit as st

from core.catalog.categories import add_category, delete_category, move_category, rename_category
from core.catalog.queries import category_tree
from pages._shared.forms import empty_when_done, opened_facts, save_seen
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import chosen_row, nothing_here, quantity_column, text_column
from pages._shared.text import _, escaped

actor = open_screen(__file__)
link("catalog/products", _("All products"))

with reading() as view:
    tree = category_tree(view)
paths = {row.id: row.path for row in tree}
left, right = st.columns([2, 1], gap="medium")

with left:
    picked = None
    if tree:
        picked = st.dataframe(
            {
                "name": ["\u2003" * row.depth + row.name for row in tree],
                "products": [row.products for row in tree],
            },
            key="categories.table",
            hide_index=True,
            height="content" if len(tree) < 15 else 560,
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                "name": text_column(_("Category"), width=220),
                "products": quantity_column(_("Products"), width=90, help=_("With those in the categories below it.")),
            },
        )
    else:
        nothing_here(_("There are no categories yet. Add the first one."))
chosen = chosen_row(picked, tree)

with right:
    empty_when_done("categories.new", "categories.new.name")
    with st.form("categories.new"):
        name = st.text_input(_("New category"), key="categories.new.name", max_chars=80)
        parent_id = st.selectbox(
            _("Below"),
            list(paths),
            index=list(paths).index(chosen.id) if chosen else None,
            format_func=lambda each: paths.get(each, ""),
            placeholder=_("At the top"),
            key=f"categories.new.parent.{chosen.id if chosen else 0}",
        )
        if st.form_submit_button(_("Add category"), type="primary", key="categories.new.save", icon=":material/add:"):
            done = _("{name} was added.").format(name=escaped(name))
            act(add_category, name, parent_id, done=done, key=form_key("categories.new"))

    if chosen is None and tree:
        st.caption(_("Choose a category to rename, move or delete it."))
    elif chosen is not None:
        opened_facts("categories", chosen.id, {"name": chosen.name}, f"categories.name.{chosen.id}")
        with st.form(f"categories.edit.{chosen.id}"):
            st.markdown(f"**{escaped(chosen.path)}**")
            name = st.text_input(
                _("Category name"), value=chosen.name, key=f"categories.name.{chosen.id}", max_chars=80
            )
            if st.form_submit_button(_("Rename"), key=f"categories.rename.{chosen.id}"):
                done = _("{name} was saved.").format(name=escaped(name))
                save_seen("categories", chosen.id, rename_category, chosen.id, name, done=done)
        with st.form(f"categories.move.{chosen.id}"):
            below = st.selectbox(
                _("Below"),
                list(paths),
                index=list(paths).index(chosen.parent_id) if chosen.parent_id in paths else None,
                format_func=lambda each: paths.get(each, ""),
                placeholder=_("At the top"),
                key=f"categories.below.{chosen.id}",
            )
            if st.form_submit_button(_("Move"), key=f"categories.place.{chosen.id}"):
                act(move_category, chosen.id, below, done=_("{name} was moved.").format(name=escaped(chosen.name)))
        if st.button(_("Delete"), key=f"categories.delete.{chosen.id}", icon=":material/delete:"):
            act(delete_category, chosen.id, done=_("{name} was deleted.").format(name=escaped(chosen.name)))
