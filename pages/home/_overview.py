"""The overview on the first screen: key figures, the pace against the target, and what deserves a look first."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.analytics.errors import MirrorNotReady
from core.analytics.findings.aside import put_aside
from core.analytics.findings.figures import Compared, KeyFigure, key_figures, why_changed
from core.analytics.findings.found import findings
from core.analytics.findings.rules import KIND_LABELS, Group, Kind, ranked
from core.analytics.findings.selling import my_standing
from core.analytics.findings.whose import whose
from core.base.errors import AppError
from core.security.permissions import P
from core.team.rules import ATTAINMENT, LANDING, NEEDED, PACE
from core.work.store import View
from pages._shared.board.asking import BAD_WHEN_MORE
from pages._shared.board.figures.numbers import MONEY, Numbers
from pages._shared.formats import compact_money, day, money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, PERIOD_LABELS, Comparison, Period, compared_with, window_of
from pages._shared.screen import link, reading, show_messages
from pages._shared.standing import agreement, clock_time, standing, unrounded_note
from pages._shared.text import N_, _, escaped, listed, ngettext
from pages.home._findings import definition, show_aside, show_finding
from pages.reports._sales_panels import STEP_NAMES

PERIODS = (Period.WEEK, Period.MONTH, Period.QUARTER, Period.YEAR, Period.LAST_30, Period.LAST_90)
COMPARISONS = tuple(each for each in Comparison if each is not Comparison.NOTHING)
NARROWEST = 150
LOOKS_EVERY, WAITS = 10, 1
# The steps read line by line; of longer periods the dashboard shows them.
LONGEST_TOLD = 100
SEEN = "home.seen"
RANKED = N_(
    "Ranked by the money at risk, at most five of a kind; choose a kind for all of it. The mark beside a finding says "
    "how it is counted."
)
WHY = N_(
    "From the net sales of the days before to those of now, by price, volume, mix, new and lost goods, discounts and "
    "returns; the steps add up to the cent."
)


def show_overview(place: st.delta_generator.DeltaGenerator) -> None:
    """The overview in its place; from here on it redraws by itself."""

    @st.fragment(key="home.overview")
    def body() -> None:
        show_messages()
        with _told():
            _show()

    st.session_state[SEEN] = _seen()
    with place.container():
        if mirror().is_ready:
            body()
        else:
            st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")
        _watch()


def _watch() -> None:
    @st.fragment(run_every=LOOKS_EVERY if mirror().is_ready else WAITS)
    def body() -> None:
        """Shows the screen anew when the figures have changed; costs next to nothing otherwise."""
        if st.session_state.get(SEEN) not in (None, _seen()):
            st.rerun()

    body()


def _seen() -> tuple[bool, int, int]:
    return mirror().is_ready, mirror().generation, mirror().refreshes


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except MirrorNotReady:
        st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")
    except AppError as refusal:
        st.error(listed(refusal.sentence))


def _show() -> None:
    with reading() as view:
        groups, aside = findings(view, mirror()), put_aside(view)
        if view.actor.may(P.SALES_ANALYSE):
            _show_figures(view, _choose_days(view), [each for each in groups if each.kind is Kind.UNPAID])
            _show_pace(view)
        else:
            with st.grid(min_column_width=NARROWEST):
                for group in groups:
                    _show_group(group)
        st.subheader(_("What needs you first"), anchor=False, help=_(RANKED))
        kinds = _choose_kinds(groups)
        rows = ranked(groups, aside, view.today, kinds)
        for row in rows:
            show_finding(view, row)
        if not rows:
            st.info(_("Nothing needs you here right now."), icon=":material/task_alt:")
        show_aside(groups, aside, view.today)


def _choose_days(view: View) -> Compared:
    asked, other = (st.query_params.get(name, "") for name in ("period", "compare"))
    with st.container(horizontal=True, vertical_alignment="center"):
        period = st.pills(
            _("Period"),
            PERIODS,
            required=True,
            default=Period(asked) if asked in PERIODS else Period.MONTH,
            format_func=lambda each: _(PERIOD_LABELS[each]),
            key="home.period",
            label_visibility="collapsed",
        )
        comparison = st.selectbox(
            _("Compared with"),
            COMPARISONS,
            index=COMPARISONS.index(Comparison(other)) if other in COMPARISONS else 0,
            format_func=lambda each: _(COMPARISON_LABELS[each]),
            key="home.compare",
            label_visibility="collapsed",
            width=220,
        )
    for name, chosen, usual in (("period", period, Period.MONTH), ("compare", comparison, Comparison.PREVIOUS)):
        if chosen != usual:
            st.query_params[name] = chosen.value
        elif name in st.query_params:
            del st.query_params[name]
    window = window_of(period, view.today)
    held = compared_with(period, window, comparison) or window
    seller = whose(view.actor)
    words = _("{since} – {last}, today is not over; compared with {before} – {before_last}. As of {time}.").format(
        since=day(window.since),
        last=day(window.last_day),
        before=day(held.since),
        before_last=day(held.last_day),
        time=clock_time(mirror().as_of),
    )
    own = "" if seller is None else " " + _("Your own orders and customers.")
    st.caption(f"{words}{own} {agreement()}")
    return Compared(window.since, window.until, (held.since, held.until))


def _show_figures(view: View, days: Compared, owed: list[Group]) -> None:
    figures = key_figures(mirror(), view.actor, days)
    with st.grid(min_column_width=NARROWEST):
        for each in figures:
            _show_figure(each)
        for group in owed:
            _show_money(group)
    for each in figures:
        if note := unrounded_note(each.amount, each.unrounded):
            st.caption(escaped(note))
    if (days.until - days.since).days > LONGEST_TOLD:
        return
    found = why_changed(mirror(), view.actor, days)
    if found.before != found.after:
        steps = [
            f"{escaped(_(name))} {MONEY.short(amount) if amount < 0 else '+' + MONEY.short(amount)}"
            for step, (name, _words) in STEP_NAMES.items()
            if (amount := getattr(found, step))
        ]
        change = MONEY.short(found.after - found.before)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                escaped(_("Net sales changed by {amount}:").format(amount=change)) + " " + " · ".join(steps),
                width="content",
                help=_(WHY),
            )
            link("reports/sales", _("What changed"), section="change", **_look())


def _look() -> dict[str, str]:
    return {name: st.query_params[name] for name in ("period", "compare") if name in st.query_params} or {
        "period": Period.MONTH.value
    }


def _show_figure(each: KeyFigure) -> None:
    numbers, name = Numbers(each.measure.unit), each.measure.name
    grown = each.grown
    lines = [
        f"**{escaped(numbers.full(each.amount))}**",
        _("Compared with {amount}").format(amount=escaped(numbers.full(each.before))),
        _(each.measure.sentence),
        "" if each.lines is None else _("From {lines} order lines.").format(lines=quantity(each.lines)),
        *standing(),
    ]
    st.metric(
        _(each.measure.label),
        numbers.short(each.amount),
        delta=f"{'+' if grown and grown > 0 else ''}{percent(grown)}",
        delta_color="off" if not grown else "inverse" if name in BAD_WHEN_MORE else "normal",
        delta_arrow="auto" if grown else "off",
        help="  \n".join(line for line in lines if line),
        border=True,
        height="stretch",
        chart_data=list(each.trend) if len(each.trend) > 1 else None,
    )


def _show_pace(view: View) -> None:
    mine = my_standing(mirror(), view)
    if mine is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("No target is planned for this month."), width="content")
            link("reports/targets", _("Plan targets"))
        return
    pace = mine.pace
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            heading = _("Target of this month")
            st.markdown(f"**{heading}**", help=_(ATTAINMENT), width="content")
            link("reports/team", _("Team"), period="month")
        st.progress(min(1.0, max(0.0, float(pace.attainment or 0))))
        low = "" if pace.low is None else f" ({MONEY.short(pace.low)} – {MONEY.short(pace.high)})"
        parts: tuple[tuple[str, dict[str, str], str], ...] = (
            (
                _("{part} of {target} reached"),
                {"part": percent(pace.attainment), "target": MONEY.short(pace.target)},
                ATTAINMENT,
            ),
            (_("pace {pace}"), {"pace": percent(pace.pace)}, PACE),
            (_("lands at {landing}"), {"landing": MONEY.short(pace.landing) + low}, LANDING),
            (_("{amount} needed a day"), {"amount": MONEY.short(pace.needed_a_day)}, NEEDED),
        )
        with st.grid(columns=4, min_column_width=NARROWEST, gap="small"):
            for words, facts, told in parts:
                st.markdown(escaped(words.format(**facts)), help=_(told))


def _show_group(group: Group) -> None:
    """A kind as a figure, for those without figures of sales."""
    st.metric(
        _(KIND_LABELS[group.kind]),
        quantity(group.count),
        delta=compact_money(group.amount),
        delta_color="off",
        delta_arrow="off",
        help=definition(group.kind),
        border=True,
        height="stretch",
    )


def _show_money(group: Group) -> None:
    """A kind as an amount, beside figures of sales."""
    counted = ngettext("{count} customer", "{count} customers", group.count).format(count=quantity(group.count))
    st.metric(
        _(KIND_LABELS[group.kind]),
        compact_money(group.amount),
        delta=counted,
        delta_color="off",
        delta_arrow="off",
        help=f"**{escaped(money(group.amount))}**  \n{definition(group.kind)}",
        border=True,
        height="stretch",
    )


def _choose_kinds(groups: list[Group]) -> list[Kind]:
    there = {group.kind: group for group in groups if group.count}
    if len(there) < 2:
        return []
    return st.pills(
        _("Kinds"),
        list(there),
        selection_mode="multi",
        format_func=lambda kind: (
            f"{_(KIND_LABELS[kind])} · {quantity(there[kind].count)} · {compact_money(there[kind].amount)}"
        ),
        key="home.kinds",
        label_visibility="collapsed",
    )
