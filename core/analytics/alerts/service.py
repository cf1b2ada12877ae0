"""Commands about alert rules: set, pause, snooze, remove and restore them, and make them stricter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from core.analytics.alerts.errors import (
    AlreadyPaused,
    NothingToPropose,
    NotPaused,
    NotYourRule,
    RuleInUse,
    RuleRemoved,
)
from core.analytics.alerts.evaluation import EVALUATE
from core.analytics.alerts.looking import allowed, choice, newest_period, watchable
from core.analytics.alerts.models import FIGURE_PLACES, Alert, AlertRule, Condition, Direction
from core.analytics.alerts.records import kept_further, owner_of, watched_by
from core.analytics.alerts.rules import COMPARISONS, Watched, stricter
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import Grain, get_dimensions
from core.analytics.layer.measures import belong, get_measures
from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.exact import AMOUNT_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.search import one_line
from core.jobs.queue import enqueue
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

NAME_LENGTH, RUNBOOK_LENGTH, MOST_BUDGET, MOST_LABELS, MOST_MORE = 80, 1000, 1000, 50, 3
GRAINS = (Grain.DAY, Grain.WEEK, Grain.MONTH)
MONTH = timedelta(days=30)
_RULE = N_("The alert rule")


@dataclass(frozen=True)
class RuleEntry:
    """A rule as typed. Without an owner it is of who saves it."""

    name: str
    watched: Watched
    runbook: str = ""
    budget: int = 4
    owner_id: int | None = None


@command(P.SALES_ANALYSE)
def save_alert_rule(
    uow: UnitOfWork, entry: RuleEntry, *, rule_id: int | None = None, version: int | None = None
) -> int:
    """Add a rule, or change one; the newest period that is over is evaluated soon.

    Refuses a measure or people's figures that its owner may not see, figures and filters that cannot be, a rule of
    somebody else, and a change to what somebody else changed.
    """
    rule = None if rule_id is None else _own(uow, rule_id)
    if rule is not None and rule.version != version:
        raise StaleVersion(what=_RULE)
    watched, name = entry.watched, one_line(entry.name)
    owner = owner_of(uow, entry.owner_id or (rule.owner_id if rule is not None else uow.actor.id))
    _checked(entry, name)
    allowed(owner, watched)
    if owner.id != uow.actor.id:
        uow.actor.require(P.ALERT_MANAGE)
    allowed(uow.actor, watched)
    is_new = rule is None or watched_by(rule) != watched
    if rule is None:
        rule = AlertRule(created_at=uow.now, created_by=uow.actor.id, revision=0)
    rule.name, rule.runbook, rule.budget, rule.owner_id = name, entry.runbook.strip(), entry.budget, owner.id or 0
    rule.measure, rule.by, rule.grain = watched.measure, watched.by, watched.grain
    rule.kept, rule.left_out = _plain(watched.kept), _plain(watched.left_out)
    rule.condition, rule.direction, rule.bound = watched.condition, watched.direction, watched.bound
    rule.is_part, rule.compare, rule.minimum_effect = watched.is_part, watched.compare, watched.minimum_effect
    rule.more, rule.is_any = kept_further(watched.more), watched.is_any and bool(watched.more)
    if is_new:
        rule.revision += 1
        rule.evaluate_from = newest_period(watched.grain, uow.today)
    uow.add(rule)
    if is_new and rule.paused_at is None:
        _evaluate_soon(uow, rule)
    uow.audit("alert_rule.saved", rule, name=name)
    return rule.id


@command(P.SALES_ANALYSE)
def pause_alert_rule(uow: UnitOfWork, rule_id: int) -> None:
    """Let a rule rest; `resume_alert_rule` lets it go on. Refuses one that rests."""
    rule = _own(uow, rule_id)
    if rule.paused_at is not None:
        raise AlreadyPaused(rule=rule.name)
    rule.paused_at = uow.now
    uow.audit("alert_rule.paused", rule, name=rule.name)


@command(P.SALES_ANALYSE)
def resume_alert_rule(uow: UnitOfWork, rule_id: int) -> None:
    """Let a rule go on, from the newest period that is over. Refuses one that does not rest."""
    rule = _own(uow, rule_id)
    if rule.paused_at is None:
        raise NotPaused(rule=rule.name)
    rule.paused_at, rule.evaluate_from = None, newest_period(rule.grain, uow.today)
    _evaluate_soon(uow, rule)
    uow.audit("alert_rule.resumed", rule, name=rule.name)


@command(P.SALES_ANALYSE)
def snooze_alert_rule(uow: UnitOfWork, rule_id: int, until: date | None) -> None:
    """Raise nothing new until a day, that day included; without one, raise again. Refuses a day that has passed."""
    rule = _own(uow, rule_id)
    if until is not None and until < uow.today:
        raise InvalidInput(field=N_("Snooze until"), reason=N_("the day has passed; enter today or later."))
    rule.snoozed_until = until
    uow.audit("alert_rule.snoozed", rule, name=rule.name, until=until)


@command(P.SALES_ANALYSE)
def remove_alert_rule(uow: UnitOfWork, rule_id: int) -> None:
    """Take a rule away; its alerts stay, and `restore_alert_rule` brings it back."""
    rule = _own(uow, rule_id)
    rule.removed_at = uow.now
    uow.audit("alert_rule.removed", rule, name=rule.name)


@command(P.SALES_ANALYSE)
def restore_alert_rule(uow: UnitOfWork, rule_id: int) -> None:
    """Bring back a rule that was removed, from the newest period that is over. Refuses one in use."""
    rule = _own(uow, rule_id, removed=True)
    if rule.removed_at is None:
        raise RuleInUse(rule=rule.name)
    rule.removed_at, rule.evaluate_from = None, newest_period(rule.grain, uow.today)
    if rule.paused_at is None:
        _evaluate_soon(uow, rule)
    uow.audit("alert_rule.restored", rule, name=rule.name)


@command(P.SALES_ANALYSE)
def make_rule_stricter(uow: UnitOfWork, rule_id: int) -> None:
    """Raise the minimum effect so far that the alerts of the last 30 days would have kept to the rule's budget.

    Refuses a rule that kept to it. Editing the rule takes it back.
    """
    rule = _own(uow, rule_id)
    wanted = stricter(effects_of(uow, rule.id, uow.today), rule.budget)
    if wanted is None or wanted <= rule.minimum_effect:
        raise NothingToPropose(rule=rule.name, budget=rule.budget)
    rule.minimum_effect = wanted
    uow.audit("alert_rule.made_stricter", rule, name=rule.name, amount=wanted)


def effects_of(scope: Scope, rule_id: int, today: date) -> list[Decimal | None]:
    """What each alert that a rule raised within 30 days meant in money."""
    wanted = select(Alert.effect).where(Alert.rule_id == rule_id, Alert.period >= today - MONTH)
    return list(scope.session.scalars(wanted))


def _own(uow: UnitOfWork, rule_id: int, *, removed: bool = False) -> AlertRule:
    rule = uow.session.get(AlertRule, rule_id, with_for_update=True)
    if rule is None:
        raise NotFound(what=_RULE)
    if rule.owner_id != uow.actor.id and not uow.actor.may(P.ALERT_MANAGE):
        raise NotYourRule(rule=rule.name, owner=uow.session.get_one(User, rule.owner_id).name)
    if rule.removed_at is not None and not removed:
        raise RuleRemoved(rule=rule.name)
    return rule


def _evaluate_soon(uow: UnitOfWork, rule: AlertRule) -> None:
    enqueue(uow, EVALUATE, rule_id=rule.id)


def _plain(labels: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(each) for name, each in labels.items()}


def _checked(entry: RuleEntry, name: str) -> None:
    watched = entry.watched
    measures = get_measures(watched.measures)
    named = get_dimensions((*([watched.by] if watched.by else []), *watched.kept, *watched.left_out))
    belong(measures, named)
    refusals = (
        (not name or len(name) > NAME_LENGTH, N_("Name of the rule"), N_("enter 1 to 80 characters.")),
        (len(entry.runbook.strip()) > RUNBOOK_LENGTH, N_("What to do"), N_("enter at most 1000 characters.")),
        (not 1 <= entry.budget <= MOST_BUDGET, N_("Alerts a month"), N_("enter 1 to 1000.")),
        (watched.grain not in GRAINS, N_("Evaluated"), N_("choose day, week or month.")),
        (len(watched.more) > MOST_MORE, N_("Conditions"), N_("at most 4 in one rule.")),
        (
            bool(watched.by) and watched.by not in watchable(watched.measure),
            N_("For each"),
            N_("choose something other than days and hours."),
        ),
        (
            any(each.is_of_days or each.part is not None for each in named),
            N_("Filters"),
            N_("choose something other than days and hours."),
        ),
        (not _are_labels(watched), N_("Filters"), N_("choose from the list, at most 50.")),
        (
            watched.minimum_effect < ZERO or not fits(watched.minimum_effect, AMOUNT_PLACES),
            N_("Minimum effect"),
            N_("enter an amount from 0 on."),
        ),
        *(each for part in watched.parts for each in _checked_bound(part)),
    )
    for is_wrong, field_name, reason in refusals:
        if is_wrong:
            raise InvalidInput(field=field_name, reason=reason)


def _checked_bound(watched: Watched) -> tuple[tuple[bool, str, str], ...]:
    """What can be wrong with one condition."""
    condition, direction, bound = watched.condition, watched.direction, watched.bound
    is_change = condition is Condition.CHANGE
    return (
        (not bound.is_finite() or not fits(bound, FIGURE_PLACES), N_("Bound"), N_("enter a number with few decimals.")),
        (condition is not Condition.THRESHOLD and bound <= 0, N_("Bound"), N_("enter a number above 0.")),
        (
            condition is Condition.THRESHOLD and direction is Direction.EITHER,
            N_("Side"),
            N_("a threshold is above or below."),
        ),
        (is_change != (watched.compare is not None), N_("Compared with"), N_("a change needs a comparison.")),
        (is_change and watched.compare not in COMPARISONS, N_("Compared with"), N_("choose from the list.")),
        (
            is_change and watched.grain is Grain.MONTH and watched.compare is Compare.SPRING_FESTIVAL,
            N_("Compared with"),
            N_("months are compared with the month before or of last year."),
        ),
        (watched.is_part and not is_change, N_("Bound"), N_("only a change is in per cent.")),
    )


def _are_labels(watched: Watched) -> bool:
    pairs = [
        (name, label) for each in (watched.kept, watched.left_out) for name, labels in each.items() for label in labels
    ]
    try:
        for name, label in pairs:
            choice(name, label)
    except ValueError:
        return False
    return len(pairs) <= MOST_LABELS and all(labels for labels in (*watched.kept.values(), *watched.left_out.values()))
