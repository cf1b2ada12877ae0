"""What an order lacks, which other orders could give it, and why it would be their turn."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pandas as pd
import streamlit as st

from core.base.exact import ZERO
from core.sales.queries import OrderCard
from core.sales.reallocation.queries import YieldProposal, YieldRow, yield_proposal
from core.sales.reallocation.rules import REASON_LABELS
from core.sales.reallocation.service import Take, take_from_orders
from core.security.actor import Actor
from core.work.command import may
from pages._shared.formats import day, quantity
from pages._shared.forms import quantity_typed
from pages._shared.screen import act, form_key, reading
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped, ngettext

FORM = "order.yields"


def show_yields(actor: Actor, order: OrderCard) -> None:
    """For an order that waits for goods, or a draft of which there is not enough; nothing otherwise."""
    with reading() as view:
        proposal = yield_proposal(view, order.id)
    if proposal is None:
        return
    with st.container(border=True, key="order.yields"):
        title = _("Not enough to confirm it") if proposal.is_draft else _("Waits for goods")
        st.markdown(f":orange[:material/hourglass_top:] **{title}**")
        for lack in proposal.lacks:
            missing = f"{quantity(lack.quantity)} {lack.unit}".strip()
            words = _("{quantity} of {sku} {name}").format(quantity=missing, sku=lack.sku, name=lack.name)
            st.markdown(f"{escaped(words)} · :gray[{_expected(lack.until)}]")
        if not proposal.rows:
            st.caption(
                _("No other order could give it: only those do that may wait for goods and have no stronger claim.")
            )
            return
        many = len(proposal.rows)
        label = ngettext("{count} order line could give it", "{count} order lines could give it", many)
        with st.expander(label.format(count=many), icon=":material/swap_horiz:", key="order.yields.who"):
            st.caption(
                _(
                    "Who comes first gives first. Lower priority before higher, unpaid before paid, what cannot leave "
                    "yet before what can, later before earlier; orders shipped in part, and older ones that are paid, "
                    "come last."
                )
            )
            for place, row in enumerate(proposal.rows, 1):
                st.markdown(f"{place}. {_told(row)}")
            if may(actor, take_from_orders):
                _form(order, proposal)


def _form(order: OrderCard, proposal: YieldProposal) -> None:
    rows = [row for row in proposal.rows if row.may_take]
    if not rows:
        st.caption(_("These orders belong to other sellers. Ask a manager to decide."))
        return
    form = f"{FORM}.{order.id}"
    with st.form(form, border=False):
        counts = _counts(rows, f"{form}.{order.version}.{len(rows)}.{sum(row.most for row in rows)}")
        pressed = st.form_submit_button(
            _("Take the goods and confirm") if proposal.is_draft else _("Take the goods"),
            type="primary",
            icon=":material/swap_horiz:",
            key="order.yields.take",
        )
    if pressed:
        act(
            take_from_orders,
            order.id,
            takes=[Take(row.line_id, count, row.reasons) for row, count in zip(rows, counts, strict=True)],
            done=_("The goods are reserved for {number}; who gave them waits now.").format(number=order.number),
            key=form_key(form),
        )


def _counts(rows: Sequence[YieldRow], key: str) -> list[Decimal]:
    places = quantity_places([row.most for row in rows] + [row.gives for row in rows])
    typed = st.data_editor(
        pd.DataFrame(
            {
                "number": [row.number for row in rows],
                "gives": [float(row.gives) for row in rows],
                "most": [float(row.most) for row in rows],
                "sku": [row.sku for row in rows],
            }
        ),
        key=key,
        hide_index=True,
        num_rows="fixed",
        disabled=["number", "sku", "most"],
        column_config={
            "number": text_column(_("Order"), width=116),
            "gives": quantity_column(_("Gives"), places, width=56, min_value=0.0, step=0.001, required=True),
            "most": quantity_column(_("At most"), places, width=58),
            "sku": text_column(_("Code"), width=60),
        },
    )
    return [quantity_typed(count) for count in typed["gives"].tolist()]


def _told(row: YieldRow) -> str:
    why = "; ".join(_(REASON_LABELS[reason]) for reason in row.reasons)
    gives = _("gives {gives} of {most}") if row.gives > ZERO else _("could give {most}")
    facts = {"gives": quantity(row.gives), "most": f"{quantity(row.most)} {row.unit}".strip()}
    head = f"**{escaped(row.number)}** · {escaped(row.customer)} · {escaped(row.sku)}: "
    then = _("Then it waits: {expected}.").format(expected=_expected(row.until))
    owner = "" if row.may_take else " " + _("It belongs to {owner}.").format(owner=escaped(row.owner or "–"))
    return f"{head}{escaped(gives.format(**facts))} – {escaped(why)}. :gray[{then}{owner}]"


def _expected(until: date | None) -> str:
    return _("no arrival is planned") if until is None else _("expected on {day}").format(day=day(until))
