"""One product that is to go: what it costs, what each reduction brings, who does it, and the ways to be rid of it."""

from decimal import Decimal
from typing import Any

import streamlit as st

from core.analytics.stock.clearing import USUAL_ELASTICITY, USUAL_HORIZON, ClearingPrice, clearing_prices
from core.base.errors import AppError
from core.base.exact import ZERO, round_to
from core.catalog.queries import get_products
from core.pricing.lists import add_price_rules
from core.pricing.rules.promotions import Kind
from core.security.actor import Actor
from core.security.permissions import P
from core.stock.clearing.service import ClearingRow, clearings, get_goods, receipts_of
from core.stock.drafts import begin_movement
from core.stock.ledger import Line
from core.stock.models import DocumentKind
from core.stock.queries import LevelRow, stock_levels, warehouses
from core.stock.transfers.service import request_transfer
from core.work.command import may
from pages._shared.formats import money, percent, price, quantity
from pages._shared.forms import decimal_input
from pages._shared.mirror import mirror
from pages._shared.screen import act, form_key, goto, link, may_open, reading
from pages._shared.tables import money_column, percent_column, price_column, quantity_column
from pages._shared.text import _, escaped
from pages.stock._clearing_tasks import show_task

DAYS = 180
HORIZONS = (30, 60, 90, 180)


def show_product(actor: Actor, product_id: int) -> None:
    """Everything about getting rid of one product."""
    try:
        with reading() as view:
            goods = get_goods(view, product_id)
            rows = clearings(view, product_id=product_id)
            levels = stock_levels(view, variant_ids=goods.variant_ids)
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(goods.name), anchor=False, width="content")
        link("catalog/product", _("Product"), id=goods.variant_ids[0])
    priced = _priced(actor, product_id)
    if priced is not None:
        _show_prices(priced)
    best = priced.best if priced else None
    show_task(actor, product_id, rows, best.price if best else None)
    _ways(actor, product_id, goods.name, levels, best.off if best else 0, rows)


def _priced(actor: Actor, product_id: int) -> ClearingPrice | None:
    if not (actor.may(P.SALES_ANALYSE) and actor.may(P.COST_READ)) or not mirror().is_ready:
        return None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        elasticity = st.number_input(
            _("Elasticity, where sales do not tell"),
            min_value=0.1,
            max_value=5.0,
            value=float(USUAL_ELASTICITY),
            step=0.1,
            key="clearing.elasticity",
            width=240,
            help=_("2: one per cent off sells two per cent more."),
        )
        horizon = st.selectbox(
            _("Sold within"),
            HORIZONS,
            index=HORIZONS.index(USUAL_HORIZON),
            format_func=lambda each: _("{days} days").format(days=each),
            key="clearing.horizon",
            width=160,
        )
    with reading() as view:
        found = clearing_prices(
            mirror(),
            view,
            days=DAYS,
            horizon=horizon,
            elasticity=Decimal(str(elasticity)),
            products=frozenset({product_id}),
        )
    if not found:
        st.info(_("It sells: nothing here lies too long."))
        return None
    return found[0]


def _show_prices(priced: ClearingPrice) -> None:
    row, best = priced.row, priced.best
    with st.grid(min_column_width=150):
        st.metric(_("On hand"), quantity(row.on_hand), border=True)
        st.metric(_("Stock value"), money(row.value), border=True)
        st.metric(_("Kept so far cost"), money(row.cost_to_date), border=True)
        st.metric(_("Unit cost"), price(priced.unit_cost), border=True)
        st.metric(_("Price that frees most"), price(best.price) if best else "—", border=True)
    if best is None:
        st.info(_("It has no retail price, so that no reduction can be tried."))
        return
    if priced.is_observed:
        told = _("Elasticity {elasticity}, from {weeks} weeks with sales of the last year.")
    else:
        told = _("Elasticity {elasticity} is an assumption: its own sales tell too little ({weeks} weeks with sales).")
    st.markdown(
        told.format(elasticity=quantity(priced.elasticity), weeks=priced.weeks)
        + " "
        + _("At today's price {price}, {expected} would be sold.").format(
            price=price(priced.price), expected=quantity(priced.expected)
        )
    )
    if priced.floor:
        st.caption(
            _("Lowest price: {price}. Steps below it are marked and never advised.").format(price=price(priced.floor))
        )
    st.dataframe(
        {
            "best": ["★" if step is best else "" for step in priced.steps],
            "off": [step.off / 100 for step in priced.steps],
            "price": [float(step.price) for step in priced.steps],
            "sold": [float(step.sold) for step in priced.steps],
            "cash": [float(step.cash) for step in priced.steps],
            "left": [float(row.on_hand - step.sold) for step in priced.steps],
            "floor": [step.is_below_floor for step in priced.steps],
            "cost": [step.price < priced.unit_cost for step in priced.steps],
        },
        key="clearing.steps",
        hide_index=True,
        column_config={
            "best": st.column_config.TextColumn("", width=30),
            "off": percent_column(_("Off"), width=60),
            "price": price_column(_("Price"), width=80),
            "sold": quantity_column(_("Sold"), 1, width=80),
            "cash": money_column(_("Cash"), width=110),
            "left": quantity_column(_("Left over"), 1, width=80),
            "floor": st.column_config.CheckboxColumn(_("Below the floor"), width=90),
            "cost": st.column_config.CheckboxColumn(_("Below cost"), width=90),
        },
    )
    st.caption(
        _("★ frees most cash: {cash}, {gain} more than today's price.").format(
            cash=money(best.cash), gain=money(priced.gain)
        )
        + " "
        + _("Reductions of {percent} at most are tried.").format(percent=percent(Decimal("0.7"), 0))
    )


