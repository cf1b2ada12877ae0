"""What a promotion does, in words."""

from core.catalog.queries import category_tree
from core.pricing.queries import customer_names, goods_names
from core.pricing.rules.prices import Target
from core.pricing.rules.promotions import Kind, Off, Promotion
from core.work.store import View
from pages._shared.formats import money, percent, price, quantity
from pages._shared.text import _
from pages.pricing._goods import codes_of, items_words


def promotion_words(view: View, promotion: Promotion) -> list[str]:
    """What it takes off which goods, from what on, and how often; a sentence each."""
    paths = {row.id: row.path for row in category_tree(view)}
    named = promotion.items.variants | (promotion.gets.variants if promotion.gets else frozenset())
    named |= {each for part in promotion.parts for each in part.items.variants}
    named |= {promotion.adds_variant} if promotion.adds_variant else frozenset()
    codes = codes_of(view, named)
    every = [promotion.items, promotion.gets or promotion.items, *(part.items for part in promotion.parts)]
    products = goods_names(view, Target.PRODUCT, frozenset().union(*(items.products for items in every)))
    people = customer_names(view, promotion.customers)
    goods = items_words(promotion.items, paths, codes, products)
    off = _off_words(promotion.off)
    lines: list[str] = []
    if promotion.kind in {Kind.ITEM, Kind.COUPON}:
        lines.append(_("{off} on {goods}").format(off=off, goods=goods))
    elif promotion.kind == Kind.NTH:
        lines.append(_("{off} on every piece number {nth} of {goods}").format(off=off, nth=promotion.nth, goods=goods))
    elif promotion.kind == Kind.BUNDLE:
        parts = [
            f"{quantity(part.quantity)} × {items_words(part.items, paths, codes, products)}" for part in promotion.parts
        ]
        lines.append(
            _("{parts} together for {price}").format(parts=" + ".join(parts), price=price(promotion.off.price))
        )
    elif promotion.kind == Kind.BUY_GET:
        if promotion.adds_variant:
            gets = codes.get(promotion.adds_variant, "")
        else:
            gets = goods if promotion.gets is None else items_words(promotion.gets, paths, codes, products)
        count = quantity(promotion.get_quantity) if promotion.get_quantity else _("all")
        lines.append(
            _("For {bought} of {goods}: {count} of {gets} with {off}").format(
                bought=quantity(promotion.buy_quantity), goods=goods, count=count, gets=gets, off=off
            )
        )
    else:
        for step in promotion.steps:
            reach = quantity(step.reach) if promotion.by_quantity else money(step.reach)
            words = (
                _("{off} for every {reach} of {goods}") if promotion.repeats else _("{off} from {reach} of {goods} on")
            )
            lines.append(words.format(off=_off_words(step.off), reach=reach, goods=goods))
    if people:
        lines.append(_("Only for {names}").format(names=", ".join(people.values())))
    return lines + _limit_words(promotion)


def _off_words(off: Off) -> str:
    if off.percent is not None:
        return _("{percent}% off").format(percent=quantity(off.percent))
    if off.price is not None:
        return _("a price of {price}").format(price=price(off.price))
    return _("{amount} off").format(amount=money(off.amount))


def _limit_words(promotion: Promotion) -> list[str]:
    counted = {
        _("From {amount} of these goods on"): promotion.min_amount,
        _("From {amount} of the whole order on"): promotion.min_order,
        _("At most {amount} off one order"): promotion.cap,
        _("At most {amount} off in all"): promotion.budget,
    }
    lines = [words.format(amount=money(amount)) for words, amount in counted.items() if amount]
    if promotion.min_quantity:
        lines.append(_("From {count} pieces on").format(count=quantity(promotion.min_quantity)))
    if promotion.total_uses is not None:
        lines.append(_("Orders in all: at most {count}").format(count=promotion.total_uses))
    if promotion.uses_per_customer is not None:
        lines.append(_("Orders of one customer: at most {count}").format(count=promotion.uses_per_customer))
    if promotion.held_out:
        lines.append(
            _("{share} of the customers do without it, to tell its effect").format(share=percent(promotion.held_out))
        )
    if promotion.tags or promotion.channels:
        lines.append(_("Only for some customers or channels"))
    if promotion.group:
        lines.append(_("Only one of the group {name}").format(name=promotion.group))
    return lines
