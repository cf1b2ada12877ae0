"""Cases about price lists, promotions, taxes and units."""

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from core.base.errors import AppError
from core.base.exact import Rounding, round_ratio
from core.base.tax import Tax, Taxable, TaxPolicy, TaxRounding, amount_before_tax, in_steps, tax_document
from core.catalog.unit_rules import convert, convert_price, product_units, rounded_for_supply, standard_unit
from core.pricing.lists import PriceRuleEntry
from core.pricing.queries import explain_price
from core.pricing.rules.prices import Target
from core.pricing.rules.promotions import Basket, BasketLine, Items, Kind, Off, Outcome, Stacking
from tests.builders import a_price_list, a_promotion, priced
from tests.cases.reader import Case, each_trial
from tests.cases.shop import Opened, Shop, quantity

ONE = Decimal(1)


def price_lists(case: Case, opened: Opened) -> dict[str, Any]:
    """Rules of which the first that fits decides; quantities count in the stock unit, whatever they are asked in."""
    given = case.given
    shop = Shop(opened())
    if "price_per_tonne" in given:
        per = given["rule"]
        rules = [{"min_qty": per["min_tonnes"], "formula": f"unit_price-{per['off_per_tonne']}"}]
        asked = [("product", *trial) for trial in given["trials"]]
        listed, unit = {"product": given["price_per_tonne"]}, "t"
    else:
        rules, unit = given["rules_first_match"], given.get("stock_uom", "piece")
        rows = given.get("trials") or [[line["product"], line["qty"], unit] for line in given["lines"]]
        asked = [tuple(row) for row in rows]
        names = {str(row[0]) for row in asked}
        price = given["list_price"]
        listed = price if isinstance(price, Mapping) else dict.fromkeys(names, price)
    variants = {name: shop.variant(name, retail_price=quantity(each)) for name, each in listed.items()}
    entries = [_rule(rule, number, variants) for number, rule in enumerate(rules, 1)]
    with shop.making() as uow:
        a_price_list(uow, *entries)
    units = product_units(unit, [])
    found = []
    for name, count, sold_in in asked:
        stock = units.stock_quantity(quantity(1 if count is None else count), sold_in)
        today = shop.ask(lambda view: view.today)
        card = shop.ask(
            explain_price, variants[name], quantity=stock, customer_id=None, channel_id=None, on=today, usual=None
        )
        by = units.find(sold_in) if "price_per_tonne" in given else units.base
        found.append(units.unit_price(card.unit_price, by.name) if by is not units.base else card.unit_price)
    return {"unit_price": found, "unit_price_per_kg": found}


def _rule(rule: Mapping[str, Any], number: int, variants: Mapping[str, int]) -> PriceRuleEntry:
    name = rule.get("product")
    target = {"target": Target.VARIANT, "target_id": variants[name]} if name else {}
    least = quantity(rule.get("min_qty", 0))
    formula = rule["formula"].replace("unit_price", "list_price")
    return PriceRuleEntry(formula=formula, min_quantity=least, priority=number, **target)


A, B = "A", "B"


def promotions(case: Case, opened: Opened) -> dict[str, Any]:
    """Discounts that are published, and orders of goods that get them."""
    given = case.given
    found: dict[str, Any] = PROMOTED[case.area](given, opened)
    return found


class Offers:
    """A shop with published promotions, and what an order then costs."""

    def __init__(self, opened: Opened, **prices: Any) -> None:
        self.shop = Shop(opened())
        self.prices = {name: quantity(price) for name, price in prices.items()}
        self.ids = {name: self.shop.variant(name, retail_price=price) for name, price in self.prices.items()}

    def publish(self, kind: Kind, **fields: Any) -> None:
        """Let everybody have it."""
        with self.shop.making() as uow:
            a_promotion(uow, kind, **fields)

    def only(self, *names: str) -> Items:
        """These goods."""
        return Items(variants=frozenset(self.ids[name] for name in names))

    def order(self, counts: Mapping[str, Any], *, rates: Mapping[str, Decimal] | None = None, **fields: Any) -> Outcome:
        """An order of so many of each."""
        rates = rates or {}
        lines = [
            BasketLine(n, self.ids[name], quantity(count), self.prices[name], tax_rate=rates.get(name, Decimal(0)))
            for n, (name, count) in enumerate(counts.items(), 1)
        ]
        basket = Basket(tuple(lines), on=self.shop.ask(lambda view: view.today), **fields)
        outcome: Outcome = self.shop.ask(priced, basket)
        return outcome


