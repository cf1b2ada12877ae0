"""From rows of texts to documents and problems: reads, decides, and touches nothing."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from hashlib import sha256
from itertools import repeat
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from core.base.exact import ZERO
from core.base.search import folded
from core.exchange.errors import AmbiguousDates
from core.exchange.fields import FIELDS, Columns, column_names
from core.exchange.problems import Bad, Problem
from core.exchange.rules import (
    BAD_DEBT_CODES,
    Terms,
    is_adjustment_number,
    is_cancelled,
    is_no_sale,
    is_return_number,
    terms_of,
    unit_cost_of,
)
from core.exchange.sheet import Sheet
from core.exchange.values import (
    LARGEST,
    Memo,
    date_order,
    has_year_last,
    moment_of,
    money_of,
    number_of,
    percent_of,
    quantity_of,
    rate_of,
    text_of,
    uses_comma_decimals,
)

V = TypeVar("V")
Cells = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None, Decimal | None]

LARGEST_AMOUNT = LARGEST * 100
PRECISION = 60
_TEXTS = ("region", "sales_rep", "warehouse", "customer_name", "phone", "note")
_PRODUCT_TEXTS = ("product_name", "category", "sub_category", "brand")


class Priced(NamedTuple):
    """The money of a row: what it adds to the file's total, and how it is booked or why it is not."""

    exact: Decimal | None
    terms: Terms | None
    bad: Bad | None = None
    column: str = ""


@dataclass(slots=True)
class Document:
    """An order or a return of the file; `rows` are the positions of its lines in the file's columns.

    `unreadable` are the rows of its number that are refused, each with a problem of its own.
    """

    number: str
    is_return: bool
    at: datetime
    customer: str
    texts: dict[str, str]
    rows: list[int]
    unreadable: list[int]
    content_hash: str
    wanted_on: date | None = None

    @property
    def key(self) -> tuple[bool, str]:
        """What tells documents of a channel apart."""
        return self.is_return, self.number


@dataclass
class OrderFile:
    """What a file says: its documents, and a problem for each row that is in none of them.

    `costs` holds what a unit of each row cost, where the file says so; empty where it never does.
    """

    name: str
    hash: str
    mapping: dict[str, str]
    lines: list[int]
    skus: list[str]
    priced: list[Priced]
    costs: list[Decimal | None]
    moments: list[datetime | None]
    wished: list[datetime | None]
    documents: list[Document]
    problems: list[Problem]
    file_total: Decimal
    spelling: dict[str, str]
    products: dict[str, dict[str, str]]
    customers: dict[str, dict[str, str]]
    number_column: str

    @property
    def rows_read(self) -> int:
        """How many rows stand below the header."""
        return len(self.lines)

    def problem(self, row: int, column: str, kind: str, facts: Mapping[str, str]) -> Problem:
        """A problem of a row, with the money that is not booked because of it."""
        return Problem(self.lines[row], column, kind, dict(facts), self.priced[row].exact or ZERO)


def parse_orders(sheet: Sheet, columns: Columns, timezone: str, dates: str | None = None) -> OrderFile:
    """Read every row. Refuses as a whole only dates whose order nobody can tell; the rest become problems."""
    with localcontext(prec=PRECISION):
        return _Parser(sheet, columns).parse(ZoneInfo(timezone), dates)


