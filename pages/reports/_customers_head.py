"""The key figures above the customers' analytics: who buys, who comes back, who is at risk, who is worth what."""

from dataclasses import dataclass
from decimal import Decimal

from core.analytics.customers.cohorts import REPEAT_RATE, repeated
from core.analytics.customers.lifetime import DEFINITION as WORTH
from core.analytics.customers.lifetime import lifetime
from core.analytics.customers.overdue import overdue
from core.analytics.customers.rules.overdue import DEFINITION as OVERDUE
from core.analytics.layer.terms import Unit
from core.base.errors import AppError
from core.base.i18n import N_
from core.security.actor import Actor
from pages._shared.board.asking import key_figures
from pages._shared.board.board import Card
from pages._shared.filters import Look
from pages._shared.formats import compact_money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.text import _, ngettext
from pages.reports._customers_among import chosen_by

SALES = key_figures("net_sales", "customers", "average_order")


@dataclass(frozen=True)
class Told:
    """What a card shows that is no measure: its name, unit and definition."""

    name: str
    label: str
    sentence: str
    unit: Unit


def head(actor: Actor, look: Look) -> list[Card]:
    """Sales of the last 12 months, who came back, the money at risk, and what all are worth."""
    chosen = chosen_by(actor, look)
    again, late = repeated(mirror(), actor, chosen=chosen), overdue(mirror(), actor, chosen=chosen)
    cards = SALES(actor, look)
    came = ngettext("{count} came back", "{count} came back", again.repeaters).format(count=quantity(again.repeaters))
    cards.append(_card("repeat_rate", N_("Repeat rate"), REPEAT_RATE, Unit.RATE, again.rate, came))
    told = ngettext("{count} overdue", "{count} overdue", late.customers).format(count=quantity(late.customers))
    cards.append(_card("at_risk", N_("At risk"), OVERDUE, Unit.MONEY, late.at_stake, told))
    try:
        found = lifetime(mirror(), actor)
    except AppError as refusal:
        cards.append(_card("worth", N_("Next 12 months"), str(refusal.sentence), Unit.MONEY, None, "–"))
        return cards
    _customers, total, low, high = found.of_all(chosen)
    definition = _(WORTH).format(months=found.months, rate=percent(found.yearly, 0))
    interval = f"{compact_money(low)} – {compact_money(high)}"
    cards.append(_card("worth", N_("Next 12 months"), definition, Unit.MONEY, total, interval))
    return cards


def _card(name: str, label: str, sentence: str, unit: Unit, amount: Decimal | None, note: str) -> Card:
    return Card(Told(name, label, sentence, unit), amount, None, [], note=note)  # type: ignore[arg-type]