def _off(rule: Mapping[str, Any]) -> Off:
    percent = rule.get("pct", rule.get("discount_pct"))
    if percent is not None:
        return Off(percent=quantity(percent))
    return Off(amount=quantity(rule.get("amount", rule.get("discount_amount"))))


def _share(outcome: Outcome, line: int = 0) -> Decimal:
    """What part of a line is taken off, in percent."""
    return outcome.lines[line].discount / outcome.lines[line].amount * 100


def _free_from_amount(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    offer, price = given["promotion"], given["list_price"]
    names = sorted({name for order in given["orders"] for name in order})
    offers = Offers(opened, **dict.fromkeys(names, price))
    before = [offers.order(order).total for order in given["orders"]]
    gets = offers.only(offer["free_product"])
    offers.publish(
        Kind.BUY_GET, min_order=quantity(offer["min_order_amount"]), gets=gets, off=Off(percent=Decimal(100))
    )
    return {"before": before, "after": [offers.order(order).total for order in given["orders"]]}


def _one_beside_another(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    rule = given["rule"]
    names = sorted({name for order in given["orders"] for name in order})
    offers = Offers(opened, **dict.fromkeys(names, given["list_price"]))
    fields = {"items": offers.only(rule["buy"]), "gets": offers.only(rule["discount"])}
    offers.publish(Kind.BUY_GET, min_amount=quantity(rule["min_amount"]), off=_off(rule), **fields)
    outcomes = [(order, offers.order(order)) for order in given["orders"]]
    return {"discount_pct": [{name: _share(got, n) for n, name in enumerate(order)} for order, got in outcomes]}


def _free_item(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    rule = given["rule"]
    offers = Offers(opened, A=100, B=rule["free_item_rate"])
    offers.publish(
        Kind.BUY_GET,
        min_quantity=quantity(rule["min_qty"]),
        adds_variant=offers.ids[B],
        get_quantity=quantity(rule["free_qty"]),
        off=Off(price=quantity(rule["free_item_rate"])),
    )
    outcomes = [offers.order({A: count}) for count in given["orders"]]
    rates = [each.gifts[0].unit_price if each.gifts else None for each in outcomes]
    return {"lines": [len(each.lines) + len(each.gifts) for each in outcomes], "second_line_rate": rates}


def _quantity_range(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    rule, box = given["rule"], quantity(given["box"])
    offers = Offers(opened, A=quantity(given["list_price_per_box"]) / box)
    least, most = quantity(rule["min_qty"]), quantity(rule["max_qty"])
    offers.publish(Kind.ITEM, min_quantity=least, max_quantity=most, off=_off(rule))
    outcomes = [(quantity(boxes), offers.order({A: quantity(boxes) * box})) for boxes in given["orders_in_boxes"]]
    return {
        "discount_pct": [_share(each) for _, each in outcomes],
        "rate": [each.total / boxes for boxes, each in outcomes],
    }


def _with_margin(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    def trial(rule: Mapping[str, Any]) -> dict[str, Any]:
        price = quantity(given["list_price"]) * (1 + quantity(given["margin_pct"]) / 100)
        offers = Offers(opened, A=price)
        offers.publish(Kind.ITEM, off=_off(rule))
        outcome = offers.order({A: 1})
        return {"with_margin": outcome.amount, "discount_amount": outcome.discount, "rate": outcome.total}

    return each_trial(given["trials"], trial)


def _percent_and_amount(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    offers = Offers(opened, A=given["list_price"])
    for rule in given["rules"]:
        offers.publish(Kind.ITEM, off=_off(rule))
    outcome = offers.order({A: 1})
    return {"discount_amount": outcome.discount, "rate": outcome.total}


def _stacked(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    def trial(text: str) -> dict[str, Any]:
        offers = Offers(opened, A=1000)
        need = re.search(r"both need (\d+), order of (\d+)", text)
        for number, rule in enumerate(given["rules"]):
            reduces = number and "on the reduced rate" in text
            stacking = Stacking.ON_REDUCED if reduces else Stacking.ADD_UP
            least = quantity(need[1]) if need else Decimal(0)
            fields = {"priority": rule["priority"], "stacking": stacking, "min_quantity": least}
            offers.publish(Kind.ITEM, off=_off(rule), **fields)
        return {"discount_pct": _share(offers.order({A: need[2] if need else 1}))}

    return each_trial(given["trials"], trial)


def _for_some(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    rule = given["rule"]
    wanted = re.fullmatch(r"customer = (\w+) and not a return", rule["condition"])
    assert wanted is not None
    offers = Offers(opened, A=given["list_price"])
    offers.publish(Kind.ITEM, customers=frozenset({offers.shop.customer(wanted[1])}), off=_off(rule))
    outcomes = []
    for text in given["trials"]:
        name, _, what = text.partition(" ")
        customer = offers.shop.customer(name)
        outcomes.append(offers.order({A: 1}, customer_id=customer, is_return=what == "return"))
    return {"discounted": [each.discount > 0 for each in outcomes], "rate_of_last": outcomes[-1].total}


_CABINETS = re.compile(
    r"(?P<pct>\d+)% on cabinets, order of (?P<order>\d+) or more before tax; "
    r"one free for every (?P<bought>\d+) paid in the last two"
)


def _taxed_and_capped(given: Mapping[str, Any], opened: Opened) -> dict[str, Any]:
    told = _CABINETS.fullmatch(given["promotion"])
    assert told is not None
    cents = {"none": Decimal(0), "15% on top": Decimal("0.15")}
    rates = {name: cents[given[name]["tax"]] for name in ("cabinet", "drawer")}

    def trial(order: Mapping[str, Any]) -> dict[str, Any]:
        offers = Offers(opened, cabinet=given["cabinet"]["price"], drawer=given["drawer"]["price"])
        cap = quantity(order["cap_including_tax"]) if "cap_including_tax" in order else None
        items = offers.only("cabinet")
        offers.publish(Kind.ITEM, items=items, min_order=quantity(told["order"]), off=_off(told.groupdict()), cap=cap)
        if "free_cabinet" in order:
            offers.publish(
                Kind.BUY_GET,
                items=items,
                buy_quantity=quantity(told["bought"]),
                adds_variant=offers.ids["cabinet"],
                get_quantity=ONE,
                off=Off(percent=Decimal(100)),
                repeats=True,
            )
        counts = {name: order[name] for name in ("cabinet", "drawer") if name in order}
        outcome = offers.order(counts, rates=rates, prices_include_tax=False)
        assert sum(gift.quantity for gift in outcome.gifts) == order.get("free_cabinet", 0)
        lines = [Taxable(line.total, (Tax("", rates[n]),)) for line, n in zip(outcome.lines, counts, strict=True)]
        document = tax_document(lines, TaxPolicy(prices_include_tax=False))
        return {"total": document.gross, "untaxed": document.net}

    found = each_trial(given["trials"], trial)
    return {**found, "untaxed_of_last": found["untaxed"][-1]}


PROMOTED = {
    "promotion_min_amount_free_item": _free_from_amount,
    "buy_a_discount_b": _one_beside_another,
    "free_item_on_order": _free_item,
    "rule_quantity_range_in_stock_unit": _quantity_range,
    "margin_and_discount": _with_margin,
    "percent_and_amount": _percent_and_amount,
    "rules_stack": _stacked,
    "condition": _for_some,
    "discount_with_tax_and_cap": _taxed_and_capped,
}


def _tax(text: str) -> Tax:
    number = re.match(r"(?:fixed )?([\d.]+)", text)
    assert number is not None
    enters = "enters base" in text
    if text.startswith("fixed"):
        return Tax(text, fixed=Decimal(number[1]), enters_base=enters)
    return Tax(text, Decimal(number[1]) / 100, enters_base=enters)


def taxes(case: Case, opened: Opened) -> dict[str, Any]:
    """Taxes on taxes, and where a document rounds them; their source rounds half to even."""
    return TAXED[case.area](case.given)


def _tax_on_tax(given: Mapping[str, Any]) -> dict[str, Any]:
    def trial(row: Mapping[str, Any]) -> dict[str, Any]:
        steps = in_steps(*map(_tax, row["taxes"]))
        price, count = Decimal(row["price"]), Decimal(row["qty"])
        (line,) = tax_document([Taxable(price * count, steps, count)], TaxPolicy(prices_include_tax=False)).lines
        (one,) = tax_document([Taxable(price, steps)], TaxPolicy(prices_include_tax=False)).lines
        back = {"total": one.gross, "price": Decimal(amount_before_tax(one.gross, steps).numerator)}
        assert amount_before_tax(one.gross, steps) == Fraction(price)
        return {"base_and_tax": [[part.base, part.tax] for part in line.parts], "reverse": back}

    return each_trial(given["trials"], trial)


def _policy(rounding: str) -> TaxPolicy:
    return TaxPolicy(prices_include_tax=False, rounds=TaxRounding(rounding), rounding=Rounding.HALF_EVEN)


def _line_or_document(given: Mapping[str, Any]) -> dict[str, Any]:
    told = re.fullmatch(r"(\d+) lines of ([\d.]+)", given["lines"])
    assert told is not None
    second = given["second"]
    trials = {each: (each, given["rate"], [told[2]] * int(told[1])) for each in ("line", "document")}
    trials["second"] = (second["rounding"], second["rate"], second["lines"])
    found = {}
    for name, (rounding, rate, amounts) in trials.items():
        document = tax_document([Taxable(Decimal(each), (_tax(rate),)) for each in amounts], _policy(rounding))
        found[name] = {"base": document.net, "tax": document.tax}
    return found


def _residual(given: Mapping[str, Any]) -> dict[str, Any]:
    def trial(row: Mapping[str, Any]) -> dict[str, Any]:
        lines = row.get("lines") or [{"amount": row["line"]}]
        taxable = [
            Taxable(
                Decimal(line["amount"]) if "amount" in line else Decimal(line["price"]) * Decimal(line["qty"]),
                tuple(map(_tax, line.get("taxes") or row["taxes"])),
            )
            for line in lines
        ]
        document = tax_document(taxable, _policy(row["rounding"]))
        return {"results": [[part.base, part.tax] for line in document.lines for part in line.parts]}

    return each_trial(given["trials"], trial)


TAXED = {
    "tax_on_tax": _tax_on_tax,
    "tax_rounding_line_or_document": _line_or_document,
    "tax_residual_cent": _residual,
}


def units(case: Case, opened: Opened) -> dict[str, Any]:
    """Quantities and prices in another unit, and what is rounded up for supply."""
    if "price_trials" not in case.given:
        return each_trial(case.given["trials"], lambda trial: {"results": _told(*trial)})
    exact = [_converted(*trial) for trial in case.given["trials"]]
    return {
        "qty": [each if isinstance(each, str) else _written(each) for each in exact],
        "qty_rounded_to_0_01": [each if isinstance(each, str) else round_ratio(each) for each in exact],
        "price": [
            _written(convert_price(quantity(price), standard_unit(source), standard_unit(target)))
            for source, price, target in case.given["price_trials"]
        ],
    }


def _converted(source: str, count: Any, target: str) -> Fraction | str:
    try:
        return convert(quantity(count), standard_unit(source), standard_unit(target))
    except AppError:
        return "refused"


def _told(asked: str, answer: str) -> Decimal:
    """`price 2 per g` in `t`; `1234 g` in `kg at 0.01, rounded up`; `2 units` in `score of 20, whole, rounded up`."""
    if price := re.fullmatch(r"price (\S+) per (\S+)", asked):
        return _written(convert_price(Decimal(price[1]), standard_unit(price[2]), standard_unit(answer)))
    count, _, source = asked.partition(" ")
    name = re.match(r"\w+", answer)
    assert name is not None
    exact = convert(Decimal(count), standard_unit(source.removesuffix("s")), standard_unit(name[0]))
    if "rounded up" not in answer:
        return _written(exact)
    step = re.search(r"at ([\d.]+)", answer)
    return rounded_for_supply(exact, Decimal(step[1]) if step else ONE)


def _written(exact: Fraction) -> Decimal:
    return Decimal(exact.numerator) / Decimal(exact.denominator)
