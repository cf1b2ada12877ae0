"""The sheet of lines that a receipt, issue or count is entered on, kept as a draft until it is booked."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import streamlit as st

from core.base.errors import AppError
from core.base.exact import ZERO
from core.catalog.queries import VariantRow, get_products
from core.catalog.typed import FoundLine, find_typed, refuse_unclear
from core.stock.drafts import MovementDraftCard, book_movement, my_movement_drafts
from core.stock.ledger import Line
from core.stock.models import DocumentKind
from core.stock.queries import WarehouseRow, stock_levels, warehouses
from core.work.store import View
from pages._shared.formats import moment, quantity
from pages._shared.screen import act, form_key, reading, show_messages
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import N_, _, escaped, ngettext
from pages._shared.typeline import Candidate, Entry, Question, focus, say, typeline
from pages.stock._clearance import warn_of_clearance
from pages.stock._draft import (
    EDITION,
    FRESH,
    KIND,
    LINE,
    QUESTION,
    WAREHOUSE,
    current_draft,
    discard,
    keep_head,
    keep_quantities,
    offer,
    put,
    turn_to,
)
from pages.stock._names import row_height
from pages.stock._paper import price_column_of, prices_of, show_paper, show_what_it_recosts
from pages.stock._sheet_lots import show_lots

QUANTITY_LABELS = {
    DocumentKind.RECEIPT: N_("Received"),
    DocumentKind.ISSUE: N_("Issued"),
    DocumentKind.SCRAP: N_("Scrapped"),
    DocumentKind.ADJUSTMENT: N_("Counted"),
}
ACTION_LABELS = {
    DocumentKind.RECEIPT: N_("Receive goods"),
    DocumentKind.ISSUE: N_("Issue goods"),
    DocumentKind.SCRAP: N_("Scrap goods"),
    DocumentKind.ADJUSTMENT: N_("Adjust stock"),
}
REASONS = {
    DocumentKind.ISSUE: (N_("Own use"), N_("Sample"), N_("Gift")),
    DocumentKind.SCRAP: (N_("Broken"), N_("Damaged"), N_("Past its date"), N_("Not repairable")),
    DocumentKind.ADJUSTMENT: (
        N_("Found in a count"),
        N_("Damaged"),
        N_("Past its date"),
        N_("Lost"),
        N_("Surplus found"),
    ),
}


@st.fragment(key="movements.sheet")
def show_sheet() -> None:
    """What kind of movement and where, the line to type into, the lines so far, and the button that books them."""
    show_messages()
    with reading() as view:
        draft = current_draft(view)
        drafts = my_movement_drafts(view)
        houses = warehouses(view, with_closed=True)
    others = [each for each in drafts if draft is None or each.id != draft.id]
    _show_head(draft, houses)
    warehouse_id = st.session_state[WAREHOUSE]
    typeline(
        LINE,
        label=_("What was moved?"),
        placeholder=_("Code, pinyin or barcode × quantity"),
        hint="",
        suggest=partial(_candidates, warehouse_id),
        take=partial(_take_entry, warehouse_id),
        question=st.session_state.get(QUESTION),
    )
    if draft is not None and draft.quantities:
        show_paper(draft)
        _show_lines(draft)
        warn_of_clearance(draft)
        show_lots(draft)
        show_what_it_recosts(draft)
        _book(draft)
    else:
        st.caption(_("No lines yet. Type “PEN01*12” and press Enter, scan a barcode, or paste lines from a sheet."))
    with st.container(horizontal=True, vertical_alignment="center"):
        _paste()
        if draft is not None:
            _leave(draft)
            if others:
                with st.popover(_("My drafts ({count})").format(count=len(drafts)), icon=":material/drafts:"):
                    offer(others)
    if draft is not None:
        begun = escaped(moment(draft.created_at))
        st.caption(_("Draft of {begun}, kept until you book or discard it.").format(begun=begun))
    if draft is None and others:
        st.markdown(f"**{_('My drafts')}**")
        offer(others)


def _show_head(draft: MovementDraftCard | None, houses: Sequence[WarehouseRow]) -> None:
    """Kind and warehouse: those of the draft, else the ones chosen last."""
    names = {
        house.id: house.name if house.is_active else _("{warehouse} (closed)").format(warehouse=house.name)
        for house in houses
        if house.is_active or (draft is not None and house.id == draft.warehouse_id)
    }
    if draft is not None:
        st.session_state[KIND], st.session_state[WAREHOUSE] = draft.kind, draft.warehouse_id
    elif st.session_state.setdefault(WAREHOUSE, next(iter(names))) not in names:
        st.session_state[WAREHOUSE] = next(iter(names))
    st.session_state.setdefault(KIND, DocumentKind.RECEIPT)
    with st.container(horizontal=True, vertical_alignment="top", key="movements.bar"):
        st.segmented_control(
            _("Kind of movement"),
            list(ACTION_LABELS),
            format_func=lambda each: _(ACTION_LABELS[each]),
            required=True,
            key=KIND,
            persist_state="session",
            on_change=keep_head,
            args=("kind", KIND),
        )
        st.selectbox(
            _("Warehouse"),
            list(names),
            format_func=lambda each: names.get(each, ""),
            key=WAREHOUSE,
            width=200,
            persist_state="session",
            on_change=keep_head,
            args=("warehouse_id", WAREHOUSE),
        )


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
    unanswered = st.session_state.pop(QUESTION, None)
    if entry.is_dropped:
        return
    if unanswered is not None and (entry.choice is None or entry.text != unanswered.typed):
        say(LINE, _("“{typed}” was not added.").format(typed=unanswered.typed), "bad", more=True)
    try:
        with reading() as view:
            found = find_typed(view, entry.text, for_stock=True)
            if entry.choice is not None:
                chosen = get_products(view, [entry.choice])[entry.choice]
                found = [FoundLine(found[0].typed, (chosen,))]
            elif len(found) == 1 and found[0].choices and not found[0].is_clear:
                title = _("Which product is “{typed}”? Type its number, then Enter.").format(typed=entry.text.strip())
                rows = tuple(_offered(view, warehouse_id, found[0].choices))
                st.session_state[QUESTION] = Question(entry.text, title, rows)
                return
        _put(found, entry.id)
    except AppError as refusal:
        say(LINE, refusal.sentence, "bad", more=True)


def _put(found: Sequence[FoundLine], key: str) -> None:
    """Put lines on the sheet; refuses, naming each, when any of them is not clear."""
    refuse_unclear(found)
    put([Line(line.choices[0].variant_id, line.typed.quantity) for line in found], key)
    if len(found) == 1:
        say(LINE, f"✓ {found[0].choices[0].label} × {quantity(found[0].typed.quantity)}", "good", more=True)
    else:
        say(LINE, "✓ " + _("{count} lines added").format(count=len(found)), "good", more=True)


def _show_lines(draft: MovementDraftCard) -> None:
    basket, kind = draft.quantities, draft.kind
    with reading() as view:
        products = get_products(view, list(basket))
        levels = stock_levels(view, variant_ids=list(basket), warehouse_id=draft.warehouse_id, limit=len(basket))
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
            **prices_of(draft),
            "available": [float(each) for each in free],
            "before": [float(each) for each in before],
            "after": [float(each) for each in after],
            "unit": [products[each].unit for each in basket],
        },
        key=key,
        hide_index=True,
        row_height=row_height([products[each].name for each in basket]),
        num_rows="fixed",
        disabled=["sku", "name", "available", "before", "after", "unit"],
        on_change=keep_quantities,
        args=(key, list(basket)),
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
            **price_column_of(draft),
            "available": quantity_column(_("Available"), places, width=62),
            "before": quantity_column(_("On hand"), places, width=62),
            "after": quantity_column(_("Afterwards"), places, width=62),
            "unit": text_column(_("Unit"), width=44),
        },
    )
    short = [
        products[each].name
        for each, count, left in zip(basket, basket.values(), free, strict=True)
        if kind in {DocumentKind.ISSUE, DocumentKind.SCRAP} and count > left
    ]
    if short:
        st.warning(_("More than is available: {names}").format(names=escaped(", ".join(short))))


def _after(kind: DocumentKind, before: Decimal, count: Decimal) -> Decimal:
    if kind is DocumentKind.ADJUSTMENT:
        return count
    return before + count if kind is DocumentKind.RECEIPT else before - count


def _book(draft: MovementDraftCard) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if draft.kind in REASONS:
            reasons = [_(each) for each in REASONS[draft.kind]]
            if draft.reason and draft.reason not in reasons:
                reasons.append(draft.reason)
            key = f"movements.reason.{draft.kind.value}.{draft.id}"
            st.selectbox(
                _("Reason"),
                reasons,
                index=reasons.index(draft.reason) if draft.reason else None,
                accept_new_options=True,
                placeholder=_("Choose one or type your own"),
                key=key,
                width=260,
                on_change=keep_head,
                args=("reason", key),
            )
        key = f"movements.note.{draft.id}"
        st.text_input(
            _("Note"), value=draft.note, key=key, max_chars=500, width=260, on_change=keep_head, args=("note", key)
        )
        booked = st.button(
            _(ACTION_LABELS[draft.kind]),
            type="primary",
            key="movements.save",
            icon=":material/check:",
            shortcut="Ctrl+Enter",
        )
    if booked:
        done = _done(draft.kind, len(draft.quantities))
        key = form_key(f"movements.{draft.id}")
        if act(book_movement, draft.id, done=done, key=key, rerun=False) is not None:
            turn_to(FRESH)
            st.rerun()


def _done(kind: DocumentKind, count: int) -> str:
    if kind is DocumentKind.RECEIPT:
        said = ngettext("{count} product was received.", "{count} products were received.", count)
    elif kind is DocumentKind.SCRAP:
        said = ngettext("{count} product was scrapped.", "{count} products were scrapped.", count)
    elif kind is DocumentKind.ISSUE:
        said = ngettext("{count} product was issued.", "{count} products were issued.", count)
    else:
        said = ngettext(
            "The stock of {count} product was adjusted.", "The stock of {count} products was adjusted.", count
        )
    return said.format(count=count)


def _paste() -> None:
    with st.popover(_("Paste lines"), icon=":material/content_paste:", key="movements.paste"):
        with st.form("movements.pasted", border=False):
            text = st.text_area(
                _("One line each: code and quantity"),
                placeholder="PEN01\t12\nCUP07\t24",
                height=180,
                key=f"movements.lot.{st.session_state.get(EDITION, 0)}",
            )
            pressed = st.form_submit_button(_("Add lines"), type="primary", key="movements.paste.add")
        if pressed:
            try:
                with reading() as view:
                    found = find_typed(view, text, for_stock=True)
                _put(found, f"{form_key('movements.pasted')}.{st.session_state.get(EDITION, 0)}")
            except AppError as refusal:
                st.error("  \n".join(escaped(line) for line in refusal.sentence.splitlines()))
            else:
                focus(LINE)
                st.rerun()


def _leave(draft: MovementDraftCard) -> None:
    """Setting the sheet aside for an empty one, and throwing it away."""
    st.button(
        _("New sheet"),
        key="movements.fresh",
        icon=":material/add:",
        on_click=turn_to,
        args=(FRESH,),
        help=_("This one stays among your drafts."),
    )
    with st.popover(_("Discard"), icon=":material/delete:", key="movements.discard"):
        st.markdown(_("The draft is thrown away with its lines. The stock stays as it is."))
        st.button(
            _("Discard the draft"), key="movements.discard_now", type="primary", on_click=discard, args=(draft.id,)
        )