@dataclass
class _Parser:
    sheet: Sheet
    columns: Columns
    bad: dict[int, tuple[str, Bad]] = field(default_factory=dict)

    def parse(self, zone: ZoneInfo, dates: str | None) -> OrderFile:
        sheet = self.sheet
        for row, cells in sheet.damaged.items():
            kind = "short_row" if cells < len(sheet.header) else "long_row"
            self.bad[row] = ("", Bad(kind, {"cells": str(cells), "columns": str(len(sheet.header))}))
        names = column_names(sheet.header)
        numbers = self.texts("order_number")
        moments = self.moments("ordered_at", zone, dates)
        wished = self.moments("wanted_on", zone, dates) if "wanted_on" in self.columns else []
        spelling: dict[str, str] = {}
        skus = self.texts("sku", lambda text: self.spelled(spelling, text))
        priced = self.priced()
        texts = {name: self.texts(name) for name in (*_TEXTS, *_PRODUCT_TEXTS) if name in self.columns}
        file = OrderFile(
            name=sheet.name,
            hash=sheet.hash,
            mapping={name: names[at] for name, at in self.columns.items()},
            lines=sheet.lines,
            skus=skus,
            priced=priced,
            costs=self.costs(priced),
            moments=moments,
            wished=wished,
            documents=[],
            problems=[],
            file_total=sum((each.exact for each in priced if each.exact is not None), ZERO),
            spelling=spelling,
            products={},
            customers={},
            number_column=self.header("order_number"),
        )
        _Grouping(file, numbers, self.customers(texts), self.statuses(), texts, self.bad, self.header, zone).group()
        return file

    def header(self, name: str) -> str:
        return self.sheet.header[self.columns[name]] if name in self.columns else ""

    def cells(self, name: str) -> list[str]:
        return self.sheet.column(self.columns[name])

    def read(self, name: str, understand: Callable[[str], V | Bad | None]) -> list[V | None]:
        """The column understood; rows that cannot be, and empty ones of a needed column, become problems."""
        column = self.cells(name)
        memo = Memo(understand)
        found = list(map(memo.__getitem__, column))
        needed = FIELDS[name].is_required
        wrong = {
            text: each if isinstance(each, Bad) else Bad("missing", {})
            for text, each in memo.items()
            if isinstance(each, Bad) or (needed and (each is None or each == ""))
        }
        if wrong:
            for row, text in enumerate(column):
                if text in wrong:
                    found[row] = None
                    self.bad.setdefault(row, (self.header(name), wrong[text]))
        return found  # type: ignore[return-value] # every Bad was replaced

    def texts(self, name: str, also: Callable[[str], str] | None = None) -> list[str]:
        limit = FIELDS[name].length
        is_key = FIELDS[name].is_required or name == "customer_code"

        def understand(cell: str) -> str | Bad:
            text = text_of(cell)
            if is_key and text[:1] == "=":
                return Bad("formula", {"text": text[:80]})
            if limit and len(text) > limit:
                if is_key:
                    return Bad("too_long", {"length": str(len(text)), "limit": str(limit)})
                text = text[:limit].rstrip()
            return also(text) if also and text else text

        return [text or "" for text in self.read(name, understand)]

    @staticmethod
    def spelled(spelling: dict[str, str], text: str) -> str:
        key = folded(text)
        spelling.setdefault(key, text)
        return key

    def moments(self, name: str, zone: ZoneInfo, dates: str | None) -> list[datetime | None]:
        distinct = list(dict.fromkeys(self.cells(name)))
        order = dates or date_order(distinct) or date_order(dict.fromkeys(self.cells("ordered_at")))
        if order is None:
            unclear = next((cell for cell in distinct if has_year_last(cell)), None)
            if unclear is not None:
                raise AmbiguousDates(example=unclear.strip(), column=self.header(name))
        day_zero = self.sheet.day_zero
        return self.read(name, lambda cell: moment_of(cell, zone, order, day_zero))

    def numbers(self, name: str, understand: Callable[..., Decimal | Bad | None]) -> Iterable[Decimal | None]:
        if name not in self.columns:
            return repeat(None)
        comma = self.sheet.delimiter not in {"", ","} and uses_comma_decimals(set(self.cells(name)))
        return self.read(name, lambda cell: understand(cell, comma_decimals=comma))

    def rate(self) -> Callable[..., Decimal | Bad | None]:
        """How discounts are written: as a rate, or in percent where the header says so and a number shows it."""
        header = self.header("discount_rate").casefold()
        if not any(word in header for word in ("%", "％", "percent", "pct")):
            return rate_of
        numbers = (number_of(cell) for cell in set(self.cells("discount_rate")))
        return percent_of if any(isinstance(each, Decimal) and each > 1 for each in numbers) else rate_of

    def priced(self) -> list[Priced]:
        memo: Memo[Cells, Priced] = Memo(_priced)
        quantities = self.numbers("quantity", quantity_of)
        prices = self.numbers("unit_price", money_of)
        amounts = self.numbers("amount", money_of)
        rates = self.numbers("discount_rate", self.rate()) if "amount" not in self.columns else repeat(None)
        discounts = self.numbers("discount_amount", money_of) if "amount" not in self.columns else repeat(None)
        found = list(map(memo.__getitem__, zip(quantities, prices, amounts, rates, discounts, strict=False)))
        if any(each.bad for each in memo.values()):
            for row, each in enumerate(found):
                if each.bad:
                    self.bad.setdefault(row, (self.header(each.column), each.bad))
        return found

    def costs(self, priced: list[Priced]) -> list[Decimal | None]:
        """What a unit of each row cost: as said, or what the whole line cost or left."""
        said = [name for name in ("unit_cost", "cost", "profit") if name in self.columns]
        if not said:
            return []
        columns = (self.numbers(name, money_of) for name in ("unit_cost", "cost", "profit"))
        found: list[Decimal | None] = []
        for row, (each, unit, line, profit) in enumerate(zip(priced, *columns, strict=False)):
            cost = None if each.terms is None else unit_cost_of(each.terms, unit, line, profit)
            if cost is not None and not ZERO <= cost <= LARGEST:
                self.bad.setdefault(row, (self.header(said[0]), Bad("negative_cost", {})))
            found.append(cost)
        return found

    def customers(self, texts: dict[str, list[str]]) -> list[str]:
        if "customer_code" in self.columns:
            return self.texts("customer_code")
        if "customer_name" in self.columns:
            phones = texts.get("phone") or [""] * len(self.sheet.lines)
            return [f"{name} {phone}".strip()[:64] for name, phone in zip(texts["customer_name"], phones, strict=True)]
        return [""] * len(self.sheet.lines)

    def statuses(self) -> dict[int, str]:
        """The rows whose status says that nothing was sold."""
        if "status" not in self.columns:
            return {}
        column = self.texts("status")
        cancelled = {text for text in set(column) if is_cancelled(text)}
        return {row: text for row, text in enumerate(column) if text in cancelled} if cancelled else {}


