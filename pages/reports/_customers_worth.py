"""Who is worth what, how sure that is and how such predictions came true; on how few customers it hangs."""

from decimal import Decimal

import plotly.graph_objects as go
import streamlit as st

from core.analytics.customers.cohorts import CONCENTRATION, concentrated
from core.analytics.customers.facts import customer_names, money_of
from core.analytics.customers.lifetime import DEFINITION, BackTest, Lifetime, lifetime
from core.analytics.customers.rules.concentration import TOPS
from core.security.actor import Actor
from pages._shared.charts import PALETTE, figure, plain_axis, show
from pages._shared.formats import compact_money, day, money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.screen import goto
from pages._shared.tables import choice_table, money_column, nothing_here, percent_column, quantity_column, text_column
from pages._shared.text import _, listed

SHOWN = 100
MONTHS = (6, 12, 24, 36)
RATES = ("0.05", "0.1", "0.15", "0.2")


def show_worth(actor: Actor) -> None:
    """What customers will bring, with an interval, the customers worth most, and the back-test."""
    st.subheader(_("What customers are worth"), anchor=False)
    with st.container(horizontal=True, key="customers.worth.bar"):
        months = st.selectbox(
            _("Months ahead"), MONTHS, index=1, format_func=str, key="customers.worth.months", width=150
        )
        yearly = st.selectbox(
            _("Discounted a year"),
            RATES,
            index=1,
            format_func=lambda each: percent(Decimal(each), 0),
            key="customers.worth.rate",
            width=150,
        )
    found = lifetime(mirror(), actor, months=months, yearly=Decimal(yearly))
    st.caption(_(DEFINITION).format(months=months, rate=percent(Decimal(yearly), 0)))
    st.markdown(
        _("All {customers} customers together: **{total}**, with 90 % certainty between {low} and {high}.").format(
            customers=quantity(found.customers),
            total=money(found.total),
            low=compact_money(found.low),
            high=compact_money(found.high),
        )
    )
    rows = found.most_worth(SHOWN)
    names = customer_names(mirror(), actor, [row.customer_id for row in rows])
    if rows:
        chosen = choice_table(
            rows,
            {
                "name": [names.get(row.customer_id, "") for row in rows],
                "amount": [float(row.amount) for row in rows],
                "interval": [f"{compact_money(row.low)} – {compact_money(row.high)}" for row in rows],
                "active": [row.active for row in rows],
                "expected": [round(row.expected, 1) for row in rows],
                "likely": [f"{row.expected_low} – {row.expected_high}" for row in rows],
            },
            key=f"customers.worth.{months}.{yearly}",
            height=420,
            column_config={
                "name": text_column(_("Customer"), width=150, pinned=True),
                "amount": money_column(_("Worth"), width=110),
                "interval": text_column(_("Expectation within"), width=130),
                "active": percent_column(_("Still buys"), width=84),
                "expected": quantity_column(_("Purchases"), 1, width=90),
                "likely": text_column(_("Nine of ten make"), width=110),
            },
        )
        st.caption(_("Customers who bought at least three times, worth most first."))
        if chosen is not None:
            goto("customers/customer", id=chosen.customer_id)
    _tried(found)


