"""In the form that ships an order: how much of each line leaves, and what of the rest is closed."""

from collections.abc import Collection, Mapping
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.sales.promised import PromiseRow
from core.sales.queries import LineRow, OrderCard
from core.sales.tolerance_rules import Room, kits_made, whole_kits
from pages._shared.forms import quantity_typed
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import _
from pages.sales._kits import part_name


def ship_lines_box(
    order: OrderCard, rooms: Mapping[int, Room], promises: Mapping[int, PromiseRow]
) -> tuple[dict[int, Decimal], set[int]]:
    """What was typed to leave (line → quantity), and the lines ticked to close what stays behind.

    What is reserved is proposed. Closing is chosen beforehand wherever a tolerance allows it, and asked for
    only where it does.
    """
    lines = [line for line in order.lines if line.unshipped]
    proposed = [_proposed(line, promises.get(line.id)) for line in lines]
    enough = [_enough(line, rooms[line.id]) for line in lines]
    most = [rooms[line.id].may_leave - line.shipped for line in lines]
    can_close = any(least < line.unshipped for least, line in zip(enough, lines, strict=True))
    can_exceed = any(top > line.unshipped for top, line in zip(most, lines, strict=True))
    places = quantity_places([*(line.unshipped for line in lines), *proposed, *enough, *most])
    number = {"places": places, "disabled": True}
    typed = st.data_editor(
        pd.DataFrame(
            {
                "sku": [line.sku for line in lines],
                "name": [part_name(order, line.id, line.name) for line in lines],
                "leaving": [float(each) for each in proposed],
                "open": [float(line.unshipped) for line in lines],
                "enough": [float(each) for each in enough],
                "most": [float(each) for each in most],
                "closes": [least < line.unshipped for least, line in zip(enough, lines, strict=True)],
            }
        ),
        key=f"order.{order.id}.ship.lines.{order.version}",
        hide_index=True,
        num_rows="fixed",
        column_config={
            "sku": text_column(_("Code"), disabled=True),
            "name": text_column(_("Product"), disabled=True, width=130),
            "leaving": quantity_column(_("Ships now"), places, min_value=0, required=True, step=0.001),
            "open": quantity_column(_("Still to go"), **number),
            "enough": quantity_column(
                _("Enough from"),
                **number,
                help=_("If at least so much ships now, the rest of the line can be closed: the tolerance allows it."),
            )
            if can_close
            else None,
            "most": quantity_column(
                _("At most"), **number, help=_("What ships beyond the order is billed at the price of the line.")
            )
            if can_exceed
            else None,
            "closes": st.column_config.CheckboxColumn(
                _("Close the rest"),
                help=_("What stays behind within the tolerance is neither reserved nor owed any more."),
            )
            if can_close
            else None,
        },
    )
    if can_close:
        st.caption(
            _("Lines ticked under “Close the rest” are done from “Enough from” on; ")
            + _("what stays behind is no longer reserved or owed.")
        )
    leaving = {line.id: quantity_typed(count) for line, count in zip(lines, typed["leaving"].tolist(), strict=True)}
    ticked = {line.id for line, closes in zip(lines, typed["closes"].tolist(), strict=True) if closes}
    return leaving, ticked if can_close else set()


def closing_of(
    order: OrderCard, rooms: Mapping[int, Room], leaving: Mapping[int, Decimal], ticked: Collection[int]
) -> list[int]:
    """The ticked lines of which enough leaves to close the rest; of kits, where whole ones have left."""
    gone = {line.id: line.shipped + leaving.get(line.id, ZERO) for line in order.lines}
    closing = [
        line.id
        for line in order.lines
        if line.kit_id is None and line.id in ticked and rooms[line.id].closes(line.quantity, gone[line.id])
    ]
    for kit in order.kits:
        parts = [line for line in order.lines if line.kit_id == kit.id]
        is_ticked = all(line.id in ticked for line in parts if line.unshipped)
        is_enough = all(rooms[line.id].closes(line.quantity, gone[line.id]) for line in parts)
        if is_ticked and is_enough and whole_kits(kits_made(kit.quantity, [(p.quantity, gone[p.id]) for p in parts])):
            closing += [line.id for line in parts]
    return closing


def _proposed(line: LineRow, promise: PromiseRow | None) -> Decimal:
    return line.unshipped if promise is None else promise.reserved


def _enough(line: LineRow, room: Room) -> Decimal:
    return max(line.unshipped - room.may_stay, ZERO)
