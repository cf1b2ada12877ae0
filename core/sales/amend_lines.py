"""The lines of an amendment: drawn up on an order, judged, and put on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.accounts.duties import is_own_work
from core.accounts.duty_models import Duty
from core.base.errors import AppError, NotFound, Refusals
from core.base.exact import ZERO
from core.base.i18n import N_
from core.base.tax import TaxRounding
from core.catalog.kits import kit_floors
from core.catalog.models import Product, ProductKind, ProductStatus, Variant
from core.customers.models import Customer
from core.pricing.limits import below_lowest
from core.pricing.rules.margins import floor_of
from core.sales.amend_errors import KitInPlace, KitSettled, LineInUse, NotAmendable, NothingAmended, NothingLeft
from core.sales.amend_models import AmendmentLine, OrderAmendment
from core.sales.amend_rows import change_of, kit_change_of, lines_of_kit, row_of, terms_of_line, write_after
from core.sales.amend_rules import REMEDIES, Change, Terms, refusals_of, settles_apart, terms
from core.sales.kit_amend import DrawnKits, Held, KitWish, added_kit, draw_kits, held_in, put_kits, restored_kit
from core.sales.line_prices import OFFERS, Goods, Quote, charge, entered, goods_of, in_typed_unit, price_only, quotes
from core.sales.models import (
    BUSINESS_STATE_LABELS,
    CAME_BACK,
    OrderLine,
    ReturnKind,
    ReturnLine,
    SalesOrder,
    SalesReturn,
    ShipmentLine,
)
from core.sales.orders import origin_of
from core.sales.returns.errors import GoodwillGiven
from core.sales.rules import ORDER_FLOW, document_amounts
from core.sales.wished import UNCHANGED, Wish, wished_day
from core.security.actor import Actor
from core.security.permissions import P
from core.stock.costs.current import current_costs
from core.stock.ledger import Line, change_reserved, storage_of
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class LineWish:
    """How a line shall be: `line_id` names one of the order, None adds one; quantity zero takes it off.

    What is None stays as it is; a new line without a price gets the customer's usual one. Another
    product on a line of the order takes that line off and puts the product in its place.
    """

    quantity: Decimal | None = None
    line_id: int | None = None
    variant_id: int | None = None
    unit_price: Decimal | None = None
    discount: Decimal | None = None


Prices = dict[LineWish, tuple[Goods, Quote]]


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of a product."""

    sku: str
    name: str
    kind: ProductKind
    lowest: Decimal
    is_retired: bool


def refuse_unamendable(order: SalesOrder) -> None:
    """`NotAmendable`, saying what to do, unless the order is confirmed."""
    state = order.business_state
    if not ORDER_FLOW.allows("amend", state):
        raise NotAmendable(number=order.number, state=BUSINESS_STATE_LABELS[state], remedy=REMEDIES[state])


def is_stale(order: SalesOrder, amendment: OrderAmendment) -> bool:
    """Whether the order is no longer what the amendment was drawn up on."""
    if {line.kit_id for line in order.lines if line.kit_id} != {
        row.order_kit_id for row in amendment.kits if row.before_quantity is not None
    }:
        return True
    drawn = {
        row.order_line_id: (change_of(row).before, row.shipped_quantity, row.returned_quantity)
        for row in amendment.lines
        if row.before_quantity is not None
    }
    now = {line.id: (terms_of_line(line), line.shipped_quantity, line.returned_quantity) for line in order.lines}
    return order.version != amendment.base_version or now != drawn


def refusals(
    session: Session, actor: Actor, amendment: OrderAmendment, products: Mapping[int, Facts]
) -> list[AppError]:
    """Everything that speaks against accepting the amendment, stock aside."""
    found: list[AppError] = []
    may_override = actor.may(P.PRICE_OVERRIDE) and not is_own_work(session, actor, Duty.PRICES, amendment.requested_by)
    below = ZERO if may_override else below_lowest(session, actor.roles)
    for row in amendment.lines:
        product, change = products[row.variant_id], change_of(row)
        if row.kit is not None and settles_apart(change):
            sku = products[row.kit.variant_id].sku
            found.append(KitSettled(kit=sku, sku=product.sku, returned=change.returned))
            continue
        found += refusals_of(
            change,
            sku=product.sku,
            name=product.name,
            lowest=ZERO if row.kit is not None else floor_of(product.lowest, below),
            is_retired=product.is_retired,
            may_override=may_override,
        )
    for kit in amendment.kits:
        product = products[kit.variant_id]
        found += refusals_of(
            kit_change_of(kit, lines_of_kit(amendment, kit)),
            sku=product.sku,
            name=product.name,
            lowest=floor_of(product.lowest, below),
            is_retired=product.is_retired,
            may_override=may_override,
        )
    removed = {row.order_line_id: row.variant_id for row in amendment.lines if row.after_quantity is None}
    for line_id in session.scalars(
        select(ReturnLine.order_line_id).where(ReturnLine.order_line_id.in_(removed)).distinct()
    ):
        found.append(LineInUse(sku=products[removed[line_id]].sku))
    return [*found, *_let_off(session, amendment, products)]


