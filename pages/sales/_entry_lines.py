"""What is ordered: the line to type into, the lines so far, confirming."""

from contextlib import suppress
from decimal import Decimal

import streamlit as st
from streamlit.errors import StreamlitAPIException

from core.base.errors import AppError
from core.catalog.typed import find_typed
from core.sales.close import cancel_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, add_lines, change_kit, change_line, remove_kit, remove_line
from core.sales.entry import DraftKitRow, DraftLineRow, chosen_line, draft_kits, draft_lines, line_drafts, suggest
from core.sales.kits import KitRow
from core.sales.margins import MarginCard
from core.sales.queries import LineRow, OrderCard, order_card
from core.sales.short_lines import short_lines
from core.work.command import may
from pages._shared.formats import money
from pages._shared.formats import quantity as amount_of
from pages._shared.forms import empty_when_done
from pages._shared.screen import act, act_in_callback, form_key, reading, show_messages
from pages._shared.tables import money_column, price_column, quantity_places, table, text_column
from pages._shared.text import _, listed
from pages._shared.typeline import Candidate, Entry, Question, say, typeline
from pages.catalog._units import packed
from pages.sales._again import offer_usual
from pages.sales._approvals import ask_for_price, show_requests
from pages.sales._entry_head import CONFIRMED, FRESH, MOVED, PRODUCT_LINE, QUESTION, run, turn_to
from pages.sales._kits import ShownRow, shown_rows
from pages.sales._labels import product_candidate
from pages.sales._margin import margin_column, margin_of, show_margin
from pages.sales._offers import offer_coupons, show_price_reasons
from pages.sales._short import show_short

EDITS = "new_order.edits"
REMOVED = "new_order.removed"


@st.fragment(key="new_order.entry")
def enter_products(order_id: int) -> None:
    """The line that everything is typed, scanned or pasted into."""
    with reading() as view:
        warehouse = order_card(view, order_id).warehouse
    typeline(
        PRODUCT_LINE,
        label=_("What is ordered?"),
        placeholder=_("Code, pinyin or barcode × quantity"),
        hint=_("mug*3 or mug 3, then Enter · ↓ chooses · rows copied from a sheet can be pasted"),
        suggest=lambda typed: _products(order_id, warehouse, typed),
        take=lambda entry: _take_product(order_id, warehouse, entry),
        after=_redraw,
        question=st.session_state.get(QUESTION),
    )


@st.fragment(key="new_order.lines")
def show_lines(order_id: int) -> None:
    """The lines so far, editable, with totals and the buttons that end the entry."""
    if st.session_state.pop(MOVED, False):
        st.rerun()
    with st.container(key="new_order.messages"):
        show_messages()
    with reading() as view:
        order = order_card(view, order_id)
        lines = draft_lines(view, order)
        kits = draft_kits(view, order, lines)
        short = short_lines(view, order) if any(row.is_short for row in lines) else []
        actor, can_confirm, can_discard = view.actor, may(view.actor, confirm_order), may(view.actor, cancel_order)
    margins = margin_of(order)
    if lines:
        _edit_table(order, {row.line.id: row for row in lines}, kits, margins)
        show_short(actor, order, short)
        show_price_reasons(order, "new_order")
    else:
        st.caption(_("No lines yet. Type a code above and press Enter."))
    _offer_to_put_back(order)
    show_requests(order)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        with st.container(horizontal=True, width="content", gap="medium", key="new_order.totals"):
            st.metric(_("Lines"), len(order.sold), width="content")
            st.metric(_("Net"), money(order.net_amount), width="content")
            st.metric(_("Tax"), money(order.tax_amount), width="content")
            st.metric(_("Total"), money(order.gross_amount), width="content")
            if margins:
                show_margin(margins)
        with st.container(horizontal=True, width="content", vertical_alignment="bottom"):
            ask_for_price(order)
            offer_usual(order)
            offer_coupons(order)
            with st.popover(_("Paste lines"), icon=":material/content_paste:", key="new_order.paste"):
                _paste_form(order_id)
            if can_discard:
                with st.popover(_("Discard"), icon=":material/delete:", key="new_order.discard"):
                    st.markdown(_("{number} is cancelled with its lines.").format(number=order.number))
                    st.button(
                        _("Discard the draft"),
                        key="new_order.discard_now",
                        type="primary",
                        on_click=_discard,
                        args=(order_id, order.number),
                    )
            if can_confirm:
                st.button(
                    _("Confirm order"),
                    key="new_order.confirm",
                    type="primary",
                    icon=":material/task_alt:",
                    shortcut="Ctrl+Enter",
                    on_click=_confirm,
                    args=(order_id, order.number),
                )


