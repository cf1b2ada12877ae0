"""One finding on the first screen: its sentence, why, its rows, what to do, and putting it aside."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import streamlit as st

from core.analytics.findings.aside import bring_finding_back, put_finding_aside
from core.analytics.findings.rules import (
    DEFINITIONS,
    KIND_LABELS,
    UNITS,
    Fact,
    Finding,
    Group,
    Kind,
    PutAside,
    is_aside,
)
from core.analytics.findings.selling import NO_CATEGORY
from core.analytics.layer.terms import Unit
from core.base.exact import ZERO
from core.work.store import View
from pages._shared.formats import day, money, percent, quantity
from pages._shared.screen import act_in_callback
from pages._shared.standing import standing
from pages._shared.text import N_, _, escaped, ngettext
from pages.home._ways import show_action, show_evidence

ICONS = {
    Kind.BEHIND: ":material/flag:",
    Kind.FELL: ":material/trending_down:",
    Kind.ROSE: ":material/trending_up:",
    Kind.RUNS_OUT: ":material/production_quantity_limits:",
    Kind.DEAD: ":material/inventory:",
    Kind.OVER_STOCK: ":material/layers:",
    Kind.EXPIRES: ":material/event_busy:",
    Kind.STOPPED: ":material/person_off:",
    Kind.UNPAID: ":material/payments:",
    Kind.LATE: ":material/schedule:",
}
COLOURS = {Kind.ROSE: "green", Kind.LATE: "red", Kind.UNPAID: "red", Kind.RUNS_OUT: "orange", Kind.BEHIND: "orange"}
DAYS = {1: N_("Until tomorrow"), 7: N_("For a week"), 30: N_("For 30 days")}


def definition(kind: Kind) -> str:
    """How findings of a kind are counted, from when the figures are, and whether they agree with the documents."""
    return "\n\n".join([_(DEFINITIONS[kind]), *standing()])


def show_finding(view: View, finding: Finding) -> None:
    """One finding."""
    key = f"home.finding.{finding.kind}.{finding.subject}"
    with st.container(border=True, gap=None, key=key), st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None, key=f"{key}.said"):
            st.badge(
                _(KIND_LABELS[finding.kind]),
                icon=ICONS[finding.kind],
                color=COLOURS.get(finding.kind, "blue"),
                help=definition(finding.kind),
            )
            st.markdown(said(finding))
            if "product_amount" in finding.facts or "customer_amount" in finding.facts:
                _show_why(finding.facts)
        with st.container(horizontal=True, width="content", gap="small", vertical_alignment="center"):
            show_evidence(view, finding)
            show_action(view, finding, key)
            _put_aside(finding, key)


def _put_aside(finding: Finding, key: str) -> None:
    with st.popover(
        "", icon=":material/snooze:", type="tertiary", help=_("Put aside"), width="content", key=f"{key}.aside"
    ):
        st.caption(_("It comes back by itself, and at once when its money has doubled."))
        for days, label in DAYS.items():
            st.button(
                _(label),
                key=f"{key}.aside.{days}",
                on_click=act_in_callback,
                args=(put_finding_aside, finding.kind, finding.subject),
                kwargs={
                    "days": days,
                    "amount": finding.amount,
                    "done": _("Put aside. It can be brought back below the findings."),
                },
            )


def show_aside(groups: Sequence[Group], aside: Mapping[tuple[str, str], PutAside], today: date) -> None:
    """What was put aside and is still the matter, with the way back."""
    rows = [row for group in groups for row in group.rows if is_aside(row, aside, today)]
    if not rows:
        return
    counted = ngettext("{count} finding put aside", "{count} findings put aside", len(rows))
    with st.expander(counted.format(count=len(rows)), icon=":material/snooze:", key="home.put_aside"):
        for row in rows:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                until = _("until {day}").format(day=day(aside[row.key].until))
                st.markdown(f"{said(row)} :gray[{escaped(until)}]", width="stretch")
                st.button(
                    _("Bring back"),
                    key=f"home.back.{row.kind}.{row.subject}",
                    icon=":material/undo:",
                    type="tertiary",
                    on_click=act_in_callback,
                    args=(bring_finding_back, row.kind, row.subject),
                    kwargs={"done": _("The finding is back.")},
                )


def said(finding: Finding) -> str:
    """The sentence, its money and what it is about in bold."""
    facts = {name: _written(name, fact) for name, fact in finding.facts.items()}
    for name in ("amount", "name", "number"):
        if name in facts:
            facts[name] = f"**{facts[name]}**"
    return _(finding.sentence).format(**facts)


def _show_why(facts: Mapping[str, Fact]) -> None:
    parts = []
    for name in ("product", "customer"):
        amount = facts.get(f"{name}_amount")
        if isinstance(amount, Decimal):
            sign = "+" if amount > ZERO else ""
            parts.append(f"{_written(name, facts[name])} {sign}{_written(f'{name}_amount', amount)}")
    st.caption(_("Mostly {parts}").format(parts=" · ".join(parts)))


def _written(name: str, fact: Fact) -> str:
    unit = UNITS.get(name)
    if isinstance(fact, Decimal):
        if unit is Unit.MONEY:
            return escaped(money(fact))
        if unit is Unit.RATE:
            return escaped(f"{'+' if fact > ZERO else ''}{percent(fact)}")
        return escaped(quantity(fact))
    if isinstance(fact, date):
        return escaped(day(fact))
    if isinstance(fact, int):
        return quantity(fact)
    return escaped(_(fact) if fact == NO_CATEGORY else fact)
