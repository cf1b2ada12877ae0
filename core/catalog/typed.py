"""What is typed, scanned or pasted to name products: reading it, and finding what it means."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.base.errors import AppError, Refusals
from core.catalog.errors import (
    NothingTyped,
    ProductRetired,
    SeveralProducts,
    TooManyLines,
    UnknownProduct,
    UnreadableLine,
    not_stocked,
)
from core.catalog.models import FOR_SALE, ProductKind
from core.catalog.queries import VariantRow, find_variant, resolve_typed
from core.catalog.units import scanned, units_of
from core.security.permissions import P
from core.work.command import Scope, query

MOST_LINES = 500
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_TIMES = r"(?:\s*[*×]\s*|\s+[xX]\s*|\s*[xX]\s+)"
_CODE_FIRST = re.compile(rf"^(?P<code>.+?)(?P<sign>{_TIMES}|\s+)(?P<count>{_NUMBER})$")
_COUNT_FIRST = re.compile(rf"^(?P<count>{_NUMBER}){_TIMES}(?P<code>.+)$")
_IN_UNITS = re.compile(rf"^(?P<code>.+?)(?:{_TIMES}|\s+)(?P<count>(?:{_NUMBER}\s*[^\W\d_]+\s*)+)$")
_ONE_UNIT = re.compile(rf"^(?P<count>{_NUMBER})\s*(?P<unit>[^\W\d_]+)$")
_WITH_COMMAS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
_ONLY_NUMBER = re.compile(rf"^{_NUMBER}$")


@dataclass(frozen=True)
class Typed:
    """One line as it was typed: what names the product, how many, and the price where one was given.

    `whole` is the line itself: `iPhone 15` may be a code that ends in a number. `count` of `unit` is what was
    typed or scanned, where that was another unit than the stock's, in which `quantity` is.
    """

    text: str
    quantity: Decimal
    unit_price: Decimal | None = None
    whole: str = ""
    unit: str = ""
    count: Decimal | None = None


@dataclass(frozen=True)
class FoundLine:
    """A typed line, the products it may mean, and why it cannot be taken as it stands."""

    typed: Typed
    choices: tuple[VariantRow, ...]
    refusal: AppError | None = None

    @property
    def is_clear(self) -> bool:
        """Whether the line means one product."""
        return self.refusal is None


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


@query(P.PRODUCT_READ)
def find_typed(scope: Scope, text: str, *, for_stock: bool = False) -> list[FoundLine]:
    """What each typed line may mean. A code or barcode is clear; so is the only product that words match.

    The barcode of a box counts as all that is in it, and `cup 3箱2包5个` is understood where the cup has such
    units. What is retired cannot be sold. `for_stock` it may still be moved, and services cannot.
    """
    return [_found(scope, typed, for_stock) for typed in parse_entry(text)]


@query(P.PRODUCT_READ)
def meaning_of(scope: Scope, typed: Typed, *, for_stock: bool = False) -> FoundLine:
    """What one typed line may mean; as `find_typed` for several."""
    return _found(scope, typed, for_stock)


def refuse_unclear(lines: Sequence[FoundLine]) -> None:
    """Refuse, naming each line that cannot be taken as it stands."""
    problems = [line.refusal for line in lines if line.refusal is not None]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]


def _found(scope: Scope, typed: Typed, for_stock: bool) -> FoundLine:
    if typed.whole and typed.whole != typed.text and find_variant(scope, typed.whole) is not None:
        typed = Typed(typed.whole, Decimal(1), typed.unit_price, typed.whole)
    rows = resolve_typed(scope, typed.text)
    exact = [row for row in rows if row.is_exact]
    if not exact and (retired := find_variant(scope, typed.text)) is not None:
        exact = [retired]
    named = exact or rows
    if not named and (in_units := _in_units(scope, typed, for_stock)) is not None:
        return in_units
    fitting = tuple(row for row in named if _fits(row, for_stock))
    if named and not fitting:
        first = named[0]
        retired_one = ProductRetired(sku=first.sku, name=first.name)
        return FoundLine(typed, (), not_stocked(first.sku, first.name, first.kind) if for_stock else retired_one)
    # Digits that are only a part of a code may be a barcode nobody entered yet: never guessed.
    if not fitting or (len(fitting) == 1 and not exact and typed.text.isdigit()):
        return FoundLine(typed, fitting, UnknownProduct(typed=typed.text))
    if len(fitting) > 1:
        codes = ", ".join(row.sku for row in fitting[:3])
        return FoundLine(typed, fitting, SeveralProducts(typed=typed.text, count=len(fitting), codes=codes))
    if exact and fitting[0].sku.casefold() != typed.text.casefold():
        unit = scanned(scope, typed.text)
        if unit is not None and unit.quantity != 1:
            whole = typed.quantity * unit.quantity
            typed = replace(typed, quantity=whole, unit=unit.unit, count=typed.quantity)
    return FoundLine(typed, fitting)


def _in_units(scope: Scope, typed: Typed, for_stock: bool) -> FoundLine | None:
    """A code and a quantity in the units of its product; None where it is neither."""
    split = _IN_UNITS.match(typed.text)
    if split is None:
        return None
    found = _found(scope, Typed(split["code"].strip(), Decimal(1)), for_stock)
    if not found.is_clear:
        return None
    try:
        quantity = units_of(scope, found.choices[0].variant_id).parsed(split["count"])
    except AppError as refusal:
        return FoundLine(typed, (), refusal)
    line = replace(found.typed, quantity=quantity)
    one = _ONE_UNIT.match(split["count"].strip())
    if one is not None and one["unit"] != found.choices[0].unit:
        line = replace(line, unit=one["unit"], count=Decimal(one["count"]))
    return FoundLine(line, found.choices)


def _fits(row: VariantRow, for_stock: bool) -> bool:
    return row.kind is ProductKind.STOCKED if for_stock else row.status in FOR_SALE


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
