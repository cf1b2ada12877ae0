"""On the page of an order: its returns, and requesting one, reporting a refused delivery, or exchanging goods."""

from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.base.errors import AppError
from core.catalog.typed import find_typed
from core.sales.entry import line_drafts
from core.sales.models import RETURN_KIND_LABELS, ReturnKind
from core.sales.queries import OrderCard
from core.sales.returns.cards import exchange_card, exchange_of
from core.sales.returns.exchange import request_exchange
from core.sales.returns.queries import ReturnableRow, return_reasons, returnable, returns_of
from core.sales.returns.request import LineBack, request_return
from core.security.actor import Actor
from core.stock.queries import warehouses
from core.work.command import may
from pages._shared.formats import day, money
from pages._shared.photos import choose_photos, refuse_photos
from pages._shared.screen import act, form_key, goto, link, reading
from pages._shared.tables import quantity_places, text_column
from pages._shared.text import N_, _, escaped, listed
from pages.sales._goodwill import show_goodwill
from pages.sales._kits import part_name
from pages.sales._labels import units_said
from pages.sales._return_labels import reason_words, show_chips

EXCHANGE = "exchange"
_EXPLAINED = {
    ReturnKind.REFUSAL: N_("The customer never took the goods. They come back like a return, and are counted apart."),
    ReturnKind.CLAIM: N_(
        "Goods were missing, wrong or spoilt, and do not come back. Whoever decides credits them or says no; "
        "then money is given back, or they are delivered again."
    ),
}
_REQUESTS = {
    ReturnKind.RETURN: N_("Request the return"),
    ReturnKind.REFUSAL: N_("Request the return"),
    ReturnKind.CLAIM: N_("Enter the claim"),
    EXCHANGE: N_("Request the exchange"),
}


def show_returns(actor: Actor, order: OrderCard) -> None:
    """The returns of the order with the way to each, and the form that begins one where goods can come back."""
    with reading() as view:
        returns = returns_of(view, order.id)
        can_come = returnable(view, order.id)
        exchange_id = exchange_of(view, order.id)
        exchange = exchange_card(view, exchange_id) if exchange_id is not None else None
    if exchange is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                ":material/swap_horiz: "
                + _("These goods go out in exchange {number} for what comes back.").format(number=exchange.number)
            )
            link("sales/take_back", exchange.return_number, id=exchange.return_id)
    if returns:
        st.subheader(_("Returns"), anchor=False)
    for row in returns:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            link("sales/take_back", row.number, id=row.id)
            show_chips(row.kind, row.state)
            facts = [*([units_said(row.quantity)] if row.quantity else []), money(row.gross_amount)]
            st.markdown(
                f"{' · '.join(facts)}  \n:gray[{escaped(reason_words(row.reason))} · {day(row.returned_on)}]",
                width="content",
            )
    show_goodwill(actor, order)
    if can_come and may(actor, request_return):
        with st.expander(_("Return or exchange"), icon=":material/assignment_return:", key="order.returns"):
            _form(actor, order, can_come, has_others=bool(returns))