def _redraw() -> None:
    # An entry may arrive before the new draft was drawn once: then the whole screen is on its way already.
    with suppress(StreamlitAPIException):
        st.rerun(["new_order.entry", "new_order.lines", "new_order.memory"])


def _products(order_id: int, warehouse: str, typed: str) -> list[Candidate]:
    with reading() as view:
        return [product_candidate(row, warehouse) for row in suggest(view, order_id, typed)]


def _take_product(order_id: int, warehouse: str, entry: Entry) -> None:
    unanswered = st.session_state.pop(QUESTION, None)
    if entry.is_dropped:
        return
    if unanswered is not None and (entry.choice is None or entry.text != unanswered.typed):
        say(PRODUCT_LINE, _("“{typed}” was not added.").format(typed=unanswered.typed), "bad", more=True)
    try:
        if entry.choice is not None:
            with reading() as view:
                line = chosen_line(view, entry.text, entry.choice)
            _put(order_id, [line], entry.id)
            return
        with reading() as view:
            found = find_typed(view, entry.text)
            if len(found) == 1 and not found[0].is_clear and found[0].choices:
                rows = tuple(product_candidate(row, warehouse) for row in suggest(view, order_id, entry.text))
                title = _("Which product is “{typed}”? Type its number, then Enter.").format(typed=entry.text.strip())
                st.session_state[QUESTION] = Question(entry.text, title, rows)
                return
        _put(order_id, line_drafts(found), entry.id)
    except AppError as refusal:
        say(PRODUCT_LINE, refusal.sentence, "bad", more=True)


def _put(order_id: int, lines: list[LineDraft], key: str | None) -> None:
    if len(lines) == 1:
        run(add_line, key, order_id, lines[0])
    else:
        run(add_lines, key, order_id, lines)
    with reading() as view:
        names = {sold.variant_id: sold for sold in order_card(view, order_id).sold}
    if len(lines) == 1:
        put = names[lines[0].variant_id]
        say(PRODUCT_LINE, f"✓ {put.sku} {put.name} × {amount_of(lines[0].quantity)}", "good", more=True)
    else:
        say(PRODUCT_LINE, "✓ " + _("{count} lines added").format(count=len(lines)), "good", more=True)


def _paste_form(order_id: int) -> None:
    empty_when_done("new_order.pasted", "new_order.pasted.text")
    with st.form("new_order.pasted", border=False):
        text = st.text_area(
            _("One line each: code, quantity and, if needed, price"),
            placeholder="MUG-01\t3\nCUP-07\t12\t4.50",
            height=180,
            key="new_order.pasted.text",
        )
        pressed = st.form_submit_button(_("Add lines"), type="primary", key="new_order.pasted.add")
    if pressed:
        try:
            with reading() as view:
                lines = line_drafts(find_typed(view, text))
        except AppError as refusal:
            st.error(listed(refusal.sentence))
        else:
            done = _("{count} lines added").format(count=len(lines))
            act(add_lines, order_id, lines, done=done, key=form_key("new_order.pasted"))


