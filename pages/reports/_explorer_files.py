"""What leaves the explorer as a file: every row, none left out, with rows and columns as they are looked at."""

from dataclasses import replace

import streamlit as st

from core.analytics.explorer.pivot import Pivot
from core.analytics.explorer.rules import Shape
from core.analytics.export.answers import pivot_of, sheet_of
from core.analytics.export.leaving import note_export
from core.analytics.export.sheet import Sheet
from core.analytics.layer.answer import answer
from core.base.errors import AppError
from core.security.actor import Actor
from core.work.command import may
from pages._shared.board import labels, leaving
from pages._shared.filters import Look
from pages._shared.mirror import mirror
from pages._shared.text import _, escaped
from pages.reports._explorer_board import title_of

KEY = "explorer.file"


def title_of_file(shape: Shape) -> str:
    """The figures, and by what they are asked."""
    by = [labels.title_of(name) for name in (*shape.rows, *shape.columns)]
    return " · ".join([", ".join(title_of(shape, measure) for measure in shape.measures), *by])


def whole_table(actor: Actor, shape: Shape, pivot: Pivot) -> Sheet:
    """Every row of what is looked at; with columns, these beside each other in groups and a total of each row."""
    title, flat = title_of_file(shape), pivot.flat
    found = answer(mirror(), actor, flat)
    if not (pivot.rows.dimensions and pivot.columns.dimensions):
        return sheet_of(found, title)
    rows, columns = (answer(mirror(), actor, replace(flat, by=axis.dimensions)) for axis in (pivot.rows, pivot.columns))
    return pivot_of(found, rows, columns, title)


def offer_files(actor: Actor, look: Look, shape: Shape, pivot: Pivot) -> None:
    """The way to take along what is looked at."""
    if not may(actor, note_export):
        return
    # Not before it is opened: a file has rows that the screen leaves out.
    opened = st.popover(_("Export"), icon=":material/download:", key=f"{KEY}.open", on_change="rerun")
    if not opened.open:
        return
    with opened:
        try:
            sheet = whole_table(actor, shape, pivot)
            cover = leaving.cover_of(actor, sheet.title, look)
            leaving.offer(KEY, leaving.file_name(_("Explorer"), look), cover, [sheet])
        except AppError as refusal:
            st.error(escaped(refusal.sentence))
