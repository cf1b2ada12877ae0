"""A rule of a price list: what it is for, from which quantity on, when, and the price or the formula of it."""

from decimal import Decimal

import streamlit as st

from core.base.errors import AppError
from core.base.exact import PRICE_PLACES, ZERO, round_to
from core.catalog.queries import category_tree, get_products
from core.catalog.typed import find_typed, refuse_unclear
from core.pricing.lists import PriceRuleEntry, add_price_rule, add_price_rules, edit_price_rule, remove_price_rule
from core.pricing.queries import PriceListRow, PriceRuleRow
from core.pricing.rules.prices import TARGET_LABELS, PriceRule, Target
from pages._shared.forms import decimal_input, empty_when_done
from pages._shared.records import choice_box
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _, listed
from pages.pricing._goods import variant_of
from pages.pricing._words import period_boxes

# Rules for a whole product with variants come from imports and commands; here a code names one variant.
LONGEST_ASKED = 4_000
TARGETS = (Target.ALL, Target.CATEGORY, Target.VARIANT)


def rule_panel(listed: PriceListRow, row: PriceRuleRow | None) -> None:
    """Add a rule or, with a row, change or remove it."""
    rule = row.rule if row else PriceRule(0)
    key = f"price_list.rule.{rule.id}"
    if row is not None and row.formula is None:
        st.caption(_("Its formula names costs, which are not open to you."))
        return
    target, target_id = _target(key, rule)
    by_formula = st.toggle(_("By a formula"), value=bool(rule.formula), key=f"{key}.by_formula")
    price, formula = None, ""
    left, middle, right = st.columns(3)
    if by_formula:
        formula = st.text_input(
            _("Formula"),
            value=rule.formula,
            placeholder="list_price * 0.85",
            max_chars=200,
            key=f"{key}.formula",
            help=_(
                "Numbers, + - * / %, brackets, min(a, b), max(a, b), round(a, step), and the names list_price, "
                "wholesale_price, lowest_price and cost."
            ),
        )
    else:
        with left:
            price = _price_box(rule.price, key=f"{key}.price")
    with middle:
        least = decimal_input(_("From quantity"), rule.min_quantity, key=f"{key}.least")
    with right:
        most = decimal_input(
            _("Up to quantity"), rule.max_quantity or ZERO, key=f"{key}.most", help=_("Zero: without end.")
        )
    # What a rule has from its list stays the list's.
    since = None if rule.since == listed.since else rule.since
    until = None if rule.until == listed.until else rule.until
    since, until = period_boxes(key, since, until)
    priority = st.number_input(
        _("Priority"), value=rule.priority, min_value=1, max_value=1000, key=f"{key}.priority", width=150
    )
    entry = PriceRuleEntry(
        target=target,
        target_id=target_id,
        price=price,
        formula=formula,
        per_quantity=Decimal(1) if formula else rule.per_quantity,
        min_quantity=least,
        max_quantity=most or None,
        since=since,
        until=until,
        priority=int(priority),
    )
    with st.container(horizontal=True):
        if st.button(_("Save rule") if row else _("Add rule"), type="primary", key=f"{key}.save"):
            if row:
                act(edit_price_rule, rule.id, entry, done=_("The rule was saved."))
            else:
                act(add_price_rule, listed.id, entry, done=_("The rule was added."), key=form_key(key))
        if row and st.button(_("Remove rule"), key=f"{key}.remove", icon=":material/delete:"):
            act(remove_price_rule, rule.id, done=_("The rule was removed."))


def _price_box(price: Decimal | None, *, key: str) -> Decimal | None:
    """A new rule begins without a price, so that pressing the button too early gives nothing away."""
    if price is not None:
        return decimal_input(_("Unit price"), price, key=key)
    typed = st.number_input(_("Unit price"), min_value=0.0, value=None, step=0.01, format="%.2f", key=key)
    return None if typed is None else round_to(Decimal(str(typed)), PRICE_PLACES)


def asked_prices() -> dict[str, str]:
    """The prices that the address asks for, as lines to paste; empty where it asks for none."""
    said = st.query_params.get("prices", "")[:LONGEST_ASKED]
    return {"prices": said} if said else {}


def paste_panel(list_id: int, *, prices: str = "") -> None:
    """Many prices at once: code, quantity from which on, price."""
    empty_when_done("price_list.pasted", "price_list.pasted.text")
    st.session_state.setdefault("price_list.pasted.text", prices)
    with st.form("price_list.pasted", border=False):
        text = st.text_area(
            _("One line each: code, quantity from which on, and price"),
            placeholder="PEN01\t1\t4.50\nPEN01\t100\t3.90",
            height=140,
            key="price_list.pasted.text",
        )
        pressed = st.form_submit_button(_("Add prices"), key="price_list.pasted.save")
    if not pressed:
        return
    try:
        with reading() as view:
            found = find_typed(view, text)
        refuse_unclear(found)
    except AppError as refusal:
        st.error(listed(refusal.sentence))
        return
    entries = [
        PriceRuleEntry(
            Target.VARIANT,
            each.choices[0].variant_id,
            price=each.typed.unit_price if each.typed.unit_price is not None else each.choices[0].retail_price,
            min_quantity=ZERO if each.typed.quantity == 1 else each.typed.quantity,
        )
        for each in found
    ]
    act(add_price_rules, list_id, entries, done=_("The prices were added."), key=form_key("price_list.pasted"))


def _target(key: str, rule: PriceRule) -> tuple[Target, int | None]:
    if rule.target == Target.PRODUCT:
        st.caption(_("For all variants of its product."))
        return rule.target, rule.target_id
    target = st.segmented_control(
        _("What it is for"),
        TARGETS,
        format_func=lambda each: _(TARGET_LABELS[each]),
        default=rule.target,
        required=True,
        key=f"{key}.target",
    )
    if target == Target.ALL:
        return target, None
    with reading() as view:
        if target == Target.CATEGORY:
            paths = {row.id: row.path for row in category_tree(view)}
            chosen = rule.target_id if rule.target == target else None
            return target, choice_box(_("Category"), paths, chosen, _("Choose a category"), key=f"{key}.category")
        known = get_products(view, [rule.target_id]) if rule.target == target and rule.target_id else {}
    code = st.text_input(
        _("Code or barcode"), value="".join(row.sku for row in known.values()), key=f"{key}.code"
    ).strip()
    if not code:
        return target, None
    try:
        with reading() as view:
            return target, variant_of(view, code)
    except AppError as refusal:
        st.error(listed(refusal.sentence))
        return target, None
