"""Drafts: creating an order and editing it until it is confirmed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from core.base.errors import AppError, InvalidInput, NotFound, Refusals
from core.base.exact import ZERO, Rounding
from core.base.i18n import N_
from core.base.tax import TaxRounding
from core.catalog.models import Variant
from core.catalog.substitutes import substitutes_of
from core.customers.models import Customer, CustomerKind
from core.sales.errors import GiftLine, NotSubstitute
from core.sales.kits import floor_of_kit, get_kit, kit_to_join, lines_of, put_kit, refuse_part, remove_kit_rows, set_kit
from core.sales.line_checks import checked, resting
from core.sales.line_prices import (
    Goods,
    Quote,
    by_hand,
    entered,
    follows_lists,
    goods_of,
    in_typed_unit,
    is_gift,
    line_to_join,
    price_only,
    quotes,
)
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.offers import decline, has_offers, retotal, rounded_once
from core.sales.orders import line_of, locked_order, total
from core.sales.rules import ORDER_FLOW, Amounts
from core.sales.tolerance_rules import scaled_discount
from core.sales.wished import UNCHANGED, Wish, wished_day
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class LineDraft:
    """What is asked of an order line; without a price it is that of the price lists, or else the usual one.

    `count` of `unit` is how it was typed, where that was another unit than the stock's.
    """

    variant_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    discount: Decimal = ZERO
    unit: str = ""
    count: Decimal | None = None


@command(P.ORDER_EDIT)
def create_order(
    uow: UnitOfWork,
    *,
    customer_id: int,
    channel_id: int,
    warehouse_id: int,
    lines: Sequence[LineDraft] = (),
    region: str | None = None,
    sales_rep_id: int | None = None,
    note: str = "",
    wanted_on: date | None = None,
    copied: Mapping[str, Any] | None = None,
) -> int:
    """Begin a draft. Prices are frozen on its lines; nothing is promised yet. `copied` tells where it comes from."""
    customer = _customer(uow, customer_id)
    order = SalesOrder(
        number=uow.number("SO"),
        customer_id=customer_id,
        channel_id=channel_id,
        warehouse_id=warehouse_id,
        sales_rep_id=sales_rep_id or customer.owner_id or uow.actor.id,
        region=customer.region if region is None else region,
        ordered_at=uow.now,
        ordered_on=uow.today,
        prices_include_tax=uow.settings.prices_include_tax,
        rounding=Rounding.HALF_UP,
        tax_rounding=uow.settings.tax_rounding,
        currency=uow.settings.currency,
        note=note.strip(),
        wanted_on=wished_day(uow, wanted_on),
        created_by=uow.actor.id,
        created_at=uow.now,
    )
    goods = goods_of(uow, [line.variant_id for line in lines], customer.kind)
    kits = [line for line in lines if goods[line.variant_id].parts]
    lines = [line for line in lines if not goods[line.variant_id].parts]
    quoted = _quoted(uow, order, lines, goods)
    rows = [
        _line_row(uow, order, n, line, goods[line.variant_id], quote)
        for n, (line, quote) in enumerate(zip(lines, quoted, strict=True), 1)
    ]
    if order.tax_rounding == TaxRounding.DOCUMENT:
        asked = [(row["quantity"] * row["unit_price"] - row["discount_amount"], row["tax_rate"]) for row in rows]
        for row, amounts in zip(rows, rounded_once(order, asked), strict=True):
            row |= {"net_amount": amounts.net, "tax_amount": amounts.tax, "gross_amount": amounts.gross}
    total(order, (Amounts(row["net_amount"], row["tax_amount"], row["gross_amount"]) for row in rows))
    uow.session.add(order)
    _flush(uow)
    uow.write(OrderLine, [row | {"order_id": order.id} for row in rows])
    if kits or (rows and has_offers(uow, order)):
        order = locked_order(uow, order.id, with_lines=True)
        for kit in kits:
            _put(uow, order, kit, goods[kit.variant_id])
        retotal(uow, order)
    counted = len(rows) + len(kits)
    uow.audit("order.created", order, number=order.number, lines=counted, gross=order.gross_amount, **(copied or {}))
    return order.id


@command(P.ORDER_EDIT)
def edit_order(
    uow: UnitOfWork,
    order_id: int,
    *,
    customer_id: int,
    channel_id: int,
    warehouse_id: int,
    sales_rep_id: int | None,
    region: str,
    note: str,
    wanted_on: Wish = UNCHANGED,
) -> None:
    """Change the head of a draft; prices of existing lines stay as they are, promotions are those of its customer."""
    order = _draft(uow, order_id)
    _customer(uow, customer_id)
    order.customer_id, order.channel_id, order.warehouse_id = customer_id, channel_id, warehouse_id
    order.sales_rep_id, order.region, order.note = sales_rep_id, region.strip(), note.strip()
    order.wanted_on = wished_day(uow, wanted_on, order.wanted_on)
    retotal(uow, order)
    uow.audit("order.edited", order)
    _flush(uow)


@command(P.ORDER_EDIT)
def add_line(uow: UnitOfWork, order_id: int, line: LineDraft) -> int:
    """Put a product on a draft; the same product at the same price adds to its line.

    A kit becomes a line for each of its parts, held together; the first of them comes back.
    """
    order = _draft(uow, order_id)
    goods = goods_of(uow, [line.variant_id], _customer(uow, order.customer_id).kind)[line.variant_id]
    made = _put(uow, order, line, goods)
    retotal(uow, order)
    uow.session.flush()
    uow.audit("order.line_added", order, sku=goods.sku, quantity=line.quantity, unit_price=made.unit_price)
    return made.id


@command(P.ORDER_EDIT)
def add_lines(uow: UnitOfWork, order_id: int, lines: Sequence[LineDraft]) -> None:
    """Put several products on a draft at once, all of them or, naming every line that is refused, none."""
    order = _draft(uow, order_id)
    goods = goods_of(uow, [line.variant_id for line in lines], _customer(uow, order.customer_id).kind)
    problems: list[AppError] = []
    for line in lines:
        try:
            _put(uow, order, line, goods[line.variant_id])
        except AppError as problem:
            problems.append(problem)
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    retotal(uow, order)
    uow.session.flush()
    facts = [{"sku": goods[line.variant_id].sku, "quantity": line.quantity} for line in lines]
    uow.audit("order.lines_added", order, lines=facts)


@command(P.ORDER_EDIT)
def change_line(
    uow: UnitOfWork, order_id: int, line_id: int, *, quantity: Decimal, unit_price: Decimal, discount: Decimal = ZERO
) -> None:
    """Change quantity, price or granted discount of a draft's line; what promotions take off comes on top.

    Another quantity at the same price follows the price lists, where they gave the price or give one now. A
    price that was entered stays, and promotions leave its line alone.
    """
    order = _draft(uow, order_id)
    line = line_of(order, line_id)
    refuse_part(uow, line)
    _change(uow, order, line, quantity, unit_price, discount)


@command(P.ORDER_EDIT)
def remove_line(uow: UnitOfWork, order_id: int, line_id: int) -> None:
    """Take a line off a draft; one that a promotion put there takes its promotion with it."""
    order = _draft(uow, order_id)
    line = line_of(order, line_id)
    refuse_part(uow, line)
    if is_gift(line):
        decline(order, line)
    order.lines.remove(line)
    _removed(uow, order, line)


def set_price(uow: UnitOfWork, order: SalesOrder, sold: OrderLine | OrderKit, price: Decimal) -> None:
    """Give a line or kit of a draft a price entered by hand, discounts included; totals are not yet changed."""
    goods = goods_of(uow, [sold.variant_id], _customer(uow, order.customer_id).kind)[sold.variant_id]
    _set(uow, order, sold, LineDraft(sold.variant_id, sold.quantity, price), goods, entered(goods, price))


@command(P.ORDER_EDIT)
def change_kit(
    uow: UnitOfWork, order_id: int, kit_id: int, *, quantity: Decimal, unit_price: Decimal, discount: Decimal = ZERO
) -> None:
    """Change quantity, price or granted discount of a kit on a draft, as of a line; its lines follow.

    What one kit holds stays what it was when it was entered.
    """
    order = _draft(uow, order_id)
    _change(uow, order, get_kit(uow, order, kit_id), quantity, unit_price, discount)


@command(P.ORDER_EDIT)
def remove_kit(uow: UnitOfWork, order_id: int, kit_id: int) -> None:
    """Take a kit off a draft, with all its parts."""
    order = _draft(uow, order_id)
    kit = get_kit(uow, order, kit_id)
    remove_kit_rows(uow, order, kit)
    _removed(uow, order, kit)


@command(P.ORDER_EDIT)
def replace_line(
    uow: UnitOfWork, order_id: int, line_id: int, variant_id: int, *, quantity: Decimal | None = None
) -> int:
    """Let a substitute take the place of a draft's line, or of so much of it, one for one at the customer's price.

    Refuses what is no substitute of the line's product, more than the line has, and gifts. Returns the id of
    the line that the substitute is on.
    """
    order = _draft(uow, order_id)
    line = line_of(order, line_id)
    refuse_part(uow, line)
    part = line.quantity if quantity is None else quantity
    kept = line.quantity - part
    goods = goods_of(uow, [line.variant_id, variant_id], _customer(uow, order.customer_id).kind)
    of, other = goods[line.variant_id], goods[variant_id]
    if variant_id not in {row.variant_id for row in substitutes_of(uow, [line.variant_id]).get(line.variant_id, ())}:
        raise NotSubstitute(sku=of.sku, other=other.sku)
    if is_gift(line):
        raise GiftLine(sku=of.sku, promotion=(line.price_trace or {})["name"])
    if kept < ZERO:
        raise InvalidInput(field=N_("Quantity"), reason=N_("the line has fewer than that."))
    if kept:
        discount = scaled_discount(by_hand(line), line.quantity, kept)
        quote = Quote(line.unit_price, price_only(line.price_trace))
        _set(uow, order, line, LineDraft(line.variant_id, kept, line.unit_price, discount), of, quote)
    else:
        order.lines.remove(line)
    made = _put(uow, order, LineDraft(variant_id, part), other)
    retotal(uow, order)
    uow.session.flush()
    uow.audit("order.line_replaced", order, sku=of.sku, quantity=part, other=other.sku, unit_price=made.unit_price)
    return made.id


def _draft(uow: UnitOfWork, order_id: int) -> SalesOrder:
    order = locked_order(uow, order_id, with_lines=True)
    ORDER_FLOW.take("edit", order)
    return order


def _change(
    uow: UnitOfWork,
    order: SalesOrder,
    sold: OrderLine | OrderKit,
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal,
) -> None:
    """Give a line or kit these terms, as somebody enters them or the lists say, and tell what they were."""
    before = {"quantity": sold.quantity, "unit_price": sold.unit_price, "discount": by_hand(sold)}
    goods = goods_of(uow, [sold.variant_id], _customer(uow, order.customer_id).kind)[sold.variant_id]
    if is_gift(sold):
        raise GiftLine(sku=goods.sku, promotion=(sold.price_trace or {})["name"])
    quote = _requoted(uow, order, sold, goods, quantity, unit_price)
    _set(uow, order, sold, LineDraft(sold.variant_id, quantity, quote.unit_price, discount), goods, quote)
    retotal(uow, order)
    after = {"quantity": quantity, "unit_price": quote.unit_price, "discount": discount}
    uow.audit("order.line_changed", order, sku=goods.sku, before=before, after=after)


def _removed(uow: UnitOfWork, order: SalesOrder, sold: OrderLine | OrderKit) -> None:
    retotal(uow, order)
    sku = uow.session.scalar(select(Variant.sku).where(Variant.id == sold.variant_id))
    uow.audit("order.line_removed", order, sku=sku, quantity=sold.quantity, unit_price=sold.unit_price)


def _flush(uow: UnitOfWork) -> None:
    try:
        uow.session.flush()
    except IntegrityError as error:
        raise NotFound(what=N_("The channel, warehouse or sales rep")) from error


def _customer(uow: UnitOfWork, customer_id: int) -> Row[CustomerKind, str, int | None]:
    found = uow.session.execute(
        select(Customer.kind, Customer.region, Customer.owner_id).where(Customer.id == customer_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The customer"))
    return found


def _requoted(
    uow: UnitOfWork,
    order: SalesOrder,
    line: OrderLine | OrderKit,
    goods: Goods,
    quantity: Decimal,
    unit_price: Decimal,
) -> Quote:
    """The price that this quantity gets: as entered, or as the lists say of it where they gave it."""
    if unit_price != line.unit_price:
        return entered(goods, unit_price)
    quote = Quote(unit_price, price_only(line.price_trace))
    if quantity != line.quantity and quantity > ZERO and follows_lists(line):
        now = quotes(uow, order, [(goods, quantity)])[0]
        quote = now if now.trace["rule"] or quote.trace.get("rule") else quote
    return quote


def _put(uow: UnitOfWork, order: SalesOrder, line: LineDraft, goods: Goods) -> OrderLine:
    if goods.parts:
        return lines_of(order, _put_kit(uow, order, line, goods))[0]
    can_join = line.discount == ZERO and line.quantity > ZERO
    if line.unit_price is None and can_join:
        same = line_to_join(order.lines, line.variant_id)
        if isinstance(same, OrderLine):
            whole = LineDraft(line.variant_id, same.quantity + line.quantity)
            quote = _quoted(uow, order, [whole], {line.variant_id: goods})[0]
            _set(uow, order, same, whole, goods, quote)
            return same
    quote = _quoted(uow, order, [line], {line.variant_id: goods})[0]
    for same in order.lines:
        key = (same.variant_id, same.unit_price, by_hand(same))
        if can_join and not is_gift(same) and same.kit_id is None and key == (line.variant_id, quote.unit_price, ZERO):
            whole = LineDraft(line.variant_id, same.quantity + line.quantity)
            _set(uow, order, same, whole, goods, quote)
            return same
    last = max((each.line_number for each in order.lines), default=0)
    made = OrderLine(**_line_row(uow, order, last + 1, line, goods, quote))
    order.lines.append(made)
    return made


def _put_kit(uow: UnitOfWork, order: SalesOrder, line: LineDraft, goods: Goods) -> OrderKit:
    can_join = line.discount == ZERO and line.quantity > ZERO
    same = kit_to_join(uow.session, order, goods, line.unit_price) if can_join else None
    whole = line if same is None else replace(line, quantity=same.quantity + line.quantity)
    quote = _quoted(uow, order, [whole], {line.variant_id: goods})[0]
    quote = _checked_kit(uow, order, whole, quote, goods)
    if same is None:
        return put_kit(uow, order, goods, line.quantity, line.discount, quote)
    set_kit(uow, order, same, whole.quantity, ZERO, quote)
    return same


def _quoted(uow: UnitOfWork, order: SalesOrder, lines: Sequence[LineDraft], goods: dict[int, Goods]) -> list[Quote]:
    """The price of each line: as entered, or as the lists say; a quantity that is none is refused later."""
    asked = [(goods[line.variant_id], line.quantity) for line in lines if line.unit_price is None]
    found = iter(quotes(uow, order, asked))
    return [
        next(found) if line.unit_price is None else entered(goods[line.variant_id], line.unit_price) for line in lines
    ]


def _line_row(
    uow: UnitOfWork, order: SalesOrder, line_number: int, line: LineDraft, goods: Goods, quote: Quote
) -> dict[str, Any]:
    amounts = checked(order, goods, line.quantity, quote.unit_price, line.discount)
    quote = resting(uow, order, goods, quote, line.quantity, line.discount)
    return {
        "line_number": line_number,
        "variant_id": line.variant_id,
        "quantity": line.quantity,
        "unit_price": quote.unit_price,
        "price_trace": quote.trace or None,
        "discount_amount": line.discount,
        "tax_rate": goods.tax_rate,
        "net_amount": amounts.net,
        "tax_amount": amounts.tax,
        "gross_amount": amounts.gross,
        "shipped_quantity": ZERO,
        "returned_quantity": ZERO,
        "typed_unit": line.unit or None,
        "typed_quantity": line.count if line.unit else None,
    }


def _set(
    uow: UnitOfWork, order: SalesOrder, sold: OrderLine | OrderKit, asked: LineDraft, goods: Goods, quote: Quote
) -> None:
    if isinstance(sold, OrderKit):
        goods = replace(goods, lowest=floor_of_kit(uow.session, order, sold))
        quote = _checked_kit(uow, order, asked, quote, goods)
        set_kit(uow, order, sold, asked.quantity, asked.discount, quote)
        return
    row = _line_row(uow, order, sold.line_number, asked, goods, quote)
    for name, fact in (row | in_typed_unit(sold, asked.quantity)).items():
        setattr(sold, name, fact)


def _checked_kit(uow: UnitOfWork, order: SalesOrder, kit: LineDraft, quote: Quote, goods: Goods) -> Quote:
    """The price of a kit, naming the approval that it rests on; refuses as for a line."""
    checked(order, goods, kit.quantity, quote.unit_price, kit.discount)
    return resting(uow, order, goods, quote, kit.quantity, kit.discount)
