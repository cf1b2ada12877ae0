"""Long trials of promotions: begun from a screen, carried out beside it, with what came out."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.jobs.models import Job, JobState
from core.jobs.queue import enqueue
from core.jobs.registry import long_job
from core.jobs.runner import JOB_RUNNER
from core.pricing.models import PromotionOffer
from core.sales.offer_trial import TrialCard, TriedRow, orders_to_try, try_on_orders
from core.sales.trial_models import PromotionTrial
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.store import Store
from core.work.unit import UnitOfWork, plain

TRY_PROMOTION = "sales.try_promotion"
LATEST = 200


@dataclass(frozen=True)
class TrialRun:
    """The last long trial of a promotion: `done` of its orders are tried; the card is there when all are.

    `error` says why it failed, and `is_over` that it is not tried again by itself.
    """

    id: int
    since: date
    until: date
    orders: int
    done: int
    card: TrialCard | None
    error: str = ""
    is_over: bool = False


@command(P.PROMOTION_EDIT)
def begin_trial(uow: UnitOfWork, promotion_id: int, *, since: date, until: date) -> int:
    """Try a promotion on every order of these days in the background; it takes the place of an earlier trial."""
    offer = uow.session.get(PromotionOffer, promotion_id, with_for_update=True)
    if offer is None:
        raise NotFound(what=N_("The promotion"))
    uow.session.execute(delete(PromotionTrial).where(PromotionTrial.promotion_id == promotion_id))
    orders = orders_to_try(uow, since=since, until=until)
    trial = uow.add(
        PromotionTrial(
            promotion_id=promotion_id,
            since=since,
            until=until,
            orders=orders,
            asked_at=uow.now,
            asked_by=uow.actor.id,
        )
    )
    enqueue(uow, TRY_PROMOTION, trial_id=trial.id)
    uow.audit("promotion.trial_begun", offer, name=offer.name, since=since, until=until, orders=orders)
    return trial.id


@query(P.PROMOTION_EDIT)
def last_trial(scope: Scope, promotion_id: int) -> TrialRun | None:
    """The last long trial of a promotion, if there was one."""
    run = scope.session.scalars(select(PromotionTrial).where(PromotionTrial.promotion_id == promotion_id)).one_or_none()
    if run is None:
        return None
    if run.result is not None:
        card = _card(run.result, scope.actor.may(P.COST_READ))
        return TrialRun(run.id, run.since, run.until, run.orders, run.done, card)
    job = next((each for each in _jobs(scope) if each.facts.get("trial_id") == run.id), None)
    error = job.error if job is not None and job.state in (JobState.FAILED, JobState.WAITING) else ""
    is_over = job is None or job.state in (JobState.FAILED, JobState.DONE)
    return TrialRun(run.id, run.since, run.until, run.orders, run.done, None, error, is_over)


def _jobs(scope: Scope) -> Iterable[Job]:
    """The jobs of trials, newest first; that of a trial which is not done is among the latest."""
    return scope.session.scalars(select(Job).where(Job.name == TRY_PROMOTION).order_by(Job.id.desc()).limit(LATEST))


@long_job(TRY_PROMOTION, N_("Try a promotion on past orders"))
def carry_out_trial(store: Store, trial_id: int) -> None:
    """Try what was asked for; a trial that another one replaced meanwhile is left alone."""
    with store.viewing(JOB_RUNNER) as view:
        trial = view.session.get(PromotionTrial, trial_id)
        if trial is None or trial.result is not None:
            return
        card = try_on_orders(
            view,
            trial.promotion_id,
            since=trial.since,
            until=trial.until,
            after_chunk=lambda done: _note(store, trial_id, done),
        )
    _note(store, trial_id, card.orders, plain(asdict(card)))


def _note(store: Store, trial_id: int, done: int, result: dict[str, Any] | None = None) -> None:
    with store.working(JOB_RUNNER) as uow:
        trial = uow.session.get(PromotionTrial, trial_id, with_for_update=True)
        if trial is None:
            return
        trial.done = done
        if result is not None:
            trial.result, trial.ended_at, trial.orders = result, uow.now, done


def _card(kept: dict[str, Any], sees_costs: bool) -> TrialCard:
    rows = tuple(
        TriedRow(
            each["order_id"],
            each["number"],
            date.fromisoformat(each["ordered_on"]),
            each["customer"],
            Decimal(each["before"]),
            Decimal(each["after"]),
        )
        for each in kept["rows"]
    )
    before, after = (Decimal(each) for each in kept["margin"])
    return TrialCard(
        orders=kept["orders"],
        touched=kept["touched"],
        revenue_before=Decimal(kept["revenue_before"]),
        revenue_after=Decimal(kept["revenue_after"]),
        margin=(before, after) if sees_costs else None,
        rows=rows,
        left_out=kept.get("left_out", 0),
        lines=kept.get("lines", 0),
        at_issue=kept.get("at_issue", 0),
    )
