"""The alerts that were raised, and the rules with how well they do; each reader sees what he may."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, null, or_, select
from sqlalchemy.orm import aliased

from core.analytics.alerts.looking import is_of_rep, rep_of
from core.analytics.alerts.models import Alert, AlertEvaluation, AlertRule, AlertState, Outcome
from core.analytics.alerts.records import watched_by
from core.analytics.alerts.rules import Watched, stricter
from core.analytics.alerts.seasons import ONE_DAY
from core.analytics.alerts.service import effects_of
from core.analytics.layer.dimensions import Grain
from core.analytics.layer.measures import MEASURES
from core.base.errors import NotFound
from core.base.exact import RATE_PLACES, ZERO, round_to
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.models import User, UserRole
from core.security.permissions import P
from core.security.roles import roles_with
from core.work.command import Scope, query

OPEN_STATES = (AlertState.OPEN, AlertState.ACKNOWLEDGED)
MOST_IN_DIGEST, SHOWN_IN_DIGEST = 1_000, 5


@dataclass(frozen=True)
class AlertRow:
    """An alert with its rule's name and what to do. It `is_over` when a later period was as it should be.

    `follows` are the alerts that follow from this one.
    """

    id: int
    rule_id: int
    rule: str
    runbook: str
    owner: str
    measure: str
    by: str
    value_name: str
    grain: Grain
    period: date
    last_period: date
    periods: int
    figure: Decimal
    expected: Decimal
    low: Decimal | None
    high: Decimal | None
    effect: Decimal | None
    evidence: str
    state: AlertState
    seen_by: str
    is_useful: bool | None
    raised_at: datetime
    is_over: bool
    follows: tuple["AlertRow", ...] = ()


@dataclass(frozen=True)
class RuleRow:
    """A rule: what it watches, how it does, and how strict it should be to keep to its budget (`proposed`).

    `precision` is the part of its judged alerts that were useful; None before the first is judged.
    """

    id: int
    name: str
    watched: Watched
    runbook: str
    budget: int
    owner_id: int
    owner: str
    is_mine: bool
    snoozed_until: date | None
    is_paused: bool
    is_removed: bool
    version: int
    raised: int
    raised_lately: int
    useful: int
    useless: int
    precision: Decimal | None
    proposed: Decimal | None
    evaluated_at: datetime | None
    outcome: Outcome | None
    refusal: dict[str, Any] | None


@dataclass(frozen=True)
class Digest:
    """The open alerts in short. `follows` is how many more came from the same causes; `most` mean the most in money."""

    causes: int
    new: int
    lasting: int
    over: int
    follows: int
    amount: Decimal
    most: list[AlertRow]


@dataclass(frozen=True)
class OwnerRow:
    """Somebody who can own a rule."""

    id: int
    name: str


@query(P.SALES_ANALYSE)
def alerts(scope: Scope, *, closed: bool = False, rule_id: int | None = None, limit: int = 100) -> list[AlertRow]:
    """Alerts that are open or being seen to, or those closed: by money, the newest first among equals.

    What follows from another one comes with that; alone only where the other is not for the reader, or of one rule.
    """
    wanted = _wanted(scope).where(Alert.state.in_([AlertState.CLOSED] if closed else OPEN_STATES)).limit(limit)
    if rule_id is not None:
        return [_alert_row(row) for row in scope.session.execute(wanted.where(Alert.rule_id == rule_id))]
    found = [_alert_row(row) for row in scope.session.execute(wanted.where(_is_root(scope)))]
    under: dict[int, list[AlertRow]] = {}
    for row in scope.session.execute(_wanted(scope).where(Alert.root_id.in_([each.id for each in found]))):
        under.setdefault(row[0].root_id, []).append(_alert_row(row))
    return [replace(each, follows=tuple(under.get(each.id, ()))) for each in found]


@query(P.SALES_ANALYSE)
def count_alerts(scope: Scope) -> int:
    """How many alerts are open, without what follows from others."""
    mine = (_visible(scope), _is_root(scope), Alert.state == AlertState.OPEN)
    return scope.session.scalar(select(func.count()).select_from(Alert).where(*mine)) or 0


@query(P.SALES_ANALYSE)
def alert_digest(scope: Scope) -> Digest:
    """What the open alerts come to: how many causes, which came within a day, and their money."""
    rows = [row for row in alerts(scope, limit=MOST_IN_DIGEST) if row.state is not AlertState.CLOSED]
    known = [row.effect for row in rows if row.effect is not None]
    return Digest(
        causes=len(rows),
        new=sum(scope.now - row.raised_at < ONE_DAY for row in rows),
        lasting=sum(row.periods > 1 and not row.is_over for row in rows),
        over=sum(row.is_over for row in rows),
        follows=sum(len(row.follows) for row in rows),
        amount=sum(known, ZERO),
        most=rows[:SHOWN_IN_DIGEST],
    )


def _wanted(scope: Scope) -> Select[Any]:
    seer = _people("seer")
    owner = _people("owner")
    looked_at = select(func.max(AlertEvaluation.period)).where(AlertEvaluation.rule_id == Alert.rule_id)
    return (
        select(Alert, AlertRule.name, AlertRule.runbook, owner.c.name, seer.c.name, looked_at.scalar_subquery())
        .join(AlertRule, AlertRule.id == Alert.rule_id)
        .join(owner, owner.c.id == AlertRule.owner_id)
        .outerjoin(seer, seer.c.id == Alert.seen_by)
        .where(_visible(scope))
        .order_by(func.coalesce(Alert.effect, ZERO).desc(), Alert.last_period.desc(), Alert.id.desc())
    )


def _alert_row(found: Any) -> AlertRow:
    alert, rule, runbook, whose, seen_by, newest = found
    return AlertRow(
        id=alert.id,
        rule_id=alert.rule_id,
        rule=rule,
        runbook=runbook,
        owner=whose,
        measure=alert.measure,
        by=alert.by,
        value_name=alert.value_name,
        grain=alert.grain,
        period=alert.period,
        last_period=alert.last_period,
        periods=alert.periods,
        figure=alert.figure,
        expected=alert.expected,
        low=alert.low,
        high=alert.high,
        effect=alert.effect,
        evidence=alert.evidence,
        state=alert.state,
        seen_by=seen_by or "",
        is_useful=alert.is_useful,
        raised_at=alert.raised_at,
        is_over=newest is not None and alert.last_period < newest,
    )


@query(P.SALES_ANALYSE)
def alert_rules(scope: Scope, *, removed: bool = False) -> list[RuleRow]:
    """The rules that somebody may see, by name; or those that were removed."""
    gone = AlertRule.removed_at.is_not(None) if removed else AlertRule.removed_at.is_(None)
    rules = scope.session.scalars(select(AlertRule).where(gone).order_by(AlertRule.name, AlertRule.id)).all()
    return _rows(scope, [rule for rule in rules if _may_see(scope.actor, rule)])


@query(P.SALES_ANALYSE)
def alert_rule(scope: Scope, rule_id: int) -> RuleRow:
    """One rule; `NotFound` where there is none that the reader may see."""
    rule = scope.session.get(AlertRule, rule_id)
    if rule is None or not _may_see(scope.actor, rule):
        raise NotFound(what=N_("The alert rule"))
    return _rows(scope, [rule])[0]


@query(P.ALERT_MANAGE)
def alert_owners(scope: Scope) -> list[OwnerRow]:
    """Who can own a rule: people in use who may look at figures."""
    roles = [role.code for role in roles_with(scope.session, P.SALES_ANALYSE)]
    has = select(UserRole.user_id).where(UserRole.role.in_(roles))
    people = select(User.id, User.name).where(User.id.in_(has), User.disabled_at.is_(None)).order_by(User.name, User.id)
    return [OwnerRow(*row) for row in scope.session.execute(people)]


def is_visible(scope: Scope, alert: Alert) -> bool:
    """Whether somebody may see an alert: the measures of its rule, and the person it is about."""
    actor = scope.actor
    if alert.measure not in _measures(actor) or alert.rule_id in _hidden_rules(scope):
        return False
    return actor.may(P.TEAM_READ) or not alert.is_of_rep or (alert.sales_rep_id or 0) == actor.id


def _visible(scope: Scope, table: Any = Alert) -> ColumnElement[bool]:
    actor = scope.actor
    mine = and_(table.measure.in_(_measures(actor)), table.rule_id.not_in(_hidden_rules(scope)))
    if actor.may(P.TEAM_READ):
        return mine
    return and_(mine, or_(table.is_of_rep.is_(False), table.sales_rep_id == actor.id))


def _is_root(scope: Scope) -> ColumnElement[bool]:
    """That an alert follows from none that the reader may see."""
    root = aliased(Alert)
    return ~exists().where(root.id == Alert.root_id, _visible(scope, root))


def _hidden_rules(scope: Scope) -> list[int]:
    """Rules with a condition on a measure that the reader may not see."""
    mine = set(_measures(scope.actor))
    rules = scope.session.scalars(select(AlertRule).where(AlertRule.more.is_not(null())))
    return [rule.id for rule in rules if not mine >= set(watched_by(rule).measures)]


def _may_see(actor: Actor, rule: AlertRule) -> bool:
    watched = watched_by(rule)
    if not set(_measures(actor)) >= set(watched.measures):
        return False
    if actor.may(P.TEAM_READ) or rule.owner_id == actor.id or not is_of_rep(watched):
        return True
    return not watched.by and rep_of(watched, "") == actor.id


def _measures(actor: Actor) -> list[str]:
    return [name for name, measure in MEASURES.items() if measure.permissions <= actor.permissions]


def _people(name: str) -> Any:
    return select(User.id, User.name).subquery(name)


def _rows(scope: Scope, rules: list[AlertRule]) -> list[RuleRow]:
    ids = [rule.id for rule in rules]
    names = dict(
        scope.session.execute(select(User.id, User.name).where(User.id.in_([rule.owner_id for rule in rules]))).all()
    )
    counted = {
        row.rule_id: row
        for row in scope.session.execute(
            select(
                Alert.rule_id,
                func.count().label("raised"),
                func.sum(case((Alert.is_useful.is_(True), 1), else_=0)).label("useful"),
                func.sum(case((Alert.is_useful.is_(False), 1), else_=0)).label("useless"),
            )
            .where(Alert.rule_id.in_(ids))
            .group_by(Alert.rule_id)
        )
    }
    newest = (
        select(func.max(AlertEvaluation.id)).where(AlertEvaluation.rule_id.in_(ids)).group_by(AlertEvaluation.rule_id)
    )
    last = {
        each.rule_id: each
        for each in scope.session.scalars(select(AlertEvaluation).where(AlertEvaluation.id.in_(newest)))
    }
    rows = []
    for rule in rules:
        counts, evaluated = counted.get(rule.id), last.get(rule.id)
        useful, useless = (0, 0) if counts is None else (int(counts.useful), int(counts.useless))
        effects = effects_of(scope, rule.id, scope.today)
        wanted = stricter(effects, rule.budget)
        rows.append(
            RuleRow(
                id=rule.id,
                name=rule.name,
                watched=watched_by(rule),
                runbook=rule.runbook,
                budget=rule.budget,
                owner_id=rule.owner_id,
                owner=names.get(rule.owner_id, ""),
                is_mine=rule.owner_id == scope.actor.id or scope.actor.may(P.ALERT_MANAGE),
                snoozed_until=rule.snoozed_until if rule.snoozed_until and rule.snoozed_until >= scope.today else None,
                is_paused=rule.paused_at is not None,
                is_removed=rule.removed_at is not None,
                version=rule.version,
                raised=0 if counts is None else counts.raised,
                raised_lately=len(effects),
                useful=useful,
                useless=useless,
                precision=round_to(Decimal(useful) / (useful + useless), RATE_PLACES) if useful + useless else None,
                proposed=wanted if wanted is not None and wanted > rule.minimum_effect else None,
                evaluated_at=None if evaluated is None else evaluated.at,
                outcome=None if evaluated is None else evaluated.outcome,
                refusal=None if evaluated is None else evaluated.refusal,
            )
        )
    return rows
