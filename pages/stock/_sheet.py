"""The sheet of lines that a receipt, issue or count is entered on, kept in the session until it is booked."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import streamlit as st

from core.base.errors import AppError
from core.base.exact import QUANTITY_PLACES, ZERO, round_to
from core.catalog.queries import VariantRow, get_products
from core.catalog.typed import FoundLine, find_typed, refuse_unclear
from core.stock.ledger import Line
from core.stock.models import DocumentKind
from core.stock.queries import stock_levels
from core.stock.service import adjust_stock, issue_goods, receive_goods
from core.work.store import View
from pages._shared.formats import quantity
from pages._shared.screen import act, form_key, reading
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import N_, _, escaped
from pages._shared.typeline import Candidate, Entry, Question, focus, say, typeline

BASKET = "movements.basket"
EDITION = "movements.edition"
QUESTION = "movements.question"
LINE = "movements.line"

QUANTITY_LABELS = {
    DocumentKind.RECEIPT: N_("Received"),
    DocumentKind.ISSUE: N_("Issued"),
    DocumentKind.ADJUSTMENT: N_("Counted"),
}
ACTION_LABELS = {
    DocumentKind.RECEIPT: N_("Receive goods"),
    DocumentKind.ISSUE: N_("Issue goods"),
    DocumentKind.ADJUSTMENT: N_("Adjust stock"),
}
DONE_LABELS = {
    DocumentKind.RECEIPT: N_("{count} products were received."),
    DocumentKind.ISSUE: N_("{count} products were issued."),
    DocumentKind.ADJUSTMENT: N_("The stock of {count} products was adjusted."),
}
COMMANDS: dict[DocumentKind, Callable[..., int]] = {
    DocumentKind.RECEIPT: receive_goods,
    DocumentKind.ISSUE: issue_goods,
    DocumentKind.ADJUSTMENT: adjust_stock,
}
REASONS = {
    DocumentKind.ISSUE: (N_("Own use"), N_("Sample"), N_("Gift"), N_("Returned to the supplier")),
    DocumentKind.ADJUSTMENT: (N_("Stocktake"), N_("Damaged"), N_("Past its date"), N_("Lost"), N_("Surplus found")),
}


@st.fragment(key="movements.sheet")
def show_sheet(kind: DocumentKind, warehouse_id: int) -> None:
    """The line to type into, the lines so far, and the button that books them."""
    typeline(
        LINE,
        label=_("What was moved?"),
        placeholder=_("Code, pinyin or barcode × quantity, then Enter"),
        hint="",
        suggest=partial(_candidates, warehouse_id),
        take=partial(_take_entry, warehouse_id),
        question=st.session_state.get(QUESTION),
    )
    basket = _basket()
    if not basket:
        st.caption(_("No lines yet. Type “PEN01*12”, scan a barcode, or paste lines from a sheet."))
        _paste()
        return
    _show_lines(kind, warehouse_id, basket)
    _book(kind, warehouse_id, basket)


def _candidates(warehouse_id: int, text: str) -> list[Candidate]:
    """The products that a line may mean while it is being typed, with what the warehouse has of them."""
    try:
        with reading() as view:
            lines = find_typed(view, text, for_stock=True)
            return _offered(view, warehouse_id, lines[0].choices) if len(lines) == 1 else []
    except AppError:
        return []


def _offered(view: View, warehouse_id: int, rows: Sequence[VariantRow]) -> list[Candidate]:
    wanted = [row.variant_id for row in rows]
    levels = stock_levels(view, variant_ids=wanted, warehouse_id=warehouse_id, limit=len(wanted) or 1)
    here = {level.variant_id: level.on_hand for level in levels}
    return [
        Candidate(row.variant_id, row.sku, row.name, note=quantity(here.get(row.variant_id, ZERO)), more=row.unit)
        for row in rows
    ]


def _take_entry(warehouse_id: int, entry: Entry) -> None:
    st.session_state.pop(QUESTION, None)
    if entry.is_dropped:
        return
    try:
        with reading() as view:
            lines = find_typed(view, entry.text, for_stock=True)
            if entry.choice is not None:
                for chosen in get_products(view, [entry.choice]).values():
                    _add(chosen, lines[0].typed.quantity)
                return
            if len(lines) == 1 and lines[0].choices and not lines[0].is_clear:
                title = _("Which product is “{typed}”? Type its number, then Enter.").format(typed=entry.text.strip())
                rows = tuple(_offered(view, warehouse_id, lines[0].choices))
                st.session_state[QUESTION] = Question(entry.text, title, rows)
                return
        _add_all(lines)
    except AppError as refusal:
        say(LINE, refusal.sentence, "bad", more=True)


def _add_all(lines: Sequence[FoundLine]) -> None:
    """Put lines on the sheet; refuses, naming each, when any of them is not clear."""
    refuse_unclear(lines)
    for line in lines:
        _add(line.choices[0], line.typed.quantity)


def _add(row: VariantRow, count: Decimal) -> None:
    basket = _basket()
    basket[row.variant_id] = basket.get(row.variant_id, ZERO) + count
    say(LINE, f"✓ {row.label} × {quantity(count)}", "good", more=True)
    _redraw()


def _show_lines(kind: DocumentKind, warehouse_id: int, basket: dict[int, Decimal]) -> None:
    with reading() as view:
        products = get_products(view, list(basket))
        levels = stock_levels(view, variant_ids=list(basket), warehouse_id=warehouse_id, limit=len(basket))
    here = {level.variant_id: level for level in levels}
    before = [here[each].on_hand if each in here else ZERO for each in basket]
    free = [here[each].available if each in here else ZERO for each in basket]
    after = [_after(kind, old, count) for old, count in zip(before, basket.values(), strict=True)]
    places = quantity_places([*before, *free, *after, *basket.values()])
    key = f"movements.lines.{st.session_state.get(EDITION, 0)}"
    st.data_editor(
        {
            "sku": [products[each].sku for each in basket],
            "name": [products[each].name for each in basket],
            "count": [float(count) for count in basket.values()],
            "available": [float(each) for each in free],
            "before": [float(each) for each in before],
            "after": [float(each) for each in after],
            "unit": [products[each].unit for each in basket],
        },
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=["sku", "name", "available", "before", "after", "unit"],
        on_change=partial(_edited, key, list(basket)),
        column_config={
            "sku": text_column(_("Code"), width=64),
            "name": text_column(_("Product name"), width=130),
            "count": quantity_column(
                _(QUANTITY_LABELS[kind]),
                places,
                width=80,
                min_value=0.0,
                step=0.001,
                help=_("Empty it to drop the line."),
            ),
            "available": quantity_column(_("Available"), places, width=62),
            "before": quantity_column(_("On hand"), places, width=62),
            "after": quantity_column(_("Afterwards"), places, width=62),
            "unit": text_column(_("Unit"), width=44),
        },
    )
    short = [
        products[each].name
        for each, count, left in zip(basket, basket.values(), free, strict=True)
        if kind is DocumentKind.ISSUE and count > left
    ]
    if short:
        st.warning(_("More than is available: {names}").format(names=escaped(", ".join(short))))


def _after(kind: DocumentKind, before: Decimal, count: Decimal) -> Decimal:
    if kind is DocumentKind.ADJUSTMENT:
        return count
    return before + count if kind is DocumentKind.RECEIPT else before - count


def _edited(key: str, variant_ids: list[int]) -> None:
    basket = _basket()
    for place, change in st.session_state[key]["edited_rows"].items():
        if "count" in change:
            variant_id = variant_ids[int(place)]
            if change["count"] is None:
                basket.pop(variant_id, None)
            else:
                basket[variant_id] = round_to(Decimal(str(change["count"])), QUANTITY_PLACES)
    _redraw()


def _book(kind: DocumentKind, warehouse_id: int, basket: dict[int, Decimal]) -> None:
    with st.form("movements.book", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        reason = ""
        if kind in REASONS:
            reason = (
                st.selectbox(
                    _("Reason"),
                    [_(each) for each in REASONS[kind]],
                    index=None,
                    accept_new_options=True,
                    placeholder=_("Choose one or type your own"),
                    key=f"movements.reason.{kind.value}",
                    width=260,
                )
                or ""
            )
        note = st.text_input(_("Note"), key="movements.note", max_chars=500, width=260)
        booked = st.form_submit_button(
            _(ACTION_LABELS[kind]),
            type="primary",
            key="movements.save",
            icon=":material/check:",
            shortcut="Ctrl+Enter",
        )
    with st.container(horizontal=True):
        _paste()
        st.button(_("Clear the sheet"), key="movements.clear", icon=":material/delete:", on_click=clear)
    if booked:
        lines = [Line(variant_id, count) for variant_id, count in basket.items()]
        more: dict[str, Any] = {"reason": reason} if kind in REASONS else {}
        more["counted" if kind is DocumentKind.ADJUSTMENT else "lines"] = lines
        made = act(
            COMMANDS[kind],
            warehouse_id=warehouse_id,
            note=note,
            done=_(DONE_LABELS[kind]).format(count=len(lines)),
            key=form_key("movements"),
            rerun=False,
            **more,
        )
        if made is not None:
            clear()
            st.rerun()


def _paste() -> None:
    with (
        st.popover(_("Paste lines"), icon=":material/content_paste:", key="movements.paste"),
        st.form("movements.pasted", border=False, clear_on_submit=True),
    ):
        text = st.text_area(
            _("One line each: code and quantity"), placeholder="PEN01\t12\nCUP07\t24", height=180, key="movements.lot"
        )
        pressed = st.form_submit_button(_("Add lines"), type="primary", key="movements.paste.add")
    if pressed:
        try:
            with reading() as view:
                _add_all(find_typed(view, text, for_stock=True))
        except AppError as refusal:
            st.error("  \n".join(escaped(line) for line in refusal.sentence.splitlines()))
        else:
            st.rerun()


def clear() -> None:
    """Begin an empty sheet."""
    for name in (BASKET, QUESTION, f"{LINE}.said"):
        st.session_state.pop(name, None)
    _redraw()
    focus(LINE)


def _basket() -> dict[int, Decimal]:
    basket: dict[int, Decimal] = st.session_state.setdefault(BASKET, {})
    return basket


def _redraw() -> None:
    st.session_state[EDITION] = st.session_state.get(EDITION, 0) + 1
