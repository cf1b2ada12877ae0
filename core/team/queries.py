"""Reading targets: those in force, and the versions that led there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from core.security.models import User, UserRole
from core.security.permissions import P, Role
from core.security.role_models import RoleRecord
from core.team.models import Metric, Target, TargetPlan
from core.team.plans import Cells, Levels, cells_in_force, in_force, newest_plan
from core.work.command import Scope, query

_SEES = {
    Metric.NET_SALES: P.SALES_ANALYSE,
    Metric.ORDERS: P.SALES_ANALYSE,
    Metric.NEW_CUSTOMERS: P.SALES_ANALYSE,
    Metric.FOLLOW_UPS: P.SALES_ANALYSE,
    Metric.MARGIN: P.COST_READ,
    Metric.COLLECTED: P.PAYMENT_READ,
}


@dataclass(frozen=True)
class TargetRow:
    """The target of a person, or of the whole company, for a month."""

    month: date
    user_id: int | None
    levels: Levels


@dataclass(frozen=True)
class PlanRow:
    """One version: who planned it, why, for which months, and whether it was taken back."""

    id: int
    reason: str
    made_at: datetime
    made_by: str
    first_month: date
    last_month: date
    total: Decimal
    withdrawn_at: datetime | None
    is_newest: bool


@dataclass(frozen=True)
class SellerRow:
    """Somebody targets can be set for."""

    id: int
    name: str


def sees_metric(scope: Scope, metric: Metric) -> bool:
    """Whether who asks may see figures of this kind."""
    return scope.actor.may(_SEES[metric])


@query(P.SALES_ANALYSE)
def targets(
    scope: Scope, metric: Metric, since: date, until: date, *, category_id: int | None = None
) -> list[TargetRow]:
    """The targets in force of the months from `since` up to but without `until`.

    Who may not see the whole team gets their own and the company's. The company's is the sum of all people's where
    none was set for it.
    """
    scope.actor.require(_SEES[metric])
    rows = [
        TargetRow(row.month, row.user_id, Levels(row.base, row.stretch, row.challenge))
        for row in scope.session.execute(in_force(metric, category_id, since, until))
        if row.challenge
    ]
    for month in sorted({row.month for row in rows} - {row.month for row in rows if row.user_id is None}):
        of_month = [row.levels for row in rows if row.month == month]
        summed = Levels(*(sum((getattr(each, name) for each in of_month), Decimal(0)) for name in _LEVELS))
        rows.append(TargetRow(month, None, summed))
    if scope.actor.may(P.TEAM_READ):
        return rows
    return [row for row in rows if row.user_id in (None, scope.actor.id)]


_LEVELS = ("base", "stretch", "challenge")


@query(P.TARGET_PLAN)
def plans(scope: Scope, metric: Metric, *, category_id: int | None = None, limit: int = 50) -> list[PlanRow]:
    """All versions of a metric's targets, the newest first; those taken back too."""
    scope.actor.require(_SEES[metric])
    summed = (
        select(
            Target.plan_id,
            func.min(Target.month).label("first"),
            func.max(Target.month).label("last"),
            func.coalesce(
                func.sum(Target.base).filter(Target.user_id.is_not(None)),
                func.sum(Target.base),
            ).label("total"),
        )
        .group_by(Target.plan_id)
        .subquery()
    )
    rows = scope.session.execute(
        select(TargetPlan, User.name, summed.c.first, summed.c.last, summed.c.total)
        .join(summed, summed.c.plan_id == TargetPlan.id)
        .outerjoin(User, User.id == TargetPlan.made_by)
        .where(TargetPlan.metric == metric, TargetPlan.category_id.is_not_distinct_from(category_id))
        .order_by(TargetPlan.id.desc())
        .limit(limit)
    ).all()
    newest = next((row[0].id for row in rows if row[0].withdrawn_at is None), None)
    return [
        PlanRow(
            id=plan.id,
            reason=plan.reason,
            made_at=plan.made_at,
            made_by=name or "",
            first_month=first,
            last_month=last,
            total=total,
            withdrawn_at=plan.withdrawn_at,
            is_newest=plan.id == newest,
        )
        for plan, name, first, last, total in rows
    ]


@query(P.TARGET_PLAN)
def planned_cells(
    scope: Scope, metric: Metric, since: date, until: date, *, category_id: int | None = None
) -> tuple[int | None, Cells]:
    """The newest version there is, and the targets in force as they were planned, to plan on from."""
    scope.actor.require(_SEES[metric])
    return newest_plan(scope, metric, category_id), cells_in_force(scope, metric, category_id, since, until)


@query(P.SALES_ANALYSE)
def sellers(scope: Scope, *, also: Collection[int] = ()) -> list[SellerRow]:
    """Who sells, and these people, by name; only oneself for who may not see the whole team."""
    selling = select(UserRole.user_id).join(RoleRecord, RoleRecord.code == UserRole.role)
    selling = selling.where(RoleRecord.base == Role.SALES)
    wanted = (
        select(User.id, User.name)
        .where((User.id.in_(selling) & User.disabled_at.is_(None)) | User.id.in_(also))
        .order_by(User.name, User.id)
    )
    if not scope.actor.may(P.TEAM_READ):
        wanted = wanted.where(User.id == scope.actor.id)
    return [SellerRow(row.id, row.name) for row in scope.session.execute(wanted)]
