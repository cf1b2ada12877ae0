"""Ordering again: the copy of an order, what a customer usually orders, and lists kept for next time."""

from decimal import Decimal

import pandas as pd
import streamlit as st

from core.base.errors import AppError
from core.catalog.typed import find_typed
from core.sales.again import copied_from, copy_order, last_order_of
from core.sales.draft import LineDraft, add_line, add_lines, create_order
from core.sales.entry import line_drafts, order_defaults
from core.sales.memory import TemplateCard, UsualRow, templates_of, usual_goods
from core.sales.prediction import PredictedRow, back_test, predicted_basket
from core.sales.queries import OrderCard
from core.sales.templates import add_template, apply_template, edit_template, restore_template, retire_template
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, price, quantity
from pages._shared.screen import act, act_in_callback, form_key, goto, link, reading
from pages._shared.tables import day_column, price_column, quantity_column, quantity_places, table, text_column
from pages._shared.text import _, escaped, listed, ngettext
from pages.sales._entry_head import turn_to


def show_copy(actor: Actor, order: OrderCard) -> None:
    """The buttons that order the same again and keep it as a list."""
    if not may(actor, copy_order) or not order.lines:
        return
    if st.button(
        _("Order again"),
        key="order.again",
        icon=":material/content_copy:",
        help=_("A new draft with these products at today's prices."),
    ):
        _copy(order.id)
    with (
        st.popover(_("Keep as a list"), icon=":material/playlist_add_check:", key="order.keep"),
        st.form(f"order.{order.id}.keep", border=False),
    ):
        name = st.text_input(_("Name of the list"), key="order.keep.name", max_chars=80)
        if st.form_submit_button(_("Keep the list"), type="primary", key="order.keep.now"):
            done = _("“{name}” is kept for {customer}.").format(
                name=escaped(name.strip()), customer=escaped(order.customer)
            )
            act(add_template, order.customer_id, done=done, name=name, order_id=order.id)


def show_copied(order: OrderCard) -> None:
    """On a draft that was copied: from which order, what is no longer sold, what costs something else today."""
    with reading() as view:
        copied = copied_from(view, order.id)
    if copied is None:
        return
    lines = [_("Copied from {number}, at today's prices.").format(number=copied.source)]
    if copied.retired:
        lines.append(_("Left out, no longer for sale: {products}.").format(products=", ".join(copied.retired)))
    for row in copied.repriced:
        lines.append(
            _("{product}: {before} then, {today} today.").format(
                product=f"{row.sku} {row.name}", before=price(row.before), today=price(row.today)
            )
        )
    is_same = not copied.retired and not copied.repriced
    box = st.info if is_same else st.warning
    box("  \n".join(map(escaped, lines)), icon=":material/content_copy:")


def offer_usual(order: OrderCard) -> None:
    """At order entry: the customer's lists and what is ordered most often, each put on the draft by one click."""
    with st.popover(
        _("Usual goods"), icon=":material/playlist_add_check:", key="new_order.usual", on_change="rerun"
    ) as box:
        if not box.open:
            return
        with reading() as view:
            lists = templates_of(view, order.customer_id, on=view.today)
            rows = [row for row in usual_goods(view, order.customer_id, on=view.today, limit=12) if not row.is_retired]
            on_it = {sold.variant_id for sold in order.sold}
            due = [
                row for row in predicted_basket(view, order.customer_id, on=view.today) if row.variant_id not in on_it
            ]
        if due:
            _offer_due(order, due)
        for card in lists:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(f"**{escaped(card.name)}**  \n:gray[{escaped(_summary(card))}]", width="content")
                st.button(
                    _("Add all"),
                    key=f"new_order.list.{card.id}",
                    icon=":material/playlist_add:",
                    on_click=_apply,
                    args=(order.id, card),
                )
        if rows:
            st.caption(_("Ordered most often, with the last quantity and price"))
        for row in rows:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(f"**{escaped(row.sku)}** {escaped(row.name)}  \n:gray[{_told(row)}]", width="content")
                st.button(
                    _("Add {count}").format(count=quantity(row.last_quantity)),
                    key=f"new_order.usual.{row.variant_id}",
                    icon=":material/add:",
                    on_click=act_in_callback,
                    args=(add_line, order.id, LineDraft(row.variant_id, row.last_quantity)),
                )
        if not lists and not rows:
            st.caption(_("This customer ordered nothing yet. Lists are kept on the customer's card or from an order."))


