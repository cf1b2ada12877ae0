"""What each kind of promotion takes off: exact shares of lines, before anything is rounded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from core.base.exact import ZERO
from core.pricing.rules.promotions import BasketLine, Gift, Items, Kind, Off, Part, Promotion, Stacking, Verdict

Shares = dict[int, Fraction]


@dataclass(frozen=True)
class State:
    """The lines while promotions act: what is left of each now, and what was at the start of the stage.

    Keys are those of the lines; gifts are not among them.
    """

    lines: Mapping[int, BasketLine]
    start: Mapping[int, Decimal]
    left: Mapping[int, Decimal]

    def base(self, stacking: Stacking) -> Mapping[int, Decimal]:
        """The amounts that a promotion is computed on."""
        return self.start if stacking == Stacking.ADD_UP else self.left

    def held(self, items: Items) -> list[BasketLine]:
        """The lines of these products, in their order."""
        return [line for line in self.lines.values() if holds(items, line)]


@dataclass(frozen=True)
class Taken:
    """What a promotion takes off, or why nothing; `missing` is what its condition lacks."""

    shares: Shares
    gifts: tuple[Gift, ...] = ()
    verdict: Verdict = Verdict.APPLIED
    missing: Decimal = ZERO


@dataclass
class _Run:
    """Pieces of one line at one price."""

    key: int
    price: Fraction
    count: Fraction


def holds(items: Items, line: BasketLine) -> bool:
    """Whether a line is one of these products."""
    if not (items.variants or items.products or items.categories):
        return True
    return (
        line.variant_id in items.variants
        or line.product_id in items.products
        or not items.categories.isdisjoint(line.categories)
    )


def take(promotion: Promotion, state: State) -> Taken:
    """What this promotion takes off at this point; its conditions are looked at here."""
    held = state.held(promotion.items)
    if promotion.kind == Kind.BUNDLE:
        return _bundle(promotion, state)
    if not held:
        return Taken({}, verdict=Verdict.NO_ITEMS)
    base = state.base(promotion.stacking)
    amount = sum((base[line.key] for line in held), ZERO)
    quantity = sum((line.quantity for line in held), ZERO)
    order = sum(base.values(), ZERO)
    for has, needed in ((amount, promotion.min_amount), (order, promotion.min_order)):
        if has < needed:
            return Taken({}, verdict=Verdict.TOO_LITTLE, missing=needed - has)
    if quantity < promotion.min_quantity:
        return Taken({}, verdict=Verdict.TOO_FEW, missing=promotion.min_quantity - quantity)
    if promotion.max_quantity is not None and quantity > promotion.max_quantity:
        return Taken({}, verdict=Verdict.TOO_MANY)
    return _TAKERS[promotion.kind](promotion, state, held)


def _item(promotion: Promotion, state: State, held: list[BasketLine]) -> Taken:
    base = state.base(promotion.stacking)
    shares = {line.key: _off(promotion.off, Fraction(base[line.key]), Fraction(line.quantity)) for line in held}
    return _taken(shares)


def _coupon(promotion: Promotion, state: State, held: list[BasketLine]) -> Taken:
    base = {line.key: Fraction(state.base(promotion.stacking)[line.key]) for line in held}
    return _taken(_spread(_off(promotion.off, sum(base.values(), Fraction()), Fraction(1)), base))


def _ladder(promotion: Promotion, state: State, held: list[BasketLine]) -> Taken:
    base = {line.key: Fraction(state.base(promotion.stacking)[line.key]) for line in held}
    amount = sum(base.values(), Fraction())
    reached = Fraction(sum((line.quantity for line in held), ZERO)) if promotion.by_quantity else amount
    steps = [step for step in promotion.steps if step.reach <= reached]
    if not steps:
        nearest = min((step.reach for step in promotion.steps), default=ZERO)
        verdict = Verdict.TOO_FEW if promotion.by_quantity else Verdict.TOO_LITTLE
        return Taken({}, verdict=verdict, missing=Decimal(ceil((Fraction(nearest) - reached) * 1000)).scaleb(-3))
    step = max(steps, key=lambda each: each.reach)
    times = Fraction(_times(reached, step.reach, promotion)) if promotion.repeats else Fraction(1)
    return _taken(_spread(_off(step.off, amount, Fraction(1)) * times, base))


def _nth(promotion: Promotion, state: State, held: list[BasketLine]) -> Taken:
    runs = _whole(_runs(state, held, dearest_first=True))
    shares: Shares = {}
    passed, allowed = 0, promotion.most
    for run in runs:
        chosen = (passed + int(run.count)) // promotion.nth - passed // promotion.nth
        passed += int(run.count)
        if allowed is not None:
            chosen, allowed = min(chosen, allowed), allowed - min(chosen, allowed)
        if chosen:
            shares[run.key] = _off(promotion.off, run.price * chosen, Fraction(chosen))
    if passed < promotion.nth:
        return Taken({}, verdict=Verdict.TOO_FEW, missing=Decimal(promotion.nth - passed))
    return _taken(shares)


def _buy_get(promotion: Promotion, state: State, held: list[BasketLine]) -> Taken:
    bought = sum((line.quantity for line in held), ZERO)
    if bought < promotion.buy_quantity:
        return Taken({}, verdict=Verdict.TOO_FEW, missing=promotion.buy_quantity - bought)
    if promotion.adds_variant is not None:
        times = _bought_times(promotion, state, held)
        if not times:
            return Taken({}, verdict=Verdict.NOTHING_OFF)
        quantity = times * (promotion.get_quantity or Decimal(1))
        price = ZERO if promotion.off.price is None else promotion.off.price
        return Taken({}, (Gift(promotion.id, promotion.adds_variant, quantity, price),))
    got = state.held(promotion.gets) if promotion.gets is not None else held
    if not got:
        return Taken({}, verdict=Verdict.NO_ITEMS)
    runs = _runs(state, got, dearest_first=False)
    allowed = _gets(promotion, state, held, got)
    shares: Shares = {}
    for run in runs:
        count = min(run.count, allowed)
        allowed -= count
        if count:
            shares[run.key] = _off(promotion.off, run.price * count, count)
    if not shares:
        return Taken({}, verdict=Verdict.TOO_FEW, missing=promotion.get_quantity or ZERO)
    return _taken(shares)


def _gets(promotion: Promotion, state: State, held: list[BasketLine], got: list[BasketLine]) -> Fraction:
    """How many pieces have the reduction: a piece that is bought for it is not given for it, too."""
    every = Fraction(sum((line.quantity for line in got), ZERO))
    times = Fraction(_bought_times(promotion, state, held))
    each = every if promotion.get_quantity is None else Fraction(promotion.get_quantity)
    if not promotion.buy_quantity:
        return min(every, each * times)
    both = {line.key for line in got} & {line.key for line in held}
    only_bought = Fraction(sum((line.quantity for line in held if line.key not in both), ZERO))

    def given(count: Fraction) -> Fraction:
        kept = max(Fraction(), count * Fraction(promotion.buy_quantity) - only_bought)
        return max(Fraction(), min(each * count, every - kept))

    if not both:
        return given(times)
    # More rounds give more until those bought for them eat up what is given: the best lies where both meet.
    meet = (every + only_bought) / (Fraction(promotion.buy_quantity) + each) if each else times
    rounds = {Fraction(1), min(times, Fraction(floor(meet))), min(times, Fraction(ceil(meet))), min(times, Fraction(1))}
    return max((given(count) for count in rounds if 0 < count <= times), default=Fraction())


def _bundle(promotion: Promotion, state: State) -> Taken:
    # The part that fewest lines fit is served first, so that a wide part does not take its only piece.
    pools = [(_runs(state, state.held(part.items), dearest_first=True), part) for part in promotion.parts]
    pools.sort(key=lambda pool: len(pool[0]))
    left = {line.key: Fraction(line.quantity) for line in state.lines.values()}
    prices = {run.key: run.price for pool, _ in pools for run in pool}
    total, weights, allowed = Fraction(), dict[int, Fraction](), promotion.most
    missing = ZERO
    while allowed is None or allowed > 0:
        chosen, missing = _one_bundle(pools, dict(left))
        value = sum((prices[key] * count for key, count in chosen.items()), Fraction())
        saved = value - Fraction(promotion.off.price or ZERO)
        if missing or saved <= 0:
            break
        sets = min(floor(left[key] / count) for key, count in chosen.items())
        sets = max(1, min(sets, allowed) if allowed is not None else sets)
        for key, count in chosen.items():
            left[key] -= count * sets
            weights[key] = weights.get(key, Fraction()) + prices[key] * count * sets
        total += saved * sets
        allowed = None if allowed is None else allowed - sets
    if not weights:
        return Taken({}, verdict=Verdict.TOO_FEW if missing else Verdict.NOTHING_OFF, missing=missing)
    return _taken(_spread(total, weights))


def _one_bundle(pools: list[tuple[list[_Run], Part]], left: Shares) -> tuple[Shares, Decimal]:
    """The dearest pieces that make one bundle, or how many pieces are missing for it."""
    chosen: Shares = {}
    for pool, part in pools:
        needed = Fraction(part.quantity)
        for run in pool:
            count = min(needed, left[run.key])
            if count > 0:
                left[run.key] -= count
                needed -= count
                chosen[run.key] = chosen.get(run.key, Fraction()) + count
        if needed:
            return {}, Decimal(ceil(needed * 1000)).scaleb(-3)
    return chosen, ZERO


def _bought_times(promotion: Promotion, state: State, held: list[BasketLine]) -> int:
    if not promotion.repeats:
        return 1
    if promotion.buy_quantity:
        return _times(Fraction(sum((line.quantity for line in held), ZERO)), promotion.buy_quantity, promotion)
    base = state.base(promotion.stacking)
    if promotion.min_amount:
        return _times(Fraction(sum((base[line.key] for line in held), ZERO)), promotion.min_amount, promotion)
    return _times(Fraction(sum(base.values(), ZERO)), promotion.min_order or Decimal(1), promotion)


def _times(reached: Fraction, each: Decimal, promotion: Promotion) -> int:
    times = floor(reached / Fraction(each)) if each else 1
    return times if promotion.most is None else min(times, promotion.most)


def _runs(state: State, held: Iterable[BasketLine], *, dearest_first: bool) -> list[_Run]:
    base = state.left
    runs = [
        _Run(line.key, Fraction(base[line.key]) / Fraction(line.quantity), Fraction(line.quantity)) for line in held
    ]
    return sorted(runs, key=lambda run: (-run.price if dearest_first else run.price, run.key))


def _whole(runs: list[_Run]) -> list[_Run]:
    return [_Run(run.key, run.price, Fraction(floor(run.count))) for run in runs]


def _off(off: Off, amount: Fraction, count: Fraction) -> Fraction:
    """What is taken off so many pieces that together cost this amount; never more than it."""
    if off.percent is not None:
        taken = amount * Fraction(off.percent) / 100
    elif off.amount is not None:
        taken = Fraction(off.amount) * count
    else:
        taken = amount - Fraction(off.price or ZERO) * count
    return min(max(taken, Fraction()), max(amount, Fraction()))


def _spread(total: Fraction, weights: Shares) -> Shares:
    whole = sum(weights.values(), Fraction())
    return {key: min(total, whole) * weight / whole for key, weight in weights.items()} if whole else {}


def _taken(shares: Shares) -> Taken:
    shares = {key: share for key, share in shares.items() if share}
    return Taken(shares, verdict=Verdict.APPLIED if shares else Verdict.NOTHING_OFF)


_TAKERS: dict[Kind, Callable[[Promotion, State, list[BasketLine]], Taken]] = {
    Kind.ITEM: _item,
    Kind.NTH: _nth,
    Kind.BUY_GET: _buy_get,
    Kind.LADDER: _ladder,
    Kind.COUPON: _coupon,
}
