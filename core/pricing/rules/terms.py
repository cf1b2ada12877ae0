"""A promotion as it is entered and kept: checked, and as plain terms and back."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from core.base.errors import InvalidInput
from core.base.exact import AMOUNT_PLACES, PRICE_PLACES, QUANTITY_PLACES, RATE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.search import one_line
from core.pricing.rules.promotions import EVERYTHING, Items, Kind, Off, Part, Promotion, Step

NAME_LENGTH = 80
GROUP_LENGTH = 40
HIGHEST_PRIORITY_NUMBER = 1000
LARGEST = Decimal(10**9)
MOST_HELD_OUT = Decimal("0.9")
_CODE = re.compile(r"[0-9A-Z][0-9A-Z_-]{0,39}")

_SETS = ("customers", "tags", "channels")
_NUMBERS = ("min_amount", "min_order", "min_quantity", "max_quantity", "buy_quantity", "get_quantity")
_PLAIN = ("nth", "adds_variant", "repeats", "most", "by_quantity")
_USUAL = Promotion(0, Kind.ITEM)


def offer_name(typed: str) -> str:
    """One trimmed line that is not empty."""
    name = one_line(typed)
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(field=N_("Name of the offer"), reason=N_("must have 1 to 80 characters."))
    return name


def coupon_code(typed: str) -> str:
    """The form in which a code is kept and looked up."""
    code = one_line(typed).replace(" ", "").upper()
    if not _CODE.fullmatch(code):
        raise InvalidInput(field=N_("Coupon code"), reason=N_("use 1 to 40 letters and digits."))
    return code


def checked_priority(priority: int) -> int:
    """A priority from 1, which comes first, to 1000."""
    if not 1 <= priority <= HIGHEST_PRIORITY_NUMBER:
        raise InvalidInput(field=N_("Priority"), reason=N_("enter a whole number from 1, which comes first, to 1000."))
    return priority


def checked_promotion(promotion: Promotion) -> Promotion:
    """The promotion as it will be kept; refuses what could never act or would act differently than it reads."""
    checked_priority(promotion.priority)
    if promotion.since and promotion.until and promotion.until <= promotion.since:
        raise InvalidInput(field=N_("Validity"), reason=N_("the end must lie after the beginning."))
    group = one_line(promotion.group)[:GROUP_LENGTH]
    for number in (promotion.min_amount, promotion.min_order, promotion.cap, promotion.budget):
        _check(number, AMOUNT_PLACES)
    for number in (promotion.min_quantity, promotion.max_quantity, promotion.buy_quantity, promotion.get_quantity):
        _check(number, QUANTITY_PLACES)
    if promotion.max_quantity is not None and promotion.max_quantity < promotion.min_quantity:
        raise InvalidInput(field=N_("Quantity"), reason=N_("the largest must not be smaller than the smallest."))
    for most in (promotion.most, promotion.total_uses, promotion.uses_per_customer):
        if most is not None and most < 1:
            raise InvalidInput(field=N_("Limits"), reason=N_("enter whole numbers above zero."))
    if promotion.held_out and promotion.kind != Kind.COUPON:
        raise InvalidInput(field=N_("Customers without it"), reason=N_("only a coupon can be kept from some."))
    if not (ZERO <= promotion.held_out <= MOST_HELD_OUT and fits(promotion.held_out, RATE_PLACES)):
        raise InvalidInput(field=N_("Customers without it"), reason=N_("enter 0 to 90 per cent."))
    _CHECKS[promotion.kind](promotion)
    return replace(promotion, name=offer_name(promotion.name), group=group, code="")


def terms_of(promotion: Promotion) -> dict[str, Any]:
    """What a promotion does, as plain JSON; what is as usual is left out."""
    terms: dict[str, Any] = {}
    for name in _SETS:
        if getattr(promotion, name):
            terms[name] = sorted(getattr(promotion, name))
    for name in (*_NUMBERS, *_PLAIN):
        given = getattr(promotion, name)
        if given != getattr(_USUAL, name):
            terms[name] = _plain(given) if name in _NUMBERS else given
    for name in ("items", "gets"):
        items = getattr(promotion, name)
        if items is not None and (items != EVERYTHING or name == "gets"):
            terms[name] = _items(items)
    if promotion.off != Off():
        terms["off"] = _off(promotion.off)
    if promotion.parts:
        terms["parts"] = [{"items": _items(part.items), "quantity": _plain(part.quantity)} for part in promotion.parts]
    if promotion.steps:
        terms["steps"] = [{"reach": _plain(step.reach), "off": _off(step.off)} for step in promotion.steps]
    return terms


def promotion_of(terms: Mapping[str, Any], **columns: Any) -> Promotion:
    """The promotion of these terms; the columns are fields of `Promotion`."""
    made: dict[str, Any] = {name: frozenset(terms[name]) for name in _SETS if name in terms}
    made |= {name: Decimal(terms[name]) for name in _NUMBERS if terms.get(name) is not None}
    made |= {name: terms[name] for name in _PLAIN if name in terms}
    made |= {name: _items_of(terms[name]) for name in ("items", "gets") if name in terms}
    if "off" in terms:
        made["off"] = _off_of(terms["off"])
    made["parts"] = tuple(Part(_items_of(each["items"]), Decimal(each["quantity"])) for each in terms.get("parts", ()))
    made["steps"] = tuple(Step(Decimal(each["reach"]), _off_of(each["off"])) for each in terms.get("steps", ()))
    return Promotion(**made, **columns)


def _item(promotion: Promotion) -> None:
    _check_off(promotion.off)


def _nth(promotion: Promotion) -> None:
    _check_off(promotion.off)
    if promotion.nth < 1:
        raise InvalidInput(field=N_("Every nth piece"), reason=N_("enter whole numbers above zero."))


def _buy_get(promotion: Promotion) -> None:
    _check_off(promotion.off)
    is_gift = promotion.off.percent == 100 or promotion.off.price is not None
    if promotion.adds_variant is not None and not is_gift:
        raise InvalidInput(field=N_("Buy and get"), reason=N_("what is added needs a price, or is free (100 %)."))
    counted = promotion.buy_quantity or promotion.min_amount or promotion.min_order
    if promotion.repeats and not counted:
        raise InvalidInput(field=N_("Buy and get"), reason=N_("say for how much it repeats."))
    if promotion.repeats and promotion.adds_variant is None and not promotion.get_quantity:
        raise InvalidInput(field=N_("Buy and get"), reason=N_("say how many pieces are reduced each time."))


def _bundle(promotion: Promotion) -> None:
    if promotion.off.price is None:
        raise InvalidInput(field=N_("Bundle price"), reason=N_("enter the price of the bundle."))
    _check_off(promotion.off)
    if not promotion.parts or any(part.quantity <= 0 for part in promotion.parts):
        raise InvalidInput(field=N_("Bundle price"), reason=N_("name what belongs to it, with quantities above zero."))
    for part in promotion.parts:
        _check(part.quantity, QUANTITY_PLACES)


def _ladder(promotion: Promotion) -> None:
    steps = promotion.steps
    if not steps or len({step.reach for step in steps}) < len(steps):
        raise InvalidInput(
            field=N_("Reduction from an amount"), reason=N_("needs steps that begin at different amounts.")
        )
    for step in steps:
        _check(step.reach, AMOUNT_PLACES)
        _check_off(step.off)
    if promotion.repeats and (len(steps) > 1 or not steps[0].reach or steps[0].off.amount is None):
        raise InvalidInput(
            field=N_("Reduction from an amount"), reason=N_("repeats with a single step that takes off an amount.")
        )


_CHECKS = {
    Kind.ITEM: _item,
    Kind.NTH: _nth,
    Kind.BUY_GET: _buy_get,
    Kind.BUNDLE: _bundle,
    Kind.LADDER: _ladder,
    Kind.COUPON: _item,
}


def _check_off(off: Off) -> None:
    given = [each for each in (off.percent, off.amount, off.price) if each is not None]
    if len(given) != 1:
        raise InvalidInput(field=N_("Reduction"), reason=N_("enter a percentage, an amount or a price: one of them."))
    _check(off.percent, PRICE_PLACES)
    _check(off.amount, AMOUNT_PLACES)
    _check(off.price, PRICE_PLACES)
    if off.percent is not None and off.percent > 100:
        raise InvalidInput(field=N_("Reduction"), reason=N_("must lie between 0 % and 100 %."))


def _check(number: Decimal | None, places: int) -> None:
    if number is not None and not (number.is_finite() and ZERO <= number <= LARGEST and fits(number, places)):
        raise InvalidInput(
            field=N_("Reduction"), reason=N_("enter numbers of zero or more, without too many decimals.")
        )


def _items(items: Items) -> dict[str, list[int]]:
    return {each.name: sorted(getattr(items, each.name)) for each in fields(items) if getattr(items, each.name)}


def _items_of(terms: Mapping[str, Any]) -> Items:
    return Items(**{name: frozenset(ids) for name, ids in terms.items()})


def _off(off: Off) -> dict[str, str]:
    return {each.name: _plain(getattr(off, each.name)) for each in fields(off) if getattr(off, each.name) is not None}


def _off_of(terms: Mapping[str, Any]) -> Off:
    return Off(**{name: Decimal(number) for name, number in terms.items()})


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
