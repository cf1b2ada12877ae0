"""Rows of amendments and what they say: terms before and after, of lines and of kits."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from core.base.exact import ZERO
from core.sales.amend_models import AmendmentKit, AmendmentLine, OrderAmendment
from core.sales.amend_rules import LineChange, Terms
from core.sales.models import OrderKit, OrderLine
from core.sales.rules import NOTHING, Amounts


def change_of(row: AmendmentLine) -> LineChange:
    """A line of an amendment as the rules see it."""
    before = _terms(
        row.before_quantity, row.before_price, row.before_discount, row.before_net, row.before_tax, row.before_gross
    )
    after = _terms(
        row.after_quantity, row.after_price, row.after_discount, row.after_net, row.after_tax, row.after_gross
    )
    return LineChange(before, after, row.shipped_quantity, row.returned_quantity)


def kit_change_of(row: AmendmentKit, lines: Iterable[AmendmentLine]) -> LineChange:
    """A kit of an amendment as the rules see it; `lines` are its own, whose amounts are its."""
    changes = [change_of(line) for line in lines]
    was = sum((change.before.amounts for change in changes if change.before), NOTHING)
    becomes = sum((change.after.amounts for change in changes if change.after), NOTHING)
    before = _terms(row.before_quantity, row.before_price, row.before_discount, was.net, was.tax, was.gross)
    after = _terms(row.after_quantity, row.after_price, row.after_discount, becomes.net, becomes.tax, becomes.gross)
    return LineChange(before, after)


def lines_of_kit(amendment: OrderAmendment, kit: AmendmentKit) -> list[AmendmentLine]:
    """The lines of a kit in an amendment that is loaded or just being drawn up."""
    return [row for row in amendment.lines if row.kit is kit]


def changes_in(amendment: OrderAmendment) -> list[LineChange]:
    """Everything that an amendment says: its lines, and the kits that these belong to."""
    lines: dict[int | None, list[AmendmentLine]] = {}
    for row in amendment.lines:
        lines.setdefault(row.amendment_kit_id, []).append(row)
    return [
        *(change_of(row) for row in amendment.lines),
        *(kit_change_of(kit, lines.get(kit.id, ())) for kit in amendment.kits),
    ]


def terms_of_line(line: OrderLine) -> Terms:
    """What a line of the order says."""
    amounts = Amounts(line.net_amount, line.tax_amount, line.gross_amount)
    return Terms(line.quantity, line.unit_price, line.discount_amount, amounts)


def row_of(line: OrderLine) -> AmendmentLine:
    """A row for a line of the order, with what it says before."""
    row = AmendmentLine(
        line_number=line.line_number,
        order_line_id=line.id,
        variant_id=line.variant_id,
        tax_rate=line.tax_rate,
        shipped_quantity=line.shipped_quantity,
        returned_quantity=line.returned_quantity,
    )
    _write_before(row, terms_of_line(line))
    return row


def row_of_kit(kit: OrderKit) -> AmendmentKit:
    """A row for a kit of the order, with what it says before; afterwards it is gone unless somebody writes more."""
    return AmendmentKit(
        order_kit_id=kit.id,
        variant_id=kit.variant_id,
        tax_rate=kit.tax_rate,
        before_quantity=kit.quantity,
        before_price=kit.unit_price,
        before_discount=kit.discount_amount,
    )


def write_after(row: AmendmentLine, said: Terms) -> None:
    """Let these be the terms of the line afterwards."""
    row.after_quantity, row.after_price, row.after_discount = said.quantity, said.unit_price, said.discount
    row.after_net, row.after_tax, row.after_gross = said.amounts.net, said.amounts.tax, said.amounts.gross


def _write_before(row: AmendmentLine, said: Terms) -> None:
    row.before_quantity, row.before_price, row.before_discount = said.quantity, said.unit_price, said.discount
    row.before_net, row.before_tax, row.before_gross = said.amounts.net, said.amounts.tax, said.amounts.gross


def _terms(quantity: Decimal | None, *rest: Decimal | None) -> Terms | None:
    if quantity is None:
        return None
    price, discount, net, tax, gross = (ZERO if each is None else each for each in rest)
    return Terms(quantity, price, discount, Amounts(net, tax, gross))


def said_of(quantities: Sequence[Decimal | None]) -> tuple[Decimal, Decimal, Decimal] | None:
    """Quantity, price and discount of one side of a kit's row; None where it is not there."""
    quantity, price, discount = quantities
    return None if quantity is None else (quantity, price or ZERO, discount or ZERO)
