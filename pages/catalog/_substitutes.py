"""On the card of a product: what may be sold in its place when it is short."""

import streamlit as st

from core.catalog.models import ProductKind
from core.catalog.queries import ProductCard, find_products
from core.catalog.substitutes import SubstituteRow, set_substitutes, substitutes_of
from pages._shared.screen import act, act_in_callback, form_key, link, reading
from pages._shared.text import _, escaped


def show_substitutes(card: ProductCard) -> None:
    """The list in its order, with buttons to move and remove, and a line to add one."""
    with reading() as view:
        rows = substitutes_of(view, [card.variant_id], with_retired=True).get(card.variant_id, [])
    prefix = f"substitutes.{card.variant_id}"
    with st.expander(_("Substitutes"), icon=":material/swap_horiz:", key=prefix):
        st.caption(_("Offered in this order where an order is short of this product, one for one."))
        for place, row in enumerate(rows):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                link("catalog/product", f"{place + 1}. {row.sku} {row.name}", id=row.variant_id)
                if row.is_retired:
                    st.badge(_("Retired"), color="gray")
                for label, icon, order in _moves(rows, place):
                    st.button(
                        label,
                        icon=icon,
                        key=f"{prefix}.{row.variant_id}.{icon}",
                        on_click=act_in_callback,
                        args=(set_substitutes, card.variant_id, order),
                        kwargs={"done": _("{name} was saved.").format(name=card.name)},
                    )
        _add(card, rows, prefix)


def _moves(rows: list[SubstituteRow], place: int) -> list[tuple[str, str, list[int]]]:
    ids = [row.variant_id for row in rows]
    rest = ids[:place] + ids[place + 1 :]
    first = [(_("Offer earlier"), ":material/arrow_upward:", [*ids[: place - 1], ids[place], *rest[place - 1 :]])]
    return [*(first if place else []), (_("Remove"), ":material/delete:", rest)]


def _add(card: ProductCard, rows: list[SubstituteRow], prefix: str) -> None:
    known = {card.variant_id, *(row.variant_id for row in rows)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = st.text_input(_("Search"), key=f"{prefix}.word.{len(rows)}", placeholder=_("Name, code or pinyin"))
        with reading() as view:
            found = {
                row.variant_id: f"{row.sku} {row.name}"
                for row in (find_products(view, word, limit=20) if word else [])
                if row.variant_id not in known and row.kind is ProductKind.STOCKED
            }
        if not found:
            return
        other = st.selectbox(
            _("Substitute"),
            list(found),
            format_func=lambda each: found.get(each, ""),
            key=f"{prefix}.other.{len(rows)}",
        )
        is_mutual = st.checkbox(
            _("Both ways"), key=f"{prefix}.both", help=_("This product becomes a substitute of that one, too.")
        )
        if st.button(_("Add substitute"), key=f"{prefix}.add"):
            act(
                set_substitutes,
                card.variant_id,
                [*(row.variant_id for row in rows), other],
                both_ways=[other] if is_mutual else [],
                done=_("{name} was saved.").format(name=escaped(card.name)),
                key=form_key(f"{prefix}.{len(rows)}"),
            )
