"""Alerts in words: what a rule watches, what an alert found."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from core.analytics.alerts.looking import choice
from core.analytics.alerts.models import CONDITION_LABELS, Condition, Direction
from core.analytics.alerts.queries import AlertRow
from core.analytics.alerts.rules import Further, Labels, Watched
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import DIMENSIONS, Grain
from core.analytics.layer.measures import MEASURES, Unit
from core.analytics.layer.names import names_of
from core.security.actor import Actor
from pages._shared.board import labels
from pages._shared.board.figures.numbers import Numbers, numbers_of
from pages._shared.formats import money, percent, quantity
from pages._shared.mirror import mirror
from pages._shared.periods import Window
from pages._shared.text import N_, _, escaped, ngettext

GRAIN_LABELS: Mapping[Grain, str] = {
    Grain.DAY: N_("Each day"),
    Grain.WEEK: N_("Each week"),
    Grain.MONTH: N_("Each month"),
}
# What each side is called under each condition.
SIDES: Mapping[Condition, Mapping[Direction, str]] = {
    Condition.THRESHOLD: {Direction.BELOW: N_("falls below"), Direction.ABOVE: N_("rises above")},
    Condition.CHANGE: {
        Direction.BELOW: N_("falls by more than"),
        Direction.ABOVE: N_("rises by more than"),
        Direction.EITHER: N_("changes by more than"),
    },
    Condition.UNUSUAL: {
        Direction.BELOW: N_("is unusually low"),
        Direction.ABOVE: N_("is unusually high"),
        Direction.EITHER: N_("is unusually low or high"),
    },
}
COMPARED: Mapping[Compare, str] = {
    Compare.PREVIOUS_PERIOD: N_("the period before"),
    Compare.SAME_PERIOD_LAST_YEAR: N_("the same period last year"),
    Compare.SAME_WEEKDAYS: N_("the same weekdays last year"),
    Compare.SPRING_FESTIVAL: N_("last year, by Spring Festival"),
}


def bound_of(watched: Watched | Further) -> str:
    """The bound as people write it."""
    if watched.condition is Condition.UNUSUAL:
        return _("by more than {times} times the usual spread").format(times=quantity(watched.bound))
    return percent(watched.bound, 2) if watched.is_part else numbers_of(watched.measure).full(watched.bound)


def rule_told(watched: Watched) -> str:
    """What a rule watches, in a sentence."""
    words = [_(MEASURES[watched.measure].label)]
    if watched.by:
        words.append(_("for each {dimension}").format(dimension=_(DIMENSIONS[watched.by].label)))
    words.append(_(GRAIN_LABELS[watched.grain]).lower())
    told = f"{' · '.join(words)} · {_condition_told(watched)}"
    joint = _("or {condition}") if watched.is_any else _("and {condition}")
    for each in watched.more:
        told += " · " + joint.format(condition=f"{_(MEASURES[each.measure].label)} {_condition_told(each)}")
    if watched.minimum_effect:
        told += " · " + _("from {amount} on").format(amount=money(watched.minimum_effect))
    return told


def _condition_told(watched: Watched | Further) -> str:
    told = f"{_(SIDES[watched.condition][watched.direction])} {bound_of(watched)}"
    if watched.compare is not None:
        told += " " + _("against {period}").format(period=_(COMPARED[watched.compare]))
    return told


def filters_told(actor: Actor, watched: Watched) -> str:
    """The filters of a rule, in words; empty where it has none."""
    told = [f"{_(DIMENSIONS[name].label)}: {each}" for name, each in _named(actor, watched.kept)]
    told += [
        _("not {filter}").format(filter=f"{_(DIMENSIONS[name].label)}: {each}")
        for name, each in _named(actor, watched.left_out)
    ]
    return " · ".join(told)


def period_name(grain: Grain, first: date, last: date) -> str:
    """The days of an alert."""
    return labels.span_name(Window(first, grain.next(last)))


def value_name(by: str, name: str) -> str:
    """What a value is called; empty where a rule looks at the whole."""
    if not by:
        return ""
    if not name:
        return _("None")
    return _(name) if DIMENSIONS[by].is_worded else name


def alert_title(row: AlertRow) -> str:
    """The rule and the value."""
    return " · ".join(each for each in (row.rule, value_name(row.by, row.value_name)) if each)


def alert_told(row: AlertRow) -> str:
    """What was found, in a sentence."""
    numbers = numbers_of(row.measure)
    label, found = _(MEASURES[row.measure].label), numbers.full(row.figure)
    if (row.low, row.high) in ((row.expected, None), (None, row.expected)):
        words = f"{label} {found}"
    else:
        words = _("{measure} {figure} instead of {expected}").format(
            measure=label, figure=found, expected=numbers.full(row.expected)
        )
    words += f" ({band_told(numbers, row.low, row.high)})"
    return f"{words} · {period_name(row.grain, row.period, row.last_period)}{_lasted(row)}"


def band_told(numbers: Numbers, low: Decimal | None, high: Decimal | None) -> str:
    """Between what a figure may lie."""
    if low is None:
        return "" if high is None else _("at most {amount}").format(amount=numbers.full(high))
    if high is None:
        return _("at least {amount}").format(amount=numbers.full(low))
    return _("{low} to {high}").format(low=numbers.full(low), high=numbers.full(high))


def refusal_told(refusal: Mapping[str, object]) -> str:
    """Why a rule could not be evaluated."""
    texts, facts = refusal.get("texts") or (), refusal.get("facts") or {}
    shown = {name: _(str(fact)) if name in texts else str(fact) for name, fact in facts.items()}  # type: ignore[operator,attr-defined]
    return _(str(refusal.get("message", ""))).format(**shown)


def condition_label(condition: Condition) -> str:
    """What a condition is called."""
    return _(CONDITION_LABELS[condition])


def is_rate(measure: str) -> bool:
    """Whether a measure is typed in per cent."""
    return MEASURES[measure].unit is Unit.RATE


def _lasted(row: AlertRow) -> str:
    if row.periods == 1:
        return ""
    counts = {
        Grain.DAY: ngettext("{count} day", "{count} days", row.periods),
        Grain.WEEK: ngettext("{count} week", "{count} weeks", row.periods),
        Grain.MONTH: ngettext("{count} month", "{count} months", row.periods),
    }
    words = _("lasted {time}") if row.is_over else _("going on for {time}")
    return " · " + words.format(time=counts[row.grain].format(count=row.periods))


def _named(actor: Actor, filters: Labels) -> list[tuple[str, str]]:
    found = []
    for name, chosen in filters.items():
        values = [choice(name, label) for label in chosen]
        ids = [each for each in values if isinstance(each, int)]
        called = names_of(mirror(), actor, name, ids) if ids and mirror().is_ready else {}
        words = [value_name(name, called.get(each, "") if isinstance(each, int) else str(each)) for each in values]
        found.append((name, ", ".join(escaped(word) for word in words)))
    return found
