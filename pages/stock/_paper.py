"""What stands on the supplier's paper of a receipt, the day a sheet counts from, and what a late one re-costs."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.queries import get_products
from core.security.permissions import P
from core.stock.costs.effects import Effect
from core.stock.costs.moments import end_of
from core.stock.costs.periods import closed_periods
from core.stock.costs.previews import preview_late_receipt
from core.stock.drafts import MovementDraftCard, edit_movement, set_movement_day, set_movement_supplier
from core.stock.late_entries import preview_late_sheet
from core.stock.models import DocumentKind
from core.stock.prices import net_price, tax_rates
from core.suppliers.queries import find_suppliers
from pages._shared.formats import local_time
from pages._shared.screen import act_in_callback, current_actor, reading
from pages._shared.tables import price_column
from pages._shared.text import _, escaped
from pages.stock._effect import say_late_effect

MOST_SUPPLIERS = 2_000


def sees_prices(draft: MovementDraftCard) -> bool:
    """Whether who is signed in may see costs, on a receipt."""
    actor = current_actor()
    return draft.kind is DocumentKind.RECEIPT and actor is not None and actor.may(P.COST_READ)


def prices_of(draft: MovementDraftCard) -> dict[str, list[float | None]]:
    """The column of prices, where there is one."""
    if not sees_prices(draft):
        return {}
    prices = [draft.prices.get(variant_id) for variant_id in draft.quantities]
    return {"price": [None if price is None else float(price) for price in prices]}


def price_column_of(draft: MovementDraftCard) -> dict[str, Any]:
    """How the column of prices is shown."""
    if not sees_prices(draft):
        return {}
    label = _("Price with tax") if draft.prices_include_tax else _("Price")
    told = _("Of one, as on the supplier's paper. Empty: the purchase price of the product.")
    return {"price": price_column(label, width=76, min_value=0.0, step=0.0001, help=told)}


def show_paper(draft: MovementDraftCard) -> None:
    """Supplier, number and tax of a receipt, and the day that a sheet counts from."""
    with reading() as view:
        today = local_time(view.now).date()
        closes = closed_periods(view)
        suppliers = {}
        if draft.kind is DocumentKind.RECEIPT and view.actor.may(P.SUPPLIER_READ):
            found = find_suppliers(view, is_active=None, limit=MOST_SUPPLIERS)
            suppliers = {row.id: row.label for row in found if row.is_active or row.id == draft.supplier_id}
    with st.container(horizontal=True, vertical_alignment="bottom", key="movements.paper"):
        if draft.kind is DocumentKind.RECEIPT:
            key = f"movements.supplier.{draft.id}"
            st.selectbox(
                _("Supplier"),
                list(suppliers),
                index=list(suppliers).index(draft.supplier_id) if draft.supplier_id in suppliers else None,
                format_func=lambda each: suppliers.get(each, ""),
                placeholder=_("Nobody in particular"),
                key=key,
                width=230,
                on_change=_keep,
                args=(draft.id, "supplier", key),
            )
            key = f"movements.supplier_number.{draft.id}"
            st.text_input(
                _("Supplier's document"),
                draft.supplier_number,
                max_chars=64,
                key=key,
                width=170,
                on_change=_keep,
                args=(draft.id, "supplier_number", key),
            )
        key = f"movements.day.{draft.id}"
        st.date_input(
            _("Day"),
            value=draft.booked_on or today,
            min_value=min(closes[0].closed_through + timedelta(days=1), draft.booked_on or today) if closes else None,
            max_value=today,
            key=key,
            width=140,
            on_change=_keep,
            args=(draft.id, "day", key),
            help=_("An earlier day counts as its last moment. Closed days cannot be chosen."),
        )
        if sees_prices(draft):
            key = f"movements.with_tax.{draft.id}"
            st.toggle(
                _("Prices include tax"),
                value=draft.prices_include_tax,
                key=key,
                on_change=_keep,
                args=(draft.id, "with_tax", key),
                help=_("The tax rate is that of the product; goods cost what is left without it."),
            )


def show_what_it_recosts(draft: MovementDraftCard) -> None:
    """Before a sheet of a past day is booked: which issues it makes dearer or cheaper, for who may see costs."""
    actor = current_actor()
    if draft.booked_on is None or actor is None or not actor.may(P.COST_READ):
        return
    issues, amount = 0, ZERO
    try:
        with reading() as view:
            if draft.kind is not DocumentKind.RECEIPT:
                say_late_effect(preview_late_sheet(view, draft))
                return
            products = get_products(view, list(draft.quantities))
            rates = tax_rates(view.session, list(draft.quantities))
            at = end_of(draft.booked_on, view.settings.timezone)
            for variant_id, count in draft.quantities.items():
                price = draft.prices.get(variant_id, products[variant_id].purchase_price or ZERO)
                if draft.prices_include_tax and variant_id in draft.prices:
                    price = net_price(price, rates[variant_id])
                if count > ZERO:
                    effect = preview_late_receipt(
                        view, variant_id, warehouse_id=draft.warehouse_id, quantity=count, unit_cost=price, at=at
                    )
                    issues, amount = issues + effect.issues, amount + effect.cost_of_sales
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        return
    say_late_effect(Effect(issues, amount, ZERO))


def _keep(draft_id: int, what: str, key: str) -> None:
    typed = st.session_state[key]
    if what == "supplier":
        act_in_callback(set_movement_supplier, draft_id, typed)
    elif what == "supplier_number":
        act_in_callback(edit_movement, draft_id, supplier_number=typed or "")
    elif what == "with_tax":
        act_in_callback(edit_movement, draft_id, prices_include_tax=bool(typed))
    elif isinstance(typed, date):
        act_in_callback(set_movement_day, draft_id, typed)
