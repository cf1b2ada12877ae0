"""One alert for one cause: a whole and its parts do not all ring, nor does the same figure under two rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.analytics.alerts.models import Alert, AlertRule
from core.analytics.layer.dimensions import Grain
from core.base.exact import ZERO
from core.work.unit import UnitOfWork

# A part that means so much of what its whole means in money is where it comes from.
MOST_OF_IT = Decimal("0.6")


@dataclass(frozen=True)
class Slice:
    """What an alert is about: a figure of some days under filters, and how it lies."""

    id: int
    measure: str
    is_low: bool
    effect: Decimal | None
    kept: Mapping[str, frozenset[str]]
    left_out: Mapping[str, frozenset[str]]

    def holds(self, other: "Slice") -> bool:
        """Whether the other one is about a part of this one, or the same."""
        if (self.measure, self.is_low) != (other.measure, other.is_low):
            return False
        if not all(name in other.kept and other.kept[name] <= mine for name, mine in self.kept.items()):
            return False
        return all(
            mine <= other.left_out.get(name, frozenset()) or (name in other.kept and not other.kept[name] & mine)
            for name, mine in self.left_out.items()
        )


def roots(slices: Sequence[Slice]) -> dict[int, int]:
    """By each alert that follows from another one, that one; which follows from none itself.

    The same figure under two rules is one alert, that which means more in money. A whole follows from the part that
    makes up most of it; where no part does, its parts follow from the whole.
    """
    found: dict[int, int] = {}
    ranked = sorted(slices, key=lambda each: (-(each.effect or ZERO), each.id))
    kept: list[Slice] = []
    for each in ranked:
        same = next((other for other in kept if other.holds(each) and each.holds(other)), None)
        if same is None:
            kept.append(each)
        else:
            found[each.id] = same.id
    # The widest come last, so that a whole of wholes is looked at when its parts have been.
    for whole in sorted(kept, key=lambda each: sum(each.holds(other) for other in kept)):
        parts = [each for each in kept if each is not whole and whole.holds(each) and each.id not in found]
        main = next((each for each in parts if _is_most(each, whole)), None)
        if main is not None:
            found[whole.id] = main.id
        else:
            found |= {each.id: whole.id for each in parts}
    return {alert: _last(found, root) for alert, root in found.items()}


def fold(uow: UnitOfWork, grain: Grain, period: date) -> None:
    """Say of each alert of a period which other one it follows from, if any."""
    wanted = select(Alert, AlertRule).join(AlertRule, AlertRule.id == Alert.rule_id)
    alerts = uow.session.execute(wanted.where(Alert.grain == grain, Alert.last_period == period).order_by(Alert.id))
    by_id = {alert.id: (alert, rule) for alert, rule in alerts}
    found = roots([_slice(alert, rule) for alert, rule in by_id.values()])
    for number, (alert, _rule) in by_id.items():
        alert.root_id = found.get(number)
    uow.session.flush()


def _slice(alert: Alert, rule: AlertRule) -> Slice:
    kept = {name: frozenset(labels) for name, labels in rule.kept.items()}
    if alert.by:
        kept[alert.by] = frozenset({alert.value_key})
    left_out = {name: frozenset(labels) for name, labels in rule.left_out.items()}
    return Slice(alert.id, alert.measure, alert.figure < alert.expected, alert.effect, kept, left_out)


def _is_most(part: Slice, whole: Slice) -> bool:
    return bool(part.effect and whole.effect) and (part.effect or ZERO) >= MOST_OF_IT * (whole.effect or ZERO)


def _last(found: Mapping[int, int], root: int) -> int:
    while root in found:
        root = found[root]
    return root
