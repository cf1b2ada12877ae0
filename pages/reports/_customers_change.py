"""Who is overdue with the money at stake, who came, stayed and went, and how cohorts come back and buy."""

from collections.abc import Sequence
from decimal import Decimal

from core.analytics.customers.cohorts import KINDS, cohorts, moved
from core.analytics.customers.overdue import overdue
from core.analytics.customers.rules.overdue import CLOCK_LABELS
from core.analytics.layer.terms import Unit
from core.security.actor import Actor
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.bars import Bar, ranked
from pages._shared.board.figures.grids import cohort_triangle
from pages._shared.board.figures.numbers import MONEY, Numbers
from pages._shared.board.labels import month
from pages._shared.formats import quantity
from pages._shared.mirror import mirror
from pages._shared.text import _, ngettext
from pages.reports._customers_among import below, chosen_by, net_by
from pages.reports._customers_keep import Listed, customers_drawn


def late(scene: Scene) -> Drawn:
    """Who should have ordered by now, the most money first."""
    if scene.dimension != "customer":
        return below(scene)
    rows = late_listed(scene.actor, scene)
    told = ""
    found = overdue(mirror(), scene.actor)
    if found.usual_pause is not None:
        told = _("{count} customers have a rhythm of their own; the usual pause of all is {days} days.").format(
            count=quantity(found.with_rhythm), days=quantity(found.usual_pause)
        )
    if not rows:
        return Drawn(note=" ".join((_("Nobody is overdue."), told)).strip())
    return customers_drawn(rows, _("At stake"), _("Pauses without an order"), told)


def late_listed(actor: Actor, scene: Scene) -> Sequence[Listed]:
    """Everybody who is overdue among those whom the chips mean."""
    return [
        Listed(
            row.customer_id,
            row.code,
            row.name,
            row.last_on,
            None,
            row.at_stake,
            _("{ratio} × {days} days ({clock})").format(
                ratio=quantity(row.ratio), days=quantity(row.pause), clock=_(CLOCK_LABELS[row.clock])
            ),
        )
        for row in overdue(mirror(), actor, chosen=chosen_by(actor, scene.look)).rows
    ]


def came_and_went(scene: Scene) -> Drawn:
    """New, kept, back and gone customers with their money."""
    bars = []
    for row in moved(mirror(), scene.actor, chosen=chosen_by(scene.actor, scene.look)):
        if row.customers:
            words = ngettext("{name}, {count} customer", "{name}, {count} customers", row.customers)
            amount = row.net_before if row.kind == "gone" else row.net
            bars.append(
                Bar(row.kind, words.format(name=_(KINDS[row.kind]), count=quantity(row.customers)), amount, None, None)
            )
    if not bars:
        return Drawn(note=_("Nobody bought in the last 24 months."))
    return Drawn(ranked(bars, scene.counts), _("Of those gone: what they bought in the 12 months before."))


def triangle(scene: Scene) -> Drawn:
    """Cohorts by the month of the first order: how many of each came back, or what they bought, month by month."""
    if scene.dimension != "cohort":
        return below(scene)
    rows = cohorts(mirror(), scene.actor, chosen=chosen_by(scene.actor, scene.look, "cohort"))
    if not rows:
        return Drawn(note=_("Nobody ordered for the first time in the last 13 months."))
    by_money = scene.word("as") == "net"
    wide = max(len(row.cells) for row in rows)
    first = 0 if by_money else 1
    cells: list[list[Decimal | None]] = [
        [
            None
            if later >= len(row.cells)
            else row.cells[later].net
            if by_money
            else Decimal(row.cells[later].customers) / row.customers
            for later in range(first, max(wide, 2))
        ]
        for row in rows
    ]
    keys = [str(row.month.year * 100 + row.month.month) for row in rows]
    net = net_by(scene, "cohort", "cohort")
    chart = cohort_triangle(
        [f"{month(row.month)} · {quantity(row.customers)}" for row in rows],
        [f"+{later}" for later in range(first, max(wide, 2))],
        cells,
        [[key] * len(line) for key, line in zip(keys, cells, strict=True)],
        scene.counts,
        MONEY if by_money else Numbers(Unit.RATE),
    )
    words = _("{month}: {count} customers, {net}")
    marks = {
        key: words.format(month=month(row.month), count=quantity(row.customers), net=MONEY.full(net.get(int(key))))
        for key, row in zip(keys, rows, strict=True)
    }
    return Drawn(chart, _("＊ The month still runs. A later month without a cell has not come yet."), marks)