def _let_off(session: Session, amendment: OrderAmendment, products: Mapping[int, Facts]) -> list[AppError]:
    """Goodwill was given on what a line was charged: its price stays until that is taken back."""
    repriced = {
        row.order_line_id: products[row.variant_id].sku
        for row in amendment.lines
        if row.after_quantity is not None
        and (row.before_price, row.before_discount) != (row.after_price, row.after_discount)
    }
    given = session.execute(
        select(ReturnLine.order_line_id, func.sum(ReturnLine.gross_amount))
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(
            ReturnLine.order_line_id.in_(repriced),
            SalesReturn.kind == ReturnKind.GOODWILL,
            SalesReturn.state.in_(CAME_BACK),
        )
        .group_by(ReturnLine.order_line_id)
        .order_by(ReturnLine.order_line_id)
    )
    return [GoodwillGiven(amount=amount, what=repriced[line_id]) for line_id, amount in given]


def products_in(session: Session, amendment: OrderAmendment) -> dict[int, Facts]:
    """What the rules need to know of everything that an amendment speaks of."""
    return products_of(
        session, [*(row.variant_id for row in amendment.lines), *(kit.variant_id for kit in amendment.kits)]
    )


def products_of(session: Session, variant_ids: Sequence[int]) -> dict[int, Facts]:
    """What the rules need to know of these products, retired ones included; a kit is sold for its own floor."""
    found = session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.kind, Variant.lowest_price, Product.status)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(set(variant_ids)))
    )
    rows = found.all()
    kits = kit_floors(session, [row.id for row in rows if row.kind == ProductKind.KIT])
    return {
        row.id: Facts(
            row.sku, row.name, row.kind, kits.get(row.id, row.lowest_price), row.status == ProductStatus.RETIRED
        )
        for row in rows
    }


def draw_up(
    uow: UnitOfWork,
    order: SalesOrder,
    amendment: OrderAmendment,
    wishes: Sequence[LineWish],
    note: str | None,
    kits: Sequence[KitWish] = (),
    wanted_on: Wish = UNCHANGED,
) -> None:
    """Write the order's lines and kits, before and after, into the amendment; refuses what no order can be."""
    lines = {line.id: line for line in order.lines}
    wished = {wish.line_id: wish for wish in wishes if wish.line_id is not None}
    if wished.keys() - lines.keys():
        raise NotFound(what=N_("The order line"))
    new = [wish for wish in wishes if wish.line_id is None]
    if any(wish.variant_id is None for wish in new):
        raise NotFound(what=N_("The product"))
    same = {(line.id, line.variant_id) for line in order.lines}
    others = [wish for wish in wishes if wish.variant_id is not None and (wish.line_id, wish.variant_id) not in same]
    prices = _prices(uow, order, others)
    held = held_in(uow, order.id, kits)
    asked = {each: wish.quantity for each, wish in wished.items()}
    drawn = draw_kits(uow, order, kits, held, asked, _spoilt(lines, wished))
    rows: list[AmendmentLine] = []
    problems: list[AppError] = []
    for line in order.lines:
        wish = wished.get(line.id, LineWish())
        try:
            rows += _drawn_part(line, drawn) if line.kit_id else _drawn(order, line, wish, prices)
        except AppError as problem:
            problems.append(problem)
    last = max((line.line_number for line in order.lines), default=0)
    added: list[LineWish | KitWish] = [*new, *(wish for wish in kits if wish.kit_id is None)]
    for each in added:
        try:
            made = _added_rows(uow, order, last + 1, each, prices, held)
        except AppError as problem:
            problems.append(problem)
        else:
            rows += made
            last += len(made)
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    if order.tax_rounding == TaxRounding.DOCUMENT:
        _round_whole(order, rows)
    amendment.base_version = order.version
    amendment.note_before = order.note
    amendment.note_after = None if note is None or note.strip() == order.note else note.strip()
    amendment.wanted_before, amendment.wanted_after = order.wanted_on, wished_day(uow, wanted_on, order.wanted_on)
    amendment.lines = rows
    amendment.kits = [*drawn.rows.values(), *{row.kit: None for row in rows if row.kit and not row.order_line_id}]
    if all(row.after_quantity is None for row in rows):
        raise NothingLeft(number=order.number)
    is_kept = all(change_of(row).kind == Change.KEPT for row in rows) and all(
        kit_change_of(kit, ()).kind == Change.KEPT for kit in amendment.kits
    )
    is_same = amendment.note_after is None and amendment.wanted_after == amendment.wanted_before
    if is_same and is_kept:
        raise NothingAmended(number=order.number)


