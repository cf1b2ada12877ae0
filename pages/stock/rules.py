"""How orders are fulfilled, for everybody and for single customers, and where stock may go below nothing."""

import streamlit as st

from core.catalog.queries import category_tree, find_products
from core.customers.queries import find_customers
from core.sales.fulfilment import RuleRow, allot_waiting, fulfilment_rules, set_fulfilment_rule
from core.stock.negative import negative_rules, set_negative_rule
from core.stock.queries import warehouses
from core.work.command import may
from pages._shared.forms import share_typed
from pages._shared.screen import act, open_screen, reading
from pages._shared.text import _, escaped
from pages.stock._tolerances import shares_box, show_category_tolerances

EVERYBODY = 0
actor = open_screen(__file__)

with reading() as view:
    rules = fulfilment_rules(view)
    negatives = negative_rules(view)
    houses = {house.id: house.name for house in warehouses(view)}
    groups = {each.id: each.path for each in category_tree(view)}

st.subheader(_("Fulfilment"), anchor=False)
known = {rule.customer_id or EVERYBODY: rule for rule in rules}
with st.container(horizontal=True, vertical_alignment="bottom"):
    typed = st.text_input(_("Customer"), key="rules.customer", placeholder=_("Name, code or pinyin"), width=240)
    with reading() as view:
        offered = {row.id: row.name for row in find_customers(view, typed, limit=20)} if typed else {}
    names = {EVERYBODY: _("Everybody")} | {key: rule.customer for key, rule in known.items() if key} | offered
    whose = st.selectbox(_("Rule for"), list(names), format_func=lambda each: names[each], key="rules.whose", width=260)
    if may(actor, allot_waiting) and st.button(
        _("Give goods to waiting orders"), key="rules.allot", icon=":material/low_priority:"
    ):
        act(allot_waiting, done=_("What is there was promised to the orders that wait for it."))
blank = RuleRow(None, "", *[None] * 10)
rule = known.get(whose, blank)
answers: dict[bool | None, str] = {None: _("As for everybody") if whose else _("No"), True: _("Yes")}
if whose:
    answers[False] = _("No")
with st.form(f"rules.fulfilment.{whose}"):
    chosen: dict[str, bool | None] = {}
    with st.container(horizontal=True):
        for name, label, meaning in (
            ("back_orders", _("Back orders"), _("What is short waits for goods; the order is confirmed all the same.")),
            ("ship_complete", _("Ship complete only"), _("An order leaves as a whole or not at all.")),
            (
                "other_warehouses",
                _("Other warehouses help"),
                _("In as few parcels as can be, from the nearest; the order's own alone first."),
            ),
        ):
            chosen[name] = st.selectbox(
                label,
                list(answers),
                index=list(answers).index(getattr(rule, name)) if getattr(rule, name) in answers else 0,
                format_func=lambda each: answers[each],
                key=f"rules.{whose}.{name}",
                help=meaning,
            )
    with st.container(horizontal=True):
        minutes = st.number_input(
            _("Unpaid orders expire after (minutes)"),
            min_value=0,
            value=rule.unpaid_minutes or 0,
            key=f"rules.{whose}.minutes",
            help=_("0: they wait for money without end."),
        )
        share = st.number_input(
            _("Shelf life left, at least (%)"),
            min_value=0.0,
            max_value=100.0,
            value=float((rule.least_life_share or 0) * 100),
            key=f"rules.{whose}.share",
        )
        days = st.number_input(
            _("Shelf life left, at least (days)"),
            min_value=0,
            value=rule.least_life_days or 0,
            key=f"rules.{whose}.days",
        )
        priority = st.number_input(
            _("Priority"),
            min_value=0,
            max_value=9,
            value=5 if rule.priority is None else rule.priority,
            key=f"rules.{whose}.priority",
            help=_(
                "Goods that arrive go to 0 first. Among equals, paid orders come first, then what is to leave first."
            ),
        )
        ship_days = st.number_input(
            _("Leaves within days"),
            min_value=0,
            max_value=365,
            value=rule.ship_days,
            placeholder=_("As for everybody") if whose else "2",
            key=f"rules.{whose}.ship_days",
            help=_(
                "An order for which no day is wished leaves in time so many days after it was confirmed; usually 2."
            ),
        )
    with st.container(horizontal=True):
        under, over = shares_box(f"rules.{whose}", rule.under_share, rule.over_share, is_own=bool(whose))
    if st.form_submit_button(_("Save"), type="primary", key=f"rules.{whose}.save"):
        act(
            set_fulfilment_rule,
            under_share=under,
            over_share=over,
            customer_id=whose or None,
            unpaid_minutes=int(minutes) or None,
            least_life_share=share_typed(share) if share else None,
            least_life_days=int(days) or None,
            ship_days=None if ship_days is None else int(ship_days),
            priority=None if priority == 5 and rule.priority is None else int(priority),
            done=_("The rule was saved."),
            **chosen,
        )

show_category_tolerances(groups)

st.subheader(_("Below nothing"), anchor=False)
st.caption(
    _("More than there is may be promised only where a rule lets it. The product says more than its category, ")
    + _("that more than the warehouse, and that more than the company. Tracked goods never go below nothing.")
)
for each in negatives:
    with st.container(horizontal=True, vertical_alignment="center"):
        what = each.name or _("The whole company")
        said = _("may go below nothing") if each.allowed else _("is refused below nothing")
        st.markdown(f"**{escaped(what)}** · {said}")
        if st.button(_("Remove"), key=f"rules.negative.{each.id}", icon=":material/delete:"):
            scope = {name: getattr(each, name) for name in ("product_id", "category_id", "warehouse_id")}
            act(set_negative_rule, allowed=None, done=_("The rule was removed."), **scope)
with st.container(horizontal=True, vertical_alignment="bottom", key="rules.negative.new"):
    kinds = {
        "company": _("The whole company"),
        "warehouse_id": _("Warehouse"),
        "category_id": _("Category"),
        "product_id": _("Product"),
    }
    kind = st.selectbox(
        _("For"), list(kinds), format_func=lambda each: kinds[each], key="rules.negative.kind", width=180
    )
    things: dict[int, str] = {}
    if kind == "warehouse_id":
        things = houses
    elif kind == "category_id":
        things = groups
    elif kind == "product_id":
        word = st.text_input(_("Search"), key="rules.negative.word", width=160)
        with reading() as view:
            things = {row.product_id: row.name for row in find_products(view, word, limit=20)} if word else {}
    thing = None
    if kind != "company":
        thing = st.selectbox(
            kinds[kind],
            list(things),
            format_func=lambda each: things.get(each, ""),
            key="rules.negative.thing",
            width=220,
        )
    allowed = st.toggle(_("May go below nothing"), value=True, key="rules.negative.allowed")
    if st.button(_("Add rule"), type="primary", key="rules.negative.add", disabled=kind != "company" and thing is None):
        scope = {} if kind == "company" else {kind: thing}
        act(set_negative_rule, allowed=allowed, done=_("The rule was saved."), **scope)