@dataclass
class _Grouping:
    file: OrderFile
    numbers: list[str]
    customers: list[str]
    cancelled: dict[int, str]
    texts: dict[str, list[str]]
    bad: dict[int, tuple[str, Bad]]
    header: Callable[[str], str]
    zone: ZoneInfo

    def group(self) -> None:
        """Put the rows of one number together, in the order in which numbers first appear."""
        groups: dict[str, list[int]] = defaultdict(list)
        for row, number in enumerate(self.numbers):
            groups[number].append(row)
        for row in groups.pop("", ()):
            self.refuse(row, *self.bad[row])
        for number, rows in groups.items():
            self.split(number, rows)
        self.file.problems.sort(key=lambda problem: problem.line)
        self.file.products = self.product_texts()

    def refuse(self, row: int, column: str, bad: Bad) -> None:
        self.file.problems.append(self.file.problem(row, column, bad.kind, bad.facts))

    def split(self, number: str, rows: list[int]) -> None:
        """Tell sales from returns, from what is no sale, and from what cannot be read."""
        is_return = is_return_number(number)
        is_adjustment = is_adjustment_number(number)
        sold: list[int] = []
        returned: list[int] = []
        unreadable: list[int] = []
        for row in rows:
            if self.cancelled and row in self.cancelled:
                self.refuse(row, self.header("status"), Bad("cancelled_order", {"text": self.cancelled[row]}))
                continue
            if is_adjustment and self.file.skus[row] in BAD_DEBT_CODES:
                self.refuse(row, self.file.number_column, Bad("bad_debt", {}))
                continue
            terms = self.file.priced[row].terms
            if row in self.bad or terms is None:
                self.refuse(row, *self.bad[row])
                unreadable.append(row)
            elif terms.is_free and is_no_sale(terms, self.customers[row]):
                self.refuse(row, self.header("unit_price") or self.header("amount"), Bad("stock_adjustment", {}))
            elif not terms.is_return:
                sold.append(row)
            elif is_return:
                returned.append(row)
            else:
                self.refuse(row, self.header("quantity"), Bad("negative_quantity", {}))
                unreadable.append(row)
        kept = sorted(sold + returned) if returned else sold
        buyers = list(filter(None, dict.fromkeys(map(self.customers.__getitem__, kept))))
        if len(set(map(folded, buyers))) > 1:
            facts = {"number": number, "first": buyers[0], "second": buyers[1]}
            for row in kept:
                self.refuse(row, self.header("customer_code"), Bad("two_customers", facts))
            return
        for part, is_back in ((sold, False), (returned, True)):
            if part:
                self.file.documents.append(self.document(number, part, unreadable, is_return=is_back))

    def document(self, number: str, rows: list[int], unreadable: list[int], *, is_return: bool) -> Document:
        at = self.file.moments[rows[0]]
        if at is None:
            raise AssertionError(number)
        code = next(filter(None, map(self.customers.__getitem__, rows)), "")
        texts = {name: self.first(name, rows) for name in _TEXTS if name in self.texts}
        customer = folded(code)
        if customer and customer not in self.file.customers:
            self.file.customers[customer] = {"code": code} | texts
        skus, priced = self.file.skus, self.file.priced
        said = [f"{skus[row]} {priced[row].terms.key}" for row in rows]  # type: ignore[union-attr] # only such are kept
        head = (at.isoformat(), customer, texts.get("region", ""), texts.get("warehouse", ""))
        content_hash = sha256("\n".join([*head, *said]).encode()).hexdigest()
        wished = next(filter(None, map(self.file.wished.__getitem__, rows)), None) if self.file.wished else None
        wanted_on = wished.astimezone(self.zone).date() if wished else None
        return Document(number, is_return, at, customer, texts, rows, unreadable, content_hash, wanted_on)

    def first(self, name: str, rows: list[int]) -> str:
        column = self.texts[name]
        return column[rows[0]] or next(filter(None, map(column.__getitem__, rows)), "")

    def product_texts(self) -> dict[str, dict[str, str]]:
        """Of each code that is booked, the first text that says something."""
        found: dict[str, dict[str, str]] = {}
        skus = self.file.skus
        for document in self.file.documents:
            for row in document.rows:
                if skus[row] not in found:
                    found[skus[row]] = {"row": str(row)}
        columns = {name: self.texts[name] for name in _PRODUCT_TEXTS if name in self.texts}
        silent = set()
        for sku, facts in found.items():
            row = int(facts.pop("row"))
            terms = self.file.priced[row].terms
            facts["price"] = "0" if terms is None else str(terms.unit_price)
            facts.update({name: column[row] for name, column in columns.items()})
            if not all(facts.values()):
                silent.add(sku)
        if silent:
            for document in self.file.documents:
                for row in document.rows:
                    if skus[row] in silent:
                        facts = found[skus[row]]
                        facts.update({name: column[row] for name, column in columns.items() if not facts[name]})
        return found


