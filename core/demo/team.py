"""Targets of the demo company's team: this year's plan, and a quarter that was planned anew."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from core.base.exact import ZERO, round_to
from core.demo.cast import PEOPLE
from core.demo.stage import Stage
from core.sales.models import BusinessState, SalesOrder
from core.security.models import User
from core.security.permissions import Role
from core.team.models import Metric
from core.team.plans import Levels, plan_targets
from core.team.rules import split

STRETCH, CHALLENGE = Decimal("1.1"), Decimal("1.25")
GROWTH = Decimal("1.12")


def plan_team(stage: Stage) -> None:
    """Net sales and orders by month and person, and the last quarter once more with a reason."""
    year = stage.until.year
    reached = _reached(stage)
    sellers = _sellers(stage)
    for metric, place in ((Metric.NET_SALES, 0), (Metric.ORDERS, 1)):
        months, people = [ZERO] * 12, dict.fromkeys(sellers, ZERO)
        for (user_id, month), figures in reached.items():
            months[month.month - 1] += figures[place]
            people[user_id] += figures[place]
        year_before = sum((each[place] for (_user, month), each in reached.items() if month.year == year - 1), ZERO)
        total = round_to(year_before * GROWTH, 0)
        parts = split(total, months, people, 0)
        cells: dict[tuple[date, int | None], Levels] = {
            (date(year, number + 1, 1), user_id): _levels(amount)
            for user_id, part in parts.items()
            for number, amount in enumerate(part)
        }
        first = stage.act(
            f"targets.{metric}", Role.MANAGER, plan_targets, metric, cells, reason="年度计划：比去年增长 12%"
        )
        if metric == Metric.NET_SALES:
            quarter = date(year, (stage.until.month - 1) // 3 * 3 + 1, 1)
            anew = {cell: _levels(round_to(each.base * Decimal("1.05"), 0)) for cell, each in cells.items()}
            later = {cell: each for cell, each in anew.items() if cell[0] >= quarter}
            stage.act(
                "targets.anew",
                Role.MANAGER,
                plan_targets,
                metric,
                later,
                reason="季度调整：新增大客户，上调 5%",
                seen=first,
            )


def _levels(base: Decimal) -> Levels:
    return Levels(base, round_to(base * STRETCH, 0), round_to(base * CHALLENGE, 0))


def _sellers(stage: Stage) -> list[int]:
    names = [username for username, _name, role in PEOPLE if role == Role.SALES]
    with stage.looking() as view:
        return list(view.session.scalars(select(User.id).where(User.username.in_(names)).order_by(User.id)))


def _reached(stage: Stage) -> dict[tuple[int, date], tuple[Decimal, Decimal]]:
    """Net sales and orders of everybody who sells, by month."""
    sellers = set(_sellers(stage))
    with stage.looking() as view:
        rows = view.session.execute(
            select(SalesOrder.sales_rep_id, SalesOrder.ordered_on, func.sum(SalesOrder.net_amount), func.count())
            .where(SalesOrder.business_state.in_((BusinessState.CONFIRMED, BusinessState.COMPLETED)))
            .group_by(SalesOrder.sales_rep_id, SalesOrder.ordered_on)
        ).all()
    found: dict[tuple[int, date], tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for user_id, on, net, count in rows:
        if user_id in sellers:
            had = found[user_id, on.replace(day=1)]
            found[user_id, on.replace(day=1)] = (had[0] + net, had[1] + count)
    return dict(found)
