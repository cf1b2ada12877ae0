"""The job that evaluates alert rules: what is due, what was found, and one alert for one situation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from core.analytics.alerts.looking import Seen, evaluate, evidence, is_of_rep, newest_period, rep_of
from core.analytics.alerts.models import Alert, AlertEvaluation, AlertRule, Outcome
from core.analytics.alerts.records import owner_of, watched_by
from core.analytics.alerts.roots import fold
from core.analytics.alerts.rules import Found, Watched, together
from core.analytics.alerts.seasons import earlier
from core.analytics.errors import MirrorNotReady
from core.analytics.mirror.limited import seen_by
from core.analytics.mirror.mirror import Mirror
from core.base.errors import AppError
from core.base.i18n import N_
from core.jobs.registry import long_job
from core.jobs.rhythm import daily
from core.jobs.runner import JOB_RUNNER
from core.notify.events import ALERT_RAISED
from core.notify.tell import tell
from core.security.permissions import P
from core.work.command import Scope, command
from core.work.store import Store
from core.work.unit import UnitOfWork

EVALUATE = "analytics.evaluate_alerts"
# What was missed while nothing ran is made up for, so many periods at most.
MOST_MISSED = 7


@dataclass(frozen=True)
class Due:
    """A period that a rule has not looked at yet."""

    rule_id: int
    revision: int
    owner_id: int
    watched: Watched
    period: date


@long_job(EVALUATE, N_("Evaluate the alert rules"), every=daily("06:10"))
def evaluate_alerts(store: Store, rule_id: int | None = None) -> None:
    """Every rule, or one, on the periods that are over and were not looked at; safe to begin again at any point."""
    with store.viewing(JOB_RUNNER) as view:
        if not due_periods(view, rule_id):
            return
    with Mirror(store, "cli") as mirror:
        mirror.refresh_now()
        evaluate_due(store, mirror, rule_id)


def evaluate_due(store: Store, mirror: Mirror, rule_id: int | None = None) -> None:
    """Look at each period that is due, each in its own transaction; what one rule is refused stops no other."""
    with store.viewing(JOB_RUNNER) as view:
        waiting = due_periods(view, rule_id)
    for due in waiting:
        seen, refusal = Seen(0, ()), None
        try:
            with store.viewing(JOB_RUNNER) as view:
                owner = owner_of(view, due.owner_id)
            seen = evaluate(seen_by(mirror, owner.sees), owner, due.watched, due.period)
        except MirrorNotReady:
            raise
        except AppError as refused:
            refusal = refused
        store.run(JOB_RUNNER, record_evaluation, None, due, seen, refusal=refusal)


def due_periods(scope: Scope, rule_id: int | None = None) -> list[Due]:
    """The periods that are over and were not looked at by the rules in use, of each rule the oldest first."""
    wanted = select(AlertRule).where(AlertRule.removed_at.is_(None), AlertRule.paused_at.is_(None))
    if rule_id is not None:
        wanted = wanted.where(AlertRule.id == rule_id)
    seen = dict(
        scope.session.execute(
            select(AlertRule.id, func.max(AlertEvaluation.period))
            .join(
                AlertEvaluation,
                (AlertEvaluation.rule_id == AlertRule.id) & (AlertEvaluation.revision == AlertRule.revision),
            )
            .group_by(AlertRule.id)
        ).all()
    )
    found = []
    for rule in scope.session.scalars(wanted.order_by(AlertRule.id)):
        newest = newest_period(rule.grain, scope.today)
        first = max(rule.evaluate_from, earlier(rule.grain, newest, MOST_MISSED - 1))
        if seen.get(rule.id) is not None:
            first = max(first, rule.grain.next(seen[rule.id]))
        while first <= newest:
            found.append(Due(rule.id, rule.revision, rule.owner_id, watched_by(rule), first))
            first = rule.grain.next(first)
    return found


@command(P.SYSTEM_OPERATE)
def record_evaluation(uow: UnitOfWork, due: Due, seen: Seen, *, refusal: AppError | None = None) -> None:
    """Keep that a rule looked at a period, and raise what it found.

    A second time nothing changes. What goes on from the period before stays one alert, and what follows from another
    one is put under it; a rule that is snoozed raises nothing new. Nothing is kept of a rule that was changed or
    removed meanwhile.
    """
    rule = uow.session.get(AlertRule, due.rule_id, with_for_update=True)
    if rule is None or rule.revision != due.revision or rule.removed_at is not None:
        return
    same = (AlertEvaluation.rule_id == rule.id, AlertEvaluation.revision == rule.revision)
    if uow.session.scalar(select(AlertEvaluation.id).where(*same, AlertEvaluation.period == due.period)) is not None:
        return
    is_snoozed = rule.snoozed_until is not None and rule.snoozed_until >= uow.today
    raised = _raised(uow, rule, due, seen.found, is_snoozed=is_snoozed)
    fold(uow, rule.grain, due.period)
    outcome = Outcome.REFUSED if refusal is not None else Outcome.SNOOZED if is_snoozed else Outcome.DONE
    evaluation = uow.add(
        AlertEvaluation(
            rule_id=rule.id,
            revision=rule.revision,
            period=due.period,
            at=uow.now,
            outcome=outcome,
            values_seen=seen.values,
            raised=raised,
            refusal=None if refusal is None else _told(refusal),
        )
    )
    uow.audit("alert_rule.evaluated", evaluation, name=rule.name, period=due.period, raised=raised)


def _raised(uow: UnitOfWork, rule: AlertRule, due: Due, found: Sequence[Found], *, is_snoozed: bool) -> int:
    before = earlier(rule.grain, due.period, 1)
    going = {
        alert.value_key: alert
        for alert in uow.session.scalars(
            select(Alert)
            .where(Alert.rule_id == rule.id, Alert.grain == rule.grain, Alert.last_period.in_([before, due.period]))
            .order_by(Alert.last_period, Alert.id)
        )
    }
    parts, raised = due.watched.parts, 0
    fresh: list[Alert] = []
    for each in found:
        watched, alert = parts[each.part], going.get(each.key)
        if alert is None and is_snoozed:
            continue
        effect = each.effect
        if alert is None:
            raised += 1
            alert = Alert(
                rule_id=rule.id, grain=rule.grain, period=due.period, value_key=each.key, raised_at=uow.now, periods=1
            )
        elif alert.last_period == before:
            alert.periods += 1
            effect = together(alert.effect, each.effect, is_balance=watched.is_balance)
        elif alert.periods > 1:
            effect = alert.effect
        alert.measure, alert.by, alert.value_name = watched.measure, watched.by, each.name[:200]
        alert.last_period, alert.effect = due.period, effect
        alert.figure, alert.expected = each.verdict.figure, each.verdict.expected
        alert.low, alert.high = each.verdict.low, each.verdict.high
        alert.is_of_rep, alert.sales_rep_id = is_of_rep(watched), rep_of(watched, each.key)
        alert.evidence = evidence(watched, alert.period, due.period, each.key)
        uow.session.add(alert)
        fresh += [alert] if alert.id is None else []
    uow.session.flush()
    for alert in fresh:
        facts = {"rule": rule.name, "about": alert.value_name or rule.name}
        tell(uow, ALERT_RAISED, str(alert.id), facts, to=[rule.owner_id], amount=alert.effect, also_me=True)
    return raised


def _told(refusal: AppError) -> dict[str, Any]:
    """A refusal as it is kept, to be said in the language of who reads it."""
    facts = {name: "" if fact is None else str(fact) for name, fact in refusal.facts.items()}
    return {"message": refusal.message, "facts": facts, "texts": list(refusal.texts)}