def _lowered(levels: list[LevelRow], off: int) -> str:
    """A line of a price list for each of its codes: the price of today less so many per cent."""
    with reading() as view:
        goods = get_products(view, {row.variant_id for row in levels}).values()
    part = Decimal(100 - off) / 100
    return "\n".join(f"{each.sku}\t1\t{round_to(each.retail_price * part)}" for each in goods)


def _ways(actor: Actor, product_id: int, name: str, levels: list[LevelRow], off: int, rows: list[ClearingRow]) -> None:
    st.subheader(_("Ways to be rid of it"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if may_open(actor, "pricing/promotion"):
            due = next((row.due_on for row in rows if row.closed_at is None), None)
            asked: dict[str, str] = {"kind": Kind.ITEM.value, "product": str(product_id), "name": name}
            if off:
                asked["percent"] = str(off)
            if due:
                asked["last"] = due.isoformat()
            link("pricing/promotion", _("Draft a promotion"), **asked)
        if off and may(actor, add_price_rules):
            link("pricing/price_lists", _("Lower prices in a list"), prices=_lowered(levels, off))
        here = [row for row in levels if row.available > ZERO]
        if here and may(actor, request_transfer):
            _transfer(here)
        if here and may(actor, begin_movement):
            _scrap(here)
        with reading() as view:
            receipts = receipts_of(view, product_id)
        for each in receipts[:1]:
            said = _("Return to {supplier}, receipt {number}")
            link(
                "stock/document",
                said.format(supplier=escaped(each.supplier), number=each.number),
                id=each.document_id,
            )


def _where(key: str, here: list[LevelRow]) -> tuple[LevelRow, Decimal]:
    row = st.selectbox(
        _("From"),
        here,
        format_func=lambda each: f"{each.warehouse} · {each.sku} · {quantity(each.available)}",
        key=f"{key}.row",
    )
    return row, decimal_input(_("Quantity"), row.available, key=f"{key}.quantity.{row.variant_id}.{row.warehouse_id}")


def _transfer(here: list[LevelRow]) -> None:
    with reading() as view:
        houses = {house.id: house.name for house in warehouses(view)}
    if len(houses) < 2:
        return
    with st.popover(_("Transfer"), icon=":material/local_shipping:", key="clearing.transfer"):
        row, count = _where("clearing.transfer", here)
        others = [each for each in houses if each != row.warehouse_id]
        target = st.selectbox(_("To"), others, format_func=lambda each: houses[each], key="clearing.transfer.target")
        if st.button(_("Request transfer"), type="primary", key="clearing.transfer.do"):
            lines = [Line(row.variant_id, count)]
            _make(request_transfer, "stock/transfer", source_id=row.warehouse_id, target_id=target, lines=lines)


def _scrap(here: list[LevelRow]) -> None:
    with st.popover(_("Scrap"), icon=":material/delete:", key="clearing.scrap"):
        row, count = _where("clearing.scrap", here)
        st.caption(_("A sheet is begun; nothing leaves before it is booked."))
        if st.button(_("Begin the sheet"), type="primary", key="clearing.scrap.do"):
            lines = [Line(row.variant_id, count)]
            kind = DocumentKind.SCRAP
            _make(begin_movement, "stock/movements", kind=kind, warehouse_id=row.warehouse_id, lines=lines)


def _make(command: Any, screen: str, **facts: Any) -> None:
    made = act(command, key=form_key(f"clearing.{screen}"), rerun=False, **facts)
    if made is not None:
        goto(screen, **{"draft" if screen == "stock/movements" else "id": made})
