"""The measures once more, by counting lines one after the other: slow, and easy to believe."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import Any

Lines = Sequence[dict[str, Any]]
Groups = dict[tuple[Any, ...], tuple[Decimal | None, ...]]


def figure(measure: str, lines: Lines) -> Decimal | None:
    """One measure over these lines."""
    sold = [line for line in lines if line["sign"] == 1]
    back = [line for line in lines if line["sign"] == -1]
    orders = Decimal(len({line["document"] for line in sold}))
    sales = [*sold, *back]
    net = _sum(sales, "net")
    match measure:
        case "net_sales":
            return net
        case "net_sales_unrounded":
            return (net + _sum(sales, "beyond")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        case "gross_sales":
            return _sum(sales, "gross")
        case "tax" | "quantity" | "discount":
            return _sum(sales, measure)
        case "orders":
            return orders
        case "customers":
            return Decimal(len({line["customer_id"] for line in sold}))
        case "average_order":
            return _ratio(net, orders, "0.01")
        case "returns":
            return -_sum(back, "net")
        case "return_rate":
            return _ratio(-_sum(back, "net"), _sum(sold, "net"), "0.0001")
        case "cost":
            return _sum(sales, "cost").quantize(Decimal("0.01"), ROUND_HALF_UP)
        case "margin":
            return (_sum(sales, "costed") - _sum(sales, "cost")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        case "margin_rate":
            return _ratio(_sum(sales, "costed") - _sum(sales, "cost"), _sum(sales, "costed"), "0.0001")
        case "uncosted_share":
            return _ratio(net - _sum(sales, "costed"), net, "0.0001")
        case "fill_rate":
            due = [line for line in lines if line["sign"] == 2]
            return _ratio(_sum(due, "in_time"), _sum(due, "due"), "0.0001")
        case "collected":
            return _sum((line for line in lines if line["sign"] == 0), "collected")
        case "collection_rate":
            return _ratio(
                _sum((line for line in lines if line["sign"] == 0), "collected"), _sum(sales, "gross"), "0.0001"
            )
        case "lines":
            return Decimal(len(sold))
    raise AssertionError(measure)


def grouped(
    measures: Sequence[str], by: Sequence[str], lines: Lines
) -> dict[tuple[Any, ...], tuple[Decimal | None, ...]]:
    """The measures of each group of lines."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for line in lines:
        for key in product(*(labels(line, name) for name in by)):
            groups.setdefault(key, []).append(line)
    return {key: tuple(figure(measure, some) for measure in measures) for key, some in groups.items()}


def labels(line: dict[str, Any], name: str) -> set[Any]:
    """All labels of a line under a dimension: one, or its tags."""
    own = line[name]
    return own if isinstance(own, set) else {own}


def _sum(lines: Iterable[dict[str, Any]], name: str) -> Decimal:
    return sum((line[name] for line in lines), Decimal(0))


def _ratio(upper: Decimal, lower: Decimal, step: str) -> Decimal | None:
    return None if lower == 0 else (upper / lower).quantize(Decimal(step), ROUND_HALF_UP)
