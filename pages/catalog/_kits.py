"""The parts of a kit: shown with what they come to, and edited."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import streamlit as st

from core.base.errors import AppError, InvalidInput
from core.base.i18n import N_
from core.catalog.kits import PartEntry, PartRow, parts_of, set_parts, worth_of
from core.catalog.models import ProductKind, ProductStatus
from core.catalog.queries import ProductCard, resolve_typed
from core.catalog.typed import find_typed, refuse_unclear
from core.stock.kits import kit_stock
from core.work.command import may
from pages._shared.formats import price, quantity
from pages._shared.forms import forget_version
from pages._shared.records import rows_box, search_box
from pages._shared.screen import act, act_in_callback, reading
from pages._shared.tables import text_column
from pages._shared.text import _, escaped, listed

FORM = "product"
SEARCH = "product.parts.search"
ONE = Fraction(1)


@dataclass(frozen=True)
class _Typed:
    """A part as it is typed."""

    code: str
    name: str
    quantity: str


def show_parts(card: ProductCard) -> None:
    """What one kit holds, what that costs apart, and how many each warehouse can promise."""
    with reading() as view:
        parts = parts_of(view, [card.variant_id]).get(card.variant_id, ())
        stock = kit_stock(view, [card.variant_id]) if may(view.actor, kit_stock) else {}
    if not parts:
        st.caption(_("Nothing is known to be in this kit yet, so it cannot be sold."))
        return
    told = [f"{_count(part.ratio)} {escaped(part.unit)} **{escaped(part.sku)}** {escaped(part.name)}" for part in parts]
    st.markdown(_("One kit holds") + "  \n" + "  \n".join(told))
    worth = worth_of(parts)
    facts = [_("Its parts one by one: {amount}").format(amount=price(worth.apart))]
    if worth.cost is not None:
        margin = card.retail_price - worth.cost
        facts.append(
            _("They cost {cost}; the margin at retail is {margin}.").format(
                cost=price(worth.cost), margin=price(margin)
            )
        )
    here = [f"{escaped(row.warehouse)} {quantity(row.available)}" for row in stock.get(card.variant_id, ())]
    if stock:
        facts.append(_("Available kits: {count}").format(count=" · ".join(here) or quantity(0)))
    st.markdown(":gray[" + "  \n".join(facts) + "]")
    for part in parts:
        if part.status is ProductStatus.RETIRED:
            st.warning(_("{sku} is retired, so the kit cannot be sold.").format(sku=escaped(part.sku)))


def edit_parts(card: ProductCard) -> None:
    """The table of parts, and a search that puts another product into the kit."""
    with st.container(border=True, gap="small", key="product.parts"):
        st.markdown("**" + _("Parts of the kit") + "**")
        show_parts(card)
        with reading() as view:
            known = parts_of(view, [card.variant_id]).get(card.variant_id, ())
        _search(card, known)
        rows = [_Typed(part.sku, part.name, _count(part.ratio)) for part in known]
        typed = rows_box(
            rows,
            {
                "code": text_column(_("Code"), required=True),
                "name": text_column(_("Product name"), disabled=True),
                "quantity": text_column(_("Quantity in one kit"), required=True),
            },
            key=f"product.parts.{card.variant_id}.{card.version}",
        )
        st.caption(_("Whole numbers, decimals or ratios such as 1/12. Orders already entered keep what they hold."))
        if st.button(_("Save parts"), key="product.parts.save", type="primary"):
            try:
                entries = [_entry(row) for row in typed if row["code"].strip()]
            except AppError as refusal:
                st.error(listed(refusal.sentence))
                return
            _save(card, entries)


def _search(card: ProductCard, known: Sequence[PartRow]) -> None:
    typed = search_box(_("Put a product into the kit"), _("Code, name, pinyin or barcode"), key=SEARCH, width=340)
    with reading() as view:
        found = resolve_typed(view, typed)
    inside = {part.variant_id for part in known}
    fitting = [row for row in found if row.kind is not ProductKind.KIT and row.variant_id not in inside]
    with st.container(horizontal=True, gap="xsmall"):
        for row in fitting:
            st.button(
                escaped(row.label),
                key=f"product.parts.add.{row.variant_id}",
                icon=":material/add:",
                on_click=_put_in,
                args=(card, known, row.variant_id),
            )
    if typed and not fitting:
        st.caption(_("No product matches that is not in the kit already."))


def _put_in(card: ProductCard, known: Sequence[PartRow], variant_id: int) -> None:
    entries = [*(PartEntry(part.variant_id, part.ratio) for part in known), PartEntry(variant_id, ONE)]
    st.session_state[SEARCH] = ""
    forget_version(FORM, card.variant_id)
    act_in_callback(set_parts, card.variant_id, entries, version=card.version)


def _save(card: ProductCard, entries: list[PartEntry]) -> None:
    forget_version(FORM, card.variant_id)
    done = _("{name} was saved.").format(name=escaped(card.name))
    act(set_parts, card.variant_id, entries, version=card.version, done=done)


def _entry(row: dict[str, str]) -> PartEntry:
    with reading() as view:
        found = find_typed(view, row["code"])
    refuse_unclear(found)
    try:
        ratio = Fraction(row["quantity"].strip().replace(" ", "") or "1")
    except (ValueError, ZeroDivisionError) as wrong:
        raise InvalidInput(
            field=N_("Parts"), reason=N_("need a quantity above zero, such as 2, 0.5 or 1/12.")
        ) from wrong
    return PartEntry(found[0].choices[0].variant_id, ratio)


def _count(ratio: Fraction) -> str:
    """A decimal where the ratio has an end in thousandths, else the ratio itself."""
    thousandths = ratio * 1000
    return f"{float(ratio):g}" if thousandths.denominator == 1 else str(ratio)
