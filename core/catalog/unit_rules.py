"""Units of measure: exact ratios, conversion of quantities and prices, and the ladder of a product's units."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from core.base.errors import InvalidInput
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_ratio
from core.base.i18n import N_
from core.base.search import folded, one_line
from core.catalog.errors import DoesNotDivide, UnitsDiffer, UnitTooFine, UnitTwice, UnknownUnit

MOST_UNITS = 4
UNIT_LENGTH = 20
LARGEST_TERM = 10**9


@dataclass(frozen=True)
class Unit:
    """A unit: how many of its group's smallest reference it is. Only units of one group convert."""

    name: str
    group: str
    factor: Fraction


_STANDARD: dict[str, dict[str, tuple[str, ...]]] = {
    "mass": {
        "1/1000": ("mg", "milligram", "毫克"),
        "1": ("g", "gram", "克"),
        "50": ("两", "liang"),
        "500": ("斤", "市斤", "jin"),
        "1000": ("kg", "kilogram", "公斤", "千克"),
        "1000000": ("t", "ton", "tonne", "吨"),
        "45359237/100000": ("lb", "pound", "磅"),
        "45359237/1600000": ("oz", "ounce", "盎司"),
    },
    "length": {
        "1": ("mm", "millimeter", "millimetre", "毫米"),
        "10": ("cm", "centimeter", "centimetre", "厘米"),
        "1000": ("m", "meter", "metre", "米"),
        "1000000": ("km", "kilometer", "kilometre", "公里"),
        "254/10": ("in", "inch", "英寸"),
        "3048/10": ("ft", "foot", "英尺"),
        "9144/10": ("yd", "yard", "码"),
    },
    "volume": {
        "1": ("ml", "milliliter", "millilitre", "毫升"),
        "1000": ("l", "liter", "litre", "升"),
        "1000000": ("m³", "m3", "cubic meter", "立方米"),
        "3785411784/1000000": ("gal", "gallon", "加仑"),
    },
    "area": {"1": ("m²", "m2", "square meter", "平方米"), "10000": ("ha", "hectare", "公顷")},
    "time": {
        "1": ("s", "second", "秒"),
        "60": ("min", "minute", "分钟"),
        "3600": ("h", "hour", "小时"),
        "86400": ("day", "天"),
    },
    "count": {"1": ("unit", "piece", "pcs"), "12": ("dozen",), "20": ("score",), "144": ("gross",)},
}
STANDARD_UNITS: dict[str, Unit] = {
    folded(name): Unit(names[0], group, Fraction(factor))
    for group, factors in _STANDARD.items()
    for factor, names in factors.items()
    for name in names
}


def standard_unit(name: str) -> Unit:
    """A unit that everybody knows, by any of its names; `UnknownUnit` for others."""
    unit = STANDARD_UNITS.get(folded(name))
    if unit is None:
        raise UnknownUnit(unit=name, units=", ".join(sorted({each.name for each in STANDARD_UNITS.values()})))
    return unit


def convert(quantity: Decimal | Fraction, source: Unit, target: Unit) -> Fraction:
    """The same quantity in another unit, exact; `UnitsDiffer` across groups."""
    return Fraction(quantity) * _ratio(source, target)


def convert_price(price: Decimal | Fraction, source: Unit, target: Unit) -> Fraction:
    """The price of one target unit where one source unit costs `price`, exact; `UnitsDiffer` across groups."""
    return Fraction(price) / _ratio(source, target)


def rounded_for_supply(quantity: Fraction, step: Decimal) -> Decimal:
    """The quantity in whole steps, never less than asked: what is ordered must cover what is needed."""
    return Decimal(ceil(quantity / Fraction(step))) * step


