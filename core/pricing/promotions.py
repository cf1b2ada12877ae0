"""Promotions and coupons: adding, publishing and withdrawing them, pricing a basket, and counting what was used."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Date, bindparam, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.i18n import N_
from core.customers.models import Customer
from core.customers.rules import walk_in_code
from core.pricing.errors import (
    AlreadyPublished,
    CodeTaken,
    CouponRefused,
    PromotionNameTaken,
    PromotionUsedUp,
    UnknownCode,
)
from core.pricing.models import Coupon, OfferState, PromotionOffer, PromotionUse
from core.pricing.rules.basket import apply_promotions
from core.pricing.rules.holdout import is_held_out
from core.pricing.rules.promotions import (
    VERDICT_LABELS,
    Basket,
    Kind,
    Outcome,
    Promotion,
    Usage,
    Verdict,
)
from core.pricing.rules.terms import checked_promotion, coupon_code, promotion_of, terms_of
from core.security.permissions import P
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

MOST_CODES = 10_000

# Written once, as every draft and every confirmation asks it: building it anew would cost more than running it.
_OFFER, _DAY = PromotionOffer.__table__.c, bindparam("day", type_=Date())
_ANY = (
    select(_OFFER.id)
    .where(_OFFER.state == OfferState.PUBLISHED, or_(_OFFER.until.is_(None), _OFFER.until > _DAY))
    .limit(1)
)


@dataclass(frozen=True)
class Offers:
    """The promotions that a document may get, how far they are used up, and what became of its coupon codes.

    `codes` names the promotion of each code that counts, `refused` says why another one does not.
    """

    promotions: tuple[Promotion, ...] = ()
    usage: Mapping[int, Usage] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, Verdict] = field(default_factory=dict)

    def price(self, basket: Basket) -> Outcome:
        """The basket with these promotions."""
        return apply_promotions(replace(basket, codes=frozenset(self.codes)), self.promotions, self.usage)


@command(P.PROMOTION_EDIT)
def add_promotion(uow: UnitOfWork, promotion: Promotion, *, note: str = "") -> int:
    """Begin a promotion as a draft; it can be tried, and nobody gets it until it is published."""
    offer = PromotionOffer(created_at=uow.now, state=OfferState.DRAFT, kind=promotion.kind)
    _fill(uow, offer, promotion, note)
    uow.audit("promotion.added", offer, name=offer.name, kind=offer.kind, terms=offer.terms)
    return offer.id


@command(P.PROMOTION_EDIT)
def edit_promotion(uow: UnitOfWork, promotion_id: int, promotion: Promotion, *, version: int, note: str = "") -> int:
    """Change a draft. What customers were promised is not rewritten: a published one is refused."""
    offer = _offer(uow, promotion_id)
    if offer.version != version:
        raise StaleVersion(what=offer.name)
    if offer.state != OfferState.DRAFT:
        raise AlreadyPublished(name=offer.name)
    _fill(uow, offer, promotion, note)
    uow.audit("promotion.edited", offer, name=offer.name, kind=offer.kind, terms=offer.terms)
    return promotion_id


@command(P.PROMOTION_EDIT)
def publish_promotion(uow: UnitOfWork, promotion_id: int) -> int:
    """Give a promotion to customers, from now on or from its first day."""
    offer = _offer(uow, promotion_id)
    offer.state = OfferState.PUBLISHED
    uow.audit("promotion.published", offer, name=offer.name)
    return promotion_id


@command(P.PROMOTION_EDIT)
def withdraw_promotion(uow: UnitOfWork, promotion_id: int) -> int:
    """End a promotion; orders keep what it gave them. Doing it twice is no harm."""
    offer = _offer(uow, promotion_id)
    offer.state = OfferState.WITHDRAWN
    uow.audit("promotion.withdrawn", offer, name=offer.name)
    return promotion_id


@command(P.PROMOTION_EDIT)
def copy_promotion(uow: UnitOfWork, promotion_id: int, name: str) -> int:
    """A new draft with the terms of another promotion, and nothing used of it yet."""
    terms = replace(load(_offer(uow, promotion_id)), name=name)
    offer = PromotionOffer(created_at=uow.now, state=OfferState.DRAFT, kind=terms.kind)
    _fill(uow, offer, terms, "")
    uow.audit("promotion.copied", offer, name=offer.name, of=promotion_id)
    return offer.id


@command(P.PROMOTION_EDIT)
def issue_coupons(
    uow: UnitOfWork,
    promotion_id: int,
    codes: Sequence[str],
    *,
    most_uses: int | None = 1,
    customer_id: int | None = None,
    until: date | None = None,
) -> int:
    """Issue coupon codes; each may be used once unless said otherwise. Refuses codes that are taken.

    For one customer only, or until a day (the first on which they no longer count), where given.
    """
    offer = _offer(uow, promotion_id)
    if offer.kind != Kind.COUPON:
        raise InvalidInput(field=N_("Coupon code"), reason=N_("this promotion works without coupons."))
    if held_out(uow, offer, customer_id):
        raise CouponRefused(code=offer.name, reason=VERDICT_LABELS[Verdict.HELD_OUT])
    made = [coupon_code(code) for code in codes]
    if not 0 < len(made) <= MOST_CODES or (most_uses is not None and most_uses < 1):
        raise InvalidInput(field=N_("Limits"), reason=N_("enter whole numbers above zero."))
    taken = uow.session.scalar(select(Coupon.code).where(Coupon.code.in_(made)).order_by(Coupon.code).limit(1))
    if taken is None and len(set(made)) < len(made):
        taken = next(code for code in made if made.count(code) > 1)
    if taken is not None:
        raise CodeTaken(code=taken)
    common = {"promotion_id": offer.id, "customer_id": customer_id, "most_uses": most_uses, "until": until}
    rows = [{"code": code, "used_count": 0, "created_at": uow.now} | common for code in made]
    try:
        with uow.session.begin_nested():
            uow.write(Coupon, rows)
    except IntegrityError as error:
        raise CodeTaken(code=made[0]) from error
    uow.audit("promotion.coupons_issued", offer, name=offer.name, count=len(made), first=made[0], last=made[-1])
    return promotion_id


@command(P.PROMOTION_EDIT)
def withdraw_coupon(uow: UnitOfWork, code: str) -> None:
    """Let a coupon count no more; what it gave stays. Doing it twice is no harm."""
    coupon = uow.session.get(Coupon, coupon_code(code), with_for_update=True)
    if coupon is None:
        raise UnknownCode(code=code)
    coupon.withdrawn_at = coupon.withdrawn_at or uow.now
    uow.audit("promotion.coupon_withdrawn", None, code=coupon.code, promotion=coupon.promotion_id)


def load(offer: PromotionOffer) -> Promotion:
    """A stored promotion as the rules know it; of a coupon, without its code."""
    return promotion_of(
        offer.terms,
        id=offer.id,
        kind=offer.kind,
        name=offer.name,
        priority=offer.priority,
        group=offer.exclusion_group,
        stacking=offer.stacking,
        since=offer.since,
        until=offer.until,
        cap=offer.cap,
        total_uses=offer.total_uses,
        uses_per_customer=offer.uses_per_customer,
        budget=offer.budget,
        held_out=offer.held_out,
    )


def published(scope: Scope, *, since: date, until: date) -> list[Promotion]:
    """The promotions that count on some day from `since` on and before `until`; of coupons, without codes."""
    found = scope.session.scalars(
        select(PromotionOffer)
        .where(
            PromotionOffer.state == OfferState.PUBLISHED,
            or_(PromotionOffer.since.is_(None), PromotionOffer.since < until),
            or_(PromotionOffer.until.is_(None), PromotionOffer.until > since),
        )
        .order_by(PromotionOffer.id)
    )
    return [load(offer) for offer in found]


def any_published(scope: Scope, on: date) -> bool:
    """Whether there is any promotion to look at on this day: one cheap look-up."""
    return scope.session.connection().execute(_ANY, {"day": on}).first() is not None


def offers_on(scope: Scope, *, on: date, customer_id: int | None, codes: Collection[str] = ()) -> Offers:
    """The promotions that are published and not over on a day, with these coupons; refuses codes nobody issued.

    Reads the limits without a lock: `record_uses` decides, when the document is made binding.
    """
    asked = {coupon_code(code) for code in codes}
    coupons = {coupon.code: coupon for coupon in _coupons(scope, asked)}
    if unknown := sorted(asked - coupons.keys()):
        raise UnknownCode(code=unknown[0])
    offers = scope.session.scalars(
        select(PromotionOffer)
        .where(
            PromotionOffer.state == OfferState.PUBLISHED,
            or_(PromotionOffer.until.is_(None), PromotionOffer.until > on),
            or_(PromotionOffer.kind != Kind.COUPON, PromotionOffer.id.in_({c.promotion_id for c in coupons.values()})),
        )
        .order_by(PromotionOffer.id)
    ).all()
    running = {offer.id: offer for offer in offers}
    refused: dict[str, Verdict] = {}
    entered: dict[int, str] = {}
    for code, coupon in sorted(coupons.items()):
        verdict = Verdict.OVER if coupon.promotion_id not in running else _verdict_on(coupon, customer_id, on)
        if verdict is None and held_out(scope, running[coupon.promotion_id], customer_id):
            verdict = Verdict.HELD_OUT
        if verdict is None and coupon.promotion_id in entered:
            verdict = Verdict.EXCLUDED
        if verdict is None:
            entered[coupon.promotion_id] = code
        else:
            refused[code] = verdict
    promotions = tuple(replace(load(offer), code=entered.get(offer.id, "")) for offer in offers)
    by_code = {code: promotion_id for promotion_id, code in entered.items()}
    return Offers(promotions, _usage(scope, offers, customer_id), by_code, refused)


def held_out(scope: Scope, offer: PromotionOffer, customer_id: int | None) -> bool:
    """Whether a customer does without this coupon; sales over the counter are nobody's, and get it."""
    if customer_id is None or not is_held_out(offer.id, customer_id, offer.held_out):
        return False
    known = scope.session.execute(select(Customer.code, Customer.channel_id).where(Customer.id == customer_id)).one()
    return known.channel_id is None or known.code != walk_in_code(known.channel_id)