def _tried(found: Lifetime) -> None:
    st.subheader(_("How it came true"), anchor=False)
    if found.back_test is None:
        if found.back_test_refusal is not None:
            st.info(listed(found.back_test_refusal.sentence), icon=":material/info:")
        return
    tried = found.back_test
    st.markdown(
        _(
            "Fitted to what was known on {since}, the model expected {predicted} purchases until {until}; "
            "there were {actual}. The tenth of whom most was expected bought {lift} times the average."
        ).format(
            since=day(tried.since),
            until=day(tried.until),
            predicted=quantity(round(Decimal(tried.predicted))),
            actual=quantity(round(Decimal(tried.actual))),
            lift=quantity(round(Decimal(tried.parts[0].lift), 1)) if tried.parts else "–",
        )
    )
    first, second = st.columns(2, gap="medium")
    with first:
        st.markdown(_("**Purchases by how often they had come back**"))
        _by_repeats(tried)
    with second:
        st.markdown(_("**Share of the money by tenths, most expected first**"))
        _by_tenths(tried)
    st.caption(
        _(
            "BG/NBD r {r}, α {alpha}, a {a}, b {b}; Gamma-Gamma p {p}, q {q}, γ {gamma}; how often and how much: {rel}."
        ).format(
            r=f"{found.habit.r:.3f}",
            alpha=f"{found.habit.alpha:.3f}",
            a=f"{found.habit.a:.3f}",
            b=f"{found.habit.b:.3f}",
            p=f"{found.spending.p:.2f}",
            q=f"{found.spending.q:.2f}",
            gamma=f"{found.spending.gamma / 100:.2f}",
            rel=f"{found.spending.relation:+.2f}",
        )
    )


def _by_repeats(tried: BackTest) -> None:
    names = [f"{row.repeats}{'+' if row.repeats == 7 else ''}" for row in tried.by_repeats]
    hovers = [_("{count} customers").format(count=row.customers) for row in tried.by_repeats]
    expected = go.Bar(x=names, y=[row.predicted for row in tried.by_repeats], name=_("Predicted"), hovertext=hovers)
    came = go.Bar(x=names, y=[row.actual for row in tried.by_repeats], name=_("Came"), hovertext=hovers)
    chart = figure(
        expected,
        came,
        height=260,
        barmode="group",
        xaxis=plain_axis(type="category", title=_("Repeat purchases before")),
        yaxis=plain_axis(),
    )
    show(chart, "customers.tried.repeats")


def _by_tenths(tried: BackTest) -> None:
    rows = tried.money_parts or tried.parts
    names = [str(row.number) for row in rows]
    chart = figure(
        go.Bar(x=names, y=[row.predicted for row in rows], name=_("Predicted")),
        go.Bar(x=names, y=[row.actual for row in rows], name=_("Came")),
        height=260,
        barmode="group",
        xaxis=plain_axis(type="category", title=_("Tenths of the customers")),
        yaxis=plain_axis(tickformat=".0%"),
    )
    show(chart, "customers.tried.tenths")


def show_concentration(actor: Actor) -> None:
    """On how few customers the sales hang."""
    found = concentrated(mirror(), actor)
    st.subheader(_("On how few customers sales hang"), anchor=False, help=_(CONCENTRATION))
    if found is None:
        nothing_here(_("Nobody bought in the last 12 months."))
        return
    with st.grid(columns=5, min_column_width=130):
        for part, share in zip(TOPS, found.top, strict=True):
            st.metric(_("Largest {part} %").format(part=part), percent(share), border=True)
        st.metric(_("Gini"), f"{found.gini:.2f}", border=True)
        st.metric(_("Herfindahl"), quantity(round(Decimal(found.herfindahl * 10_000))), border=True)
    st.markdown(
        _("{few} of {customers} customers make 80 % of {total}.").format(
            few=quantity(found.four_fifths),
            customers=quantity(found.customers),
            total=compact_money(money_of(found.total)),
        )
    )
    line = {"color": PALETTE[0], "width": 3}
    even = {"color": PALETTE[10], "width": 1, "dash": "dot"}
    chart = figure(
        go.Scatter(
            x=[at for at, _share in found.curve],
            y=[share for _at, share in found.curve],
            mode="lines",
            fill="tozeroy",
            line=line,
            name=_("Share of sales"),
        ),
        go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=even, name=_("All buy the same")),
        height=320,
        xaxis=plain_axis(tickformat=".0%", title=_("Share of customers, the largest first")),
        yaxis=plain_axis(tickformat=".0%"),
    )
    show(chart, "customers.concentration")