@dataclass(frozen=True)
class ProductUnits:
    """The units of one product, largest first; the stock unit is the one with the ratio 1."""

    units: tuple[Unit, ...]

    @property
    def base(self) -> Unit:
        """The stock unit, in which every quantity is kept."""
        return next(unit for unit in self.units if unit.factor == 1)

    def find(self, name: str) -> Unit:
        """The unit of this name; a standard one where the stock unit is of its group; else `UnknownUnit`."""
        for unit in self.units:
            if folded(unit.name) == folded(name):
                return unit
        base, other = STANDARD_UNITS.get(folded(self.base.name)), STANDARD_UNITS.get(folded(name))
        if base is None or other is None or base.group != other.group:
            raise UnknownUnit(unit=name, units=", ".join(unit.name for unit in self.units))
        return Unit(other.name, self.base.group, other.factor / base.factor)

    def stock_quantity(self, quantity: Decimal, name: str) -> Decimal:
        """So many of a unit in the stock unit. Refuses what would have to be rounded to be kept."""
        exact = convert(quantity, self.find(name), self.base)
        kept = round_ratio(exact, QUANTITY_PLACES)
        if Fraction(kept) != exact:
            raise DoesNotDivide(quantity=quantity, unit=name, base=self.base.name)
        return kept

    def quantity_in(self, stock_quantity: Decimal, name: str) -> Fraction:
        """A stock quantity in another unit, exact: 144 pieces are 3/2 of 96."""
        return convert(stock_quantity, self.base, self.find(name))

    def unit_price(self, stock_price: Decimal | Fraction, name: str) -> Decimal:
        """The price of a unit from that of the stock unit, rounded once to the decimals of prices."""
        return round_ratio(convert_price(stock_price, self.base, self.find(name)), PRICE_PLACES)

    def shown(self, stock_quantity: Decimal) -> str:
        """The quantity as it is counted by hand: 3箱2包5个. What is smaller than the last unit stays with it."""
        left, words = Fraction(abs(stock_quantity)), []
        for unit in self.units[:-1]:
            count = floor(left / unit.factor)
            left -= count * unit.factor
            if count:
                words.append(f"{count}{unit.name}")
        if left or not words:
            words.append(f"{_plain(left / self.units[-1].factor)}{self.units[-1].name}")
        return ("-" if stock_quantity < 0 else "") + "".join(words)

    def parsed(self, text: str) -> Decimal:
        """What `shown` wrote, or a bare number of the stock unit, as a stock quantity."""
        typed = one_line(text).replace(" ", "")
        sign, rest = (-1, typed[1:]) if typed.startswith("-") else (1, typed)
        if _NUMBER.fullmatch(rest):
            return sign * self.stock_quantity(Decimal(rest), self.base.name)
        pairs = _PAIR.findall(rest)
        if not pairs or "".join(number + name for number, name in pairs) != rest:
            raise InvalidInput(field=N_("Quantity"), reason=N_("write numbers and units, such as 3箱2包5个."))
        exact = sum((convert(Decimal(number), self.find(name), self.base) for number, name in pairs), Fraction())
        kept = round_ratio(exact, QUANTITY_PLACES)
        if Fraction(kept) != exact:
            raise DoesNotDivide(quantity=text, unit="", base=self.base.name)
        return sign * kept


_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?")
_PAIR = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)([^\d.\-]+)")


@dataclass(frozen=True)
class UnitEntry:
    """A unit as it is typed: its name, and how many stock units one of it is, as a ratio of whole numbers."""

    name: str
    numerator: int
    denominator: int = 1
    barcodes: tuple[str, ...] = ()


def product_units(base: str, entries: Iterable[tuple[str, Fraction]]) -> ProductUnits:
    """The units of a product whose stock unit is `base`."""
    units = [Unit(base, "", Fraction(1)), *(Unit(name, "", factor) for name, factor in entries)]
    return ProductUnits(tuple(sorted(units, key=lambda unit: (-unit.factor, unit.name))))


def checked_units(base: str, entries: Sequence[UnitEntry]) -> ProductUnits:
    """The units as they will be kept.

    Refuses more than four levels, names twice, two units of one size, and a unit whose single piece could
    not be kept in thousandths of the stock unit: one piece of a dozen must never become 0.083 of it.
    """
    if len(entries) > MOST_UNITS - 1:
        raise InvalidInput(field=N_("Units"), reason=N_("are too many; a product has its stock unit and three more."))
    names, sizes = {folded(base)}, {Fraction(1)}
    kept = []
    for entry in entries:
        name = one_line(entry.name)
        if not name or len(name) > UNIT_LENGTH or re.search(r"[\d.\-]", name):
            raise InvalidInput(field=N_("Units"), reason=N_("need a short name without digits."))
        if not (0 < entry.numerator <= LARGEST_TERM and 0 < entry.denominator <= LARGEST_TERM):
            raise InvalidInput(field=N_("Units"), reason=N_("need a ratio of whole numbers above zero."))
        factor = Fraction(entry.numerator, entry.denominator)
        if folded(name) in names or factor in sizes:
            raise UnitTwice(unit=name)
        if (factor * 10**QUANTITY_PLACES).denominator != 1:
            raise UnitTooFine(unit=name, base=base, ratio=f"{factor.numerator}/{factor.denominator}")
        names.add(folded(name))
        sizes.add(factor)
        kept.append((name, factor))
    if kept and not base:
        raise InvalidInput(field=N_("Unit"), reason=N_("must not be empty. Enter it and try again."))
    return product_units(base, kept)


def _ratio(source: Unit, target: Unit) -> Fraction:
    if source.group != target.group:
        raise UnitsDiffer(source=source.name, target=target.name)
    return source.factor / target.factor


def _plain(number: Fraction) -> str:
    return f"{round_ratio(number, QUANTITY_PLACES * 3).normalize():f}"
