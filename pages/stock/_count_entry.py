"""Typing and scanning onto a count sheet. What is suggested says nothing about what should be there."""

from collections.abc import Sequence
from hashlib import sha256

import streamlit as st

from core.base.errors import AppError
from core.catalog.queries import VariantRow, get_products
from core.catalog.typed import FoundLine, find_typed, refuse_unclear
from core.exchange.pictures import codes_on
from core.stock.counts.enter import add_to_counts
from core.stock.counts.scan import Scan, scanned
from core.stock.ledger import Line
from pages._shared.formats import quantity
from pages._shared.screen import reading, store
from pages._shared.text import _, ngettext, speak
from pages._shared.typeline import Candidate, Entry, Question, say

LINE = "count_sheet.line"
QUESTION = "count_sheet.question"
EDITION = "count_sheet.edition"


def candidates(text: str) -> list[Candidate]:
    """The products that a line may mean while it is being typed."""
    try:
        with reading() as view:
            lines = find_typed(view, text, for_stock=True)
            return _offered(lines[0].choices) if len(lines) == 1 else []
    except AppError:
        return []


def take_entry(count_id: int, entry: Entry) -> None:
    """Count what was typed, scanned or pasted, once for each entry; what cannot be counted is said below the line."""
    unanswered = st.session_state.pop(QUESTION, None)
    if entry.is_dropped:
        return
    if unanswered is not None and (entry.choice is None or entry.text != unanswered.typed):
        say(LINE, _("“{typed}” was not added.").format(typed=unanswered.typed), "bad", more=True)
    try:
        with reading() as view:
            actor = view.actor
            scans = scanned(view, count_id, entry.text)
            found = scans[0].found
            if entry.choice is not None:
                chosen = get_products(view, [entry.choice])[entry.choice]
                scans = [Scan(FoundLine(found.typed, (chosen,)))]
            elif len(scans) == 1 and found.choices and not found.is_clear:
                title = _("Which product is “{typed}”? Type its number, then Enter.").format(typed=entry.text.strip())
                st.session_state[QUESTION] = Question(entry.text, title, tuple(_offered(found.choices)))
                return
        refuse_unclear([each.found for each in scans])
        lines = [
            Line(each.found.choices[0].variant_id, each.found.typed.quantity, lot_id=each.lot_id) for each in scans
        ]
        store().run(actor, add_to_counts, entry.id, count_id, lines)
    except AppError as refusal:
        say(LINE, refusal.sentence, "bad", more=True)
        return
    if len(scans) == 1:
        say(LINE, f"✓ {scans[0].label} × {quantity(scans[0].found.typed.quantity)}", "good", more=True)
    else:
        said = ngettext("{count} line added", "{count} lines added", len(scans)).format(count=len(scans))
        say(LINE, f"✓ {said}", "good", more=True)
    redraw()


def take_photo(count_id: int, key: str) -> None:
    """Callback: count what the codes on a photo name, each once for each photo."""
    photo = st.session_state.get(key)
    if photo is None:
        return
    taken = photo.getvalue()
    speak()
    st.session_state[f"{LINE}.said"] = []
    try:
        texts = codes_on(taken)
    except AppError as refusal:
        say(LINE, refusal.sentence, "bad")
        return
    mark = sha256(taken).hexdigest()[:24]
    for place, text in enumerate(texts):
        take_entry(count_id, Entry(f"photo-{mark}-{place}", text, None, False))


def redraw() -> None:
    """Show the table as it is kept, without what was typed into it before."""
    st.session_state[EDITION] = st.session_state.get(EDITION, 0) + 1


def _offered(rows: Sequence[VariantRow]) -> list[Candidate]:
    return [Candidate(row.variant_id, row.sku, row.name, more=row.unit) for row in rows]
