"""What this customer paid before: the last prices of a line, beside list price, floor and what others pay."""

import streamlit as st

from core.sales.draft import change_kit, change_line
from core.sales.kits import KitRow
from core.sales.memory import LastPriceRow, PriceMemory, last_prices
from core.sales.queries import LineRow, OrderCard, order_card
from pages._shared.formats import day, price, quantity
from pages._shared.screen import act_in_callback, reading
from pages._shared.text import _, escaped
from pages.sales._kits import place_of

CHOSEN = "new_order.memory.line"


@st.fragment(key="new_order.memory")
def show_last_prices(order_id: int) -> None:
    """The last five prices for one line of the draft, the newest line unless another is chosen; one click takes one."""
    with reading() as view:
        order = order_card(view, order_id)
        lines = {place_of(sold): sold for sold in order.sold if not sold.is_gift}
        if not lines:
            return
        newest = max((line.id, -(line.kit_id or -line.id)) for line in order.lines if not line.is_gift)[1]
        if st.session_state.get(CHOSEN) not in lines:
            st.session_state.pop(CHOSEN, None)
    with st.container(border=True, gap="small", key="new_order.memory.box"):
        line_id = st.selectbox(
            _("Last prices for"),
            list(lines),
            index=list(lines).index(newest),
            format_func=lambda each: f"{lines[each].sku} {lines[each].name}",
            key=f"{CHOSEN}.{newest}",
        )
        line = lines[line_id]
        with reading() as view:
            memory = last_prices(view, order.customer_id, line.variant_id)
        st.markdown(_compared(line, memory))
        _offer(order, line, memory)


def _compared(line: LineRow | KitRow, memory: PriceMemory) -> str:
    facts = [_("now {price}").format(price=f"**{price(line.unit_price)}**")]
    facts.append(_("list price {price}").format(price=price(memory.usual)))
    if memory.lowest is not None:
        word = _("floor {price}").format(price=price(memory.lowest))
        is_below = line.unit_price * line.quantity - line.by_hand < memory.lowest * line.quantity
        facts.append(f":red[{word}]" if is_below else word)
    if memory.peers is not None:
        facts.append(_("others pay {price}").format(price=price(memory.peers)))
    return " · ".join(facts)


def _offer(order: OrderCard, line: LineRow | KitRow, memory: PriceMemory) -> None:
    if not memory.last:
        st.caption(_("{customer} has not bought it before.").format(customer=escaped(order.customer)))
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for place, row in enumerate(memory.last):
            st.button(
                price(row.unit_price),
                key=f"new_order.memory.{place_of(line)}.{place}",
                help=_said(row),
                type="primary" if place == 0 and row.unit_price != line.unit_price else "secondary",
                shortcut="Alt+L" if place == 0 else None,
                disabled=row.unit_price == line.unit_price,
                on_click=_take,
                args=(order, line, row),
            )
        if len(memory.last) > 1:
            prices = [float(row.unit_price) for row in reversed(memory.last)]
            st.dataframe(
                {"trend": [prices]},
                hide_index=True,
                width=130,
                key=f"new_order.memory.trend.{place_of(line)}",
                column_config={"trend": st.column_config.LineChartColumn(_("Trend"), width=110)},
            )
    st.caption(_("{told}. Press a price to take it; Alt+L takes the last one.").format(told=_said(memory.last[0])))


def _said(row: LastPriceRow) -> str:
    told = f"{day(row.ordered_on)} · {row.number} · × {quantity(row.quantity)}"
    if row.charged != row.unit_price:
        told += " · " + _("{price} after the discount").format(price=price(row.charged))
    return told


def _take(order: OrderCard, line: LineRow | KitRow, row: LastPriceRow) -> None:
    change = change_kit if isinstance(line, KitRow) else change_line
    act_in_callback(change, order.id, line.id, quantity=line.quantity, unit_price=row.unit_price, discount=line.by_hand)
    st.rerun(["new_order.lines", "new_order.memory"])
