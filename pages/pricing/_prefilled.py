"""A new promotion as a link asks for it: of which product, how much off, and until when."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from core.pricing.rules.promotions import Items, Kind, Off, Promotion

LONGEST_NAME, LONGEST_ID = 80, 19


def prefilled(kind: Kind, asked: Mapping[str, str]) -> Promotion:
    """A promotion that is not saved yet; what the link does not name, or names wrongly, is as usual."""
    made = Promotion(0, kind)
    product, percent = asked.get("product", ""), _number(asked.get("percent", ""))
    if kind is not Kind.ITEM or not product.isdecimal() or len(product) >= LONGEST_ID:
        return made
    last = _day(asked.get("last", ""))
    return Promotion(
        0,
        kind,
        name=asked.get("name", "")[:LONGEST_NAME],
        items=Items(products=frozenset({int(product)})),
        off=Off(percent=percent) if percent is not None and 0 < percent < 100 else made.off,
        until=last + timedelta(days=1) if last else None,
    )


def prefill_key(promotion: Promotion) -> str:
    """What tells one new promotion from another, so that a form begins anew with other goods."""
    kinds = (promotion.items.variants, promotion.items.products, promotion.items.categories)
    goods = "-".join(".".join(map(str, sorted(ids))) for ids in kinds) if any(kinds) else ""
    return f"{promotion.kind}.{goods}.{promotion.off.percent}" if goods else str(promotion.kind)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
