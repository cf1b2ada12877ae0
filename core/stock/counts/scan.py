"""What is scanned onto a count sheet: a product, a lot by the number on it, or a line of the printed sheet."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.models import Variant
from core.catalog.queries import find_variant, get_products
from core.catalog.typed import FoundLine, Typed, meaning_of, parse_entry
from core.security.permissions import P
from core.stock.counts.errors import LotOfSeveral, OtherStocktake, WholeSheet
from core.stock.counts.models import StockCount, StockCountLine
from core.stock.models import Lot
from core.work.command import Scope, query

_SHEET_CODE = re.compile(r"^(?P<number>[A-Z]+-[A-Z0-9-]{4,20})(?:/(?P<line>\d{1,18}))?$")


@dataclass(frozen=True)
class Scan:
    """What a scanned or typed line means; of goods that are told apart, also the lot."""

    found: FoundLine
    lot_id: int | None = None
    lot: str = ""

    @property
    def label(self) -> str:
        """The product and its lot, to be said."""
        return " · ".join(filter(None, (self.found.choices[0].label, self.lot)))


def line_code(number: str, line_id: int) -> str:
    """What the printed code of a line says: its stocktake and its key."""
    return f"{number}/{line_id}"


def read_sheet_code(text: str) -> tuple[str, int | None] | None:
    """The stocktake and, on a line, the key of it that a printed code names; None where it cannot be one."""
    found = _SHEET_CODE.match(text.strip().upper())
    return (found["number"], int(found["line"]) if found["line"] else None) if found else None


@query(P.COUNT_ENTER)
def scanned(scope: Scope, count_id: int, text: str) -> list[Scan]:
    """What each typed, scanned or pasted line names: a code of the printed sheet, a product, or a lot.

    A product's own code comes before the number of a lot; `code lot` names both. Refuses codes from the
    sheet of another stocktake, and lot numbers that several products have where the stocktake has not just one.
    """
    count = scope.session.get(StockCount, count_id)
    if count is None:
        raise NotFound(what=N_("The stocktake"))
    return [_scan(scope, count, typed) for typed in parse_entry(text)]


def _scan(scope: Scope, count: StockCount, typed: Typed) -> Scan:
    for name in dict.fromkeys((typed.whole or typed.text, typed.text)):
        named = typed if name == typed.text else replace(typed, text=name, quantity=Decimal(1))
        if (line := _line(scope, count, named)) is not None:
            return line
        if find_variant(scope, name) is None and (lot := _lot(scope, count, named)) is not None:
            return lot
    return Scan(meaning_of(scope, typed, for_stock=True))


def _line(scope: Scope, count: StockCount, typed: Typed) -> Scan | None:
    code = read_sheet_code(typed.text)
    if code is None or not scope.session.scalar(select(StockCount.id).where(StockCount.number == code[0])):
        return None
    if code[0] != count.number:
        raise OtherStocktake(sheet=code[0], number=count.number)
    if code[1] is None:
        raise WholeSheet(number=count.number)
    found = scope.session.execute(
        select(StockCountLine.variant_id, StockCountLine.lot_id, Lot.number)
        .outerjoin(Lot, Lot.id == StockCountLine.lot_id)
        .where(StockCountLine.id == code[1], StockCountLine.count_id == count.id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The line of the stocktake"))
    return _made(scope, typed, *found)


def _lot(scope: Scope, count: StockCount, typed: Typed) -> Scan | None:
    found = _lots(scope, typed.text)
    if not found and " " in typed.text:
        code, _, number = typed.text.partition(" ")
        row = find_variant(scope, code)
        found = (
            {} if row is None else {key: each for key, each in _lots(scope, number).items() if key == row.variant_id}
        )
    if len(found) > 1:
        counted = set(
            scope.session.scalars(
                select(StockCountLine.variant_id).where(
                    StockCountLine.count_id == count.id,
                    StockCountLine.variant_id.in_(found),
                    StockCountLine.lot_id.in_([lot_id for lot_id, *_ in found.values()]),
                )
            )
        )
        fitting = {key: each for key, each in found.items() if key in counted} or found
        if len(fitting) > 1:
            raise LotOfSeveral(lot=typed.text, codes=", ".join(sorted(each[2] for each in fitting.values())[:3]))
        found = fitting
    for variant_id, (lot_id, number, _) in found.items():
        return _made(scope, typed, variant_id, lot_id, number)
    return None


def _lots(scope: Scope, number: str) -> dict[int, tuple[int, str, str]]:
    """The lots of this number by their product, whatever their case in full."""
    rows = scope.session.execute(
        select(Lot.variant_id, Lot.id, Lot.number, Variant.sku)
        .join(Variant, Variant.id == Lot.variant_id)
        .where(Lot.number.in_({number, number.upper(), number.lower()}))
        .order_by(Lot.number == number, Lot.id)
    )
    return {variant_id: (lot_id, written, sku) for variant_id, lot_id, written, sku in rows}


def _made(scope: Scope, typed: Typed, variant_id: int, lot_id: int | None, number: str | None) -> Scan:
    product = get_products(scope, [variant_id])[variant_id]
    return Scan(FoundLine(typed, (product,)), lot_id, number or "")