def record_uses(
    uow: UnitOfWork,
    outcome: Outcome,
    *,
    origin_type: str,
    origin_id: int,
    customer_id: int | None,
    codes: Collection[str] = (),
) -> None:
    """Count what a document made use of, within the limits; refuses when they were used up meanwhile.

    Promotions are locked in the order of their ids, so that two documents never wait for each other.
    """
    applied = {each.promotion_id: each for each in outcome.trace if each.verdict == Verdict.APPLIED}
    if not applied:
        return
    offers = uow.session.scalars(
        select(PromotionOffer)
        .where(PromotionOffer.id.in_(applied))
        .order_by(PromotionOffer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    coupons = {each.promotion_id: each for each in _coupons(uow, {coupon_code(code) for code in codes}, locked=True)}
    usage = _usage(uow, offers, customer_id)
    for offer in offers:
        saved, used = applied[offer.id].saved, usage[offer.id]
        is_spent = offer.budget is not None and offer.spent + saved > offer.budget
        is_full = offer.total_uses is not None and used.total >= offer.total_uses
        is_hers = offer.uses_per_customer is not None and used.by_customer >= offer.uses_per_customer
        if is_spent or is_full or is_hers:
            raise PromotionUsedUp(code=offer.name)
        coupon = coupons.get(offer.id)
        if coupon is not None:
            _refuse_coupon(coupon, customer_id, uow.today)
            coupon.used_count += 1
        offer.used_count += 1
        offer.spent += saved
        uow.session.add(
            PromotionUse(
                promotion_id=offer.id,
                coupon_code=coupon.code if coupon is not None else None,
                customer_id=customer_id,
                origin_type=origin_type,
                origin_id=origin_id,
                amount=saved,
                used_at=uow.now,
            )
        )
    uow.session.flush()


def release_uses(uow: UnitOfWork, *, origin_type: str, origin_id: int) -> None:
    """Give back what a document used, once it is cancelled; doing it twice is no harm."""
    uses = uow.session.scalars(
        select(PromotionUse)
        .where(
            PromotionUse.origin_type == origin_type,
            PromotionUse.origin_id == origin_id,
            PromotionUse.released_at.is_(None),
        )
        .order_by(PromotionUse.promotion_id)
        .with_for_update()
    ).all()
    for use in uses:
        use.released_at = uow.now
        uow.session.execute(
            update(PromotionOffer)
            .where(PromotionOffer.id == use.promotion_id)
            .values(used_count=PromotionOffer.used_count - 1, spent=PromotionOffer.spent - use.amount)
        )
        if use.coupon_code is not None:
            uow.session.execute(
                update(Coupon).where(Coupon.code == use.coupon_code).values(used_count=Coupon.used_count - 1)
            )
    uow.session.flush()


def _offer(uow: UnitOfWork, promotion_id: int) -> PromotionOffer:
    offer = uow.session.get(PromotionOffer, promotion_id, with_for_update=True)
    if offer is None:
        raise NotFound(what=N_("The promotion"))
    return offer


def _fill(uow: UnitOfWork, offer: PromotionOffer, typed: Promotion, note: str) -> None:
    promotion = checked_promotion(typed)
    taken = uow.session.scalar(
        select(PromotionOffer.id).where(
            func.lower(PromotionOffer.name) == func.lower(promotion.name), PromotionOffer.id.is_distinct_from(offer.id)
        )
    )
    if taken is not None:
        raise PromotionNameTaken(name=promotion.name)
    offer.name, offer.kind, offer.priority = promotion.name, promotion.kind, promotion.priority
    offer.exclusion_group, offer.stacking = promotion.group, promotion.stacking
    offer.since, offer.until = promotion.since, promotion.until
    offer.cap, offer.budget = promotion.cap, promotion.budget
    offer.total_uses, offer.uses_per_customer = promotion.total_uses, promotion.uses_per_customer
    offer.held_out = promotion.held_out
    offer.terms = terms_of(promotion)
    offer.note = note.strip()[:500]
    uow.add(offer)


def _coupons(scope: Scope, codes: Collection[str], *, locked: bool = False) -> list[Coupon]:
    if not codes:
        return []
    found = select(Coupon).where(Coupon.code.in_(codes)).order_by(Coupon.code)
    if locked:
        found = found.with_for_update().execution_options(populate_existing=True)
    return list(scope.session.scalars(found))


def _refuse_coupon(coupon: Coupon, customer_id: int | None, on: date) -> None:
    verdict = _verdict_on(coupon, customer_id, on)
    if verdict is not None:
        raise CouponRefused(code=coupon.code, reason=VERDICT_LABELS[verdict])


def _verdict_on(coupon: Coupon, customer_id: int | None, on: date) -> Verdict | None:
    """Why the coupon does not count, if it does not."""
    reasons = {
        Verdict.OVER: coupon.withdrawn_at is not None or (coupon.until is not None and on >= coupon.until),
        Verdict.NOT_FOR_CUSTOMER: coupon.customer_id is not None and coupon.customer_id != customer_id,
        Verdict.USED_UP: coupon.most_uses is not None and coupon.used_count >= coupon.most_uses,
    }
    return next((verdict for verdict, is_so in reasons.items() if is_so), None)


def _usage(scope: Scope, offers: Iterable[PromotionOffer], customer_id: int | None) -> dict[int, Usage]:
    limited = [offer.id for offer in offers if offer.uses_per_customer is not None]
    own: dict[int, int] = {}
    if limited and customer_id is not None:
        counted = scope.session.execute(
            select(PromotionUse.promotion_id, func.count())
            .where(
                PromotionUse.promotion_id.in_(limited),
                PromotionUse.customer_id == customer_id,
                PromotionUse.released_at.is_(None),
            )
            .group_by(PromotionUse.promotion_id)
        )
        own = {promotion_id: count for promotion_id, count in counted}
    return {offer.id: Usage(offer.used_count, own.get(offer.id, 0), Decimal(offer.spent)) for offer in offers}
