"""Segments: their weight, the rule in words, the map of recency and frequency, and who is in one."""

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd

from core.analytics.customers.rfm import members, rfm_map, segments
from core.analytics.customers.rules.segments import RULE_OF, Scores, Segment
from core.analytics.customers.scored import NUMBER_OF
from core.base.exact import ZERO
from core.security.actor import Actor
from pages._shared.board.board import BETWEEN, Drawn, Scene
from pages._shared.board.figures.bars import Bar, ranked
from pages._shared.board.figures.grids import heat_map
from pages._shared.board.figures.numbers import COUNTS, MONEY
from pages._shared.board.panels import marks_of
from pages._shared.formats import percent, quantity
from pages._shared.mirror import mirror
from pages._shared.tables import money_column, percent_column, quantity_column, text_column
from pages._shared.text import _, ngettext
from pages.reports._customers_among import below, chosen_by, net_by
from pages.reports._customers_keep import SHOWN, Listed, customers_drawn

SCORES = tuple(range(1, 6))


def weights(scene: Scene) -> Drawn:
    """Net sales by segment with how many customers are in each, and the rule of each in words."""
    if scene.dimension != "segment":
        return below(scene)
    rows = [
        row
        for row in segments(mirror(), scene.actor, chosen=chosen_by(scene.actor, scene.look, "segment"))
        if row.customers
    ]
    if not rows:
        return Drawn(note=_("Nobody has ordered yet."))
    net = net_by(scene, "segment", "segment")
    whole = sum(net.values(), ZERO)
    bars, table = [], []
    for row in rows:
        rule, amount = RULE_OF[row.segment], net.get(NUMBER_OF[row.segment], ZERO)
        share = amount / whole if whole > 0 else None
        words = ngettext("{name}, {count} customer", "{name}, {count} customers", row.customers)
        name = words.format(name=_(rule.name), count=quantity(row.customers))
        bars.append(Bar(str(NUMBER_OF[row.segment]), name, amount, None, share))
        table.append((_(rule.name), row.customers, row.share_of_customers, amount, share, _(rule.rule), _(rule.advice)))
    frame = pd.DataFrame(table, columns=["name", "customers", "share", "net", "net_share", "rule", "advice"])
    for column in ("share", "net", "net_share"):
        frame[column] = [None if each is None else float(each) for each in frame[column]]
    frame = frame[["name", "rule", "advice", "customers", "share", "net", "net_share"]]
    columns = {
        "name": text_column(_("Segment"), width=130, pinned=True),
        "customers": quantity_column(_("Customers"), width=84),
        "share": percent_column(_("Share"), width=64),
        "net": money_column(_("Net sales"), width=110),
        "net_share": percent_column(_("Share of sales"), width=84),
        "rule": text_column(_("Rule"), width=300),
        "advice": text_column(_("What to do"), width=300),
    }
    return Drawn(
        ranked(sorted(bars, key=lambda bar: -bar.amount), scene.counts),
        marks=marks_of(bars),
        table=frame,
        columns=columns,
        labels=[bar.label for bar in bars],
    )


def scores_map(scene: Scene) -> Drawn:
    """How many customers lie at each recency and frequency, or what they bought."""
    chosen = chosen_by(scene.actor, scene.look, "recency", "frequency")
    cells = {(cell.frequency, cell.recency): cell for cell in rfm_map(mirror(), scene.actor, chosen=chosen)}
    if not cells:
        return Drawn(note=_("Nobody has ordered yet."))
    by_money = scene.word("as") == "net"
    numbers = MONEY if by_money else COUNTS
    often = SCORES[::-1]
    grid = [[cells.get((frequency, recency)) for recency in SCORES] for frequency in often]
    amounts = [
        [None if cell is None else cell.net if by_money else Decimal(cell.customers) for cell in row] for row in grid
    ]
    texts = [["" if each is None else numbers.short(each) for each in row] for row in amounts]
    labels = [[f"{frequency}{BETWEEN}{recency}" for recency in SCORES] for frequency in often]
    chart = heat_map(
        [_("often {score}").format(score=score) if score == SCORES[-1] else str(score) for score in often],
        [_("lately {score}").format(score=score) if score == SCORES[-1] else str(score) for score in SCORES],
        amounts,
        labels,
        scene.counts,
        numbers,
        texts=texts,
        row_height=52,
    )
    words = _("frequency {frequency}, recency {recency}: {customers} customers, {net}")
    marks = {
        f"{frequency}{BETWEEN}{recency}": words.format(
            frequency=frequency, recency=recency, customers=quantity(cell.customers), net=MONEY.full(cell.net)
        )
        for (frequency, recency), cell in sorted(cells.items(), reverse=True)
    }
    best = cells.get((SCORES[-1], SCORES[-1]))
    total = sum((cell.net for cell in cells.values()), ZERO)
    note = ""
    if best is not None and total > 0:
        note = _("Top right: {customers} customers with {share} of net sales.").format(
            customers=quantity(best.customers), share=percent(best.net / total, 0)
        )
    return Drawn(chart, note, marks)


def everybody(scene: Scene) -> Drawn:
    """The customers whom the chips mean, who bought most first."""
    if scene.dimension != "customer":
        return below(scene)
    rows = listed(scene.actor, scene, limit=SHOWN)
    if not rows:
        return Drawn(note=_("No customer matches all of these filters."))
    return customers_drawn(rows, _("Net sales"), _("Recency · frequency · money, segment"))


def listed(actor: Actor, scene: Scene, limit: int | None = None) -> Sequence[Listed]:
    """These customers, with segment and scores."""
    chosen = chosen_by(actor, scene.look, "customer" if limit else "")
    return [
        Listed(
            each.customer_id,
            each.code,
            each.name,
            each.last_on,
            each.orders,
            each.net,
            _scored(each.scores, each.segment),
        )
        for each in members(mirror(), actor, limit=limit, chosen=chosen)
    ]


def _scored(scores: Scores | None, segment: Segment) -> str:
    figures = "–" if scores is None else f"{scores.recency} · {scores.frequency} · {scores.money}"
    return f"{figures}  {_(RULE_OF[segment].name)}"
