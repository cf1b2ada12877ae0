"""What an amendment changes, shown: lines and kits before and after, money, stock, and both versions whole."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.sales.amend_rules import CHANGE_LABELS, Change
from core.sales.amendments import AmendmentCard, ChangedKitRow, ChangedLineRow
from core.sales.models import PAYMENT_STATE_LABELS, SHIPMENT_STATE_LABELS
from pages._shared.formats import day, money, price, quantity
from pages._shared.text import N_, _, escaped, ngettext

COLOURS = {Change.KEPT: "gray", Change.CHANGED: "orange", Change.ADDED: "green", Change.REMOVED: "red"}
FIELDS = {
    "quantity": (N_("Quantity"), quantity),
    "unit_price": (N_("Unit price"), price),
    "discount": (N_("Discount"), money),
}


def show_comparison(card: AmendmentCard) -> None:
    """Each line that changes, before → after, with its difference in money."""
    with st.grid(min_column_width=300):
        for line in card.changed:
            with st.container(border=True, gap="small", height="stretch"):
                st.markdown(
                    f"**{escaped(line.sku)}** {escaped(line.name)} "
                    f":{COLOURS[line.kind]}-badge[{_(CHANGE_LABELS[line.kind])}]"
                )
                st.markdown("  \n".join(_differences(line)))
                if isinstance(line, ChangedKitRow):
                    st.caption("  \n".join(map(_part, line.parts)))
        if card.note_after is not None:
            with st.container(border=True, gap="small", height="stretch"):
                st.markdown("**" + _("Note") + "**")
                st.markdown(f"{escaped(card.note_before) or '–'} → **{escaped(card.note_after) or '–'}**")
        if card.wanted_after != card.wanted_before:
            with st.container(border=True, gap="small", height="stretch"):
                st.markdown("**" + _("Wished-for day") + "**")
                st.markdown(f"{day(card.wanted_before)} → **{day(card.wanted_after)}**")
    kept = len(card.sold) - len(card.changed)
    if kept:
        st.caption(ngettext("{count} line stays as it is.", "{count} lines stay as they are.", kept).format(count=kept))
    if card.reason:
        st.markdown(f":material/chat: {escaped(card.reason)}")


def _differences(line: ChangedLineRow) -> list[str]:
    before, after = line.change.before, line.change.after
    said = []
    for name, (label, shown) in FIELDS.items():
        old = getattr(before, name) if before else None
        new = getattr(after, name) if after else None
        if old != new and (old or new):
            said.append(f":gray[{_(label)}] {_arrow(old, new, shown)}")
    old, new = (terms.amounts.gross if terms else None for terms in (before, after))
    sign = "+" if line.difference > ZERO else ""
    said.append(":gray[" + _("Amount") + f"] {_arrow(old, new, money)} · **{sign}{money(line.difference)}**")
    return said


def _part(line: ChangedLineRow) -> str:
    """A part of a kit that changes: how many there are, and its share of the kit's price."""
    before, after = line.change.before, line.change.after
    count = _arrow(before.quantity if before else None, after.quantity if after else None, quantity)
    share = _arrow(before.amounts.gross if before else None, after.amounts.gross if after else None, money)
    return f"└ {escaped(line.sku)} {escaped(line.name)}: {count} · {share}"


def _arrow(old: Decimal | None, new: Decimal | None, shown: Any) -> str:
    if old is None:
        return f"**{shown(new)}**"
    if new is None:
        return f"~~{shown(old)}~~"
    return shown(old) if old == new else f"{shown(old)} → **{shown(new)}**"


def show_effects(card: AmendmentCard) -> None:
    """What it means for money and stock as things stand."""
    change = card.after.gross - card.before.gross
    owed = card.after.gross - card.paid
    with st.container(horizontal=True, gap="medium", key="order.amend.money"):
        st.metric(_("Total before"), money(card.before.gross), width="content")
        st.metric(_("Total after"), money(card.after.gross), delta=money(change), delta_color="off", width="content")
        st.metric(_("Tax after"), money(card.after.tax), width="content")
        st.metric(_("Open after"), money(max(owed, ZERO)), width="content")
        if owed < ZERO:
            st.metric(_("Paid too much after"), money(-owed), width="content")
    if card.axes_before and card.axes_after and card.axes_before != card.axes_after:
        moved = []
        if card.axes_before.payment != card.axes_after.payment:
            moved.append(
                (PAYMENT_STATE_LABELS[card.axes_before.payment], PAYMENT_STATE_LABELS[card.axes_after.payment])
            )
        if card.axes_before.shipment != card.axes_after.shipment:
            was, becomes = card.axes_before.shipment, card.axes_after.shipment
            moved.append((SHIPMENT_STATE_LABELS[was], SHIPMENT_STATE_LABELS[becomes]))
        st.markdown(" · ".join(f"{_(was)} → **{_(becomes)}**" for was, becomes in moved))
    for row in card.stock:
        named = f"**{escaped(row.sku)}** {escaped(row.name)}"
        if row.missing:
            sentence = _("{more} more to reserve, {available} available: {missing} missing.")
            icon = ":red[:material/warning:] "
        elif row.change > ZERO:
            sentence, icon = _("{more} more to reserve, {available} available."), ":material/inventory_2: "
        else:
            sentence, icon = _("{less} reserved units become free for others."), ":material/inventory_2: "
        facts = {"more": row.change, "less": -row.change, "available": row.available, "missing": row.missing}
        st.markdown(f"{icon}{named}: " + sentence.format(**{name: quantity(fact) for name, fact in facts.items()}))
    if card.is_open and not card.stock:
        st.caption(_("Nothing changes in what is reserved."))


def show_versions(card: AmendmentCard) -> None:
    """The order before and after, line by line."""
    number = card.revision or 0
    for place, which in ((number, "before"), (number + 1, "after")):
        lines = [(row, getattr(row.change, which)) for row in _with_parts(card) if getattr(row.change, which)]
        st.markdown("**" + _("Version {number}").format(number=place) + f"** · {money(getattr(card, which).gross)}")
        st.dataframe(
            pd.DataFrame(
                {
                    _("Code"): [_code(card, line) for line, _terms in lines],
                    _("Product"): [line.name for line, _terms in lines],
                    _("Quantity"): [quantity(terms.quantity) for _line, terms in lines],
                    _("Unit price"): [price(terms.unit_price) for _line, terms in lines],
                    _("Discount"): [money(terms.discount) for _line, terms in lines],
                    _("Amount"): [money(terms.amounts.gross) for _line, terms in lines],
                }
            ),
            hide_index=True,
            key=f"order.amend.{card.id}.{which}",
            height="content",
        )


def _with_parts(card: AmendmentCard) -> Iterator[ChangedLineRow]:
    """The lines of an amendment, each kit before its parts."""
    for row in card.sold:
        yield row
        if isinstance(row, ChangedKitRow):
            yield from row.parts


def _code(card: AmendmentCard, row: ChangedLineRow) -> str:
    return row.sku if row in card.sold else f"└ {row.sku}"
