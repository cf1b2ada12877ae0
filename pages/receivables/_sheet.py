"""The allocation sheet: open documents of a customer, what each gets, and what stays on the balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.receivables.rules import oldest_first
from core.receivables.service import Document
from core.sales.money.queries import OpenRow
from pages._shared.formats import money
from pages._shared.tables import day_column, money_column, text_column
from pages._shared.text import N_, _

OLDEST, BY_HAND, DEPOSIT = "oldest", "hand", "deposit"
WAYS = {OLDEST: N_("Oldest first"), BY_HAND: N_("By hand"), DEPOSIT: N_("Keep as deposit")}


@dataclass(frozen=True)
class Shares:
    """What documents get of a sum of money."""

    parts: dict[Document, Decimal]
    rest: Decimal

    @property
    def fits(self) -> bool:
        """Whether no more is given than there is."""
        return self.rest >= ZERO


def allocation_sheet(rows: Sequence[OpenRow], amount: Decimal, *, key: str, with_deposit: bool = True) -> Shares:
    """Let somebody say what this money is for; every figure follows while it is typed."""
    ways = [OLDEST, BY_HAND, DEPOSIT] if with_deposit else [OLDEST, BY_HAND]
    way = st.segmented_control(
        _("Allocate"), ways, format_func=lambda each: _(WAYS[each]), default=OLDEST, required=True, key=f"{key}.way"
    )
    if not rows or way == DEPOSIT:
        if not rows:
            st.caption(_("Nothing is open: the money stays on the balance of the customer."))
        return _told(Shares({}, amount), amount)
    oldest = oldest_first(amount, [(row.document, row.open) for row in rows])
    given = [float(oldest.get(row.document, ZERO)) if way == OLDEST else 0.0 for row in rows]
    frame = pd.DataFrame(
        {
            "number": [row.number for row in rows],
            "give": given,
            "open": [float(row.open) for row in rows],
            "due": [row.due_on for row in rows],
            "on": [row.on for row in rows],
            "amount": [float(row.amount) for row in rows],
        }
    )
    columns = {
        "number": text_column(_("Document"), disabled=True, width=118),
        "give": st.column_config.NumberColumn(
            _("Gets now"), min_value=0, step=0.01, required=True, format="%,.2f", alignment="right", width=96
        ),
        "open": money_column(_("Open"), disabled=True, width=96),
        "due": day_column(_("Due on"), disabled=True, width=92),
        "on": day_column(_("Day"), disabled=True, width=92),
        "amount": money_column(_("Amount"), disabled=True, width=96),
    }
    if way == OLDEST:
        st.dataframe(frame, hide_index=True, key=f"{key}.oldest", column_config=columns, placeholder="")
        return _told(Shares(oldest, amount - sum(oldest.values(), ZERO)), amount)
    typed = st.data_editor(
        frame, hide_index=True, num_rows="fixed", key=f"{key}.hand", column_config=columns, placeholder=""
    )
    shares = [Decimal(str(each or 0)) for each in typed["give"].tolist()]
    parts = {row.document: share for row, share in zip(rows, shares, strict=True) if share}
    return _told(Shares(parts, amount - sum(parts.values(), ZERO)), amount)


def _told(shares: Shares, amount: Decimal) -> Shares:
    with st.container(horizontal=True, gap="medium"):
        st.metric(_("Money"), money(amount), width="content")
        st.metric(_("For documents"), money(amount - shares.rest), width="content")
        st.metric(_("Stays on the balance"), money(shares.rest), width="content")
    if not shares.fits:
        st.warning(_("The documents get {amount} more than there is.").format(amount=money(-shares.rest)))
    return shares