def put_on(uow: UnitOfWork, order: SalesOrder, amendment: OrderAmendment) -> None:
    """Make the lines of the order those that the amendment says, and name the new ones in it.

    New lines, and others of which nothing has left and another quantity is wanted, cost what they cost today.
    """
    lines = {line.id: line for line in order.lines}
    gone = [row.order_line_id for row in amendment.lines if row.after_quantity is None]
    # A shipment that was undone keeps no line that the order no longer has; its moves tell what happened.
    uow.session.execute(delete(ShipmentLine).where(ShipmentLine.order_line_id.in_(gone)))
    for row in amendment.lines:
        if row.after_quantity is None and row.order_line_id is not None:
            order.lines.remove(lines[row.order_line_id])
    # A product that takes the place of another takes its number: the old line has to go first.
    uow.session.flush()
    if amendment.kits:
        put_kits(uow, order, amendment)
    added = []
    costed = []
    for row in amendment.lines:
        after = change_of(row).after
        if after is None:
            continue
        if row.order_line_id is None:
            line = OrderLine(line_number=row.line_number, variant_id=row.variant_id, tax_rate=row.tax_rate)
            line.shipped_quantity = line.returned_quantity = ZERO
            line.kit_id = None if row.kit is None else row.kit.order_kit_id
            order.lines.append(line)
            added.append((row, line))
        else:
            line = lines[row.order_line_id]
        if not line.shipped_quantity and after.quantity != line.quantity:
            costed.append(line)
        if line.typed_unit is not None:
            for name, fact in in_typed_unit(line, after.quantity).items():
                setattr(line, name, fact)
        line.quantity, line.unit_price, line.discount_amount = after.quantity, after.unit_price, after.discount
        line.price_trace = row.price_trace
        charge(line, after.amounts)
    costs = current_costs(uow.session, {line.variant_id for line in costed})
    for line in costed:
        line.unit_cost = costs.get(line.variant_id)
    uow.session.flush()
    for row, line in added:
        row.order_line_id = line.id


def promise(uow: UnitOfWork, order: SalesOrder, amendment: OrderAmendment, products: Mapping[int, Facts]) -> None:
    """Promise what the amendment adds and free what it takes away, once its lines are on the order."""
    changes = [
        Line(row.variant_id, change_of(row).promised, row.order_line_id)
        for row in amendment.lines
        if products[row.variant_id].kind == ProductKind.STOCKED and change_of(row).promised != ZERO
    ]
    if changes:
        change_reserved(uow, storage_of(uow, order.warehouse_id), changes, origin_of(order))


def _spoilt(lines: Mapping[int, OrderLine], wished: Mapping[int, LineWish]) -> set[int]:
    """The lines that are asked for at another price or discount, or as another product."""
    return {
        line.id
        for line in lines.values()
        for wish in [wished.get(line.id, LineWish())]
        if wish.quantity != ZERO
        and (
            wish.variant_id not in (None, line.variant_id)
            or wish.unit_price not in (None, line.unit_price)
            or wish.discount not in (None, line.discount_amount)
        )
    }


def _drawn_part(line: OrderLine, drawn: DrawnKits) -> list[AmendmentLine]:
    """A line of a kit as the kit becomes."""
    row, before = row_of(line), terms_of_line(line)
    after = drawn.terms.get(line.id, before)
    row.kit = drawn.rows[line.kit_id or 0]
    row.price_trace = line.price_trace
    if after is not None:
        write_after(row, after)
    return [row]