def _priced(cells: Cells) -> Priced:
    """The money of a row, from its quantity, price, amount, discount rate and discount."""
    quantity, price, amount, rate, discount = cells
    exact = amount
    if amount is None and quantity is not None and price is not None:
        exact = quantity * price * (1 - (rate or ZERO))
        exact -= discount.copy_sign(exact) if discount and exact else ZERO
    if quantity is None:
        return Priced(exact, None)
    if not quantity:
        return Priced(exact, None, Bad("zero_quantity", {}), "quantity")
    if exact is None:
        return Priced(None, None, Bad("no_price", {}), "unit_price")
    if price is not None and price < 0:
        return Priced(exact, None, Bad("negative_price", {}), "unit_price")
    if discount is not None and (discount < 0 or discount > abs(quantity * (price or ZERO))):
        return Priced(exact, None, Bad("negative_discount", {}), "discount_amount")
    if exact and (exact < 0) != (quantity < 0):
        return Priced(exact, None, Bad("wrong_sign", {}), "amount")
    if abs(exact) > LARGEST_AMOUNT:
        return Priced(exact, None, Bad("too_large", {"text": f"{exact:f}", "limit": f"{LARGEST_AMOUNT:f}"}), "quantity")
    return Priced(exact, terms_of(quantity, exact, price))