def _form(actor: Actor, order: OrderCard, lines: list[ReturnableRow], *, has_others: bool) -> None:
    kinds = (ReturnKind.RETURN, ReturnKind.REFUSAL, ReturnKind.CLAIM)
    words: dict[str, str] = {each: _(RETURN_KIND_LABELS[each]) for each in kinds}
    if may(actor, request_exchange):
        words[EXCHANGE] = _("Exchange")
    kind = st.segmented_control(
        _("What happens?"),
        list(words),
        default=ReturnKind.RETURN,
        required=True,
        format_func=lambda each: words[each],
        key="order.returns.kind",
    )
    if has_others:
        st.caption(":orange[:material/warning:] " + _("There are returns of this order already; see above."))
    if kind in _EXPLAINED:
        st.caption(_(_EXPLAINED[kind]))
    photos = choose_photos(f"order.{order.id}.returns.photos") if kind in {ReturnKind.CLAIM, ReturnKind.REFUSAL} else []
    with reading() as view:
        reasons = [each.name for each in return_reasons(view)]
        houses = {house.id: house.name for house in warehouses(view)}
    with st.form(f"order.{order.id}.return", border=False):
        coming = _lines_editor(order, lines, _("Claimed") if kind == ReturnKind.CLAIM else _("Comes back"))
        out = ""
        if kind == EXCHANGE:
            out = st.text_area(
                _("What goes out instead?"),
                key="order.returns.out",
                height=100,
                placeholder=_("One product on a line: code or barcode × quantity"),
                help=_("It becomes an order of its own, and is reserved at once. The customer pays the difference."),
            )
        with st.container(horizontal=True):
            reason = st.selectbox(
                _("Reason"),
                reasons,
                index=None,
                format_func=reason_words,
                placeholder=_("Choose a reason"),
                key="order.returns.reason",
            )
            warehouse_id = st.selectbox(
                _("Warehouse") if kind == ReturnKind.CLAIM else _("Comes back to"),
                list(houses),
                index=list(houses).index(order.warehouse_id) if order.warehouse_id in houses else 0,
                format_func=lambda each: houses.get(each, ""),
                key="order.returns.warehouse",
            )
            note = st.text_input(_("Note"), key="order.returns.note")
        pressed = st.form_submit_button(_(_REQUESTS[kind]), type="primary", key="order.returns.submit")
    if pressed and photos is None:
        refuse_photos()
    elif pressed:
        facts: dict[str, Any] = {"reason": reason or "", "warehouse_id": warehouse_id, "note": note}
        if photos:
            facts["photos"] = photos
        _request(order, str(kind), _chosen(lines, coming), out, facts)


def _lines_editor(order: OrderCard, lines: list[ReturnableRow], wanted: str) -> pd.DataFrame:
    places = quantity_places([line.quantity for line in lines])
    return st.data_editor(
        pd.DataFrame(
            {
                "sku": [line.sku for line in lines],
                "name": [part_name(order, line.order_line_id, line.name) for line in lines],
                "back": [0.0 for _line in lines],
                "can": [float(line.quantity) for line in lines],
                "price": [float(line.unit_price) for line in lines],
            }
        ),
        key=f"order.{order.id}.return.lines.{order.version}",
        hide_index=True,
        num_rows="fixed",
        column_config={
            "sku": text_column(_("Code"), disabled=True, width=80),
            "name": text_column(_("Product"), disabled=True, width=130),
            "back": st.column_config.NumberColumn(
                wanted, min_value=0, required=True, step=0.001, format=f"%,.{places}f", alignment="right"
            ),
            "can": st.column_config.NumberColumn(
                _("At most"), disabled=True, format=f"%,.{places}f", alignment="right"
            ),
            "price": st.column_config.NumberColumn(
                _("Credited each"),
                min_value=0,
                required=True,
                format="%,.2f",
                alignment="right",
                help=_("Left as it is, the customer gets the exact share of what was charged, after discounts."),
            ),
        },
    )


def _chosen(lines: list[ReturnableRow], coming: pd.DataFrame) -> list[LineBack]:
    chosen = []
    for line, back, price in zip(lines, coming["back"].tolist(), coming["price"].tolist(), strict=True):
        agreed = Decimal(str(price))
        if back:
            usual = agreed == Decimal(str(float(line.unit_price)))
            chosen.append(LineBack(line.order_line_id, Decimal(str(back)), None if usual else agreed))
    return chosen


def _request(order: OrderCard, kind: str, lines: list[LineBack], out: str, facts: dict[str, Any]) -> None:
    key = form_key(f"order.{order.id}.return")
    if kind == EXCHANGE:
        try:
            with reading() as view:
                goes = line_drafts(find_typed(view, out)) if out.strip() else []
        except AppError as refusal:
            st.error(listed(refusal.sentence))
            return
        made = act(
            request_exchange,
            order.id,
            back=lines,
            out=goes,
            done=_("The exchange is requested; what goes out is reserved."),
            key=key,
            rerun=False,
            **facts,
        )
        if made is not None:
            with reading() as view:
                return_id = exchange_card(view, made).return_id
            goto("sales/take_back", id=return_id)
        return
    made = act(
        request_return,
        order.id,
        lines=lines,
        kind=ReturnKind(kind),
        done=_("The claim is entered. Accept or decline it.")
        if kind == ReturnKind.CLAIM
        else _("The return is requested. Receive the goods when they arrive."),
        key=key,
        rerun=False,
        **facts,
    )
    if made is not None:
        goto("sales/take_back", id=made)
