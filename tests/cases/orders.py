"""Cases about orders, what is shipped, claimed, paid and sent back."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.base.errors import AppError
from core.catalog.models import ProductKind
from core.receivables.models import PaymentMethod, TermsKind
from core.receivables.terms import TermsEntry, set_terms
from core.sales.amend import accept_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import PaymentState, Progress
from core.sales.money.queries import account_card
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, order_card, shipments_of
from core.sales.returns.cards import exchange_card, return_card
from core.sales.returns.exchange import request_exchange, settle_exchange
from core.sales.returns.inspect import inspect_return
from core.sales.returns.queries import returns_of
from core.sales.returns.receive import receive_return
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order
from core.stock.ledger import Line
from core.stock.queries import on_hand, stock_levels
from core.stock.service import receive_goods
from tests.cases.reader import Case, each_trial
from tests.cases.shop import Opened, Shop, quantity

REASON = "Quality problem"
PLENTY = 10_000
_PERCENT = re.compile(r"([\d.]+)% of total")


class Desk:
    """A shop that sells one product after the other, with plenty of each unless told otherwise."""

    def __init__(self, opened: Opened, goods: Any = PLENTY) -> None:
        self.shop = Shop(opened())
        self.house = self.shop.warehouse()
        self.goods = quantity(goods)

    def product(self, name: str | None = "p1") -> int:
        """A product that is in stock; without a name, a service."""
        known = name or "service"
        fields = {} if name else {"kind": ProductKind.SERVICE}
        is_new = known not in self.shop.known
        variant = self.shop.variant(known, **fields)
        if is_new and name:
            self.shop.run(receive_goods, warehouse_id=self.house, lines=[Line(variant, self.goods)])
        return variant

    def draft(self, lines: Sequence[Mapping[str, Any]]) -> int:
        """A draft of lines with a product, a quantity and a price."""
        made: int = self.shop.run(
            create_order,
            customer_id=self.shop.customer(),
            channel_id=self.shop.channel(),
            warehouse_id=self.house,
            lines=[
                LineDraft(
                    self.product(line.get("product", "p1")), quantity(line["qty"]), quantity(line.get("price", 10))
                )
                for line in lines
            ],
        )
        return made

    def order(self, *lines: Mapping[str, Any]) -> int:
        """A confirmed order."""
        made: int = self.shop.run(confirm_order, self.draft(lines))
        return made

    def card(self, order: int) -> OrderCard:
        """How an order stands."""
        card: OrderCard = self.shop.ask(order_card, order)
        return card

    def ship(self, order: int, count: Any = None, line: int = 0) -> None:
        """Ship all, or so much of a line."""
        part = None if count is None else {self.card(order).lines[line].id: quantity(count)}
        self.shop.run(ship_order, order, quantities=part)

    def pay(self, order: int, amount: Any) -> None:
        """Take money for an order."""
        self.shop.run(pay_order, order, amount=quantity(amount), method=PaymentMethod.BANK)

    def agree(self, **terms: Any) -> None:
        """Agree on terms with the customer."""
        customer = self.shop.customer()
        version = self.shop.ask(account_card, customer).terms_version
        self.shop.run(set_terms, customer, TermsEntry(**terms), version=version)

    def account(self) -> Any:
        """What the customer owes, has ordered and has to its credit."""
        return self.shop.ask(account_card, self.shop.customer()).account

    def back(self, order: int, lines: Sequence[LineBack] | None = None) -> int:
        """A return that was received and goes on the shelf."""
        made: int = self.shop.run(request_return, order, reason=REASON, lines=lines)
        self.shop.run(receive_return, made)
        self.shop.run(inspect_return, made)
        return made

    def reserved(self) -> dict[str, Decimal]:
        """What is promised of each product."""
        return {row.name: row.reserved for row in self.shop.ask(stock_levels) if row.reserved}


def back_order(case: Case, opened: Opened) -> dict[str, Any]:
    """A part that is shipped is owed; the rest stays promised by itself."""
    desk = Desk(opened)
    order = desk.order({"qty": case.given["order_qty"], "price": 1})
    desk.ship(order, case.given["shipped"])
    (line,) = desk.card(order).lines
    assert desk.reserved() == {"p1": line.unshipped}
    return {"invoiced_qty": desk.account().receivable, "backorder_qty": line.unshipped}


def amended(case: Case, opened: Opened) -> dict[str, Any]:
    """An amendment of what is not shipped: the promises and the claim follow."""
    desk = Desk(opened)
    order = desk.order(*case.given["lines"])
    before = desk.card(order)
    wishes = []
    for change in case.given["amend"]:
        line = before.lines[change["line"] - 1]
        price = quantity(change["price"]) if "price" in change else line.unit_price
        product = desk.product(change["product"]) if "product" in change else line.variant_id
        wishes.append(LineWish(quantity(change["qty"]), line.id, product, price))
    _amend(desk, order, wishes)
    after = desk.card(order)
    ((product, promised),) = desk.reserved().items()
    desk.ship(order)
    assert desk.account().receivable == after.gross_amount
    return {
        "total_before": before.gross_amount,
        "total_after": after.gross_amount,
        "revision": [before.revision, after.revision],
        "shipment": {"product": product, "qty": promised},
        "invoice": [{"product": line.name, "qty": line.quantity, "price": line.unit_price} for line in after.lines],
    }


def grown(case: Case, opened: Opened) -> dict[str, Any]:
    """A delivered order that grows is to be delivered and paid again."""
    given = case.given
    desk = Desk(opened)
    order = desk.order({"qty": given["order_qty"], "price": 100})
    desk.ship(order, given["delivered"])
    change = given["change"]
    line = desk.card(order).lines[0]
    _amend(desk, order, [LineWish(quantity(change["qty"]), line.id, unit_price=quantity(change["rate"]))])
    card = desk.card(order)
    open_ = [
        *(["deliver"] if card.shipment != Progress.FULL else []),
        *(["bill"] if card.payment != PaymentState.FULL else []),
    ]
    status = f"to {' and '.join(open_)}"
    return {"amount": card.gross_amount, "status": status, "more_reserved": desk.reserved()["p1"]}


def _amend(desk: Desk, order: int, wishes: Sequence[LineWish]) -> None:
    seen = desk.card(order).version
    asked = desk.shop.run(request_amendment, order, lines=wishes, reason="agreed", seen_version=seen)
    desk.shop.run(accept_amendment, asked, version=1)


def advance(case: Case, opened: Opened) -> dict[str, Any]:
    """Part of the money before the goods: nothing is claimed and nothing leaves until it is there."""
    given = case.given
    told = _PERCENT.fullmatch(given["advance"])
    assert told is not None
    desk = Desk(opened)
    desk.agree(kind=TermsKind.DEPOSIT, deposit_rate=Decimal(told[1]) / 100, days=30)
    order = desk.order({"qty": given["qty"], "price": given["price"]})
    asked = _needed_before(desk, order)
    before = len(desk.shop.ask(shipments_of, order))
    claimed = desk.account().receivable
    desk.pay(order, asked)
    desk.ship(order)
    return {
        "advance_invoice": asked,
        "shipments_before": before,
        "invoices_before": claimed,
        "shipments_after": len(desk.shop.ask(shipments_of, order)),
        "final_invoice": desk.account().receivable,
    }


def _needed_before(desk: Desk, order: int) -> Decimal:
    """The money that a refused shipment asks for."""
    assert desk.shop.attempt(desk.ship, order) == "refused"
    try:
        desk.ship(order)
    except AppError as refusal:
        needed: Decimal = refusal.facts["needed"]
    return needed


def ship_on_payment(case: Case, opened: Opened) -> dict[str, Any]:
    """Of goods that are paid before they leave, what is paid may leave."""
    given = case.given
    desk = Desk(opened)
    desk.agree(kind=TermsKind.PREPAID)
    order = desk.order({"qty": given["order_qty"], "price": 10})
    desk.pay(order, 10 * given["invoiced_and_paid"])
    state = {PaymentState.PARTIAL: "partially paid", PaymentState.FULL: "paid", PaymentState.NONE: "unpaid"}
    most = Decimal(given["order_qty"])
    while desk.shop.attempt(desk.ship, order, most) == "refused":
        most -= 1
    return {"to_ship": most, "invoice_state": state[desk.card(order).payment]}


def credit(case: Case, opened: Opened) -> dict[str, Any]:
    """A limit over what is owed and ordered, step by step."""
    given = case.given
    desk = Desk(opened)
    owed = desk.order({"qty": 1, "price": given["owed"]})
    desk.ship(owed)
    desk.agree(credit_limit=quantity(given["limit"]))
    order = desk.draft([given["order"]])
    results: list[str | None] = []
    exposure = []
    for step in given["steps"]:
        if limit := re.fullmatch(r"limit to (\S+)", step):
            desk.agree(credit_limit=quantity(limit[1]))
            results.append(None)
        elif step == "confirm":
            results.append(desk.shop.attempt(desk.shop.run, confirm_order, order))
        elif step == "process":
            # There is no such step here: what is confirmed may be shipped.
            results.append("accepted")
        elif part := re.fullmatch(r"invoice (\d+) of \d+", step):
            desk.ship(order, part[1])
        exposure.append(desk.account().exposure)
    return {"results": results, "exposure": exposure}


def both_ways(case: Case, opened: Opened) -> dict[str, Any]:
    """Goods out and goods back in one agreement: an exchange with two legs and one settlement."""
    out = [count for count in case.given["lines"] if count > 0]
    back = [-count for count in case.given["lines"] if count < 0]
    desk = Desk(opened)
    first = desk.order(*({"product": f"back {n}", "qty": count} for n, count in enumerate(back)))
    desk.ship(first)
    desk.pay(first, desk.card(first).gross_amount)
    made = desk.shop.run(
        request_exchange,
        first,
        reason=REASON,
        back=[LineBack(line.id, line.quantity) for line in desk.card(first).lines],
        out=[LineDraft(desk.product(), Decimal(count), Decimal(10)) for count in out],
    )
    legs = desk.shop.ask(exchange_card, made)
    desk.shop.run(receive_return, legs.return_id)
    desk.shop.run(inspect_return, legs.return_id)
    desk.ship(legs.order_id)
    desk.shop.run(settle_exchange, made, method=PaymentMethod.BANK)
    settled = desk.shop.ask(exchange_card, made)
    came = desk.shop.ask(return_card, legs.return_id).lines
    went = desk.card(legs.order_id).lines
    assert desk.account().receivable == 0
    return {
        "shipments": len(desk.shop.ask(shipments_of, legs.order_id)),
        "return_shipments": len(desk.shop.ask(returns_of, first)),
        "invoices": 1 if settled.settled_at else 0,
        "shipped": sum(line.shipped for line in went),
        "received_back": sum(line.restocked for line in came),
        "invoice_line_qty": [*(-line.quantity for line in came), *(line.quantity for line in went)],
    }


def back_in_parts(case: Case, opened: Opened) -> dict[str, Any]:
    """Announced goods that arrive in parts are credited in parts."""
    desk = Desk(opened)
    order = desk.order({"qty": case.given["return_qty"]})
    desk.ship(order)
    announced: int | None = desk.shop.run(request_return, order, reason=REASON)
    states = []
    for part in case.given["received"]:
        assert announced is not None
        line = desk.shop.ask(return_card, announced).lines[0]
        announced = desk.shop.run(receive_return, announced, quantities={line.id: Decimal(part)})
        states.append("partially shipped" if announced else "sent")
    rows = sorted(desk.shop.ask(returns_of, order), key=lambda row: row.id)
    return {
        "credit_note_qty": [-row.quantity for row in rows],
        "state_after": states,
        "return_shipments": len(rows),
        "credit_notes": sum(1 for row in rows if row.gross_amount),
    }


def back_on_shelf(case: Case, opened: Opened) -> dict[str, Any]:
    """Goods that left and come back are there again."""
    desk = Desk(opened, case.given["on_hand"])
    order = desk.order({"qty": case.given["shipped"]})
    desk.ship(order)
    left = desk.shop.ask(on_hand, desk.product())
    line = desk.card(order).lines[0].id
    desk.back(order, [LineBack(line, quantity(case.given["returned"]))])
    return {"left_after_ship": left, "on_hand_after_return": desk.shop.ask(on_hand, desk.product())}


def complaints(case: Case, opened: Opened) -> dict[str, Any]:
    """Goods sent back, in full, in part or at less than was paid. A credit without goods is a return at its amount."""
    given = case.given

    def trial(complaint: Mapping[str, Any]) -> dict[str, Any]:
        desk = Desk(opened)
        order = desk.order(*({"product": f"p{n}", **line} for n, line in enumerate(given["order"])))
        desk.ship(order)
        card = desk.card(order)
        assert card.gross_amount == quantity(given["total"])
        made = desk.back(order, _complained(card, complaint))
        found = desk.shop.ask(return_card, made)
        second = desk.shop.attempt(desk.back, order)
        name = "return_total" if complaint["action"].startswith("return") else "credit_total"
        return {
            "amount": found.gross_amount,
            "returned_qty": -sum(line.quantity for line in found.lines),
            name: -found.gross_amount,
            "second": second,
        }

    found = each_trial(given["complaints"], trial)
    returned = sum(1 for each in given["complaints"] if each["action"].startswith("return"))
    found["returned_qty"] = found["returned_qty"][:returned]
    credits_ = iter(found["credit_total"])
    found["credit_total"] = [None] * returned + list(credits_)
    is_all = [each["action"].endswith("all") for each in given["complaints"]]
    twice = {result for result, whole in zip(found["second"], is_all, strict=True) if whole}
    # Who sends all back a second time is told so by a refusal, where the source asks whether it is meant.
    return {**found, "second_complaint_on_same_order": "warned" if twice == {"refused"} else twice}


def _complained(card: OrderCard, complaint: Mapping[str, Any]) -> list[LineBack] | None:
    action = complaint["action"]
    if action.endswith("all"):
        return None
    if one := re.search(r"line (\d+)", action):
        return [LineBack(card.lines[int(one[1]) - 1].id, quantity(complaint["qty"]))]
    back = []
    for part in complaint["lines"]:
        line = card.lines[part["line"] - 1]
        price = quantity(part["price"]) if "price" in part else None
        back.append(LineBack(line.id, quantity(part.get("qty", line.quantity)), price))
    return back


def freight(case: Case, opened: Opened) -> dict[str, Any]:
    """Freight is a service on the order: claimed with the last parcel."""
    given = case.given
    desk = Desk(opened)
    charge = {"product": None, "qty": 1, "price": given["charge_per_shipment"]}
    order = desk.order({"qty": given["qty"], "price": given["price"]}, charge)
    claims = [desk.account().receivable]
    *parts, _ = given["shipped"]
    for part in (*parts, None):
        desk.ship(order, part)
        claims.append(desk.account().receivable)
    second = given["second"]
    other = desk.order({"qty": second["qty"], "price": second["price"]}, {**charge, "price": second["charge_on_order"]})
    desk.ship(other)
    back = desk.back(other)
    return {
        "order_total": desk.card(order).gross_amount,
        "invoices": [after - before for before, after in zip(claims, claims[1:], strict=False)],
        "second_total": desk.card(other).gross_amount,
        "second_return_total": -desk.shop.ask(return_card, back).gross_amount,
    }


ORDERS: dict[str, Callable[[Case, Opened], dict[str, Any]]] = {
    "partial_shipment": back_order,
    "order_amendment": amended,
    "update_open_order": grown,
    "advance_payment": advance,
    "ship_on_paid": ship_on_payment,
    "credit_limit": credit,
    "order_and_return": both_ways,
    "return_received_in_parts": back_in_parts,
    "returned_to_shelf": back_on_shelf,
    "complaint_return": complaints,
    "shipping_charge": freight,
}
