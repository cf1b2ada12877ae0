"""Trying a draft promotion on past orders: what revenue and margin would have been."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from core.base.exact import ZERO
from core.base.tax import TaxPolicy, tax_line
from core.pricing.rules.basket import apply_promotions
from core.pricing.rules.promotions import Basket, BasketLine, Kind, Outcome, Promotion, Verdict

ANY_CODE = "TRIAL"
"""The coupon that every customer of a trial shows; those that are issued are not read for it."""


class PastLine(NamedTuple):
    """A line of a past order, as a query or a file gives it; prices as entered, `unit_cost` before tax."""

    order_id: int
    line_number: int
    ordered_on: date
    customer_id: int
    channel_id: int
    variant_id: int
    product_id: int
    categories: tuple[int, ...]
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    unit_cost: Decimal
    tags: frozenset[int] = frozenset()
    prices_include_tax: bool = True


@dataclass(frozen=True)
class OrderEffect:
    """What the draft would have done to one order: how much less would have been paid, as entered."""

    order_id: int
    before: Decimal
    after: Decimal


class Trying:
    """Orders tried one after the other: each with the promotions that are live, and again with the draft beside them.

    The draft counts as valid on every day of the orders, its coupon as shown, and its limits as not used yet;
    they are used up in the order in which the orders are taken. Customers whom `without` names do without it.
    `revenue` and `margin` are before tax, without the draft and with it, gifts at their cost: what the same
    orders would have brought, not what more would have been sold.
    """

    def __init__(
        self,
        draft: Promotion,
        others: Iterable[Promotion],
        gift_costs: Mapping[int, Decimal],
        without: Callable[[int], bool] = lambda _customer: False,
    ) -> None:
        self._without, self.left_out = without, 0
        code = draft.code or (ANY_CODE if draft.kind == Kind.COUPON else "")
        self._ready = replace(
            draft, code=code, since=None, until=None, total_uses=None, uses_per_customer=None, budget=None
        )
        self._live, self._costs, self._limits = list(others), gift_costs, _Limits(draft)
        self.orders = 0
        self.revenue, self.margin = [ZERO, ZERO], [ZERO, ZERO]

    def take(self, rows: Sequence[PastLine]) -> OrderEffect | None:
        """Try one order, given its lines; what it would have changed, if anything."""
        self.orders += 1
        basket = _basket(rows, self._ready.code)
        plain = apply_promotions(basket, self._live)
        tried = plain
        if self._without(rows[0].customer_id):
            self.left_out += 1
        elif self._limits.allow(rows[0].customer_id):
            tried = apply_promotions(basket, [*self._live, self._limits.within(self._ready)])
            self._limits.use(rows[0].customer_id, tried)
        for n, outcome in enumerate((plain, tried)):
            net, left = _figures(basket, rows, outcome, self._costs)
            self.revenue[n] += net
            self.margin[n] += left
        if tried.total == plain.total and tried.gifts == plain.gifts:
            return None
        return OrderEffect(rows[0].order_id, plain.total, tried.total)


class _Limits:
    """The limits of the draft, used up order by order."""

    def __init__(self, draft: Promotion) -> None:
        self.draft = draft
        self.total = 0
        self.by_customer: dict[int, int] = defaultdict(int)
        self.left = draft.budget

    def allow(self, customer_id: int) -> bool:
        """Whether this customer may use it once more."""
        most, each = self.draft.total_uses, self.draft.uses_per_customer
        return (
            (most is None or self.total < most)
            and (each is None or self.by_customer[customer_id] < each)
            and (self.left is None or self.left > 0)
        )

    def within(self, ready: Promotion) -> Promotion:
        """The draft with what is left of its budget."""
        return replace(ready, budget=self.left)

    def use(self, customer_id: int, outcome: Outcome) -> None:
        """Count one use, where it was applied."""
        judged = next(each for each in outcome.trace if each.promotion_id == self.draft.id)
        if judged.verdict == Verdict.APPLIED:
            self.total += 1
            self.by_customer[customer_id] += 1
            self.left = None if self.left is None else self.left - judged.saved


def _basket(rows: Sequence[PastLine], code: str) -> Basket:
    head = rows[0]
    lines = [
        BasketLine(
            row.line_number, row.variant_id, row.quantity, row.unit_price, row.product_id, row.categories, row.tax_rate
        )
        for row in rows
    ]
    return Basket(
        lines=tuple(lines),
        on=head.ordered_on,
        customer_id=head.customer_id,
        tags=head.tags,
        channel_id=head.channel_id,
        codes=frozenset({code} if code else ()),
        prices_include_tax=head.prices_include_tax,
    )


def _figures(
    basket: Basket, rows: Sequence[PastLine], outcome: Outcome, gift_costs: Mapping[int, Decimal]
) -> tuple[Decimal, Decimal]:
    """Revenue before tax, and what is left of it after the cost of the goods."""
    policy = TaxPolicy(prices_include_tax=basket.prices_include_tax)
    totals = {line.key: line.total for line in outcome.lines}
    net = sum((tax_line(totals[row.line_number], row.tax_rate, policy).net for row in rows), ZERO)
    cost = sum((row.quantity * row.unit_cost for row in rows), ZERO)
    net += sum((gift.quantity * gift.unit_price for gift in outcome.gifts), ZERO)
    cost += sum((gift.quantity * gift_costs.get(gift.variant_id, ZERO) for gift in outcome.gifts), ZERO)
    return net, net - cost