def _offer_due(order: OrderCard, due: list[PredictedRow]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown("**" + _("Due by now, by this customer's own rhythm") + "**", width="content")
        st.button(
            _("Add all that is due"),
            key="new_order.due.all",
            icon=":material/playlist_add:",
            type="primary",
            on_click=act_in_callback,
            args=(add_lines, order.id, [LineDraft(row.variant_id, row.quantity) for row in due]),
        )
    with reading() as view:
        tried = back_test(view, customer_id=order.customer_id) if may(view.actor, back_test) else None
    if tried is not None and tried.orders:
        st.caption(
            ngettext(
                "Tried on the last order: {hits} of {predicted} products predicted were bought.",
                "Tried on the last {count} orders: {hits} of {predicted} products predicted were bought.",
                tried.orders,
            ).format(count=tried.orders, hits=tried.hits, predicted=tried.predicted)
        )
    for row in due:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{escaped(row.sku)}** {escaped(row.name)}  \n:gray[{_why_due(row)}]", width="content")
            st.button(
                _("Add {count}").format(count=quantity(row.quantity)),
                key=f"new_order.due.{row.variant_id}",
                icon=":material/add:",
                on_click=act_in_callback,
                args=(add_line, order.id, LineDraft(row.variant_id, row.quantity)),
            )


def show_customer(actor: Actor, customer_id: int) -> None:
    """On a customer's card: order the last again, what is ordered most often, and the lists."""
    if not may(actor, usual_goods):
        return
    with reading() as view:
        last = last_order_of(view, customer_id)
        rows = usual_goods(view, customer_id, on=view.today)
        lists = templates_of(view, customer_id, on=view.today, with_retired=True)
    st.subheader(_("Ordering again"), anchor=False)
    if last:
        with st.container(horizontal=True, vertical_alignment="center"):
            if may(actor, copy_order) and st.button(
                _("Last order once more"), key="customer.again", icon=":material/content_copy:"
            ):
                _copy(last[0])
            link("sales/order", last[1], id=last[0])
    if rows:
        _show_usual(rows)
    else:
        st.caption(_("This customer ordered nothing yet."))
    st.markdown("**" + _("Lists of usual goods") + "**")
    for card in lists:
        with st.expander(
            f"{card.name} · {_summary(card)}" + ("" if card.is_active else " · " + _("Out of use")),
            icon=":material/playlist_add_check:",
        ):
            _show_list(actor, customer_id, card)
    if may(actor, add_template):
        with st.expander(_("New list"), icon=":material/add:"):
            _list_form(customer_id, None)


def _show_usual(rows: list[UsualRow]) -> None:
    places = quantity_places([row.last_quantity for row in rows])
    st.dataframe(
        table(rows, ["sku", "name", "orders", "last_quantity", "unit", "last_price", "today", "last_on"]),
        key="customer.usual",
        hide_index=True,
        height="content",
        column_config={
            "sku": text_column(_("Code")),
            "name": text_column(_("Product"), width=200),
            "orders": quantity_column(_("Orders")),
            "last_quantity": quantity_column(_("Last quantity"), places),
            "unit": text_column(_("Unit"), width=45),
            "last_price": price_column(_("Last price")),
            "today": price_column(_("Price today")),
            "last_on": day_column(_("Last ordered")),
        },
    )


def _show_list(actor: Actor, customer_id: int, card: TemplateCard) -> None:
    with st.container(horizontal=True):
        if card.is_active and may(actor, create_order):
            if st.button(
                _("New order from it"), key=f"customer.list.{card.id}.use", icon=":material/add_shopping_cart:"
            ):
                _begin(customer_id, card)
            if st.button(_("Take out of use"), key=f"customer.list.{card.id}.retire", icon=":material/archive:"):
                act(retire_template, card.id, done=_("“{name}” is out of use.").format(name=escaped(card.name)))
        elif not card.is_active and may(actor, restore_template):
            st.button(
                _("Use again"),
                key=f"customer.list.{card.id}.restore",
                icon=":material/unarchive:",
                on_click=act_in_callback,
                args=(restore_template, card.id),
                kwargs={"done": _("“{name}” is in use again.").format(name=escaped(card.name))},
            )
    retired = [f"{line.sku} {line.name}" for line in card.lines if line.is_retired]
    if retired:
        st.caption(
            ":material/warning: " + _("No longer for sale: {products}.").format(products=escaped(", ".join(retired)))
        )
    if may(actor, edit_template):
        _list_form(customer_id, card)
    else:
        for line in card.lines:
            st.markdown(f"**{escaped(line.sku)}** {escaped(line.name)} × {quantity(line.quantity)}")


def _list_form(customer_id: int, card: TemplateCard | None) -> None:
    prefix = f"customer.list.{card.id}.{card.version}" if card else f"customer.list.new.{customer_id}"
    kept = card.lines if card else ()
    with st.form(prefix, border=False):
        name = st.text_input(_("Name of the list"), value=card.name if card else "", max_chars=80, key=f"{prefix}.name")
        counts: list[float] = []
        if kept:
            edited = st.data_editor(
                pd.DataFrame(
                    {
                        "sku": [line.sku for line in kept],
                        "name": [line.name for line in kept],
                        "quantity": [float(line.quantity) for line in kept],
                        "today": [float(line.today) for line in kept],
                    }
                ),
                key=f"{prefix}.lines",
                hide_index=True,
                num_rows="fixed",
                column_config={
                    "sku": text_column(_("Code"), disabled=True),
                    "name": text_column(_("Product"), disabled=True, width=180),
                    "quantity": st.column_config.NumberColumn(
                        _("Quantity"), min_value=0, required=True, step=0.001, alignment="right"
                    ),
                    "today": price_column(_("Price today"), disabled=True),
                },
            )
            counts = edited["quantity"].tolist()
            st.caption(_("Quantity 0 takes a line off."))
        more = st.text_area(
            _("Products: one line each, code and quantity"), placeholder="MUG-01\t3\nCUP-07\t12", key=f"{prefix}.more"
        )
        pressed = st.form_submit_button(_("Keep the list"), type="primary", key=f"{prefix}.save")
    if not pressed:
        return
    try:
        with reading() as view:
            added = line_drafts(find_typed(view, more)) if more.strip() else []
    except AppError as refusal:
        st.error(listed(refusal.sentence))
        return
    lines = [(line.variant_id, Decimal(str(count))) for line, count in zip(kept, counts, strict=True) if count]
    lines += [(line.variant_id, line.quantity) for line in added]
    done = _("“{name}” is kept.").format(name=name.strip())
    if card is None:
        act(add_template, customer_id, done=done, key=form_key(prefix), name=name, lines=lines)
    else:
        act(edit_template, card.id, done=done, key=form_key(prefix), version=card.version, name=name, lines=lines)


def _copy(order_id: int) -> None:
    made = act(copy_order, order_id, rerun=False, key=form_key(f"again.{order_id}"))
    if made is not None:
        turn_to(made)
        goto("sales/new_order")


def _begin(customer_id: int, card: TemplateCard) -> None:
    with reading() as view:
        channel_id, warehouse_id = order_defaults(view, customer_id)
    made = act(
        create_order, rerun=False, customer_id=customer_id, channel_id=channel_id, warehouse_id=warehouse_id, lines=()
    )
    if made is not None and act(apply_template, made, card.id, rerun=False) is None:
        turn_to(made)
        goto("sales/new_order")


def _apply(order_id: int, card: TemplateCard) -> None:
    done = _("“{name}” was added.").format(name=escaped(card.name))
    act_in_callback(apply_template, order_id, card.id, done=done)


def _summary(card: TemplateCard) -> str:
    return ngettext("{count} product", "{count} products", len(card.lines)).format(count=len(card.lines))


def _told(row: UsualRow) -> str:
    orders = ngettext("{count} order", "{count} orders", row.orders).format(count=row.orders)
    last = _("last {quantity} at {price} on {day}").format(
        quantity=quantity(row.last_quantity), price=price(row.last_price), day=day(row.last_on)
    )
    today = "" if row.last_price == row.today else " · " + _("today {price}").format(price=price(row.today))
    return f"{orders} · {last}{today}"


def _why_due(row: PredictedRow) -> str:
    return _("every {pause} days, {times} times, last on {last}: due on {due} · today {price}").format(
        pause=quantity(row.pause), times=row.times, last=day(row.last_on), due=day(row.due_on), price=price(row.today)
    )
