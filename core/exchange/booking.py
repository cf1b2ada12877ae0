"""Writing the documents of a plan: orders and returns with their lines, moves and payments, in few statements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from core.base.clock import business_day
from core.base.exact import AMOUNT_PLACES, PRICE_PLACES, QUANTITY_PLACES, ZERO, Rounding
from core.base.i18n import N_, _
from core.catalog.models import ProductKind
from core.catalog.rules import ProductDraft
from core.catalog.service import ensure_products
from core.customers.rules import CustomerDraft
from core.customers.service import ensure_customers
from core.db.bulk import bulk_insert, bulk_insert_dicts, next_ids, runs, storing
from core.db.types import to_units
from core.exchange.parse import Document, OrderFile
from core.exchange.plan import Plan, new_skus, terms_at
from core.exchange.values import Memo
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.sales.models import (
    BusinessState,
    OrderLine,
    Progress,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.rules import payment_state
from core.stock.ledger import Line, Origin, bring_in, reserve, storage_of
from core.stock.models import CUSTOMER, HISTORY, MoveState, StockMove
from core.work.unit import UnitOfWork

Told = Callable[[int, int, str], None]
T = TypeVar("T")

BOOKING = N_("Booking order lines")
WALK_IN = N_("Walk-in customer, {channel}")
TELL_EVERY = 20_000
REASON_LENGTH = 200

MOVE_COLUMNS = (
    *("id", "variant_id", "quantity", "source_id", "target_id", "state"),
    *("origin_type", "origin_id", "origin_line_id", "at"),
)
_LINE_COLUMNS = (
    *("id", "order_id", "line_number", "variant_id", "quantity", "unit_price", "discount_amount", "tax_rate"),
    *("net_amount", "tax_amount", "gross_amount", "shipped_quantity", "returned_quantity"),
)
_RETURN_LINE_COLUMNS = (
    *("return_id", "line_number", "variant_id", "quantity", "unit_price", "tax_rate"),
    *("net_amount", "tax_amount", "gross_amount"),
)


def book(uow: UnitOfWork, plan: Plan, channel: str, channel_id: int, batch_id: int, told: Told) -> None:
    """Write everything that the plan books. The caller records it."""
    _Booking(uow, plan, channel, channel_id, batch_id, told).book()


class Paid(NamedTuple):
    """A payment of one order, in cents."""

    customer_id: int
    order_id: int
    amount: int
    received_on: Any
    method: str = PaymentMethod.HISTORY.value
    reverses_id: int | None = None
    note: str = ""


def book_payments(uow: UnitOfWork, payments: Sequence[Paid]) -> None:
    """Write payments, each settling its order by all of its amount."""
    if not payments:
        return
    session = uow.session
    ids = next_ids(session, Payment, len(payments))
    now = storing(session, Payment.created_at)(uow.now)
    rows = (
        {
            "id": payment_id,
            "number": number,
            "customer_id": paid.customer_id,
            "amount": paid.amount,
            "method": paid.method,
            "received_on": paid.received_on,
            "reverses_id": paid.reverses_id,
            "note": paid.note,
            "created_at": now,
            "created_by": uow.actor.id,
        }
        for payment_id, number, paid in zip(ids, uow.numbers("PM", len(payments)), payments, strict=True)
    )
    bulk_insert_dicts(session, Payment, rows)
    settled = (
        {"payment_id": payment_id, "document_type": "sales_order", "document_id": paid.order_id, "amount": paid.amount}
        for payment_id, paid in zip(ids, payments, strict=True)
    )
    bulk_insert_dicts(session, Allocation, settled)


class _Booking:
    def __init__(self, uow: UnitOfWork, plan: Plan, channel: str, channel_id: int, batch_id: int, told: Told) -> None:
        self.uow, self.plan, self.file = uow, plan, plan.file
        self.channel, self.channel_id, self.batch_id, self.told = channel, channel_id, batch_id, told
        self.moment = storing(uow.session, SalesOrder.ordered_at)
        day = storing(uow.session, SalesOrder.ordered_on)
        self.stored_at: Memo[datetime, Any] = Memo(self.moment)
        self.day: Memo[datetime, Any] = Memo(lambda at: day(business_day(at, uow.settings.timezone)))
        self.now = self.moment(uow.now)
        self.lines_done = 0
        self.lines_total = sum(len(document.rows) for document in plan.documents)

    def book(self) -> None:
        plan = self.plan
        orders = [document for document in plan.documents if not document.is_return]
        returns = [document for document in plan.documents if document.is_return]
        self.variants = _variants(self.uow, plan)
        self.services = {sku for sku in self.variants if plan.kind(sku) == ProductKind.SERVICE}
        self.customers = self._customers()
        self._returns(returns)
        self._orders(orders)
        self.told(self.lines_total, self.lines_total, _(BOOKING))

    def _customers(self) -> dict[str, int]:
        plan = self.plan
        asked = dict.fromkeys(document.customer for document in plan.documents)
        codes = {
            customer: plan.customer_code(self.file.customers[customer]["code"], self.channel)
            for customer in asked
            if customer
        }
        drafts = [self._customer_draft(code, self.file.customers[customer]) for customer, code in codes.items()]
        if "" in asked:
            codes[""] = f"WALK-IN-{self.channel_id}"
            name = _(WALK_IN).format(channel=self.channel)
            drafts.append(CustomerDraft(code=codes[""], name=name, channel_id=self.channel_id))
        ids = ensure_customers(self.uow, drafts)
        return {customer: ids[code] for customer, code in codes.items()}

    def _customer_draft(self, code: str, texts: dict[str, str]) -> CustomerDraft:
        return CustomerDraft(
            code=code,
            name=texts.get("customer_name") or texts["code"],
            region=texts.get("region", ""),
            phone=texts.get("phone", ""),
            channel_id=self.channel_id,
        )

    def _orders(self, orders: Sequence[Document]) -> None:
        uow, session = self.uow, self.uow.session
        ids = next_ids(session, SalesOrder, len(orders))
        line_ids = next_ids(session, OrderLine, sum(len(order.rows) for order in orders))
        gross = [_gross(self.file, order) for order in orders]
        numbers = uow.numbers("SO", len(orders)) if orders else []
        bulk_insert_dicts(session, SalesOrder, map(self._order_row, ids, numbers, orders, gross))
        lines = self._order_lines(orders, ids, line_ids)
        bulk_insert(session, OrderLine, _LINE_COLUMNS, self._telling(lines))
        for first, last in runs(ids):
            uow.touch(SalesOrder, first, last)
        if self.plan.is_history:
            self._moves(orders, ids, "sales_order", line_ids, HISTORY, CUSTOMER)
            self._payments(orders, ids, gross)
        else:
            self._reserve(orders, ids, line_ids)

    def _returns(self, returns: Sequence[Document]) -> None:
        uow, session = self.uow, self.uow.session
        ids = next_ids(session, SalesReturn, len(returns))
        gross = [_gross(self.file, each) for each in returns]
        numbers = uow.numbers("RT", len(returns)) if returns else []
        bulk_insert_dicts(session, SalesReturn, map(self._return_row, ids, numbers, returns, gross))
        bulk_insert(session, ReturnLine, _RETURN_LINE_COLUMNS, self._telling(self._return_lines(returns, ids)))
        for first, last in runs(ids):
            uow.touch(SalesReturn, first, last)
        if self.plan.is_history:
            self._moves(returns, ids, "sales_return", None, CUSTOMER, HISTORY)
            return
        for document, return_id in zip(returns, ids, strict=True):
            storage = storage_of(uow, self.plan.warehouse_of(document))
            goods = self._goods(document, range(len(document.rows)), has_lines=False)
            if goods:
                bring_in(uow, CUSTOMER, storage, goods, Origin("sales_return", return_id))

    def _order_row(self, order_id: int, number: str, order: Document, gross: Decimal) -> dict[str, Any]:
        is_history = self.plan.is_history
        paid = gross if is_history else ZERO
        at = self.stored_at[order.at]
        return self._head(order_id, number, order, to_units(gross, AMOUNT_PLACES)) | {
            "ordered_at": at,
            "ordered_on": self.day[order.at],
            "business_state": (BusinessState.COMPLETED if is_history else BusinessState.CONFIRMED).value,
            "payment_state": payment_state(gross, paid).value,
            "shipment_state": (Progress.FULL if is_history else Progress.NONE).value,
            "return_state": Progress.NONE.value,
            "statement_state": Progress.NONE.value,
            "prices_include_tax": self.uow.settings.prices_include_tax,
            "rounding": Rounding.HALF_UP.value,
            "paid_amount": to_units(paid, AMOUNT_PLACES),
            "channel_order_number": order.number,
            "note": order.texts.get("note", ""),
            "cancel_reason": "",
            "confirmed_at": at if is_history else self.now,
            "closed_at": at if is_history else None,
            "version": 1,
        }

    def _return_row(self, return_id: int, number: str, document: Document, gross: Decimal) -> dict[str, Any]:
        return self._head(return_id, number, document, -to_units(gross, AMOUNT_PLACES)) | {
            "returned_at": self.stored_at[document.at],
            "returned_on": self.day[document.at],
            "state": ReturnState.RECEIVED.value,
            "channel_return_number": document.number,
            "reason": document.texts.get("note", "")[:REASON_LENGTH],
        }

    def _head(self, document_id: int, number: str, document: Document, amount: int) -> dict[str, Any]:
        return {
            "id": document_id,
            "number": number,
            "customer_id": self.customers[document.customer],
            "channel_id": self.channel_id,
            "warehouse_id": self.plan.warehouse_of(document),
            "sales_rep_id": self.plan.rep_of(document),
            "region": document.texts.get("region", ""),
            "currency": self.uow.settings.currency,
            "net_amount": amount,
            "tax_amount": 0,
            "gross_amount": amount,
            "content_hash": document.content_hash,
            "import_batch_id": self.batch_id,
            "created_by": self.uow.actor.id,
            "created_at": self.now,
        }

    def _order_lines(
        self, orders: Sequence[Document], ids: Sequence[int], line_ids: Sequence[int]
    ) -> Iterator[tuple[Any, ...]]:
        skus, priced, variants = self.file.skus, self.file.priced, self.variants
        units = Memo(_units)
        is_history = self.plan.is_history
        at = 0
        for order, order_id in zip(orders, ids, strict=True):
            for line_number, row in enumerate(order.rows, 1):
                quantity, price, discount, amount = units[priced[row].terms]
                shipped = quantity if is_history else 0
                yield (
                    line_ids[at],
                    order_id,
                    line_number,
                    variants[skus[row]],
                    quantity,
                    price,
                    discount,
                    0,
                    amount,
                    0,
                    amount,
                    shipped,
                    0,
                )
                at += 1

    def _return_lines(self, returns: Sequence[Document], ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        units = Memo(_units)
        for document, return_id in zip(returns, ids, strict=True):
            for line_number, row in enumerate(document.rows, 1):
                quantity, price, _discount, amount = units[self.file.priced[row].terms]
                variant_id = self.variants[self.file.skus[row]]
                yield (return_id, line_number, variant_id, -quantity, price, 0, -amount, 0, -amount)

    def _moves(
        self,
        documents: Sequence[Document],
        ids: Sequence[int],
        origin: str,
        line_ids: Sequence[int] | None,
        source_id: int,
        target_id: int,
    ) -> None:
        """Past goods come from and go to the location of history, so that today's stock is left alone."""
        skus, services = self.file.skus, self.services
        count = sum(skus[row] not in services for document in documents for row in document.rows)
        move_ids = next_ids(self.uow.session, StockMove, count)
        rows = self._move_rows(documents, ids, origin, line_ids, source_id, target_id, move_ids)
        bulk_insert(self.uow.session, StockMove, MOVE_COLUMNS, rows)
        for first, last in runs(move_ids):
            self.uow.touch(StockMove, first, last)

    def _move_rows(
        self,
        documents: Sequence[Document],
        ids: Sequence[int],
        origin: str,
        line_ids: Sequence[int] | None,
        source_id: int,
        target_id: int,
        move_ids: Sequence[int],
    ) -> Iterator[tuple[Any, ...]]:
        skus, priced, variants, services = self.file.skus, self.file.priced, self.variants, self.services
        units = Memo(_units)
        done = MoveState.DONE.value
        next_move = iter(move_ids)
        line = 0
        for document, document_id in zip(documents, ids, strict=True):
            at = self.stored_at[document.at]
            for row in document.rows:
                sku = skus[row]
                if sku not in services:
                    yield (
                        next(next_move),
                        variants[sku],
                        abs(units[priced[row].terms][0]),
                        source_id,
                        target_id,
                        done,
                        origin,
                        document_id,
                        line_ids[line] if line_ids else None,
                        at,
                    )
                line += 1

    def _payments(self, orders: Sequence[Document], ids: Sequence[int], gross: Sequence[Decimal]) -> None:
        """Past orders count as paid by one payment each; a free order needs none."""
        book_payments(
            self.uow,
            [
                Paid(self.customers[order.customer], order_id, to_units(amount, AMOUNT_PLACES), self.day[order.at])
                for order, order_id, amount in zip(orders, ids, gross, strict=True)
                if amount
            ],
        )

    def _reserve(self, orders: Sequence[Document], ids: Sequence[int], line_ids: Sequence[int]) -> None:
        first = 0
        for order, order_id in zip(orders, ids, strict=True):
            goods = self._goods(order, line_ids[first : first + len(order.rows)], has_lines=True)
            if goods:
                storage = storage_of(self.uow, self.plan.warehouse_of(order))
                reserve(self.uow, storage, goods, Origin("sales_order", order_id))
            first += len(order.rows)

    def _goods(self, document: Document, line_ids: Sequence[int], *, has_lines: bool) -> list[Line]:
        return [
            Line(
                self.variants[self.file.skus[row]],
                abs(terms_at(self.file, row).quantity),
                line_id if has_lines else None,
            )
            for row, line_id in zip(document.rows, line_ids, strict=True)
            if self.file.skus[row] not in self.services
        ]

    def _telling(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self.lines_done += 1
            if self.lines_done % TELL_EVERY == 0:
                self.told(self.lines_done, self.lines_total, _(BOOKING))
            yield row


def _variants(uow: UnitOfWork, plan: Plan) -> dict[str, int]:
    """Each code's variant; products that are missing are created."""
    file = plan.file
    drafts = []
    for sku in new_skus(plan):
        facts = file.products[sku]
        category = tuple(filter(None, (facts.get("category", ""), facts.get("sub_category", ""))))
        drafts.append(
            ProductDraft(
                sku=file.spelling[sku],
                name=facts.get("product_name") or file.spelling[sku],
                category=category,
                brand=facts.get("brand", ""),
                kind=plan.kind(sku),
                retail_price=Decimal(facts["price"]),
            )
        )
    made = ensure_products(uow, drafts)
    known = {sku: variant_id for sku, (variant_id, _kind) in plan.products.items()}
    return known | {sku: made[file.spelling[sku]] for sku in new_skus(plan)}


def _gross(file: OrderFile, document: Document) -> Decimal:
    return sum((terms_at(file, row).amount for row in document.rows), ZERO)


def _units(terms: Any) -> tuple[int, int, int, int]:
    return (
        to_units(terms.quantity, QUANTITY_PLACES),
        to_units(terms.unit_price, PRICE_PLACES),
        to_units(terms.discount, AMOUNT_PLACES),
        to_units(terms.amount, AMOUNT_PLACES),
    )
