"""What is typed, scanned or pasted at order entry: reading it, and finding the products it means."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import AppError, Refusals
from core.base.exact import ZERO
from core.catalog.models import ProductKind
from core.catalog.queries import VariantRow, find_variant, get_products, resolve_typed
from core.customers.models import Channel, Customer
from core.sales.draft import LineDraft
from core.sales.errors import (
    NothingToSellFrom,
    NothingTyped,
    ProductRetired,
    SeveralProducts,
    TooManyLines,
    UnknownProduct,
    UnreadableLine,
)
from core.sales.models import SalesOrder
from core.sales.queries import LineRow, OrderCard, last_choices
from core.sales.rules import usual_price
from core.security.permissions import P
from core.stock.queries import stock_levels, warehouses
from core.work.command import Scope, query

MOST_LINES = 500
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_TIMES = r"(?:\s*[*×]\s*|\s+[xX]\s*|\s*[xX]\s+)"
_CODE_FIRST = re.compile(rf"^(?P<code>.+?)(?P<sign>{_TIMES}|\s+)(?P<count>{_NUMBER})$")
_COUNT_FIRST = re.compile(rf"^(?P<count>{_NUMBER}){_TIMES}(?P<code>.+)$")
_WITH_COMMAS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_ONLY_NUMBER = re.compile(rf"^{_NUMBER}$")


@dataclass(frozen=True)
class Typed:
    """One line as it was typed: what names the product, how many, and the price where one was given.

    `whole` is the line itself: `iPhone 15` may be a code that ends in a number.
    """

    text: str
    quantity: Decimal
    unit_price: Decimal | None = None
    whole: str = ""


@dataclass(frozen=True)
class FoundLine:
    """A typed line with the products it may mean; one when it is clear."""

    typed: Typed
    choices: tuple[VariantRow, ...]
    is_clear: bool
    retired: VariantRow | None = None

    @property
    def refusal(self) -> AppError | None:
        """Why the line cannot be taken as it stands."""
        if self.is_clear:
            return None
        if self.retired is not None:
            return ProductRetired(sku=self.retired.sku, name=self.retired.name)
        if not self.choices:
            return UnknownProduct(typed=self.typed.text)
        named = ", ".join(choice.sku for choice in self.choices[:3])
        return SeveralProducts(typed=self.typed.text, count=len(self.choices), codes=named)


@dataclass(frozen=True)
class ChoiceRow:
    """A product as order entry offers it: this customer's price, and what each warehouse can promise.

    `available` is what the order's own warehouse can promise; None for a service.
    """

    variant_id: int
    sku: str
    name: str
    unit: str
    unit_price: Decimal
    quantity: Decimal
    available: Decimal | None
    elsewhere: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class DraftLineRow:
    """A line of a draft; `available` is None for a service, and `is_short` says that confirming would refuse it."""

    line: LineRow
    available: Decimal | None
    is_short: bool


def parse_entry(text: str) -> list[Typed]:
    """Lines such as `code`, `code*3`, `3*code`, `code 3`, `3x code`, or rows pasted from a sheet.

    A pasted row is code, quantity and, if given, price, with tabs between them. Full-width digits and
    signs count as plain ones. Refuses, naming each, pasted rows whose quantity or price is no number.
    """
    typed: list[Typed] = []
    problems: list[AppError] = []
    rows = [row for row in (_plain(row) for row in text.splitlines()) if row.strip()]
    if not rows:
        raise NothingTyped
    if len(rows) > MOST_LINES:
        raise TooManyLines(count=len(rows), most=MOST_LINES)
    for row in rows:
        try:
            typed.append(_pasted(row) if "\t" in row else _typed(" ".join(row.split())))
        except AppError as problem:
            problems.append(problem)
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return typed


def line_drafts(lines: Sequence[FoundLine]) -> list[LineDraft]:
    """The order lines that these mean; refuses, naming each line that is not clear."""
    problems = [line.refusal for line in lines if line.refusal is not None]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return [LineDraft(line.choices[0].variant_id, line.typed.quantity, line.typed.unit_price) for line in lines]


@query(P.ORDER_EDIT)
def find_typed(scope: Scope, text: str) -> list[FoundLine]:
    """What each typed line may mean. A code or barcode is clear; so is the only product that words match."""
    return [_found(scope, typed) for typed in parse_entry(text)]


@query(P.ORDER_EDIT)
def suggest(scope: Scope, order_id: int, text: str) -> list[ChoiceRow]:
    """The products that a line means while it is being typed, the likeliest first."""
    try:
        typed = parse_entry(text)
    except AppError:
        return []
    if len(typed) > 1:
        return []
    found = _found(scope, typed[0])
    return _offered(scope, order_id, [row.variant_id for row in found.choices], found.typed.quantity)


@query(P.ORDER_EDIT)
def chosen_line(scope: Scope, text: str, variant_id: int) -> LineDraft:
    """The order line for a typed line when one of the products it may mean was chosen."""
    typed = _found(scope, parse_entry(text)[0]).typed
    return LineDraft(variant_id, typed.quantity, typed.unit_price)


@query(P.ORDER_EDIT)
def order_defaults(scope: Scope, customer_id: int) -> tuple[int, int]:
    """Channel and warehouse to begin an order of this customer with; refuses where the company has none."""
    habit = last_choices(scope)
    its_channel = scope.session.scalar(select(Customer.channel_id).where(Customer.id == customer_id))
    channel_id = its_channel or (habit.channel_id if habit else scope.session.scalar(select(func.min(Channel.id))))
    open_ids = [warehouse.id for warehouse in warehouses(scope)]
    if channel_id is None or not open_ids:
        raise NothingToSellFrom
    return channel_id, habit.warehouse_id if habit and habit.warehouse_id in open_ids else open_ids[0]


@query(P.ORDER_READ)
def draft_lines(scope: Scope, order: OrderCard) -> list[DraftLineRow]:
    """The lines of a draft, each with what its warehouse can promise at this moment."""
    here = available_in(scope, order.warehouse_id, [line.variant_id for line in order.lines])
    asked: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for line in order.lines:
        asked[line.variant_id] += line.quantity
    rows = []
    for line in order.lines:
        available = here.get(line.variant_id, ZERO) if line.kind == ProductKind.STOCKED else None
        is_short = available is not None and asked[line.variant_id] > available
        rows.append(DraftLineRow(line, available, is_short))
    return rows


@query(P.STOCK_READ)
def available_in(scope: Scope, warehouse_id: int, variant_ids: Iterable[int]) -> dict[int, Decimal]:
    """What a warehouse can promise of each of these; products it never had are left out."""
    variant_ids = list(variant_ids)
    levels = stock_levels(scope, warehouse_id=warehouse_id, variant_ids=variant_ids, limit=len(variant_ids) or 1)
    return {level.variant_id: level.available for level in levels}


def _offered(scope: Scope, order_id: int, variant_ids: Sequence[int], quantity: Decimal) -> list[ChoiceRow]:
    head = scope.session.execute(
        select(SalesOrder.warehouse_id, Customer.kind)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(SalesOrder.id == order_id)
    ).first()
    if head is None or not variant_ids:
        return []
    products = get_products(scope, variant_ids)
    here = available_in(scope, head.warehouse_id, variant_ids)
    elsewhere: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for level in stock_levels(scope, variant_ids=variant_ids, limit=len(variant_ids) * 50):
        if level.warehouse_id != head.warehouse_id and level.available > ZERO:
            elsewhere[level.variant_id].append((level.warehouse, level.available))
    offered = []
    for variant_id in variant_ids:
        product = products[variant_id]
        is_stocked = product.kind == ProductKind.STOCKED
        offered.append(
            ChoiceRow(
                variant_id=variant_id,
                sku=product.sku,
                name=product.name,
                unit=product.unit,
                unit_price=usual_price(head.kind, product.retail_price, product.wholesale_price),
                quantity=quantity,
                available=here.get(variant_id, ZERO) if is_stocked else None,
                elsewhere=tuple(elsewhere[variant_id]) if is_stocked else (),
            )
        )
    return offered


def _found(scope: Scope, typed: Typed) -> FoundLine:
    if typed.whole and typed.whole != typed.text:
        exact = find_variant(scope, typed.whole)
        if exact is not None:
            typed = Typed(typed.whole, Decimal(1), typed.unit_price, typed.whole)
    rows = resolve_typed(scope, typed.text)
    exact_rows = tuple(row for row in rows if row.is_exact)
    if exact_rows:
        return FoundLine(typed, exact_rows, is_clear=len(exact_rows) == 1)
    retired = find_variant(scope, typed.text)
    if retired is not None:
        return FoundLine(typed, (), is_clear=False, retired=retired)
    # Digits that are only a part of a code may be a barcode nobody entered yet: never guessed.
    return FoundLine(typed, tuple(rows), is_clear=len(rows) == 1 and not typed.text.isdigit())


def _plain(row: str) -> str:
    """Full-width signs and digits as plain ones; control signs, tabs aside, as blanks."""
    return "".join(
        sign if sign == "\t" or unicodedata.category(sign) not in {"Cc", "Cs"} else " "
        for sign in unicodedata.normalize("NFKC", row)
    )


def _typed(row: str) -> Typed:
    code_first = _CODE_FIRST.match(row)
    count_first = _COUNT_FIRST.match(row)
    if code_first and count_first:
        # Both ends are numbers, such as 3*6901234567892: the longer one is the code.
        if len(count_first["code"]) > len(count_first["count"]):
            return _line(count_first["code"], count_first["count"], row, "*")
        return _line(code_first["code"], code_first["count"], row, "*")
    if code_first:
        code, count = code_first["code"], code_first["count"]
        if not code_first["sign"].strip() and _ONLY_NUMBER.match(code) and len(count) > len(code):
            code, count = count, code
        return _line(code, count, row, code_first["sign"].strip())
    if count_first:
        return _line(count_first["code"], count_first["count"], row, "*")
    return Typed(row, Decimal(1), None, row)


def _line(code: str, count: str, row: str, sign: str) -> Typed:
    return Typed(code.strip(), Decimal(count), None, row if not sign else "")


def _pasted(row: str) -> Typed:
    code, *numbers = (" ".join(cell.split()) for cell in row.split("\t"))
    count, price = [*numbers, "", ""][:2]
    if not code:
        raise UnreadableLine(line=" ".join(row.split()))
    return Typed(code, _number(count, row) or Decimal(1), _number(price, row))


def _number(cell: str, row: str) -> Decimal | None:
    if not cell:
        return None
    bare = cell.removeprefix("¥").strip()
    if _WITH_COMMAS.match(bare):
        bare = bare.replace(",", "")
    if not _ONLY_NUMBER.match(bare):
        raise UnreadableLine(line=" ".join(row.split()))
    return Decimal(bare)
