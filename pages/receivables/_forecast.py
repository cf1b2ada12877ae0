"""Days of sales outstanding, and the cash that is expected by paying habits."""

from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate

import plotly.graph_objects as go
import streamlit as st

from core.receivables.forecast_rules import Forecast, Split
from core.sales.money.forecast import DsoCard, check_forecast
from pages._shared.charts import PALETTE, compact_axis, figure, plain_axis, show
from pages._shared.formats import compact_money, day, money, quantity
from pages._shared.screen import reading
from pages._shared.tables import day_column, money_column
from pages._shared.text import N_, _

DSO_HELP = N_(
    "Days of sales outstanding = claims / net credit sales × days: {receivable} / {sales} × {days}. Net credit sales: "
    "goods shipped and charges since {since}, less returns, with tax, without customers who pay before shipment."
)
CHECKED = (4, 8, 13)
"""How many weeks ago the forecasts were made that are held against what came."""
NO_SALES = N_("Nothing was sold on credit since {since}.")
HOW = N_(
    "By what each customer did in the last 12 months: of money that got so late, how much came in the next weeks. "
    "Customers with fewer than 5 payments are expected to pay as all do. Fast, usual and slow: when a quarter, half "
    "and three quarters of such money came. What is not shipped yet is not in it."
)


def show_dso(card: DsoCard) -> None:
    """The figure, with its formula and inputs on hover."""
    since = day(card.since)
    words = _(NO_SALES).format(since=since)
    if card.days_owed is not None:
        receivable, sales = money(card.receivable), money(card.sales)
        words = _(DSO_HELP).format(receivable=receivable, sales=sales, days=card.days, since=since)
    shown = "–" if card.days_owed is None else _("{count} days").format(count=quantity(card.days_owed))
    st.metric(_("DSO"), shown, width="content", help=words)


def show_forecast(made: Forecast) -> None:
    """What is expected by when, as figures, as curves, and week by week."""
    st.subheader(_("Cash forecast"), anchor=False)
    if not made.outstanding:
        st.caption(_("Nothing is owed, so nothing is expected."))
        return
    with st.container(horizontal=True, gap="medium", key="ageing.forecast.sums"):
        st.metric(_("Outstanding"), money(made.outstanding), width="content")
        for weeks in (4, len(made.weeks)):
            split = made.within(weeks)
            label = _("Expected in {weeks} weeks").format(weeks=weeks)
            band = _("slow {slow}, fast {fast}").format(slow=compact_money(split.slow), fast=compact_money(split.fast))
            st.metric(label, money(split.expected), band, delta_color="off", delta_arrow="off", width="content")
        st.metric(_("Later, or never"), money(made.later.expected), width="content")
    show(_curves(made), "ageing.forecast")
    st.caption(_(HOW))
    with st.expander(_("Week by week"), icon=":material/table_rows:"):
        _show_weeks(made)
        _show_check()


def _curves(made: Forecast) -> go.Figure:
    days = [day(week) for week, _split in made.weeks]
    fast, likely, slow, expected = (
        _so_far(made, part)
        for part in (
            lambda split: split.fast,
            lambda split: split.likely,
            lambda split: split.slow,
            lambda split: split.expected,
        )
    )
    band = f"rgba({', '.join(str(int(PALETTE[0][n : n + 2], 16)) for n in (1, 3, 5))}, 0.18)"
    edge = {"width": 1, "color": PALETTE[0], "dash": "dot"}
    return figure(
        go.Scatter(mode="lines", name=_("If all pay slowly"), x=days, y=_floats(slow), line=edge),
        go.Scatter(
            mode="lines", name=_("If all pay fast"), x=days, y=_floats(fast), line=edge, fill="tonexty", fillcolor=band
        ),
        go.Scatter(
            mode="lines",
            name=_("As they usually pay"),
            x=days,
            y=_floats(likely),
            line={"width": 2, "color": PALETTE[0]},
        ),
        go.Scatter(
            mode="lines",
            name=_("Expected receipts"),
            x=days,
            y=_floats(expected),
            line={"width": 3, "color": PALETTE[1]},
        ),
        xaxis=plain_axis(type="category"),
        yaxis=compact_axis([made.outstanding]),
    )


def _so_far(made: Forecast, part: Callable[[Split], Decimal]) -> list[Decimal]:
    return list(accumulate(part(split) for _week, split in made.weeks))


def _floats(amounts: list[Decimal]) -> list[float]:
    return [float(each) for each in amounts]


def _show_weeks(made: Forecast) -> None:
    rows = [*made.weeks, (None, made.later)]
    st.dataframe(
        {
            "week": [week for week, _split in rows],
            "expected": [float(split.expected) for _week, split in rows],
            "slow": [float(split.slow) for _week, split in rows],
            "likely": [float(split.likely) for _week, split in rows],
            "fast": [float(split.fast) for _week, split in rows],
        },
        key="ageing.forecast.weeks",
        hide_index=True,
        height="content",
        column_config={
            "week": day_column(_("Week from"), width=100),
            "expected": money_column(_("Expected receipts"), width=110),
            "slow": money_column(_("If all pay slowly"), width=120),
            "likely": money_column(_("As they usually pay"), width=130),
            "fast": money_column(_("If all pay fast"), width=110),
        },
        placeholder=_("later, or never"),
    )


def _show_check() -> None:
    if not st.button(_("Check against the past"), key="ageing.forecast.check", icon=":material/fact_check:"):
        return
    with reading() as view:
        checks = [check_forecast(view, weeks) for weeks in CHECKED]
    for check in checks:
        st.markdown(
            _(
                "On {since}, {outstanding} were owed. Expected by {until}: {expected} (slow {slow}, fast {fast}). "
                "Settled of it: **{settled}**."
            ).format(
                since=day(check.since),
                until=day(check.until),
                outstanding=money(check.outstanding),
                expected=money(check.forecast.expected),
                slow=money(check.forecast.slow),
                fast=money(check.forecast.fast),
                settled=money(check.settled),
            )
        )
