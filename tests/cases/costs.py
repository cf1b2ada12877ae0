"""The figures of cases about costs, returns and counts in time: each name of a figure and what it means."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.base.exact import round_to
from core.stock.costs.adjust import add_landed_cost, reverse_adjustment
from core.stock.costs.queries import cost_history, unit_cost
from core.stock.costs.rules.landed import SplitBy
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.service import receive_goods
from tests.cases.ledger import COMES, GOES, METHODS, Ledger, Seen, flat
from tests.cases.reader import Case, each_trial
from tests.cases.shop import Opened, Shop

CENT = Decimal("0.01")
BY_STEP: dict[str, Callable[[Seen], Any]] = {
    "product_cost_after_step": lambda seen: seen.unit_cost,
    "on_hand_after_step": lambda seen: seen.on_hand,
    "queue_after": lambda seen: _queue(seen),
    "value_after": lambda seen: seen.amount,
    "results": lambda seen: seen.result,
    "qty": lambda seen: seen.on_hand,
}
AT_THE_END: dict[str, Callable[[Seen], Any]] = {
    "qty": lambda seen: seen.on_hand,
    "remaining_qty": lambda seen: seen.on_hand,
    "qty_after": lambda seen: seen.on_hand,
    "value": lambda seen: seen.amount,
    "remaining_value": lambda seen: seen.amount,
    "value_after": lambda seen: seen.amount,
    "product_cost": lambda seen: seen.unit_cost,
    "results": lambda seen: seen.result,
}
NOT_OFFERED = "not offered"


def steps_of_goods(case: Case, opened: Opened) -> dict[str, Any]:
    """Play the steps of a case, or of each of its trials in a shop of its own, and tell its figures."""
    steps, then = case.given.get("steps", []), case.given.get("then", [])
    trials = case.given.get("trials")
    if trials is None:
        return _figures(case, opened, steps, then)
    return each_trial(trials, lambda trial: _trial(case, opened, steps, trial))


def _trial(case: Case, opened: Opened, steps: Sequence[Any], trial: Any) -> dict[str, Any]:
    if isinstance(trial, list):
        return _figures(case, opened, trial, [], is_trial=True)
    if change := re.fullmatch(r"(\w+) to (\w+)", trial):
        before, after = change.groups()
        if not {before, after} <= set(METHODS):
            return dict.fromkeys(case.expected, NOT_OFFERED)
        changed = Case(case.id, case.area, case.kind, {**case.given, "method": before}, case.expected)
        return _figures(changed, opened, [*steps, {"op": "method", "method": after}], [], is_trial=True)
    return _figures(case, opened, [*steps, trial], [], is_trial=True)


def _figures(
    case: Case, opened: Opened, steps: Sequence[Any], then: Sequence[Any], *, is_trial: bool = False
) -> dict[str, Any]:
    ledger = Ledger(Shop(opened(), [case.given, steps]), case.given, [*steps, *then])
    ledger.play([*steps, *then], may_refuse="results" in case.expected)
    found = {}
    for name, expected in case.expected.items():
        by_step = isinstance(expected, list) and not is_trial
        if name in BY_STEP and (by_step or name not in AT_THE_END):
            found[name] = [BY_STEP[name](seen) for seen in ledger.seen]
        elif name in AT_THE_END:
            found[name] = AT_THE_END[name](ledger.seen[-1])
        else:
            found[name] = _figure(name, expected, ledger)
    return found


def _figure(name: str, expected: Any, ledger: Ledger) -> Any:
    if name in NAMED:
        return NAMED[name](ledger, expected)
    for pattern, figure in PATTERNS.items():
        if match := re.fullmatch(pattern, name):
            return figure(ledger, match[1])
    return ledger.seen[-1].documents.get(name, f"no figure is called {name}")


def _queue(seen: Seen) -> list[list[Decimal]]:
    """The layers; what is owed at the same cost is one."""
    queue: list[list[Decimal]] = []
    for quantity, cost in seen.layers:
        if queue and quantity < 0 and queue[-1][1] == cost:
            queue[-1][0] += quantity
        else:
            queue.append([quantity, cost])
    return queue


def _issue_unit_cost(ledger: Ledger, expected: Any) -> Any:
    costs = _units(ledger, ("issue",))
    return costs if isinstance(expected, list) else costs[-1]


def _units(ledger: Ledger, ops: Sequence[str]) -> list[Decimal]:
    return [abs(ledger.cost(done)) / done.quantity for done in ledger.done if done.op in ops]


def _before_first_issue(ledger: Ledger) -> Seen:
    first = next(n for n, seen in enumerate(ledger.seen) if seen.op == "issue")
    return ledger.seen[first - 1]


def _rounding_adjustment(ledger: Ledger, _: Any) -> Decimal:
    """What a unit cost rounded to cents would have left over; here the last unit takes it along."""
    seen = _before_first_issue(ledger)
    return round_to(round_to(seen.amount / seen.on_hand) * seen.on_hand - seen.amount)


def _cost_on_days(ledger: Ledger, _: Any) -> list[Decimal]:
    days = sorted({done.on for done in ledger.done})
    return [ledger.unit_cost_on(on) for on in days]


def _back_to(ledger: Ledger, unit_cost: str) -> list[Decimal]:
    corrected = next(step for step in ledger.steps if step["op"] == "correct_receipt_price")
    ledger.take({**corrected, "unit_cost": unit_cost})
    return _cost_on_days(ledger, None)


def _stock_value(ledger: Ledger, _: Any) -> dict[str, Any]:
    """By warehouse; right after the step of the past, what the other warehouse has not yet got is still here."""
    values = ledger.by_warehouse()
    last = flat(ledger.steps)[-1]
    before = dict(values)
    if last["op"] == "transfer":
        carried = ledger.carried(ledger.done[-1])[0]
        before[last["from_"]] += carried
        before[last["to"]] -= carried
    named = before | {f"{code}_at_transfer": amount for code, amount in before.items()}
    return {"after_backdated": named, "end": values}


def _with_product_cost(seen: Seen) -> dict[str, Any]:
    return {**seen.documents, "product_cost": seen.unit_cost}


def _recomputed(number: int) -> Callable[[Ledger, Any], dict[str, Any]]:
    def figure(ledger: Ledger, _: Any) -> dict[str, Any]:
        return _with_product_cost([seen for seen in ledger.seen if seen.op == "recompute"][number])

    return figure


def _after_id(ledger: Ledger, name: str) -> dict[str, Any]:
    number = next(n for n, step in enumerate(ledger.steps) if step.get("id") == name)
    found: dict[str, Any] = ledger.seen[number].documents["balance"]
    return found


NAMED: dict[str, Callable[[Ledger, Any], Any]] = {
    "issue_unit_cost": _issue_unit_cost,
    "unit_cost_of_outgoing": lambda ledger, _: _units(ledger, GOES),
    "average_after_incoming": lambda ledger, _: [seen.unit_cost for seen in ledger.seen if seen.op in COMES],
    "value_before_issue": lambda ledger, _: _before_first_issue(ledger).amount,
    "rounding_adjustment": _rounding_adjustment,
    "cost_shown": lambda ledger, _: round_to(_before_first_issue(ledger).unit_cost),
    "last_value_change": lambda ledger, _: ledger.seen[-1].amount - ledger.seen[-2].amount,
    "before": lambda ledger, _: _with_product_cost(ledger.seen[-2]),
    "after": lambda ledger, _: _with_product_cost(ledger.seen[-1]),
    "after_first_recompute": _recomputed(0),
    "after_second_recompute": _recomputed(1),
    "cost_on_move": _cost_on_days,
    "stock_value": _stock_value,
    "transfer_value_before": lambda ledger, _: next(
        seen.documents["transfer_value"] for seen in ledger.seen if "transfer_value" in seen.documents
    ),
    "transfer_value_after_backdated": lambda ledger, _: ledger.seen[-1].documents["transfer_value"],
}
PATTERNS: dict[str, Callable[[Ledger, str], Any]] = {
    r"back_to_(\S+)": _back_to,
    r"cost_of_issue_from_(\w+)": lambda ledger, code: [seen.documents["issue_cost"].get(code) for seen in ledger.seen],
    r"balance_after_(\w+)": _after_id,
    r"after_(\w+)": _after_id,
    r"balance_(\w+)": lambda ledger, name: [seen.documents["balance"].get(name) for seen in ledger.seen],
}


def counts_in_time(case: Case, opened: Opened) -> dict[str, Any]:
    """Counts that each stand alone over the same movements: what was there on its day then, and what it was worth."""
    given = case.given
    steps = [{"op": "receive", **step} if "op" not in step else step for step in given["movements"]]

    def one(count: Mapping[str, Any]) -> dict[str, Any]:
        ledger = Ledger(Shop(opened(), given), given, steps)
        ledger.play(steps)
        day, rate = count["date"], count["rate"]
        if count["qty"] is not None:
            ledger.take({"op": "count", "qty": count["qty"], "date": day})
        if rate is not None and count["qty"] != 0:
            ledger.take({"op": "revalue", "unit_cost": rate, "date": day})
        quantity, amount = ledger.worth_on(day)
        on = ledger.shop.day(day)
        assert on is not None
        runs = rate is None and quantity and amount == quantity * ledger.unit_cost_on(on)
        return {"qty": quantity, "value": f"{quantity.normalize():f} x the running rate" if runs else amount}

    return each_trial(given["counts"], one)


def cost_by_day(case: Case, opened: Opened) -> dict[str, Any]:
    """Costs that were set on days; the history has one row a day and answers for any day."""

    first, *later = ({"unit_cost": each["cost"], "date": each["date"]} for each in case.given["events"])
    steps = [{"op": "receive", "qty": 1, **first}, *({"op": "revalue", **each} for each in later)]
    ledger = Ledger(Shop(opened(), [case.given, case.expected]), case.given, steps)
    ledger.play(steps)
    rows = ledger.shop.ask(cost_history, ledger.product)
    days = {text: ledger.shop.day(text) for text in case.expected["cost_as_of"]}
    return {
        "one_row_per_day": [row.unit_cost for row in rows],
        "cost_as_of": {text: ledger.unit_cost_on(on) for text, on in days.items() if on is not None},
    }


def landed_cost(case: Case, opened: Opened) -> dict[str, Any]:
    """Freight on some goods of a receipt: what it adds to each unit, and that taking it back leaves nothing."""

    by = {"by value": SplitBy.AMOUNT, "by quantity": SplitBy.QUANTITY}[case.given["allocate"]]
    shop = Shop(opened())
    rows = [row for row in case.given["receipt"] if row["qty"]]
    lines = [
        Line(shop.variant(row["product"]), Decimal(row["qty"]), unit_cost=Decimal(row["unit_cost"])) for row in rows
    ]
    names = list(dict.fromkeys(row["product"] for row in rows))
    receipt = shop.run(receive_goods, warehouse_id=shop.warehouse(), lines=lines)
    chosen = [shop.variant(name) for name in case.given["restricted_to"]]
    wanted = select(StockMove.id).where(StockMove.origin_id == receipt, StockMove.variant_id.in_(chosen))
    moves = shop.ask(lambda view: view.session.scalars(wanted).all())

    def costs() -> dict[str, Decimal]:
        return {name: shop.ask(unit_cost, shop.variant(name)) for name in names}

    before = costs()
    amount = Decimal(case.given["landed_cost"])
    made = shop.run(add_landed_cost, amount=amount, move_ids=moves, split_by=by, reason="freight")
    after = costs()
    shop.run(reverse_adjustment, made, reason="cancelled")
    added = {name: after[name] - before[name] for name in case.given["restricted_to"]}
    return {"added_per_unit": added, "unit_cost": after, "after_cancel": costs()}


def price_of_receipt(case: Case, opened: Opened) -> dict[str, Any]:
    """A supplier's invoices over a receipt, one of which corrects it."""
    receipt = case.given["receipt"]
    steps = [{"op": "receive", **receipt}]
    ledger = Ledger(Shop(opened(), case.given), case.given, steps)
    ledger.play(steps)
    quantity, amount, costs = Decimal(receipt["qty"]), Decimal(0), []
    for invoice in case.given["supplier_invoices"]:
        amount += Decimal(invoice["qty"]) * Decimal(invoice["price"])
        if amount / quantity != ledger.look("").unit_cost:
            ledger.take({"op": "correct_receipt_price", "step": 1, "unit_cost": amount / quantity})
        costs.append(ledger.look("").unit_cost)
    return {"unit_cost_after": costs}


def transferred_value(case: Case, opened: Opened) -> dict[str, Any]:
    """What leaves one warehouse reaches the other at the same value, to the cent."""
    receipt = case.given["receipt"]
    unit = re.fullmatch(r"\w+ = (\d+) \w+", receipt["uom"])
    assert unit is not None
    steps = [
        {
            "op": "receive",
            "qty": Decimal(receipt["qty"]) * int(unit[1]),
            "unit_cost": Decimal(receipt["rate"]) / int(unit[1]),
            "warehouse": "A",
        },
        {"op": "transfer", "qty": case.given["transfer_qty_kg"], "from_": "A", "to": "B"},
    ]
    ledger = Ledger(Shop(opened()), case.given, steps)
    ledger.play(steps)
    out, into = ledger.carried(ledger.done[-1])
    is_same = out == into > 0
    return {"invariant": case.expected["invariant"] if is_same else f"{out} left, {into} came"}