def _added_rows(
    uow: UnitOfWork,
    order: SalesOrder,
    place: int,
    wish: LineWish | KitWish,
    prices: Prices,
    held: Mapping[int, Held],
) -> list[AmendmentLine]:
    """What a new line or kit becomes, from this number on."""
    if isinstance(wish, KitWish):
        if wish.like is None:
            raise NotFound(what=N_("The kit"))
        return restored_kit(uow, order, wish, held[wish.like], place)
    goods, quote = prices[wish]
    if goods.parts:
        return added_kit(order, goods, quote, wish.quantity or ZERO, wish.discount or ZERO, place)
    return [_added(order, place, wish, prices)]


def _drawn(order: SalesOrder, line: OrderLine, wish: LineWish, prices: Prices) -> list[AmendmentLine]:
    """The line with its wish; two lines where another product takes its place."""
    row, before = row_of(line), terms_of_line(line)
    if wish.quantity is not None and wish.quantity == ZERO:
        return [row]
    quantity = before.quantity if wish.quantity is None else wish.quantity
    if wish.variant_id is not None and wish.variant_id != line.variant_id:
        return [row, _added(order, line.line_number, wish, prices, quantity)]
    price = before.unit_price if wish.unit_price is None else wish.unit_price
    discount = before.discount if wish.discount is None else wish.discount
    row.price_trace = line.price_trace
    if price != before.unit_price:
        kept = (line.price_trace or {}).get(OFFERS)
        row.price_trace = {"price": f"{price.normalize():f}", "entered": True} | ({OFFERS: kept} if kept else {})
    if discount != before.discount:
        row.price_trace = price_only(row.price_trace) or None
    is_same = (quantity, price, discount) == before.said
    write_after(row, before if is_same else _new_terms(order, quantity, price, discount, line.tax_rate))
    return [row]


def _added(
    order: SalesOrder,
    line_number: int,
    wish: LineWish,
    prices: Mapping[LineWish, tuple[Goods, Quote]],
    quantity: Decimal = ZERO,
) -> AmendmentLine:
    goods, quote = prices[wish]
    row = AmendmentLine(
        line_number=line_number,
        variant_id=wish.variant_id,
        tax_rate=goods.tax_rate,
        shipped_quantity=ZERO,
        returned_quantity=ZERO,
        price_trace=quote.trace or None,
    )
    quantity = quantity if wish.quantity is None else wish.quantity
    said = _new_terms(order, quantity, quote.unit_price, wish.discount or ZERO, goods.tax_rate)
    write_after(row, said)
    return row


def _prices(uow: UnitOfWork, order: SalesOrder, wishes: Sequence[LineWish]) -> Prices:
    """The price of each product that is new: as entered, or as the lists say today."""
    kind = uow.session.scalars(select(Customer.kind).where(Customer.id == order.customer_id)).one()
    goods = goods_of(uow, [wish.variant_id for wish in wishes if wish.variant_id is not None], kind)
    found = {}
    for wish in wishes:
        its = goods[wish.variant_id or 0]
        if its.parts and wish.line_id is not None:
            raise KitInPlace(sku=its.sku)
        if wish.unit_price is None:
            quote = quotes(uow, order, [(its, wish.quantity or Decimal(1))])[0]
        else:
            quote = entered(its, wish.unit_price)
        found[wish] = (its, quote)
    return found


def _round_whole(order: SalesOrder, rows: Sequence[AmendmentLine]) -> None:
    """Round the tax once for the document: a change of one line may move a cent of another."""

    def entered_for(row: AmendmentLine, after: Terms) -> Decimal:
        if row.kit is not None:  # their share of the kit's price, which has cents and no more
            return after.amounts.gross if order.prices_include_tax else after.amounts.net
        return after.quantity * after.unit_price - after.discount

    left = [(row, after) for row in rows for after in [change_of(row).after] if after]
    asked = [(entered_for(row, after), row.tax_rate) for row, after in left]
    amounts = document_amounts(asked, prices_include_tax=order.prices_include_tax, rounding=order.rounding)
    for (row, after), rounded in zip(left, amounts, strict=True):
        write_after(row, replace(after, amounts=rounded))


def _new_terms(order: SalesOrder, quantity: Decimal, price: Decimal, discount: Decimal, tax_rate: Decimal) -> Terms:
    return terms(
        quantity, price, discount, tax_rate, prices_include_tax=order.prices_include_tax, rounding=order.rounding
    )
