"""A predicted basket: what a customer is due to buy, with the reason; and how such predictions came true."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from core.catalog.models import ProductKind, ProductStatus
from core.catalog.queries import get_products
from core.customers.models import Channel, Customer
from core.customers.rules import walk_in_code
from core.sales.memory import HABITS, newest_of, prices_on, sold_as
from core.sales.models import SOLD_STATES, SalesOrder
from core.sales.rhythm import MOST, HitRate, Purchase, due_on, hit_rate
from core.security.permissions import P
from core.work.command import Scope, query

TRIED_CUSTOMERS = 500


@dataclass(frozen=True)
class PredictedRow:
    """A product that is due: bought `times` times, every `pause` days, and so many of it the last time."""

    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    times: int
    pause: Decimal
    last_on: date
    due_on: date
    today: Decimal


@query(P.ORDER_READ)
def predicted_basket(scope: Scope, customer_id: int, *, on: date) -> list[PredictedRow]:
    """What this customer is due to buy on a day, from the last 100 orders; what is no longer sold is left out.

    Gifts are nobody's habit, and a kit is bought as one. Costs the same however long the history is.
    """
    due = due_on(_purchases(scope, customer_id), on)
    products = get_products(scope, [each.product for each in due])
    due = [each for each in due if products[each.product].status == ProductStatus.ACTIVE][:MOST]
    prices = prices_on(scope, on, customer_id, [(each.product, each.quantity) for each in due]) if due else {}
    return [
        PredictedRow(
            variant_id=each.product,
            sku=products[each.product].sku,
            name=products[each.product].name,
            unit=products[each.product].unit,
            quantity=each.quantity,
            times=each.times,
            pause=each.pause,
            last_on=each.last_on,
            due_on=each.due_on,
            today=prices[each.product],
        )
        for each in due
    ]


@query(P.SALES_ANALYSE)
def back_test(scope: Scope, *, customer_id: int | None = None, customers: int = TRIED_CUSTOMERS) -> HitRate:
    """How predictions of the last three orders would have come true: of a customer, or of those who ordered most."""
    if customer_id is not None:
        return hit_rate([_purchases(scope, customer_id)])
    walk_in = [walk_in_code(each) for each in scope.session.scalars(select(Channel.id))]
    most = (
        select(SalesOrder.customer_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(SalesOrder.business_state.in_(SOLD_STATES), Customer.code.not_in(walk_in))
        .group_by(SalesOrder.customer_id)
        .order_by(func.count().desc(), SalesOrder.customer_id)
        .limit(customers)
    )
    return hit_rate([_purchases(scope, each) for each in scope.session.scalars(most).all()])


def _purchases(scope: Scope, customer_id: int) -> list[Purchase]:
    newest = list(scope.session.scalars(newest_of(customer_id, HABITS)))
    bought: dict[tuple[date, int], Decimal] = defaultdict(Decimal)
    for sold, alone in map(sold_as, (ProductKind.STOCKED, ProductKind.KIT)):
        for on, variant_id, quantity in scope.session.execute(
            select(SalesOrder.ordered_on, sold.variant_id, sold.quantity)
            .join(sold, sold.order_id == SalesOrder.id)
            .where(SalesOrder.id.in_(newest), sold.unit_price > 0, *alone)
        ):
            bought[on, variant_id] += quantity
    return [Purchase(on, variant_id, quantity) for (on, variant_id), quantity in bought.items()]
