"""Choosing how products are valued."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.models import Category
from core.security.permissions import P
from core.stock.costs.books import DEFAULT, locked_books, policies_of, variants_below
from core.stock.costs.errors import InTheFuture, PeriodClosed, SameMethod
from core.stock.costs.load import last_close
from core.stock.costs.models import CostMethod, CostPolicy
from core.stock.costs.plan import moment_after, newest_move
from core.stock.costs.recost import recost, rewrite
from core.stock.costs.rules.events import Method, Policy
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.COST_EDIT)
def set_cost_method(
    uow: UnitOfWork,
    *,
    method: Method,
    per_warehouse: bool = False,
    per_lot: bool = False,
    category_id: int | None = None,
    since: date | None = None,
) -> int:
    """Value the products of a category and those below it (or of the whole company) in this way.

    From now on, or from the beginning of a day of the open period. Amounts stay: what is on hand
    begins under the new method with what it was worth. Closed periods keep their method.
    """
    if category_id is not None and uow.session.get(Category, category_id) is None:
        raise NotFound(what=N_("The category"))
    since = since or uow.today
    at = uow.now if since == uow.today else _morning(uow, since)
    policy = Policy(method, per_warehouse, per_lot)
    if _rule(uow, category_id, since) == policy:
        raise SameMethod
    row = uow.add(
        CostPolicy(
            category_id=category_id,
            method=method,
            per_warehouse=per_warehouse,
            per_lot=per_lot,
            since_on=since,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    changed = _change(uow, row.id, variants_below(uow.session, category_id), since, at)
    uow.audit(
        "cost.method_set",
        row,
        category=category_id,
        method=method,
        per_warehouse=per_warehouse,
        per_lot=per_lot,
        since=since,
        products=changed,
    )
    return row.id


def _morning(uow: UnitOfWork, since: date) -> datetime:
    at = datetime.combine(since, time(), ZoneInfo(uow.settings.timezone)).astimezone(UTC)
    if at > uow.now:
        raise InTheFuture(on=since)
    close = last_close(uow.session)
    if close is not None and at <= close.until:
        raise PeriodClosed(through=close.closed_through)
    return at


def _rule(uow: UnitOfWork, category_id: int | None, on: date) -> Policy | None:
    newest = uow.session.scalars(
        select(CostPolicy)
        .where(CostPolicy.category_id.is_(None) if category_id is None else CostPolicy.category_id == category_id)
        .where(CostPolicy.since_on <= on)
        .order_by(CostPolicy.since_on.desc(), CostPolicy.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return DEFAULT if category_id is None else None
    return Policy(newest.method, newest.per_warehouse, newest.per_lot)


def _change(uow: UnitOfWork, policy_id: int, variant_ids: list[int], since: date, at: datetime) -> int:
    """Give every product that this rule decides its new method; how many there are."""
    locked_books(uow, variant_ids)
    wanted = {
        variant_id: policy
        for variant_id, (policy, rule) in policies_of(uow.session, variant_ids, since).items()
        if rule == policy_id
    }
    after = newest_move(uow.session)
    uow.write(
        CostMethod,
        [
            {
                "variant_id": variant_id,
                "at": moment_after(uow.session, [variant_id], at) if at == uow.now else at,
                "after_move_id": after,
                "method": policy.method,
                "per_warehouse": policy.per_warehouse,
                "per_lot": policy.per_lot,
                "policy_id": policy_id,
            }
            for variant_id, policy in sorted(wanted.items())
        ],
    )
    rewrite(uow, recost(uow.session, wanted))
    return len(wanted)
