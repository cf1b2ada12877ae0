"""Which orders could give the goods that an order lacks, as a proposal that explains itself."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.customers.models import Customer
from core.sales.models import BusinessState, SalesOrder
from core.sales.reallocation.rules import Claim, Reason, Waiter, waits_until
from core.sales.reallocation.standing import Standing, arrivals, standing_of, waiters
from core.security.models import User
from core.security.permissions import P
from core.stock.costs.plan import Timed
from core.work.command import query


@dataclass(frozen=True)
class LackRow:
    """A product that an order lacks, and when enough of it is expected."""

    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    until: date | None


@dataclass(frozen=True)
class YieldRow:
    """A line that could give goods: how much, why it is its turn, until when its order then waits.

    `may_take` is whether who asks may take goods from this order.
    """

    line_id: int
    order_id: int
    number: str
    customer: str
    owner: str
    variant_id: int
    sku: str
    unit: str
    most: Decimal
    gives: Decimal
    reasons: tuple[Reason, ...]
    until: date | None
    may_take: bool


@dataclass(frozen=True)
class YieldProposal:
    """What an order lacks, and who could give it, whoever gives first before the others."""

    order_id: int
    number: str
    is_draft: bool
    lacks: tuple[LackRow, ...]
    rows: tuple[YieldRow, ...]


@query(P.ORDER_READ)
def yield_proposal(scope: Timed, order_id: int) -> YieldProposal | None:
    """Who could give what an order lacks; None where it lacks nothing. It waits for goods, or cannot be confirmed."""
    order = scope.session.get(SalesOrder, order_id)
    if order is None:
        raise NotFound(what=N_("The order"))
    standing = standing_of(scope, order)
    if standing is None:
        return None
    named = {
        variant_id: (sku, name, unit)
        for variant_id, sku, name, unit in scope.session.execute(
            select(Variant.id, Variant.sku, Product.name, Product.unit)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(standing.missing))
        )
    }
    days = _Days(scope, standing)
    return YieldProposal(
        order.id,
        order.number,
        order.business_state == BusinessState.DRAFT,
        tuple(
            LackRow(variant_id, *named[variant_id], quantity, days.of_taker(variant_id, quantity))
            for variant_id, quantity in standing.missing.items()
        ),
        tuple(_rows(scope, standing, named, days)),
    )


def _rows(scope: Timed, standing: Standing, named: dict[int, tuple[str, str, str]], days: "_Days") -> list[YieldRow]:
    customers = {
        customer_id: name
        for customer_id, name in scope.session.execute(
            select(Customer.id, Customer.name).where(
                Customer.id.in_({each.customer_id for each in standing.orders.values()})
            )
        )
    }
    sellers = {each.id: each.sales_rep_id or each.created_by for each in standing.orders.values()}
    owners = {
        user_id: name
        for user_id, name in scope.session.execute(
            select(User.id, User.name).where(User.id.in_({each for each in sellers.values() if each}))
        )
    }
    rules = scope.actor.may(P.STOCK_POLICY)
    rows = []
    for each in standing.yields:
        holding = each.holding
        order = standing.orders[holding.claim.order_id]
        seller = sellers[order.id]
        sku, _, unit = named[holding.variant_id]
        rows.append(
            YieldRow(
                line_id=holding.line_id,
                order_id=order.id,
                number=order.number,
                customer=customers[order.customer_id],
                owner=owners.get(seller or 0, ""),
                variant_id=holding.variant_id,
                sku=sku,
                unit=unit,
                most=each.most,
                gives=each.gives,
                reasons=each.reasons,
                until=days.of_giver(order, each.holding.claim, holding.variant_id, each.gives or each.most),
                may_take=rules or seller == scope.actor.id,
            )
        )
    return rows


class _Days:
    """Until when orders wait for products, with what is expected read once for each product and warehouse."""

    def __init__(self, scope: Timed, standing: Standing) -> None:
        self.scope, self.standing = scope, standing
        self.waiting = waiters(scope, list(standing.missing))
        self.known: dict[tuple[int, int], list[tuple[date, Decimal]]] = {}
        self.given: dict[int, Decimal] = {}
        for each in standing.yields:
            variant_id = each.holding.variant_id
            self.given[variant_id] = self.given.get(variant_id, ZERO) + each.gives

    def of_taker(self, variant_id: int, quantity: Decimal) -> date | None:
        """When the order would have what it lacks, if nobody gave it anything."""
        others = self._others(variant_id, {self.standing.order.id})
        return waits_until(self.standing.claim, quantity, others, self._arrivals(self.standing.order, variant_id))

    def of_giver(self, order: SalesOrder, claim: Claim, variant_id: int, quantity: Decimal) -> date | None:
        """When an order that gives so much would have it again, if the others give what is proposed."""
        taker = self.standing
        others = self._others(variant_id, {taker.order.id, order.id})
        others += [
            Waiter(each.holding.claim, each.gives)
            for each in taker.yields
            if each.holding.variant_id == variant_id and each.holding.claim.order_id != order.id and each.gives > ZERO
        ]
        left = taker.missing[variant_id] - self.given.get(variant_id, ZERO)
        if left > ZERO:
            others.append(Waiter(taker.claim, left))
        return waits_until(claim, quantity, others, self._arrivals(order, variant_id))

    def _others(self, variant_id: int, without: set[int]) -> list[Waiter]:
        return [waiter for order, waiter in self.waiting.get(variant_id, []) if order.id not in without]

    def _arrivals(self, order: SalesOrder, variant_id: int) -> list[tuple[date, Decimal]]:
        key = (variant_id, order.warehouse_id)
        if key not in self.known:
            self.known[key] = arrivals(self.scope, variant_id, order.warehouse_id)
        return self.known[key]
