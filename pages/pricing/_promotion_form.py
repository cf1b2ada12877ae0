"""The form of a promotion: what every kind has, and what its own kind asks for."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.customers.queries import channels
from core.pricing.queries import customer_names, tag_choices
from core.pricing.rules.promotions import (
    EVERYTHING,
    STACKING_LABELS,
    Items,
    Kind,
    Off,
    Part,
    Promotion,
    Stacking,
    Step,
)
from pages._shared.forms import decimal_input, share_typed
from pages._shared.screen import reading
from pages._shared.tables import money_column
from pages._shared.text import N_, _
from pages.pricing._goods import items_boxes, known_goods
from pages.pricing._pick import (
    CATEGORY,
    PRODUCT,
    VARIANT,
    find_goods_and_categories,
    find_people,
    find_variants,
    ids_of,
    picked,
)
from pages.pricing._words import period_boxes

OFFS = {"percent": N_("Per cent off"), "amount": N_("Amount off"), "price": N_("For a price of")}
GETS = {"same": N_("Of the same goods"), "other": N_("Of other goods"), "gift": N_("A gift put on the order")}


def promotion_fields(key: str, known: Promotion, note: str) -> tuple[Promotion, str]:
    """The promotion as it is typed, and its note; refuses codes that no product has."""
    left, right = st.columns([3, 1])
    name = left.text_input(_("Name of the offer"), value=known.name, max_chars=80, key=f"{key}.name")
    priority = right.number_input(
        _("Priority"),
        value=known.priority,
        min_value=1,
        max_value=1000,
        key=f"{key}.priority",
        help=_("1 comes first among promotions of the same step."),
    )
    since, until = period_boxes(key, known.since, known.until)
    own = _OWN[known.kind](key, known)
    words = _("Counted goods: categories") if known.kind in {Kind.LADDER, Kind.BUY_GET} else _("Goods: categories")
    items = EVERYTHING if known.kind == Kind.BUNDLE else items_boxes(f"{key}.items", known.items, words)
    with st.expander(_("Conditions and limits"), icon=":material/tune:"):
        limits = _limits(key, known)
    with st.expander(_("For whom, and together with what"), icon=":material/group:"):
        audience = _audience(key, known)
    typed = st.text_input(_("Note"), value=note, max_chars=500, key=f"{key}.note")
    made = {"name": name, "priority": int(priority), "since": since, "until": until, "items": items}
    return Promotion(known.id, known.kind, **made | limits | audience | own), typed


def _limits(key: str, known: Promotion) -> dict[str, object]:
    numbers = {
        "min_amount": (_("From an amount of these goods"), known.min_amount),
        "min_order": (_("From an amount of the order"), known.min_order),
        "min_quantity": (_("From a quantity of these goods"), known.min_quantity),
        "max_quantity": (_("Up to a quantity of these goods"), known.max_quantity),
        "cap": (_("At most off one order"), known.cap),
        "budget": (_("At most off in all"), known.budget),
    }
    given: dict[str, object] = {}
    columns = st.columns(2)
    for place, (field, (label, number)) in enumerate(numbers.items()):
        with columns[place % 2]:
            typed = decimal_input(label, number or ZERO, key=f"{key}.{field}")
        given[field] = typed if field.startswith("min") else typed or None
    given["total_uses"] = columns[0].number_input(
        _("Uses in all"), value=known.total_uses, min_value=1, placeholder=_("without end"), key=f"{key}.total_uses"
    )
    given["uses_per_customer"] = columns[1].number_input(
        _("Uses by one customer"),
        value=known.uses_per_customer,
        min_value=1,
        placeholder=_("without end"),
        key=f"{key}.uses_per_customer",
    )
    st.caption(_("Zero: no such condition. Amounts off count with tax."))
    return given


def _audience(key: str, known: Promotion) -> dict[str, object]:
    with reading() as view:
        tags, shops = tag_choices(view), {each.id: each.name for each in channels(view)}
        people = {str(each): name for each, name in customer_names(view, known.customers).items()}
    chosen = picked(_("Only these customers"), f"{key}.customers", people, find_people, placeholder=_("All customers"))
    left, right = st.columns(2)
    chosen_tags = left.multiselect(
        _("Only customers with a tag"),
        list(tags),
        default=sorted(known.tags & tags.keys()),
        format_func=lambda each: tags.get(each, ""),
        placeholder=_("All customers"),
        key=f"{key}.tags",
    )
    chosen_channels = right.multiselect(
        _("Only these channels"),
        list(shops),
        default=sorted(known.channels & shops.keys()),
        format_func=lambda each: shops.get(each, ""),
        placeholder=_("All channels"),
        key=f"{key}.channels",
    )
    group = left.text_input(
        _("Only one of the group"),
        value=known.group,
        max_chars=40,
        key=f"{key}.group",
        help=_("Of promotions with the same word here, the one that saves the customer most is applied."),
    )
    stacking = right.selectbox(
        _("After others of its step"),
        list(Stacking),
        index=list(Stacking).index(known.stacking),
        format_func=lambda each: _(STACKING_LABELS[each]),
        key=f"{key}.stacking",
    )
    return {
        "customers": frozenset(map(int, chosen)),
        "tags": frozenset(chosen_tags),
        "channels": frozenset(chosen_channels),
        "group": group,
        "stacking": stacking,
    }


def _off(key: str, off: Off) -> Off:
    given = next((name for name in OFFS if getattr(off, name) is not None), "percent")
    left, right = st.columns([2, 1])
    with left:
        kind = st.segmented_control(
            _("Reduction"),
            list(OFFS),
            format_func=lambda each: _(OFFS[each]),
            default=given,
            required=True,
            key=f"{key}.off",
        )
    with right:
        number = decimal_input(_(OFFS[kind]), getattr(off, given) or ZERO, key=f"{key}.off.{kind}")
    return Off(**{kind: number})


def _item(key: str, known: Promotion) -> dict[str, object]:
    return {"off": _off(key, known.off)}


def _coupon(key: str, known: Promotion) -> dict[str, object]:
    made = _item(key, known)
    share = st.number_input(
        _("Customers without it (%)"),
        min_value=0.0,
        max_value=90.0,
        value=float(known.held_out * 100),
        key=f"{key}.held_out",
        width=220,
        help=_("Drawn by lot, always the same ones; a code is refused to them, and the effect is told from them."),
    )
    return made | {"held_out": share_typed(share)}


def _nth(key: str, known: Promotion) -> dict[str, object]:
    nth = st.number_input(
        _("One of every so many pieces"), value=known.nth or 2, min_value=1, key=f"{key}.nth", width=200
    )
    return {"nth": int(nth), "off": _off(key, known.off)}


def _buy_get(key: str, known: Promotion) -> dict[str, object]:
    left, right = st.columns(2)
    with left:
        bought = decimal_input(_("For so many bought"), known.buy_quantity, key=f"{key}.buy")
    with right:
        got = decimal_input(_("So many are reduced"), known.get_quantity or ZERO, key=f"{key}.get")
    now = "gift" if known.adds_variant else "same" if known.gets is None else "other"
    gets = st.segmented_control(
        _("What is reduced"),
        list(GETS),
        format_func=lambda each: _(GETS[each]),
        default=now,
        required=True,
        key=f"{key}.gets",
    )
    made: dict[str, object] = {"buy_quantity": bought, "get_quantity": got or None, "gets": None}
    if gets == "other":
        made["gets"] = items_boxes(f"{key}.gets", known.gets or EVERYTHING, _("Reduced goods: categories"))
    if gets == "gift":
        with reading() as view:
            before = known_goods(view, Items(frozenset({known.adds_variant} if known.adds_variant else ())))
        chosen = picked(_("The gift"), f"{key}.gift", before, find_variants, placeholder=_("No gift yet"), most=1)
        made["adds_variant"] = next(iter(ids_of(chosen, VARIANT)), None)
    made["repeats"] = st.toggle(_("As often as it was bought"), value=known.repeats, key=f"{key}.repeats")
    if made["repeats"]:
        made["most"] = st.number_input(
            _("At most so often"), value=known.most, min_value=1, placeholder=_("without end"), key=f"{key}.most"
        )
    return made | {"off": _off(key, known.off if known.off != Off() else Off(percent=Decimal(100)))}


def _bundle(key: str, known: Promotion) -> dict[str, object]:
    # A part for which one of several goods is enough cannot be made here, and stays as it is.
    quantities = {keys[0]: part.quantity for part in known.parts if len(keys := _keys(part.items)) == 1}
    parts = [part for part in known.parts if len(_keys(part.items)) != 1]
    single = [part.items for part in known.parts if part not in parts]
    with reading() as view:
        before = {name: word for items in single for name, word in known_goods(view, items).items()}
    label = _("What belongs to it")
    chosen = picked(label, f"{key}.parts", before, find_goods_and_categories, placeholder=_("Nothing yet"))
    names = st.session_state[f"{key}.parts.names"]
    columns = st.columns(3)
    for place, each in enumerate(chosen):
        with columns[place % 3]:
            label = _("So many: {name}").format(name=names[each])
            many = decimal_input(label, quantities.get(each, Decimal(1)), key=f"{key}.part.{each}")
        items = Items(ids_of([each], VARIANT), ids_of([each], PRODUCT), ids_of([each], CATEGORY))
        parts.append(Part(items, many))
    price = decimal_input(_("Price of the bundle"), known.off.price or ZERO, key=f"{key}.price")
    return {"parts": tuple(parts), "off": Off(price=price)}


def _keys(items: Items) -> list[str]:
    kinds = ((VARIANT, items.variants), (PRODUCT, items.products), (CATEGORY, items.categories))
    return [f"{kind}{each}" for kind, ids in kinds for each in sorted(ids)]


def _ladder(key: str, known: Promotion) -> dict[str, object]:
    by_quantity = st.toggle(_("By quantity instead of amount"), value=known.by_quantity, key=f"{key}.by_quantity")
    typed = st.data_editor(
        pd.DataFrame(
            {
                "reach": pd.Series([float(each.reach) for each in known.steps], dtype="float64"),
                "amount": pd.Series([_number(each.off.amount) for each in known.steps], dtype="float64"),
                "percent": pd.Series([_number(each.off.percent) for each in known.steps], dtype="float64"),
            }
        ),
        num_rows="dynamic",
        hide_index=True,
        key=f"{key}.steps",
        column_config={
            "reach": money_column(_("Step from"), required=True, min_value=0, step=0.001),
            "amount": money_column(_("Amount off"), min_value=0, step=0.01),
            "percent": money_column(_("Per cent off"), min_value=0, max_value=100, step=0.01),
        },
        placeholder="",
    )
    steps = tuple(
        Step(_exact(row["reach"]) or ZERO, Off(percent=_exact(row["percent"]), amount=_exact(row["amount"])))
        for row in typed.to_dict("records")
    )
    made: dict[str, object] = {"steps": steps, "by_quantity": by_quantity}
    repeats = st.toggle(
        _("Again for every so much"),
        value=known.repeats,
        key=f"{key}.repeats",
        help=_("With one step: 10 off for every 100 instead of 10 off from 100 on."),
    )
    if repeats:
        made["most"] = st.number_input(
            _("At most so often"), value=known.most, min_value=1, placeholder=_("without end"), key=f"{key}.most"
        )
    return made | {"repeats": repeats}


def _number(number: Decimal | None) -> float | None:
    return None if number is None else float(number)


def _exact(number: float | None) -> Decimal | None:
    return None if number is None or pd.isna(number) else Decimal(str(number))


_OWN = {
    Kind.ITEM: _item,
    Kind.NTH: _nth,
    Kind.BUY_GET: _buy_get,
    Kind.BUNDLE: _bundle,
    Kind.LADDER: _ladder,
    Kind.COUPON: _coupon,
}
