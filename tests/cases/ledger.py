"""Goods that come, go, come back, are counted and revalued, step by step; and what they cost after each step."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.base.errors import AppError
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import SalesReturn
from core.sales.queries import order_card
from core.sales.returns.inspect import inspect_return
from core.sales.returns.receive import receive_return
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.as_of import stock_then
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price, revalue_stock, reverse_adjustment
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostEntry, CostLayer
from core.stock.costs.queries import cost_history, document_cost, stock_costs, unit_cost
from core.stock.costs.rules.events import Method
from core.stock.ledger import Line, LotEntry
from core.stock.lot_queries import lots_on_hand
from core.stock.models import StockMove
from core.stock.queries import on_hand
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document
from core.stock.supplier_returns import return_to_supplier
from core.stock.transfers.progress import ORIGIN
from core.stock.transfers.service import carry_over
from core.work.store import View
from tests.cases.shop import Shop, quantity, sums_below_zero
from tests.traces import everything

METHODS = {"average": Method.AVERAGE, "fifo": Method.FIFO}
COMES, GOES = ("receive", "inventory_gain"), ("issue", "return_to_supplier", "inventory_loss")
SOLD = ("customer_return", "undo_issue", "return_bundle", "becomes")
"""Steps before which goods must have been sold, not just taken."""


@dataclass
class Done:
    """A step that was carried out: which document it made, and how much it was about."""

    op: str
    origin: tuple[str, int]
    quantity: Decimal
    on: date
    warehouse: str
    id: str | None = None


@dataclass(frozen=True)
class Seen:
    """How things stand after a step."""

    op: str
    result: str
    on_hand: Decimal
    amount: Decimal
    unit_cost: Decimal
    layers: tuple[tuple[Decimal, Decimal], ...]
    documents: dict[str, Any]


def flat(steps: Sequence[Any]) -> list[dict[str, Any]]:
    """Every step as an object."""
    found: list[dict[str, Any]] = []
    for step in steps:
        if isinstance(step, list):
            found += flat(step)
        else:
            found.append(_as_object(step))
    return found


def _as_object(step: Any) -> dict[str, Any]:
    if isinstance(step, Mapping):
        return dict(step)
    if found := re.fullmatch(r"customer returns (\S+)", step):
        return {"op": "customer_return", "qty": found[1]}
    if found := re.fullmatch(r"(receipt|issue)(?: (\d+))? becomes (\S+)", step):
        return {"op": "becomes", "of": found[1], "number": int(found[2] or 1), "qty": found[3]}
    if found := re.fullmatch(r"to (\w+)", step):
        return {"op": "method", "method": found[1]}
    verb, _, rest = step.partition(" ")
    verb = {"add": "receive", "take": "issue"}.get(verb, verb)
    return {"op": verb, "of": rest} if verb == "cancel" else {"op": verb, "qty": rest}


class Ledger:
    """A product whose steps are carried out by the services of the shop, and how it stood after each."""

    def __init__(self, shop: Shop, given: Mapping[str, Any], steps: Sequence[Any]) -> None:
        self.shop, self.given = shop, given
        self.steps = flat(steps)
        self.sold = any(step["op"] in SOLD for step in self.steps)
        first = given.get("initial_cost", given.get("start_cost", 0))
        tracked = any("lot" in step for step in self.steps)
        make = shop.tracked if tracked else shop.variant
        self.product = make("product", purchase_price=Decimal(str(first)))
        codes = {str(step[key]) for step in self.steps for key in ("warehouse", "from_", "to") if key in step}
        for code in sorted(codes) or ["MAIN"]:
            shop.warehouse(code)
        self.method(given.get("method", "average"))
        if given.get("negative_stock", "as needed") != "refused" and self._goes_below():
            shop.may_go_below()
        self.done: list[Done] = []
        if on := given.get("on_hand"):
            self.take({"op": "receive", "qty": on})
        if "start_cost" in given:
            self.take({"op": "receive", "qty": 1, "unit_cost": first})
        self.done.clear()
        self.seen: list[Seen] = []

    def _goes_below(self) -> bool:
        changes = []
        for step in self.steps:
            if step["op"] in COMES and not step.get("layer_already_consumed"):
                changes.append(quantity(step["qty"]))
            elif step["op"] in GOES:
                changes.append(-quantity(step["qty"]))
        return sums_below_zero(changes) and self.given.get("on_hand") is None

    def method(self, name: str) -> None:
        """Value goods in this way from now on."""
        method, _, scope = name.partition(" per ")
        per_warehouse = len(self.shop.warehouses) > 1
        wanted = (METHODS[method], per_warehouse, scope == "lot")
        if wanted != (Method.AVERAGE, False, False):
            self.shop.run(set_cost_method, method=wanted[0], per_warehouse=per_warehouse, per_lot=wanted[2])

    def play(self, steps: Sequence[Any], *, may_refuse: bool = False) -> None:
        """Carry steps out one after the other; those of a list are one."""
        for step in steps:
            together = flat(step if isinstance(step, list) else [step])
            result = "accepted"
            for each in together:
                result = self._attempt(each) if may_refuse else self.take(each)
            self.seen.append(self.look(together[-1]["op"], result))

    def _attempt(self, step: dict[str, Any]) -> str:
        before = everything(self.shop.store)
        try:
            self.take(step)
        except AppError:
            assert everything(self.shop.store) == before
            return "refused"
        return "accepted"

    def take(self, step: dict[str, Any]) -> str:
        """Carry one step out."""
        getattr(self, f"_{step['op']}")(step)
        return "accepted"

    def look(self, op: str, result: str = "accepted") -> Seen:
        """How things stand now."""
        with self.shop.store.viewing(SYSTEM) as view:
            layers = tuple(
                (layer.quantity, layer.amount / layer.quantity)
                for layer in view.session.scalars(
                    select(CostLayer).where(CostLayer.variant_id == self.product).order_by(CostLayer.id)
                )
            )
            rows = stock_costs(view, variant_ids=[self.product])
            held = on_hand(view, self.product)
            cost = unit_cost(view, self.product) or Decimal(0)
        amount = rows[0].amount if rows else Decimal(0)
        return Seen(op, result, held, amount, cost, layers, self.documents() if op else {})

    def documents(self) -> dict[str, Any]:
        """What each kind of document costs as is known now: of the last one of its kind, and of all."""
        found: dict[str, Any] = {"issue_cost": {}, "balance": {}}
        for done in self.done:
            if done.op == "transfer":
                found.setdefault("transfer_value", self.carried(done)[0])
                continue
            cost = self.cost(done)
            unit = abs(cost) / done.quantity if done.quantity else Decimal(0)
            if done.op in ("issue", "consume"):
                found["issue_unit_cost"] = unit
                found["issue_cost"][done.warehouse] = -cost
                found["component_out"] = done.quantity
            elif done.op in ("customer_return", "undo_issue"):
                found |= {"return_unit_cost": unit, "undo_unit_cost": unit, "return_value": cost, "unit": unit}
            elif done.op == "supplier_return":
                found |= {"unit": unit, "value": cost}
            if done.op != "receive":
                found["all_unit_costs"] = unit
            if done.id:
                found["balance"][done.id] = self.held_on(done.on.isoformat())
        return found

    def _line(self, step: Mapping[str, Any], count: Decimal, **more: Any) -> Line:
        if "lot" in step and step["op"] != "receive":
            more["lot_id"] = self.shop.lot(step["lot"])
        elif "lot" in step:
            more["lot"] = LotEntry(step["lot"])
        return Line(self.product, count, **more)

    def _note(self, step: Mapping[str, Any], origin: tuple[str, int], count: Decimal) -> None:
        on = self.shop.day(step.get("date")) or self.shop.ask(lambda view: view.today)
        code = str(step.get("warehouse", step.get("from_", "MAIN")))
        self.done.append(Done(step["op"], origin, count, on, code, step.get("id")))

    def _house(self, step: Mapping[str, Any]) -> int:
        return self.shop.warehouse(str(step.get("warehouse", "MAIN")))

    def _receive(self, step: dict[str, Any]) -> None:
        count, cost = quantity(step["qty"]), step.get("unit_cost")
        line = self._line(step, count, unit_cost=None if cost is None else quantity(cost))
        at = self.shop.day(step.get("date"))
        made = self.shop.run(receive_goods, warehouse_id=self._house(step), lines=[line], at=at)
        self._note(step, ("stock_document", made), count)
        if consumed := step.get("layer_already_consumed"):
            self._issue({"op": "consume", "qty": consumed})

    def _issue(self, step: dict[str, Any]) -> None:
        count = quantity(step["qty"])
        at = self.shop.day(step.get("date"))
        if self.sold and at in (None, self.shop.ask(lambda view: view.today)):
            order = self.shop.run(
                create_order,
                customer_id=self.shop.customer(),
                channel_id=self.shop.channel(),
                warehouse_id=self._house(step),
                lines=[LineDraft(self.product, count, quantity(step.get("price", 1)))],
            )
            self.shop.run(ship_order, self.shop.run(confirm_order, order))
            self._note(step, ("sales_order", order), count)
            return
        line = self._line(step, count)
        house = self._house(step)
        made = self.shop.run(issue_goods, warehouse_id=house, lines=[line], reason="taken", at=at)
        self._note(step, ("stock_document", made), count)

    def _issue_bundle(self, step: dict[str, Any]) -> None:
        self._issue({**step, "op": "issue", "qty": quantity(step["qty"]) * self._pieces})

    def _return_bundle(self, step: dict[str, Any]) -> None:
        self._customer_return({**step, "op": "customer_return", "qty": quantity(step["qty"]) * self._pieces})

    @property
    def _pieces(self) -> Decimal:
        return quantity(self.given["bundle"]["component_qty"])

    def _customer_return(self, step: dict[str, Any]) -> None:
        count = quantity(step["qty"])
        order = self._last("issue").origin[1]
        line = self.shop.ask(order_card, order).lines[0]
        back = self.shop.run(request_return, order, reason="Quality problem", lines=[LineBack(line.id, count)])
        self.shop.run(receive_return, back)
        self.shop.run(inspect_return, back)
        self._note(step, (SalesReturn.__tablename__, back), count)

    _undo_issue = _customer_return

    def _return_to_supplier(self, step: dict[str, Any]) -> None:
        receipts = [each for each in self.done if each.op == "receive"]
        if not receipts:
            self._issue(step)
            return
        count = quantity(step["qty"])
        receipt = receipts[0]
        (move,) = self.moves(receipt)
        made = self.shop.run(return_to_supplier, receipt.origin[1], quantities={move: count}, reason="sent back")
        self._note(step, ("stock_document", made), count)

    _supplier_return = _return_to_supplier

    def _transfer(self, step: dict[str, Any]) -> None:
        count = quantity(step["qty"])
        made = self.shop.run(
            carry_over,
            source_id=self.shop.warehouse(step["from_"]),
            target_id=self.shop.warehouse(step["to"]),
            lines=[self._line(step, count)],
            at=self.shop.day(step.get("date")),
        )
        self._note(step, (ORIGIN, made), count)

    def _count(self, step: dict[str, Any], more: Decimal | None = None) -> None:
        at = self.shop.day(step.get("date"))
        then = self.held_on(step["date"]) if "date" in step else self.look("").on_hand
        counted = quantity(step["qty"]) if more is None else then + more
        cost = step.get("unit_cost")
        line = self._line(step, counted, unit_cost=None if cost is None else quantity(cost))
        house = self._house(step)
        made = self.shop.run(adjust_stock, warehouse_id=house, counted=[line], reason="counted", at=at)
        self._note(step, ("stock_document", made), abs(counted - then))

    def _inventory_gain(self, step: dict[str, Any]) -> None:
        self._count(step, quantity(step["qty"]))

    def _inventory_loss(self, step: dict[str, Any]) -> None:
        self._count(step, -quantity(step["qty"]))

    def _revalue(self, step: dict[str, Any]) -> None:
        at = self.shop.day(step.get("date"))
        if "formula" in step:
            by = {"factor": Decimal(step["formula"].removeprefix("cost*"))}
        else:
            by = {"unit_cost": quantity(step["unit_cost"])}
        self.shop.run(revalue_stock, self.product, reason="revalued", at=at, **by)

    def _landed_cost(self, step: dict[str, Any]) -> None:
        receipts = [move for each in self.done if each.op == "receive" for move in self.moves(each)]
        self.shop.run(add_landed_cost, amount=quantity(step["amount"]), move_ids=receipts, reason="freight")

    def _correct_receipt_price(self, step: dict[str, Any]) -> None:
        receipt = self.done[step["step"] - 1]
        (move,) = self.moves(receipt)
        self.shop.run(correct_receipt_price, move, unit_cost=quantity(step["unit_cost"]), reason="invoice")

    def _cancel(self, step: dict[str, Any]) -> None:
        first = next(each for each in self.done if each.id == step["of"])
        self.shop.run(reverse_document, first.origin[1], reason="cancelled")

    def _becomes(self, step: dict[str, Any]) -> None:
        """Another quantity of a document that stands: what is missing or over comes, goes or comes back today."""
        op = "receive" if step["of"] == "receipt" else "issue"
        first = [each for each in self.done if each.op == op][step["number"] - 1]
        more = quantity(step["qty"]) - first.quantity
        if op == "receive" and more > 0:
            (cost,) = self.costs(first).values()
            self._receive({"op": "receive", "qty": more, "unit_cost": cost / first.quantity})
        elif op == "receive":
            self._return_to_supplier({"op": "supplier_return", "qty": -more})
        elif more > 0:
            self._issue({"op": "issue", "qty": more})
        else:
            self._customer_return({"op": "customer_return", "qty": -more})

    def _method(self, step: dict[str, Any]) -> None:
        self.method(step["method"])

    def _recompute(self, step: dict[str, Any]) -> None:
        """Nothing to do: every step leaves the costs as they are known."""

    def _last(self, op: str) -> Done:
        return [each for each in self.done if each.op == op or each.op == f"{op}_bundle"][-1]

    def moves(self, done: Done) -> list[int]:
        """The moves of what was done."""
        kind, number = done.origin
        wanted = select(StockMove.id).where(StockMove.origin_type == kind, StockMove.origin_id == number)
        return list(self.shop.ask(lambda view: view.session.scalars(wanted).all()))

    def costs(self, done: Done) -> dict[int, Decimal]:
        """What the moves of it brought in or took along."""
        found: dict[int, Decimal] = self.shop.ask(document_cost, *done.origin)
        return found

    def cost(self, done: Done) -> Decimal:
        """What it brought in (above zero) or took along."""
        return sum(self.costs(done).values(), Decimal(0))

    def carried(self, done: Done) -> tuple[Decimal, Decimal]:
        """What a transfer took out of one warehouse and brought into the other."""
        moves = self.moves(done)

        def both(view: View) -> tuple[Decimal, Decimal]:
            amounts = view.session.execute(
                select(CostEntry.warehouse_id, func.sum(CostEntry.amount))
                .where(CostEntry.move_id.in_(moves))
                .group_by(CostEntry.warehouse_id)
            ).all()
            by_house = {house: amount for house, amount in amounts}
            out = [each for each in by_house.values() if each < 0]
            into = [each for each in by_house.values() if each > 0]
            return -sum(out, Decimal(0)), sum(into, Decimal(0))

        found: tuple[Decimal, Decimal] = self.shop.ask(both)
        return found

    def held_on(self, text: str) -> Decimal:
        """What was on hand at the end of a day."""
        rows = self.shop.ask(stock_then, self.shop.end_of(text), variant_id=self.product)
        return sum((row.on_hand for row in rows), Decimal(0))

    def worth_on(self, text: str) -> tuple[Decimal, Decimal]:
        """What was on hand at the end of a day, and what it was worth."""
        rows = self.shop.ask(stock_costs, on=self.shop.day(text), variant_ids=[self.product])
        return (rows[0].quantity, rows[0].amount) if rows else (Decimal(0), Decimal(0))

    def unit_cost_on(self, on: date) -> Decimal:
        """What a unit cost at the end of a day."""
        rows = [row for row in self.shop.ask(cost_history, self.product) if row.on <= on]
        return rows[-1].unit_cost if rows else Decimal(0)

    def by_warehouse(self) -> dict[str, Decimal]:
        """What is in each warehouse is worth."""
        codes = {number: code for code, number in self.shop.warehouses.items()}
        rows = self.shop.ask(stock_costs, by_warehouse=True, variant_ids=[self.product])
        return dict.fromkeys(codes.values(), Decimal(0)) | {codes[row.warehouse_id]: row.amount for row in rows}

    def by_lot(self) -> dict[str, Decimal]:
        """What is here of each lot."""
        rows = self.shop.ask(lots_on_hand, variant_ids=[self.product])
        return {row.number: row.on_hand for row in rows}

    def undo_adjustment(self, number: int) -> None:
        """Take a landed cost or a corrected price back."""
        self.shop.run(reverse_adjustment, number, reason="taken back")
