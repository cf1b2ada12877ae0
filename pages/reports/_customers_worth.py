"""Who is worth what, how sure that is and how such predictions came true; on how few customers it hangs."""

from decimal import Decimal

import pandas as pd
import plotly.graph_objects as go

from core.analytics.customers.cohorts import concentrated
from core.analytics.customers.facts import customer_names, money_of
from core.analytics.customers.lifetime import BackTest, Lifetime, lifetime
from core.analytics.customers.rules.concentration import TOPS
from core.base.errors import AppError
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.numbers import MONEY, MUTED
from pages._shared.charts import PALETTE, figure, plain_axis
from pages._shared.formats import compact_money, day, money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.tables import money_column, percent_column, quantity_column, text_column
from pages._shared.text import _
from pages.reports._customers_among import below, chosen_by

SHOWN = 100
MOST_RANGES = 12


def worths(scene: Scene) -> Drawn:
    """The customers worth most, each with its interval, as ranges and in a table."""
    if scene.dimension != "customer":
        return below(scene)
    found = _asked(scene)
    if isinstance(found, AppError):
        return Drawn(note=str(found.sentence))
    chosen = chosen_by(scene.actor, scene.look, "customer")
    customers, total, low, high = found.of_all(chosen)
    told = _("All {customers} customers together: {total}, with 90 % certainty between {low} and {high}.").format(
        customers=quantity(customers), total=money(total), low=compact_money(low), high=compact_money(high)
    )
    rows = found.most_worth(SHOWN, chosen)
    if not rows:
        return Drawn(note=" ".join((told, _("Nobody among them bought three times."))))
    names = customer_names(mirror(), scene.actor, [row.customer_id for row in rows])
    frame = pd.DataFrame(
        {
            "name": [names.get(row.customer_id, "") for row in rows],
            "amount": [float(row.amount) for row in rows],
            "interval": [f"{compact_money(row.low)} – {compact_money(row.high)}" for row in rows],
            "active": [row.active for row in rows],
            "expected": [round(row.expected, 1) for row in rows],
            "likely": [f"{row.expected_low} – {row.expected_high}" for row in rows],
        }
    )
    columns = {
        "name": text_column(_("Customer"), width=150, pinned=True),
        "amount": money_column(_("Worth"), width=110),
        "interval": text_column(_("Expectation within"), width=130),
        "active": percent_column(_("Still buys"), width=84),
        "expected": quantity_column(_("Purchases"), 1, width=90),
        "likely": text_column(_("Nine of ten make"), width=110),
    }
    return Drawn(
        note=told + " " + _("Customers who bought at least three times, worth most first."),
        table=frame,
        columns=columns,
        labels=[str(row.customer_id) for row in rows],
        marks={str(row.customer_id): f"{names.get(row.customer_id, '')} · {MONEY.full(row.amount)}" for row in rows},
    )


def tried_by_repeats(scene: Scene) -> Drawn:
    """The back-test: purchases expected and made, by how often customers had come back before."""
    tried = _tried(scene)
    if isinstance(tried, Drawn):
        return tried
    names = [f"{row.repeats}{'+' if row.repeats == 7 else ''}" for row in tried.by_repeats]
    hovers = [_("{count} customers").format(count=row.customers) for row in tried.by_repeats]
    chart = figure(
        go.Bar(x=names, y=[row.predicted for row in tried.by_repeats], name=_("Predicted"), hovertext=hovers),
        go.Bar(x=names, y=[row.actual for row in tried.by_repeats], name=_("Came"), hovertext=hovers),
        height=280,
        barmode="group",
        xaxis=plain_axis(type="category", title=_("Repeat purchases before")),
        yaxis=plain_axis(),
    )
    note = _(
        "Fitted to what was known on {since}, the model expected {predicted} purchases until {until}; there were "
        "{actual}."
    ).format(
        since=day(tried.since),
        until=day(tried.until),
        predicted=quantity(round(Decimal(tried.predicted))),
        actual=quantity(round(Decimal(tried.actual))),
    )
    return Drawn(chart, note)


def tried_by_tenths(scene: Scene) -> Drawn:
    """The back-test: who was expected to bring most, and what they brought."""
    tried = _tried(scene)
    if isinstance(tried, Drawn):
        return tried
    rows = tried.money_parts or tried.parts
    names = [str(row.number) for row in rows]
    chart = figure(
        go.Bar(x=names, y=[row.predicted for row in rows], name=_("Predicted")),
        go.Bar(x=names, y=[row.actual for row in rows], name=_("Came")),
        height=280,
        barmode="group",
        xaxis=plain_axis(type="category", title=_("Tenths of the customers, most expected first")),
        yaxis=plain_axis(tickformat=".0%"),
    )
    lift = quantity(round(Decimal(tried.parts[0].lift), 1)) if tried.parts else "–"
    note = _("The tenth of whom most was expected bought {lift} times the average.").format(lift=lift)
    found = _asked(scene)
    if isinstance(found, Lifetime):
        note += " " + _(
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
    return Drawn(chart, note)


def few(scene: Scene) -> Drawn:
    """On how few customers the sales hang."""
    found = concentrated(mirror(), scene.actor, chosen=chosen_by(scene.actor, scene.look))
    if found is None:
        return Drawn(note=_("Nobody bought in the last 12 months."))
    line = {"color": PALETTE[0], "width": 3}
    even = {"color": MUTED, "width": 1, "dash": "dot"}
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
    told = [
        _("{few} of {customers} customers make 80 % of {total}.").format(
            few=quantity(found.four_fifths),
            customers=quantity(found.customers),
            total=compact_money(money_of(found.total)),
        ),
        *(
            _("The largest {part} % buy {share}.").format(part=part, share=percent(share))
            for part, share in zip(TOPS, found.top, strict=True)
        ),
        _("Gini {gini}, Herfindahl {herfindahl}.").format(
            gini=f"{found.gini:.2f}", herfindahl=quantity(round(Decimal(found.herfindahl * 10_000)))
        ),
    ]
    return Drawn(chart, " ".join(told))


def _asked(scene: Scene) -> Lifetime | AppError:
    """The models, or why there are none."""
    try:
        if any(option.name == "months" for option in scene.panel.options):
            months, yearly = int(scene.word("months")), Decimal(scene.word("rate"))
            return lifetime(mirror(), scene.actor, months=months, yearly=yearly)
        return lifetime(mirror(), scene.actor)
    except AppError as refusal:
        return refusal


def _tried(scene: Scene) -> BackTest | Drawn:
    found = _asked(scene)
    if isinstance(found, AppError):
        return Drawn(note=str(found.sentence))
    if found.back_test is None:
        return Drawn(note="" if found.back_test_refusal is None else str(found.back_test_refusal.sentence))
    return found.back_test
