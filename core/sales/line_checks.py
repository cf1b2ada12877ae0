"""What the terms of a line or kit on a draft must be: numbers that can be, and a price that is allowed."""

from dataclasses import replace
from decimal import Decimal

from core.base.errors import InvalidInput
from core.base.exact import AMOUNT_PLACES, PRICE_PLACES, QUANTITY_PLACES, ZERO, fits, round_to
from core.base.i18n import N_
from core.pricing.limits import below_lowest
from core.pricing.rules.margins import floor_of, is_below
from core.sales.approvals import may_override, price_approval
from core.sales.errors import BelowFloor
from core.sales.line_prices import APPROVAL, Goods, Quote
from core.sales.models import SalesOrder
from core.sales.rules import Amounts, line_amounts
from core.work.unit import UnitOfWork


def checked(order: SalesOrder, goods: Goods, quantity: Decimal, price: Decimal, discount: Decimal) -> Amounts:
    """What a line of this comes to; refuses numbers that no line can have."""
    if quantity <= ZERO or not fits(quantity, QUANTITY_PLACES):
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    if price < ZERO or not fits(price, PRICE_PLACES):
        raise InvalidInput(field=N_("Unit price"), reason=N_("enter a price of zero or more with at most 4 decimals."))
    amounts = line_amounts(
        quantity,
        price,
        discount,
        goods.tax_rate,
        prices_include_tax=order.prices_include_tax,
        rounding=order.rounding,
    )
    if discount < ZERO or not fits(discount, AMOUNT_PLACES) or amounts.gross < ZERO:
        raise InvalidInput(field=N_("Discount"), reason=N_("enter an amount from zero up to the amount of the line."))
    return amounts


def resting(
    uow: UnitOfWork, order: SalesOrder, goods: Goods, quote: Quote, quantity: Decimal, discount: Decimal
) -> Quote:
    """The price with the approval that it rests on, if it needs one; `BelowFloor` where there is none."""
    approval = _approval(uow, order, goods, quantity * quote.unit_price - discount, quantity)
    trace = {name: fact for name, fact in quote.trace.items() if name != APPROVAL}
    return replace(quote, trace=trace if approval is None else trace | {APPROVAL: approval})


def _approval(uow: UnitOfWork, order: SalesOrder, goods: Goods, charged: Decimal, quantity: Decimal) -> int | None:
    if not is_below(charged, quantity, goods.lowest) or may_override(uow, order):
        return None
    floor = floor_of(goods.lowest, below_lowest(uow.session, uow.actor.roles))
    if not is_below(charged, quantity, floor):
        return None
    found = price_approval(uow, order, goods.variant_id, charged, quantity)
    if found is None:
        raise BelowFloor(sku=goods.sku, lowest=round_to(floor, PRICE_PLACES), price=charged / quantity)
    return found