def _edit_table(
    order: OrderCard, lines: dict[int, DraftLineRow], kits: dict[int, DraftKitRow], margins: MarginCard | None
) -> None:
    rows = shown_rows(order)
    key = f"new_order.lines.{order.id}.{order.version}.{st.session_state.get(EDITS, 0)}"
    places = quantity_places([row.quantity for row in rows])
    has_offers = any(row.offered for row in rows)
    frame = table(rows, ["sku", "name", "quantity", "unit", "unit_price", "by_hand", "offered", "gross_amount"])
    frame = frame.rename(columns={"by_hand": "discount", "gross_amount": "gross"})
    stock = [kits[row.sold.id] if isinstance(row.sold, KitRow) else lines[row.sold.id] for row in rows]
    frame["available"] = [_available(each) for each in stock]
    frame["remove"] = ["" if row.is_part else "✕" for row in rows]
    number = st.column_config.NumberColumn
    if counted := packed(rows):
        frame.insert(3, "packed", counted)
    column = None
    if margins:
        cells, column = margin_column(margins, rows)
        frame.insert(len(frame.columns) - 1, "margin", cells)
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        width="stretch",
        num_rows="fixed",
        placeholder="",
        on_change=_save_edits,
        args=(key, order.id, rows),
        column_config={
            "sku": text_column(_("Code"), disabled=True, pinned=True),
            "name": text_column(_("Product"), disabled=True, width=210),
            "quantity": number(
                _("Quantity"), min_value=0, required=True, format=f"%,.{places}f", alignment="right", step=0.001
            ),
            "packed": text_column(_("Packed"), disabled=True, width=120),
            "unit": text_column(_("Unit"), disabled=True, width=45),
            "unit_price": price_column(_("Unit price"), min_value=0, required=not order.kits, step=0.0001),
            "discount": money_column(_("Discount"), min_value=0, required=not order.kits, step=0.01),
            "offered": money_column(_("Promotions"), disabled=True) if has_offers else None,
            "gross": money_column(_("Amount"), disabled=True),
            "available": text_column(_("Available"), disabled=True, alignment="right"),
            "margin": column,
            "remove": st.column_config.ButtonColumn(
                " ",
                type="tertiary",
                width=40,
                help=_("Remove the line"),
                key=f"{key}.remove",
                on_click=_remove,
                args=(f"{key}.remove", order.id, rows),
            ),
        },
    )
    if order.kits:
        st.caption(_("A kit stands above its parts (└) and is changed as a whole, in its own row."))


def _available(row: DraftLineRow | DraftKitRow) -> str:
    if row.available is None:
        return _("Service")
    return f"⚠ {amount_of(row.available)}" if row.is_short else amount_of(row.available)


def _save_edits(key: str, order_id: int, rows: list[ShownRow]) -> None:
    for place, edited in st.session_state[key]["edited_rows"].items():
        sold = rows[int(place)].sold
        act_in_callback(
            change_kit if isinstance(sold, KitRow) else change_line,
            order_id,
            sold.id,
            quantity=_exact(edited.get("quantity"), sold.quantity),
            unit_price=_exact(edited.get("unit_price"), sold.unit_price),
            discount=_exact(edited.get("discount"), sold.by_hand),
        )
    _next_edit()


def _remove(key: str, order_id: int, rows: list[ShownRow]) -> None:
    sold = rows[st.session_state[key]["row"]].sold
    act_in_callback(remove_kit if isinstance(sold, KitRow) else remove_line, order_id, sold.id)
    st.session_state[REMOVED] = (order_id, sold)
    _next_edit()


def _offer_to_put_back(order: OrderCard) -> None:
    """Undo the last removal: the line or kit comes back at its price and discount, a kit with its parts."""
    order_id, sold = st.session_state.get(REMOVED, (None, None))
    if order_id != order.id or sold.is_gift:
        return
    if any(type(each) is type(sold) and each.id == sold.id for each in order.sold):
        return
    st.button(
        _("Put {sku} back").format(sku=sold.sku),
        key="new_order.put_back",
        type="tertiary",
        icon=":material/undo:",
        on_click=_put_back,
        args=(order.id, sold),
    )


def _put_back(order_id: int, sold: LineRow | KitRow) -> None:
    del st.session_state[REMOVED]
    is_listed = sold.price_trace is not None and not sold.price_trace.get("entered")
    line = LineDraft(sold.variant_id, sold.quantity, None if is_listed else sold.unit_price, sold.by_hand)
    act_in_callback(add_line, order_id, line)
    _next_edit()


def _next_edit() -> None:
    """A table of its own for each edit: what was refused does not stay in its cells."""
    st.session_state[EDITS] = st.session_state.get(EDITS, 0) + 1


def _exact(edited: float | None, before: Decimal) -> Decimal:
    return before if edited is None else Decimal(str(edited))


def _confirm(order_id: int, number: str) -> None:
    if act_in_callback(confirm_order, order_id, key=form_key(f"new_order.confirm.{order_id}")) is not None:
        st.session_state[CONFIRMED] = (order_id, number)
        turn_to(FRESH)


def _discard(order_id: int, number: str) -> None:
    done = _("{number} is discarded.").format(number=number)
    act_in_callback(cancel_order, order_id, reason=_("Discarded at order entry"), done=done)
    turn_to(FRESH)
