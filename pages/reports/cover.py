"""For how many weeks goods are to last: of the company, categories and products; and the policy of each class."""

import streamlit as st

from core.catalog.queries import category_tree, find_products
from core.stock.cover.models import USUAL_WEEKS
from core.stock.cover.policies import class_policies, cover_rules, set_class_rules, set_cover_rule
from pages._shared.formats import quantity
from pages._shared.forms import quantity_typed
from pages._shared.screen import act, link, open_screen, reading
from pages._shared.text import _, escaped
from pages.reports._cover_edit import class_editor, read_classes

open_screen(__file__)
with st.container(horizontal=True):
    link("reports/stock", section="over")
    link("reports/balancing")
with reading() as view:
    rules = cover_rules(view)
    classes = class_policies(view)
    groups = {each.id: each.path for each in category_tree(view)}

st.caption(
    _(
        "The product's own weeks hold before those of its category (the nearest one above it), these before its "
        "class, that before the company. Where nothing is set, {weeks} weeks hold. What lies there beyond them is "
        "over-stock; a warehouse with less than half of them is short."
    ).format(weeks=quantity(USUAL_WEEKS))
)
for rule in rules:
    scope = {"category_id": rule.category_id, "product_id": rule.product_id}
    what = rule.name if rule.product_id else groups.get(rule.category_id or 0, _("The whole company"))
    with st.container(horizontal=True, vertical_alignment="center"):
        words = _("{weeks} weeks").format(weeks=quantity(rule.weeks))
        st.markdown(f"**{escaped(what)}** · {words}", width="content")
        if st.button(_("Remove"), key=f"cover.remove.{rule.category_id}.{rule.product_id}", icon=":material/delete:"):
            act(set_cover_rule, weeks=None, done=_("The policy was removed."), **scope)
with st.container(horizontal=True, vertical_alignment="bottom", key="cover.new"):
    kinds = {"company": _("The whole company"), "category_id": _("Category"), "product_id": _("Product")}
    kind = st.selectbox(_("For"), list(kinds), format_func=lambda each: kinds[each], key="cover.kind", width=180)
    things: dict[int, str] = groups if kind == "category_id" else {}
    if kind == "product_id":
        word = st.text_input(_("Search"), key="cover.word", width=160)
        with reading() as view:
            things = {row.product_id: row.name for row in find_products(view, word, limit=20)} if word else {}
    thing = None
    if kind != "company":
        thing = st.selectbox(
            kinds[kind], list(things), format_func=lambda each: things.get(each, ""), key="cover.thing", width=240
        )
    weeks = st.number_input(
        _("Weeks of cover"),
        min_value=0.5,
        max_value=520.0,
        value=float(USUAL_WEEKS),
        step=0.5,
        key="cover.weeks",
        width=160,
    )
    if st.button(_("Save"), type="primary", key="cover.save", disabled=kind != "company" and thing is None):
        scope = {} if kind == "company" else {kind: thing}
        act(set_cover_rule, weeks=quantity_typed(weeks), done=_("The policy was saved."), **scope)

st.subheader(_("By class"), anchor=False)
st.caption(
    _(
        "How often an order is to find its goods there, and how often somebody looks at them. Empty weeks: as the "
        "company says. A receipt begun from what runs out on the first screen orders by both: up to what sells in the "
        "14 days until goods are here and until the next look, with a reserve for the service level."
    )
)
typed = class_editor(classes)
with st.container(horizontal=True):
    if st.button(_("Save the classes"), type="primary", key="cover.classes.save"):
        act(set_class_rules, read_classes(typed, classes), done=_("The policies of the classes were saved."))
    if any(each.is_set for each in classes.values()) and st.button(
        _("As usual"), icon=":material/undo:", key="cover.classes.usual"
    ):
        act(set_class_rules, dict.fromkeys(classes), done=_("All classes are kept as usual."))
