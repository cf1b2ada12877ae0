"""Lines typed or pasted as code and quantity, for forms without a sheet of their own."""

import streamlit as st

from core.base.errors import AppError
from core.catalog.typed import find_typed, refuse_unclear
from core.stock.ledger import Line, LotEntry
from core.stock.typed_lots import split_lots
from pages._shared.screen import reading
from pages._shared.text import _, escaped


def lines_box(key: str) -> str:
    """Where lines are typed or pasted, one each."""
    return st.text_area(
        _("One line each: code and quantity"),
        placeholder="PEN01\t12\nCUP07\t24\nTEA02\t6 #L-07",
        help=_("For goods of one lot, write # and its number at the end of the line. Others go first expired first."),
        height=140,
        key=key,
    )


def typed_lines(text: str) -> list[Line] | None:
    """What was typed; None, with a sentence, where it is not clear."""
    plain, lots = split_lots(text)
    try:
        with reading() as view:
            found = find_typed(view, plain, for_stock=True)
        refuse_unclear(found)
    except AppError as refusal:
        st.error("  \n".join(escaped(line) for line in refusal.sentence.splitlines()))
        return None
    return [
        Line(each.choices[0].variant_id, each.typed.quantity, lot=LotEntry(lot) if lot else None)
        for each, lot in zip(found, lots, strict=True)
    ]
