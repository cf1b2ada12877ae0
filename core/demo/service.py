"""Making the demo company: deterministic for its seed, its size and its last day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.pool import ConnectionPoolEntry

from core.audit.models import AuditEntry
from core.base.clock import FixedClock, business_day
from core.demo.alerts import watch_figures
from core.demo.books import enter_month
from core.demo.company import Company, company_of, is_empty, set_up
from core.demo.counter import lay_out
from core.demo.house import keep_house
from core.demo.lots import tell_apart, tracked_goods
from core.demo.money import settle_accounts
from core.demo.offers import make_offers
from core.demo.plan import Month, Plan, PlannedOrder
from core.demo.recent import RecentDays
from core.demo.shelf import Shelf
from core.demo.stage import Stage
from core.demo.supply import buy, close_last_month
from core.demo.team import plan_team
from core.demo.views import keep_views
from core.security.actor import SYSTEM, VISITOR
from core.security.permissions import P
from core.stock.costs.past import cost_past_moves
from core.work.command import Scope, command, query
from core.work.store import Store
from core.work.unit import UnitOfWork

LINES, SEED = 20_000, 1
RECENT_DAYS = 5
MOST_RECENT = 120
SOURCE = "demo"
BEGUN, FINISHED = "demo.set_up", "demo.finished"

__all__ = ["LINES", "SEED", "Made", "half_filled", "is_empty", "make_demo"]


@dataclass(frozen=True)
class Made:
    """What the demo company consists of; `was_half` says that it had been begun before."""

    orders: int
    lines: int
    seed: int
    until: date
    was_half: bool = False


@dataclass(frozen=True)
class Half:
    """A demo company whose filling broke off. `is_ours` says that nobody else has entered anything since."""

    lines: int
    seed: int
    until: date
    made: dict[str, list[int]]
    is_ours: bool


def make_demo(
    store: Store,
    lines: int = LINES,
    seed: int = SEED,
    progress: Callable[[int], None] = lambda _: None,
    until: date | None = None,
) -> Made:
    """Fill an empty database with a company of so many order lines in the two years up to `until` (yesterday).

    The same lines, seed and last day make the same rows, save for the hashes of passwords that
    nobody knows. The past is booked month by month, each in one audited command; the last days are
    lived through with the commands that people use, and so is the work of the other rooms. One that
    broke off is completed as it was begun. Refuses with `NotEmpty` where there is another company, or
    somebody has worked in a half-filled one.
    `progress` hears how many more lines are done.
    """
    with store.viewing(SYSTEM) as view:
        half = half_filled(view)
    if half is not None and half.is_ours:
        lines, seed, until = half.lines, half.seed, half.until
    until = until or business_day(store.clock.now(), store.settings.timezone) - timedelta(days=1)
    plan = Plan(lines, seed, until, store.settings.timezone)
    clock = FixedClock(plan.moment(plan.since, 8 * 60))
    past = Store(store.settings, clock)
    _make_room(past)
    try:
        if half is not None and half.is_ours:
            with past.working(SYSTEM) as uow:
                company = company_of(uow, plan, half.made)
        else:
            company = past.run(SYSTEM, set_up_demo, None, plan, seed)
        shelf = Shelf(plan, seed)
        held: list[Month] = []
        orders = 0
        for month in plan.months():
            orders += len(month.orders)
            held.append(month)
            if len(held) > 2:
                _enter(past, clock, company, shelf, held.pop(0), progress)
        recent = _recent(held, plan)
        for month in held:
            _enter(past, clock, company, shelf, month, progress, later=recent, is_last=month is held[-1])
        past.run(replace(SYSTEM, source=SOURCE), cost_past_moves, "demo.costed")
        stage = Stage(past, clock, company)
        suppliers = buy(stage)
        tell_apart(stage, suppliers, tracked_goods(plan, held, recent), recent)
        close_last_month(stage)
        RecentDays(past, clock, company, seed).live(recent, progress)
        keep_house(stage)
        settle_accounts(stage)
        make_offers(stage)
        lay_out(stage)
        plan_team(stage)
        watch_figures(stage)
        keep_views(stage)
        stage.go_to(plan.ends_at)
        past.run(SYSTEM, finish_demo, "demo.finished", lines)
    finally:
        past.engine.dispose()
    return Made(orders, lines, seed, until, was_half=half is not None)


@query(P.SYSTEM_OPERATE)
def half_filled(scope: Scope) -> Half | None:
    """The demo company here whose filling broke off; None where there is none, or a whole one."""
    begun = scope.session.scalars(select(AuditEntry).where(AuditEntry.tag == BEGUN)).one_or_none()
    if begun is None or "made" not in begun.facts:
        return None
    if scope.session.scalar(select(AuditEntry.id).where(AuditEntry.tag == FINISHED)):
        return None
    others = select(AuditEntry.id).where(
        AuditEntry.id > begun.id, AuditEntry.tag.not_like("demo.%"), AuditEntry.source.not_in((SOURCE, VISITOR.source))
    )
    facts = begun.facts
    is_ours = scope.session.scalar(others.limit(1)) is None
    return Half(facts["lines"], facts["seed"], date.fromisoformat(facts["until"]), facts["made"], is_ours)


@command(P.SYSTEM_OPERATE)
def set_up_demo(uow: UnitOfWork, plan: Plan, seed: int) -> Company:
    """Make the master data of the demo company; what its positions in the plan became."""
    company = set_up(uow, plan)
    uow.audit(BEGUN, None, lines=plan.lines, seed=seed, until=plan.until, made=company.made)
    return company


@command(P.SYSTEM_OPERATE)
def finish_demo(uow: UnitOfWork, lines: int) -> None:
    """Mark the demo company as whole."""
    uow.audit(FINISHED, None, lines=lines)


def _make_room(store: Store) -> None:
    """Let SQLite keep the indexes of a large demo in memory, and write to disk when a month is done."""
    if store.engine.dialect.name == "sqlite":
        event.listen(store.engine, "connect", _with_large_cache)


def _with_large_cache(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA cache_size=-400000")
    connection.execute("PRAGMA synchronous=NORMAL")


def _enter(
    store: Store,
    clock: FixedClock,
    company: Company,
    shelf: Shelf,
    month: Month,
    progress: Callable[[int], None],
    *,
    later: Sequence[PlannedOrder] = (),
    is_last: bool = False,
) -> None:
    """Book a month without the orders that are lived through later."""
    plan = company.plan
    deliveries = list(shelf.deliveries(month, is_last=is_last))
    kept = {id(order) for order in later}
    orders = [_shipped_by(plan, order) for order in month.orders if id(order) not in kept]
    clock.moment = max([month.opens_at, *(order.at for order in orders[-1:])])
    key = f"demo.month.{month.opens_at:%Y-%m-%d}"
    store.run(SYSTEM, enter_month, key, company, month.opens_at, deliveries, orders, is_last=is_last)
    progress(sum(len(order.items) for order in orders))


def _shipped_by(plan: Plan, order: PlannedOrder) -> PlannedOrder:
    """The order, its goods gone by the end of the last day at the latest."""
    if order.ships_at is None or order.ships_at <= plan.ends_at:
        return order
    return replace(order, ships_at=plan.ends_at)


def _recent(months: Sequence[Month], plan: Plan) -> list[PlannedOrder]:
    first = plan.until - timedelta(days=RECENT_DAYS - 1)
    return [order for month in months for order in month.orders if order.on >= first][-MOST_RECENT:]
