"""What an order costs: promotions in their order, exclusion groups, caps, whole cents, and the trace of it all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import groupby, product
from math import floor, lcm

from core.base.exact import AMOUNT_PLACES, ZERO, allocate, round_ratio
from core.pricing.rules.promotions import (
    MANUAL_STAGE,
    ROUNDING_STAGE,
    STAGES,
    Basket,
    BasketLine,
    Choice,
    Discount,
    Gift,
    Judged,
    Kind,
    Outcome,
    PricedLine,
    Promotion,
    Usage,
    Verdict,
)
from core.pricing.rules.taking import Shares, State, Taken, take

MOST_COMBINATIONS = 64
_CENT = Decimal(1).scaleb(-AMOUNT_PLACES)

Option = tuple[Promotion, ...]


@dataclass
class _Till:
    """What has been taken off so far."""

    basket: Basket
    lines: dict[int, BasketLine]
    left: dict[int, Decimal]
    discounts: dict[int, list[Discount]]
    gifts: list[Gift] = field(default_factory=list)
    judged: dict[int, Judged] = field(default_factory=dict)

    def take_off(self, stage: int, promotion_id: int | None, parts: Mapping[int, Decimal]) -> Decimal:
        """Book these parts; what they come to."""
        for key, part in parts.items():
            if part:
                self.left[key] -= part
                self.discounts[key].append(Discount(stage, promotion_id, part))
        return sum(parts.values(), ZERO)

    def tax_factor(self, key: int) -> Fraction:
        """What a customer saves for each unit of money taken off this line as entered."""
        return Fraction(1) if self.basket.prices_include_tax else 1 + Fraction(self.lines[key].tax_rate)


def apply_promotions(
    basket: Basket,
    promotions: Iterable[Promotion],
    usage: Mapping[int, Usage] | None = None,
    choose: Choice = Choice.BEST,
) -> Outcome:
    """The order after promotions, with the verdict on each.

    Item discounts, then bundles and 买赠, then ladders, then coupons, then what is granted by hand, then the
    rounding; within a stage by priority (1 first). Of an exclusion group one promotion acts, or all of its item
    discounts with each line taking its best one: the choice that saves the customer most, gifts included, unless
    the first by priority is asked for. The order in which promotions are given does not matter, no line
    falls below zero, and the discounts of the lines add up to those of the order to the cent.
    """
    usage = usage or {}
    every = sorted(promotions, key=lambda each: (STAGES[each.kind], each.priority, each.id))
    judged = {each.id: verdict for each in every if (verdict := _barred(each, basket, usage)) is not None}
    usable = [each for each in every if each.id not in judged]
    free: Option = tuple(each for each in usable if not each.group)
    groups = _groups(usable)
    chosen = _chosen(basket, free, groups, usage, choose)
    till = _run(basket, (*free, *chosen), usage)
    acting = {each.id for each in (*free, *chosen)}
    for each in usable:
        if each.id not in acting:
            judged[each.id] = Judged(each.id, each.name, STAGES[each.kind], Verdict.EXCLUDED)
    _by_hand(till)
    _rounded_down(till)
    trace = tuple(judged.get(each.id) or till.judged[each.id] for each in every)
    return _outcome(till, trace)


def _groups(usable: Sequence[Promotion]) -> list[list[Option]]:
    """For each exclusion group what may act instead of each other, the first by priority first."""
    grouped = sorted((each for each in usable if each.group), key=lambda each: each.group)
    groups = []
    for _, members in groupby(grouped, key=lambda each: each.group):
        together = list(members)
        items = tuple(each for each in together if each.kind == Kind.ITEM)
        options = [(each,) for each in together if each.kind != Kind.ITEM] + ([items] if items else [])
        groups.append(sorted(options, key=_place))
    return groups


def _chosen(
    basket: Basket, free: Option, groups: list[list[Option]], usage: Mapping[int, Usage], choose: Choice
) -> Option:
    combinations = 1
    for options in groups:
        combinations *= len(options)
    if choose == Choice.BEST and combinations <= MOST_COMBINATIONS:
        made = [tuple(each for option in combination for each in option) for combination in product(*groups)]
        if len(made) == 1:
            return made[0]
        return min(made, key=lambda each: (-_saved(_run(basket, (*free, *each), usage)), _place(each)))
    chosen: Option = ()
    for options in groups:
        tills = [(option, _run(basket, (*free, *chosen, *option), usage)) for option in options]
        if choose == Choice.BEST:
            best = min(tills, key=lambda each: (-_saved(each[1]), _place(each[0])))[0]
        else:
            applied = [option for option, till in tills if _any_applied(option, till)]
            best = applied[0] if applied else options[0]
        chosen = (*chosen, *best)
    return chosen


def _run(basket: Basket, promotions: Option, usage: Mapping[int, Usage]) -> _Till:
    lines = {line.key: line for line in sorted(basket.lines, key=lambda each: each.key) if not line.is_gift}
    till = _Till(basket, lines, {key: line.amount for key, line in lines.items()}, {key: [] for key in lines})
    lines = {key: line for key, line in lines.items() if line.amount > 0}
    for _, stage in groupby(sorted(promotions, key=lambda each: STAGES[each.kind]), key=lambda each: STAGES[each.kind]):
        start = dict(till.left)
        for turn in _turns(list(stage)):
            _take_turn(till, turn, State(lines, start, till.left), usage)
    return till


def _turns(stage: list[Promotion]) -> list[Option]:
    """Promotions in the order in which they act; the item discounts of a group act together."""
    turns: dict[tuple[str, int], list[Promotion]] = {}
    for each in stage:
        turns.setdefault((each.group, 0) if each.group else ("", each.id), []).append(each)
    return sorted((tuple(sorted(turn, key=_first)) for turn in turns.values()), key=_place)


def _take_turn(till: _Till, turn: Option, state: State, usage: Mapping[int, Usage]) -> None:
    taken = {each.id: take(each, state) for each in turn}
    if len(turn) > 1:
        taken = _best_by_line(turn, taken)
    for each in turn:
        mine = taken[each.id]
        parts = _in_cents(till, each, mine.shares, usage.get(each.id, Usage()))
        amount = till.take_off(STAGES[each.kind], each.id, parts)
        saved = round_ratio(
            sum((Fraction(part) * till.tax_factor(key) for key, part in parts.items()), Fraction()), AMOUNT_PLACES
        )
        till.gifts.extend(mine.gifts)
        verdict = mine.verdict
        if verdict == Verdict.APPLIED and not (amount or mine.gifts):
            verdict = Verdict.NOTHING_OFF
        till.judged[each.id] = Judged(each.id, each.name, STAGES[each.kind], verdict, amount, saved, mine.missing)


def _best_by_line(turn: Option, taken: Mapping[int, Taken]) -> dict[int, Taken]:
    """Of the item discounts of one group each line takes the best, the first by priority of equals."""
    shares: dict[int, Shares] = {each.id: {} for each in turn}
    for key in {key for one in taken.values() for key in one.shares}:
        best = max(turn, key=lambda each: (taken[each.id].shares.get(key, 0), [-n for n in _first(each)]))
        shares[best.id][key] = taken[best.id].shares[key]
    return {
        each.id: taken[each.id]
        if taken[each.id].verdict != Verdict.APPLIED
        else Taken(shares[each.id], verdict=Verdict.APPLIED if shares[each.id] else Verdict.EXCLUDED)
        for each in turn
    }


def _in_cents(till: _Till, promotion: Promotion, shares: Shares, used: Usage) -> dict[int, Decimal]:
    """Shares as whole cents, within what is left of each line, and within the cap, tax included."""
    shares = {key: min(share, Fraction(till.left[key])) for key, share in shares.items()}
    saved = sum((share * till.tax_factor(key) for key, share in shares.items()), Fraction())
    caps = [promotion.cap] if promotion.cap is not None else []
    if promotion.budget is not None:
        caps.append(max(ZERO, promotion.budget - used.spent))
    if caps and saved > min(caps):
        shares = {key: share * Fraction(min(caps)) / saved for key, share in shares.items()}
        total = Decimal(floor(sum(shares.values(), Fraction()) / Fraction(_CENT))) * _CENT
        return split(total, shares, till.left)
    if promotion.kind == Kind.ITEM:
        return {key: min(round_ratio(share), till.left[key]) for key, share in shares.items()}
    return split(round_ratio(sum(shares.values(), Fraction())), shares, till.left)


def split(total: Decimal, weights: Mapping[int, Fraction], most: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """Split a total by weight so that the parts add up to it and none exceeds its `most`.

    Largest remainder on cents; of equals the largest line, then the lowest line number.
    """
    keys = sorted((key for key, weight in weights.items() if weight), key=lambda key: (-weights[key], key))
    if not keys:
        return {}
    common = lcm(*(weights[key].denominator for key in keys))
    parts = dict(zip(keys, allocate(total, [Decimal(int(weights[key] * common)) for key in keys]), strict=True))
    over = ZERO
    for key in keys:
        over += max(ZERO, parts[key] - most[key])
        parts[key] = min(parts[key], most[key])
    for key in keys:
        moved = min(over, most[key] - parts[key])
        parts[key] += moved
        over -= moved
    return parts


def _by_hand(till: _Till) -> None:
    own = {
        key: min(max(ZERO, line.manual_discount), till.left[key])
        for key, line in till.lines.items()
        if till.left[key] > 0
    }
    till.take_off(MANUAL_STAGE, None, own)
    _take_from_all(till, MANUAL_STAGE, till.basket.manual_discount)


def _rounded_down(till: _Till) -> None:
    step = till.basket.rounding_step
    total = sum(till.left.values(), ZERO)
    if step > 0 and total > 0:
        _take_from_all(till, ROUNDING_STAGE, total - (total / step).to_integral_value(ROUND_FLOOR) * step)


def _take_from_all(till: _Till, stage: int, asked: Decimal) -> None:
    left = {key: Fraction(amount) for key, amount in till.left.items() if amount > 0}
    amount = min(asked, sum((till.left[key] for key in left), ZERO))
    if amount > 0:
        till.take_off(stage, None, split(amount, left, till.left))


def _outcome(till: _Till, trace: tuple[Judged, ...]) -> Outcome:
    lines = tuple(
        PricedLine(key, line.amount, tuple(till.discounts[key]), till.left[key]) for key, line in till.lines.items()
    )
    amount = sum((line.amount for line in lines), ZERO)
    gifts = tuple(sorted(till.gifts, key=lambda gift: (gift.promotion_id, gift.variant_id)))
    return Outcome(lines, gifts, trace, amount, amount - sum((line.discount for line in lines), ZERO))


def _barred(promotion: Promotion, basket: Basket, usage: Mapping[int, Usage]) -> Judged | None:
    """The verdict that needs no look at the lines, if there is one."""
    used = usage.get(promotion.id, Usage())
    audience = (promotion.customers, promotion.tags, promotion.channels)
    is_for = (
        not promotion.customers or basket.customer_id in promotion.customers,
        not promotion.tags or bool(promotion.tags & basket.tags),
        not promotion.channels or basket.channel_id in promotion.channels,
    )
    is_used_up = (
        (promotion.total_uses is not None and used.total >= promotion.total_uses)
        or (promotion.uses_per_customer is not None and used.by_customer >= promotion.uses_per_customer)
        or (promotion.budget is not None and used.spent >= promotion.budget)
    )
    reasons = {
        Verdict.NOT_FOR_RETURNS: basket.is_return,
        Verdict.NOT_FOR_CUSTOMER: any(audience) and not all(is_for),
        Verdict.NOT_YET: promotion.since is not None and basket.on < promotion.since,
        Verdict.OVER: promotion.until is not None and basket.on >= promotion.until,
        Verdict.NO_CODE: promotion.kind == Kind.COUPON and promotion.code not in basket.codes,
        Verdict.USED_UP: is_used_up,
    }
    verdict = next((reason for reason, is_so in reasons.items() if is_so), None)
    return None if verdict is None else Judged(promotion.id, promotion.name, STAGES[promotion.kind], verdict)


def _saved(till: _Till) -> Decimal:
    off = sum((discount.amount for each in till.discounts.values() for discount in each), ZERO)
    worth = till.basket.worth
    given = (max(ZERO, worth.get(gift.variant_id, ZERO) - gift.unit_price) * gift.quantity for gift in till.gifts)
    return off + sum(given, ZERO)


def _any_applied(option: Option, till: _Till) -> bool:
    return any(till.judged[each.id].verdict == Verdict.APPLIED for each in option)


def _first(promotion: Promotion) -> tuple[int, int]:
    return promotion.priority, promotion.id


def _place(option: Option) -> list[tuple[int, int]]:
    return sorted(_first(each) for each in option)
