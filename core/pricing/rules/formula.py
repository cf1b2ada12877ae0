"""Formulas on list price and cost: a tiny grammar, read by hand, computed exactly."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from core.base.search import one_line
from core.pricing.errors import FormulaFails, FormulaUnclear

NAMES = ("list_price", "wholesale_price", "lowest_price", "cost")
"""What a formula may name; `cost` is the purchase price."""

LONGEST = 200
DEEPEST = 20
_TOKEN = re.compile(r"\s*(?:(\d{1,12}(?:\.\d{1,6})?)|([a-z_]+)|([-+*/%(),]))")

Values = Mapping[str, Decimal | None]
_Node = Callable[[Values], Fraction]


@dataclass(frozen=True)
class Formula:
    """A formula that was understood."""

    text: str
    names: frozenset[str]
    node: _Node

    def result(self, values: Values) -> Fraction:
        """What it gives for these prices; `FormulaFails` where one is not known or it divides by zero."""
        try:
            return self.node(values)
        except (ZeroDivisionError, LookupError) as error:
            raise FormulaFails(formula=self.text) from error


@lru_cache(maxsize=1024)
def parse_formula(text: str) -> Formula:
    """Understand a formula such as `list_price * 0.85` or `max(cost * 1.2, lowest_price)`; else `FormulaUnclear`."""
    return _Reader(one_line(text).casefold()).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.names: set[str] = set()
        self.tokens = self._split()
        self.at = 0
        self.depth = 0

    def read(self) -> Formula:
        node = self._sum()
        if self.at < len(self.tokens):
            raise self._unclear()
        return Formula(self.text, frozenset(self.names), node)

    def _split(self) -> list[str]:
        tokens, position = [], 0
        while position < len(self.text):
            found = _TOKEN.match(self.text, position)
            if found is None or len(self.text) > LONGEST:
                raise FormulaUnclear(
                    formula=self.text, part=self.text[position : position + 20], names=", ".join(NAMES)
                )
            tokens.append(found.group(found.lastindex or 0))
            position = found.end()
        return tokens

    def _sum(self) -> _Node:
        node = self._product()
        while (sign := self._peek()) in {"+", "-"}:
            self.at += 1
            node = _plus(node, self._product()) if sign == "+" else _minus(node, self._product())
        return node

    def _product(self) -> _Node:
        node = self._factor()
        while (sign := self._peek()) in {"*", "/"}:
            self.at += 1
            node = _times(node, self._factor()) if sign == "*" else _over(node, self._factor())
        return node

    def _factor(self) -> _Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._unclear()
        node = self._single()
        self.depth -= 1
        while self._peek() == "%":
            self.at += 1
            node = _over(node, _number(Fraction(100)))
        return node

    def _single(self) -> _Node:
        word = self._take()
        if word == "-":
            return _minus(_number(Fraction()), self._factor())
        if word == "(":
            node = self._sum()
            self._expect(")")
            return node
        if word[:1].isdigit():
            return _number(Fraction(word))
        if word in NAMES:
            self.names.add(word)
            return _named(word)
        if word in _FUNCTIONS:
            self._expect("(")
            first = self._sum()
            self._expect(",")
            second = self._sum()
            self._expect(")")
            return _called(word, first, second)
        self.at -= 1
        raise self._unclear()

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self.at += 1
        return token

    def _expect(self, wanted: str) -> None:
        if self._take() != wanted:
            self.at -= 1
            raise self._unclear()

    def _unclear(self) -> FormulaUnclear:
        part = " ".join(self.tokens[max(self.at, 0) :][:4]) or self.text[-10:]
        return FormulaUnclear(formula=self.text, part=part, names=", ".join(NAMES))


def _to_step(number: Fraction, step: Fraction) -> Fraction:
    return (number / step + Fraction(1, 2)).__floor__() * step


_FUNCTIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {"min": min, "max": max, "round": _to_step}


def _number(number: Fraction) -> _Node:
    return lambda _: number


def _named(name: str) -> _Node:
    def known(values: Values) -> Fraction:
        number = values.get(name)
        if number is None:
            raise LookupError(name)
        return Fraction(number)

    return known


def _called(name: str, first: _Node, second: _Node) -> _Node:
    function = _FUNCTIONS[name]
    return lambda values: function(first(values), second(values))


def _plus(left: _Node, right: _Node) -> _Node:
    return lambda values: left(values) + right(values)


def _minus(left: _Node, right: _Node) -> _Node:
    return lambda values: left(values) - right(values)


def _times(left: _Node, right: _Node) -> _Node:
    return lambda values: left(values) * right(values)


def _over(left: _Node, right: _Node) -> _Node:
    return lambda values: left(values) / right(values)
