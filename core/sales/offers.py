"""Promotions on an order: what they take off its lines and add to it, its coupons, and the explanation kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.base.exact import ZERO, round_to
from core.base.tax import TaxRounding
from core.catalog.models import Product, ProductKind, ProductStatus, Variant
from core.customers.models import Customer, customer_tagging
from core.pricing.errors import CouponRefused
from core.pricing.promotions import Offers, any_published, offers_on, record_uses, release_uses
from core.pricing.resolve import category_paths
from core.pricing.rules.promotions import VERDICT_LABELS, Basket, BasketLine, Discount, Gift, Outcome, Verdict
from core.pricing.rules.terms import coupon_code
from core.sales.errors import OffersChanged
from core.sales.kits import kits_on, share_again, worth
from core.sales.line_prices import GIFT, OFFERS, by_hand, charge, is_gift, offered, price_only
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.orders import locked_order, origin_of, total
from core.sales.rules import ORDER_FLOW, Amounts, document_amounts, line_amounts, usual_price
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class _Goods:
    """What promotions need to know of a product; `worth` is what this customer usually pays.

    What is not sold any more is not given, and neither is a kit, which is no goods by itself.
    """

    product_id: int
    category_id: int | None
    worth: Decimal
    tax_rate: Decimal
    is_no_gift: bool


@command(P.ORDER_EDIT)
def use_coupon(uow: UnitOfWork, order_id: int, code: str) -> None:
    """Enter a coupon on a draft; refuses one that cannot be used, or takes nothing off this order, saying why."""
    order = _draft(uow, order_id)
    code = coupon_code(code)
    kept = _kept(order)
    codes = [each for each in kept["codes"] if each != code]
    order.offers = kept | {"codes": [*codes, code]}
    offers, outcome = _priced(uow, order)
    verdict = offers.refused.get(code)
    if verdict is None:
        mine = offers.codes[code]
        verdict = next(each.verdict for each in outcome.trace if each.promotion_id == mine)
    if verdict != Verdict.APPLIED:
        raise CouponRefused(code=code, reason=VERDICT_LABELS[verdict])
    retotal(uow, order)
    uow.audit("order.coupon_used", order, code=code, gross=order.gross_amount)


@command(P.ORDER_EDIT)
def drop_coupon(uow: UnitOfWork, order_id: int, code: str) -> None:
    """Take a coupon off a draft; doing it twice is no harm."""
    order = _draft(uow, order_id)
    kept = _kept(order)
    order.offers = kept | {"codes": [each for each in kept["codes"] if each != coupon_code(code)]}
    retotal(uow, order)
    uow.audit("order.coupon_dropped", order, code=code, gross=order.gross_amount)


@command(P.ORDER_EDIT)
def apply_again(uow: UnitOfWork, order_id: int) -> None:
    """Give a draft the promotions of today, gifts that were declined included."""
    order = _draft(uow, order_id)
    before = order.gross_amount
    order.offers = _kept(order) | {"declined": []}
    retotal(uow, order)
    uow.audit("order.offers_applied", order, gross_before=before, gross=order.gross_amount)


def retotal(uow: UnitOfWork, order: SalesOrder) -> Outcome | None:
    """Bring promotions, tax and totals of a draft up to date with its lines, which are loaded.

    What promotions give it comes back; None where there are none to look at.
    """
    outcome = _apply(uow, order)
    if order.tax_rounding == TaxRounding.DOCUMENT:
        asked = [(_asked(order, line), line.tax_rate) for line in order.lines]
        for line, amounts in zip(order.lines, rounded_once(order, asked), strict=True):
            charge(line, amounts)
    total(order, (Amounts(line.net_amount, line.tax_amount, line.gross_amount) for line in order.lines))
    return outcome


def _asked(order: SalesOrder, line: OrderLine) -> Decimal:
    whole = line.quantity * line.unit_price
    # The lines of a kit share its price, which has cents and no more.
    return (round_to(whole, rounding=order.rounding) if line.kit_id else whole) - line.discount_amount


def rounded_once(order: SalesOrder, asked: Sequence[tuple[Decimal, Decimal]]) -> list[Amounts]:
    """Amounts of lines (as entered after discount, with their tax rate) whose tax is rounded for the whole order."""
    return document_amounts(asked, prices_include_tax=order.prices_include_tax, rounding=order.rounding)


def decline(order: SalesOrder, line: OrderLine) -> None:
    """Do without the promotion that put this line on the draft."""
    kept = _kept(order)
    order.offers = kept | {"declined": sorted({*kept["declined"], (line.price_trace or {})[GIFT]})}


def has_offers(uow: UnitOfWork, order: SalesOrder) -> bool:
    """Whether promotions have to be looked at for this order."""
    return order.offers is not None or any_published(uow, uow.today)


def offers_agreed(uow: UnitOfWork, order: SalesOrder) -> Outcome | None:
    """What promotions give an order that is being confirmed; `OffersChanged` where its draft says otherwise."""
    before, said = order.gross_amount, _said(uow, order)
    outcome = retotal(uow, order)
    if said != _said(uow, order) or before != order.gross_amount:
        raise OffersChanged(number=order.number, before=before, after=order.gross_amount)
    return outcome


def use_offers(uow: UnitOfWork, order: SalesOrder, outcome: Outcome) -> None:
    """Count what the order makes use of; refuses, naming the promotion, when another order was faster."""
    origin = origin_of(order)
    record_uses(
        uow,
        outcome,
        origin_type=origin.kind,
        origin_id=origin.id,
        customer_id=order.customer_id,
        codes=[each for each in _kept(order)["codes"] if each not in _kept(order)["refused"]],
    )


def free_offers(uow: UnitOfWork, order: SalesOrder) -> None:
    """Give back what a called-off order used."""
    if order.offers is not None:
        origin = origin_of(order)
        release_uses(uow, origin_type=origin.kind, origin_id=origin.id)


def _draft(uow: UnitOfWork, order_id: int) -> SalesOrder:
    order = locked_order(uow, order_id, with_lines=True)
    ORDER_FLOW.take("edit", order)
    return order


def _kept(order: SalesOrder) -> dict[str, Any]:
    return {"codes": [], "refused": {}, "declined": [], "tried": []} | (order.offers or {})


def _apply(uow: UnitOfWork, order: SalesOrder) -> Outcome | None:
    if not has_offers(uow, order):
        return None
    kept = _kept(order)
    offers, outcome = _priced(uow, order)
    names = {each.id: each.name for each in offers.promotions}
    priced = {each.key: each for each in outcome.lines}
    for sold in _sold(uow, order):
        taken = priced[_key(sold)].discounts if _key(sold) in priced else ()
        _take_off(order, sold, [each for each in taken if each.promotion_id is not None], names)
    _give(uow, order, outcome.gifts, names)
    tried = [
        {
            "promotion": each.promotion_id,
            "name": each.name,
            "verdict": each.verdict.value,
            "amount": _plain(each.amount),
            "missing": _plain(each.missing),
        }
        for each in outcome.trace
        if each.verdict != Verdict.NO_CODE
    ]
    found = kept | {"refused": {code: verdict.value for code, verdict in offers.refused.items()}, "tried": tried}
    order.offers = found if any(found.values()) else None
    return outcome


def _priced(uow: UnitOfWork, order: SalesOrder) -> tuple[Offers, Outcome]:
    """The promotions of today and what they give; lines whose price was entered by hand take no part."""
    kept = _kept(order)
    offers = offers_on(uow, on=uow.today, customer_id=order.customer_id, codes=kept["codes"])
    lines = [sold for sold in _sold(uow, order) if not (sold.price_trace or {}).get("entered")]
    adds = {each.adds_variant for each in offers.promotions if each.adds_variant is not None}
    goods = _goods(uow, order, {line.variant_id for line in lines} | adds)
    dropped = {each.id for each in offers.promotions if each.adds_variant and goods[each.adds_variant].is_no_gift}
    dropped |= set(kept["declined"])
    offers = replace(offers, promotions=tuple(each for each in offers.promotions if each.id not in dropped))
    paths = category_paths(uow, {each.category_id for each in goods.values()})
    tags = uow.session.scalars(
        select(customer_tagging.c.tag_id).where(customer_tagging.c.customer_id == order.customer_id)
    )
    basket = Basket(
        lines=tuple(_basket_line(line, goods[line.variant_id], paths) for line in lines),
        on=uow.today,
        customer_id=order.customer_id,
        tags=frozenset(tags),
        channel_id=order.channel_id,
        prices_include_tax=order.prices_include_tax,
        worth={variant_id: goods[variant_id].worth for variant_id in adds},
    )
    return offers, offers.price(basket)


def _sold(uow: UnitOfWork, order: SalesOrder) -> list[OrderLine | OrderKit]:
    """What promotions look at: lines that are no gifts, and kits in the place of theirs."""
    lines = [line for line in order.lines if not is_gift(line) and line.kit_id is None]
    return [*lines, *kits_on(uow.session, order)]


def _key(sold: OrderLine | OrderKit) -> int:
    """What a basket calls it; kits are counted the other way, beside the numbers of lines."""
    return sold.line_number if isinstance(sold, OrderLine) else -sold.id


def _basket_line(line: OrderLine | OrderKit, goods: _Goods, paths: dict[int | None, tuple[int, ...]]) -> BasketLine:
    return BasketLine(
        key=_key(line),
        variant_id=line.variant_id,
        quantity=line.quantity,
        unit_price=line.unit_price,
        product_id=goods.product_id,
        categories=paths[goods.category_id],
        tax_rate=line.tax_rate,
        manual_discount=by_hand(line),
    )


def _goods(uow: UnitOfWork, order: SalesOrder, variant_ids: set[int]) -> dict[int, _Goods]:
    kind = uow.session.scalars(select(Customer.kind).where(Customer.id == order.customer_id)).one()
    found = uow.session.execute(
        select(Variant.id, Variant.product_id, Variant.retail_price, Variant.wholesale_price)
        .add_columns(Product.category_id, Product.tax_rate, Product.status, Product.kind)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {
        row.id: _Goods(
            row.product_id,
            row.category_id,
            usual_price(kind, row.retail_price, row.wholesale_price),
            row.tax_rate,
            row.status == ProductStatus.RETIRED or row.kind == ProductKind.KIT,
        )
        for row in found
    }


def _take_off(order: SalesOrder, line: OrderLine | OrderKit, taken: Sequence[Discount], names: dict[int, str]) -> None:
    """Let promotions take so much off a line or kit, beside what was granted by hand, and keep why."""
    given = [
        {"promotion": each.promotion_id, "name": names[each.promotion_id or 0], "amount": _plain(each.amount)}
        for each in taken
    ]
    if given == (line.price_trace or {}).get(OFFERS, []):
        return
    granted, off = by_hand(line), sum((each.amount for each in taken), ZERO)
    line.price_trace = price_only(line.price_trace) | ({OFFERS: given} if given else {})
    if isinstance(line, OrderKit):
        line.discount_amount = off + min(granted, worth(order, line, line.quantity) - off)
        share_again(order, line)
        return
    whole = _amounts(order, line, ZERO)
    most = whole.gross if order.prices_include_tax else whole.net
    line.discount_amount = off + min(granted, most - off)
    charge(line, _amounts(order, line, line.discount_amount))


def _give(uow: UnitOfWork, order: SalesOrder, gifts: Sequence[Gift], names: dict[int, str]) -> None:
    """Let the draft have these lines of promotions, and no others."""
    wanted = {(gift.promotion_id, gift.variant_id): gift for gift in gifts}
    there = {((line.price_trace or {})[GIFT], line.variant_id): line for line in order.lines if is_gift(line)}
    for key, line in there.items():
        if key not in wanted:
            order.lines.remove(line)
    if wanted.keys() - there.keys():
        # The place of a line that was taken off is free only once it is gone.
        uow.session.flush()
    goods = _goods(uow, order, {gift.variant_id for gift in gifts}) if gifts else {}
    for key, gift in wanted.items():
        line = there.get(key) or OrderLine(line_number=max((each.line_number for each in order.lines), default=0) + 1)
        its = goods[gift.variant_id]
        line.variant_id, line.quantity, line.unit_price = gift.variant_id, gift.quantity, gift.unit_price
        line.tax_rate, line.discount_amount = its.tax_rate, ZERO
        line.price_trace = {
            "price": _plain(gift.unit_price),
            "usual": _plain(its.worth),
            GIFT: gift.promotion_id,
            "name": names[gift.promotion_id],
        }
        charge(line, _amounts(order, line, ZERO))
        if key not in there:
            line.shipped_quantity = line.returned_quantity = ZERO
            order.lines.append(line)


def _amounts(order: SalesOrder, line: OrderLine, discount: Decimal) -> Amounts:
    return line_amounts(
        line.quantity,
        line.unit_price,
        discount,
        line.tax_rate,
        prices_include_tax=order.prices_include_tax,
        rounding=order.rounding,
    )


def _said(uow: UnitOfWork, order: SalesOrder) -> list[tuple[int, int, Decimal, Decimal]]:
    """What promotions give each line and kit, to be compared."""
    given: list[OrderLine | OrderKit] = [*order.lines, *kits_on(uow.session, order)]
    return [(_key(each), each.variant_id, each.quantity, offered(each.price_trace)) for each in given]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
