"""The sheet that somebody is entering: which of their drafts it is, and what is done to it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.exact import PRICE_PLACES, round_to
from core.stock.drafts import (
    MovementDraftCard,
    MovementDraftRow,
    add_to_movement,
    begin_movement,
    change_movement,
    discard_movement,
    edit_movement,
    find_movement_draft,
    my_movement_drafts,
    price_movement,
)
from core.stock.ledger import Line
from core.stock.models import DOCUMENT_KIND_LABELS
from core.work.store import View
from pages._shared.formats import moment
from pages._shared.forms import quantity_typed
from pages._shared.screen import act_in_callback, reading, store
from pages._shared.text import _, escaped, ngettext
from pages._shared.typeline import focus

DRAFT = "movements.draft"
ASKED = "draft"
EDITION = "movements.edition"
QUESTION = "movements.question"
LINE = "movements.line"
KIND = "movements.kind"
WAREHOUSE = "movements.warehouse"
FRESH = 0


def current_draft(view: View) -> MovementDraftCard | None:
    """The draft asked for by a link, else the one being worked on; after a reload the latest of one's own.

    None where a new sheet begins.
    """
    asked = st.query_params.get(ASKED, "")
    if asked:
        del st.query_params[ASKED]
    if asked.isdecimal() and len(asked) < 19:
        st.session_state[DRAFT] = int(asked)
    elif DRAFT not in st.session_state:
        latest = my_movement_drafts(view, limit=1)
        st.session_state[DRAFT] = latest[0].id if latest else FRESH
    draft = find_movement_draft(view, st.session_state[DRAFT])
    if draft is None:
        st.session_state[DRAFT] = FRESH
    return draft


def turn_to(draft_id: int) -> None:
    """Work on this draft from here on; `FRESH` begins an empty sheet."""
    st.session_state[DRAFT] = draft_id
    for name in (QUESTION, f"{LINE}.said"):
        st.session_state.pop(name, None)
    redraw()
    focus(LINE)


def put(lines: Sequence[Line], key: str) -> None:
    """Put lines on the sheet, once for each key; the first ones begin a draft. Refuses as the commands do."""
    if st.session_state[DRAFT] == FRESH:
        head = {"kind": st.session_state[KIND], "warehouse_id": st.session_state[WAREHOUSE]}
        st.session_state[DRAFT] = _run(begin_movement, key, lines=lines, **head)
    else:
        _run(add_to_movement, key, st.session_state[DRAFT], lines)
    redraw()


def keep_head(name: str, key: str) -> None:
    """Callback: what was chosen or typed for the head of a draft is kept with it."""
    if st.session_state[DRAFT] != FRESH:
        act_in_callback(edit_movement, st.session_state[DRAFT], **{name: st.session_state[key] or ""})
    if key in (KIND, WAREHOUSE):
        focus(LINE)


def keep_quantities(key: str, variant_ids: Sequence[int]) -> None:
    """Callback: quantities and prices changed in the table of lines are kept; no quantity takes its line off."""
    changed: dict[int, Decimal | None] = {}
    prices: dict[int, Decimal | None] = {}
    for place, cells in st.session_state[key]["edited_rows"].items():
        if "price" in cells:
            cost = cells["price"]
            prices[variant_ids[int(place)]] = None if cost is None else round_to(Decimal(str(cost)), PRICE_PLACES)
        if "count" in cells:
            typed = cells["count"]
            changed[variant_ids[int(place)]] = None if typed is None else quantity_typed(typed)
    if prices:
        act_in_callback(price_movement, st.session_state[DRAFT], prices)
    if changed:
        act_in_callback(change_movement, st.session_state[DRAFT], changed)
    redraw()


def discard(draft_id: int) -> None:
    """Callback: throw the draft away, and begin an empty sheet."""
    act_in_callback(discard_movement, draft_id, done=_("The draft was discarded."))
    turn_to(FRESH)


def offer(drafts: Sequence[MovementDraftRow]) -> None:
    """A button for each draft, to go on with it."""
    for draft in drafts:
        lines = ngettext("{count} line", "{count} lines", draft.lines).format(count=draft.lines)
        st.button(
            f"{_(DOCUMENT_KIND_LABELS[draft.kind])} · {escaped(draft.warehouse)} · {lines} · "
            + escaped(moment(draft.created_at)),
            key=f"movements.draft.{draft.id}",
            icon=":material/edit_note:",
            on_click=turn_to,
            args=(draft.id,),
        )


def redraw() -> None:
    """Show the table of lines as it is kept, without what was typed into it before."""
    st.session_state[EDITION] = st.session_state.get(EDITION, 0) + 1


def _run(command: Callable[..., Any], key: str, *args: Any, **kwargs: Any) -> Any:
    with reading() as view:
        actor = view.actor
    return store().run(actor, command, key, *args, **kwargs)
