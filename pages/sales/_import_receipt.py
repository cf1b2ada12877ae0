"""The receipt of an import: where every row and every cent of the file went, and the rows that were refused."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from core.base.sheets import csv_file
from core.exchange.problems import KINDS, Problem
from core.exchange.receipt import BOOKED_KINDS, NOTES, UNCHANGED
from core.work.store import View
from pages._shared.fetched import when_fetched
from pages._shared.formats import money, quantity
from pages._shared.tables import text_column
from pages._shared.text import _

HEIGHT = 320
CARD_WIDTH = 165
RECEIPT_WIDTH = 640


def show_receipt(receipt: Mapping[str, Any]) -> None:
    """Rows and money by kind; the last line is the sum of those above it, exactly."""
    figures = [
        (_("Rows read"), quantity(receipt["rows_read"])),
        (_("Booked"), money(Decimal(receipt["booked_total"]))),
        (_("Refused"), money(Decimal(receipt["refused_total"]))),
        (_("Orders"), quantity(receipt["orders"])),
        (_("Returns"), quantity(receipt["returns"])),
        (_("New products"), quantity(receipt["new_products"])),
        (_("New customers"), quantity(receipt["new_customers"])),
    ]
    with st.grid(columns=4, min_column_width=CARD_WIDTH, key="import.cards"):
        for label, shown in figures:
            st.metric(label, shown, border=True)
    lines = [
        *((_(BOOKED_KINDS[kind]), tally) for kind, tally in receipt["booked_kinds"].items()),
        *(
            (_("Refused: {kind}").format(kind=_(KINDS[kind].label)), tally)
            for kind, tally in receipt["refused_kinds"].items()
        ),
        (_(UNCHANGED), {"rows": receipt["unchanged"], "amount": receipt["unchanged_total"]}),
        (_("Rounding to cents"), {"rows": None, "amount": receipt["rounding"]}),
        (_("Total of the file"), {"rows": receipt["rows_read"], "amount": receipt["file_total"]}),
    ]
    frame = pd.DataFrame(
        {
            "kind": [label for label, _tally in lines],
            "rows": ["" if tally["rows"] is None else quantity(tally["rows"]) for _label, tally in lines],
            "amount": [_exact(tally["amount"]) for _label, tally in lines],
        }
    )
    st.dataframe(
        frame,
        key="import.receipt",
        hide_index=True,
        width=RECEIPT_WIDTH,
        column_config={
            "kind": text_column(_("What became of it"), pinned=True),
            "rows": text_column(_("Rows"), alignment="right"),
            "amount": text_column(_("Amount"), alignment="right"),
        },
    )
    for name, count in receipt["notes"].items():
        st.caption(_("{note}: {count}").format(note=_(NOTES[name]), count=quantity(count)))


def show_problems(problems: Sequence[Problem], file_name: str) -> None:
    """Every row that is not booked, with line, column and sentence; to be downloaded, too."""
    if not problems:
        return
    st.subheader(_("Rows that are not booked"), anchor=False)
    frame = pd.DataFrame(
        {
            "line": [problem.line for problem in problems],
            "column": [problem.column for problem in problems],
            "sentence": [problem.sentence for problem in problems],
            "amount": [_exact(str(problem.amount)) for problem in problems],
        }
    )
    st.dataframe(
        frame,
        key="import.problems",
        hide_index=True,
        width="stretch",
        height=HEIGHT if len(problems) > 8 else "auto",
        column_config={
            "line": st.column_config.NumberColumn(_("Line"), format="%d", width=56, pinned=True),
            "column": text_column(_("Column"), width=104),
            "sentence": text_column(_("What is wrong"), width="large"),
            "amount": text_column(_("Amount"), alignment="right"),
        },
    )
    st.download_button(
        _("Download this list"),
        when_fetched(_as_csv, problems),
        file_name="-".join((file_name.rsplit(".", 1)[0], _("problems"))) + ".csv",
        mime="text/csv",
        key="import.problems.download",
        icon=":material/download:",
        on_click="ignore",
    )


def _as_csv(_view: View, problems: Sequence[Problem]) -> bytes:
    return csv_file(
        (_("Line"), _("Column"), _("What is wrong"), _("Amount")),
        ((problem.line, problem.column, problem.sentence, problem.amount) for problem in problems),
    )


def _exact(amount: str) -> str:
    """To the cent, and further where the file goes further."""
    number = Decimal(amount)
    places = max(2, -int(number.normalize().as_tuple().exponent)) if number else 2
    return f"{number:,.{places}f}"
