"""Kits among the lines of an order: each as one row with its parts below it."""

from dataclasses import dataclass, replace
from decimal import Decimal

from core.sales.kits import KitRow
from core.sales.queries import LineRow, OrderCard


@dataclass(frozen=True)
class ShownRow:
    """A row of a table of lines: a line, a kit, or a part of a kit, whose money stands on the kit."""

    sold: LineRow | KitRow
    is_part: bool
    variant_id: int
    sku: str
    name: str
    unit: str
    quantity: Decimal
    unit_price: Decimal | None
    discount: Decimal | None
    by_hand: Decimal | None
    offered: Decimal | None
    tax_rate: Decimal | None
    gross_amount: Decimal | None
    shipped: Decimal | None
    returned: Decimal | None
    typed_unit: str | None
    typed_quantity: Decimal | None
    typed_price: Decimal | None


def shown_rows(order: OrderCard) -> list[ShownRow]:
    """The lines of an order, each kit before its parts."""
    rows: list[ShownRow] = []
    for sold in order.sold:
        rows.append(_row(sold))
        if isinstance(sold, KitRow):
            rows += [_part(line) for line in order.lines if line.kit_id == sold.id]
    return rows


def place_of(sold: LineRow | KitRow) -> int:
    """Lines by their ids, kits by theirs below nothing."""
    return -sold.id if isinstance(sold, KitRow) else sold.id


def part_name(order: OrderCard, line_id: int, name: str) -> str:
    """The name of a line, after the code of the kit that it belongs to."""
    named = {line.id: kit.sku for kit in order.kits for line in order.lines if line.kit_id == kit.id}
    return f"{named[line_id]} ▸ {name}" if line_id in named else name


def _row(sold: LineRow | KitRow) -> ShownRow:
    line = sold if isinstance(sold, LineRow) else None
    return ShownRow(
        sold=sold,
        is_part=False,
        variant_id=sold.variant_id,
        sku=sold.sku,
        name=sold.name,
        unit=sold.unit,
        quantity=sold.quantity,
        unit_price=sold.unit_price,
        discount=sold.discount,
        by_hand=sold.by_hand,
        offered=sold.offered,
        gross_amount=sold.gross_amount,
        tax_rate=line.tax_rate if line else None,
        shipped=line.shipped if line else None,
        returned=line.returned if line else None,
        typed_unit=line.typed_unit if line else None,
        typed_quantity=line.typed_quantity if line else None,
        typed_price=line.typed_price if line else None,
    )


def _part(line: LineRow) -> ShownRow:
    money = dict.fromkeys(("unit_price", "discount", "by_hand", "offered", "gross_amount"))
    return replace(_row(line), is_part=True, sku=f"└ {line.sku}", **money)
