"""Lines that are short, all at once: what is missing, when it comes, and substitutes to take instead by one press."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.sales.draft import replace_line
from core.sales.kits import KitRow
from core.sales.models import BusinessState
from core.sales.promised import PromiseRow
from core.sales.queries import OrderCard
from core.sales.short_lines import Elsewhere, InsteadRow, ShortRow
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, price, quantity
from pages._shared.screen import act_in_callback, form_key
from pages._shared.text import _, escaped, ngettext
from pages.sales._kits import ShownRow


def show_short(actor: Actor, order: OrderCard, rows: Sequence[ShortRow]) -> None:
    """Nothing where no line is short."""
    if not rows:
        return
    can_replace = order.business == BusinessState.DRAFT and may(actor, replace_line)
    with st.container(border=True, key="order.short"):
        is_draft = order.business == BusinessState.DRAFT
        title = (
            ngettext("{count} line is short", "{count} lines are short", len(rows))
            if is_draft
            else ngettext("{count} line waits for goods", "{count} lines wait for goods", len(rows))
        )
        st.markdown("**:orange[:material/warning:] " + title.format(count=len(rows)) + "**")
        for row in rows:
            _show_row(order, row, can_replace=can_replace)


def when_it_leaves(rows: Sequence[ShownRow], promises: Mapping[int, PromiseRow]) -> list[str]:
    """When each line can leave whole, in words; nothing for kits, for what has left and for services."""
    return ["" if isinstance(row.sold, KitRow) else _when(promises.get(row.sold.id)) for row in rows]


def what_was_ordered(order: OrderCard, rows: Sequence[ShownRow]) -> list[float]:
    """What was ordered of each line before a shipment made less or more of it."""
    return [
        float(row.quantity if isinstance(row.sold, KitRow) else order.ordered.get(row.sold.id, row.quantity))
        for row in rows
    ]


def _when(promise: PromiseRow | None) -> str:
    if promise is None:
        return ""
    if promise.is_here:
        return _("Now")
    return _("Unknown") if promise.on is None else day(promise.on)


def _show_row(order: OrderCard, row: ShortRow, *, can_replace: bool) -> None:
    missing = _("{missing} of {asked} {unit} missing").format(
        missing=quantity(row.missing), asked=quantity(row.asked), unit=row.unit
    )
    known = [" ".join(missing.split()), _expected(row), _places(row.elsewhere)]
    st.markdown(
        f"**{escaped(row.sku)}** {escaped(row.name)}: {escaped(known[0])}  \n"
        f":gray[{escaped(' · '.join(fact for fact in known[1:] if fact))}]"
    )
    alone = {line.id for line in order.lines if line.kit_id is None}
    for other in row.instead:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f":material/swap_horiz: **{escaped(other.sku)}** {escaped(other.name)} · {price(other.unit_price)} · "
                + _("{available} available here").format(available=quantity(other.available))
                + (f" · :gray[{escaped(_places(other.elsewhere))}]" if other.elsewhere else ""),
                width="content",
            )
            if can_replace and row.line_id in alone:
                _buttons(order, row, other)


def _buttons(order: OrderCard, row: ShortRow, other: InsteadRow) -> None:
    name = f"order.short.{row.line_id}.{other.variant_id}"
    if row.there:
        st.button(
            _("Replace the {missing} missing").format(missing=quantity(row.missing)),
            key=f"{name}.part",
            on_click=_replace,
            args=(order, row, other, True),
        )
    st.button(_("Replace the line"), key=f"{name}.whole", on_click=_replace, args=(order, row, other, False))


def _replace(order: OrderCard, row: ShortRow, other: InsteadRow, is_part: bool) -> None:
    act_in_callback(
        replace_line,
        order.id,
        row.line_id,
        other.variant_id,
        quantity=row.missing if is_part else None,
        done=_("{other} takes the place of {sku}.").format(other=other.sku, sku=row.sku),
        key=form_key(f"short.{order.id}.{order.version}.{row.line_id}.{other.variant_id}.{is_part}"),
    )


def _expected(row: ShortRow) -> str:
    if row.arrival is None:
        return _("nothing is expected yet")
    on, coming = row.arrival
    return _("{count} expected on {day}").format(count=quantity(coming), day=day(on))


def _places(elsewhere: Elsewhere) -> str:
    return ", ".join(f"{warehouse} {quantity(available)}" for warehouse, available in elsewhere)
