"""Writing the documents of a plan: orders and returns with their lines, moves and payments, in few statements."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

from core.base.clock import business_day
from core.base.exact import (
    AMOUNT_PLACES,
    BEYOND_PLACES,
    COST_PLACES,
    PRICE_PLACES,
    QUANTITY_PLACES,
    ZERO,
    Rounding,
    round_to,
)
from core.base.i18n import N_, _
from core.catalog.models import ProductKind
from core.db.bulk import bulk_insert, bulk_insert_dicts, next_ids, runs, storing
from core.db.types import to_units
from core.exchange.additions import record_additions
from core.exchange.kit_rows import Unpacked, unpacked
from core.exchange.masters import ensure_buyers, ensure_variants
from core.exchange.parse import Document
from core.exchange.plan import Addition, Plan, gross_of, terms_at
from core.exchange.settlement import Paid, book_payments
from core.exchange.values import Memo
from core.sales.models import (
    BusinessState,
    OrderKit,
    OrderLine,
    Progress,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.money.accounts import recount
from core.sales.rules import payment_state
from core.sales.wished import days_by_customer, last_day
from core.stock.costs.current import current_costs
from core.stock.ledger import Line, Origin, bring_in, reserve, storage_of
from core.stock.models import CUSTOMER, HISTORY, MoveState, StockMove
from core.work.unit import UnitOfWork

Told = Callable[[int, int, str], None]
T = TypeVar("T")

BOOKING = N_("Booking order lines")
TELL_EVERY = 20_000
ASKED_AT_ONCE = 500
REASON_LENGTH = 200

MOVE_COLUMNS = (
    *("id", "variant_id", "quantity", "source_id", "target_id", "state"),
    *("origin_type", "origin_id", "origin_line_id", "at"),
)
_LINE_COLUMNS = (
    *("id", "order_id", "line_number", "variant_id", "quantity", "unit_price", "discount_amount", "tax_rate"),
    *("net_amount", "tax_amount", "gross_amount", "shipped_quantity", "returned_quantity", "kit_id", "unit_cost"),
    "beyond_cents",
)
_KIT_COLUMNS = ("id", "order_id", "variant_id", "quantity", "unit_price", "discount_amount", "tax_rate")
_RETURN_LINE_COLUMNS = (
    *("id", "return_id", "line_number", "variant_id", "quantity", "unit_price", "tax_rate"),
    *("net_amount", "tax_amount", "gross_amount", "unit_cost", "beyond_cents"),
)


def book(uow: UnitOfWork, plan: Plan, channel: str, channel_id: int, batch_id: int, told: Told) -> None:
    """Write everything that the plan books. The caller records it."""
    _Booking(uow, plan, channel, channel_id, batch_id, told).book()


class _Posting(NamedTuple):
    """A document whose lines are written from this number on."""

    document: Document
    id: int
    first_line: int = 1


class _Booking:
    def __init__(self, uow: UnitOfWork, plan: Plan, channel: str, channel_id: int, batch_id: int, told: Told) -> None:
        self.unpacked = unpacked(plan.file, plan.kits)
        self.packed = plan.file
        self.kits: dict[int, int] = {}
        plan = _of_parts(plan, self.unpacked)
        self.uow, self.plan, self.file = uow, plan, plan.file
        self.channel, self.channel_id, self.batch_id, self.told = channel, channel_id, batch_id, told
        self.moment = storing(uow.session, SalesOrder.ordered_at)
        day = storing(uow.session, SalesOrder.ordered_on)
        self.stored_at: Memo[datetime, Any] = Memo(self.moment)
        self.plain_day = day
        self.day: Memo[datetime, Any] = Memo(lambda at: day(business_day(at, uow.settings.timezone)))
        self.now = self.moment(uow.now)
        self.days = {} if plan.is_history else days_by_customer(uow)
        self.written = 0
        rows = sum(len(document.rows) for document in plan.booked)
        self.to_write = 2 * rows if plan.is_history else rows

    def book(self) -> None:
        plan = self.plan
        self.variants = ensure_variants(self.uow, plan)
        self.services = {sku for sku in self.variants if plan.kind(sku) == ProductKind.SERVICE}
        self.customers = ensure_buyers(self.uow, plan, self.channel, self.channel_id)
        self._returns(
            [document for document in plan.documents if document.is_return],
            [addition for addition in plan.additions if addition.document.is_return],
        )
        payments = self._orders(
            [document for document in plan.documents if not document.is_return],
            [addition for addition in plan.additions if not addition.document.is_return],
        )
        record_additions(self.uow, self.batch_id, self.file, plan.additions, payments)
        if not plan.is_history:
            recount(self.uow, (self.customers[order.customer] for order in plan.documents if not order.is_return))
        self.told(self.to_write, self.to_write, _(BOOKING))

    def _orders(self, orders: Sequence[Document], additions: Sequence[Addition]) -> dict[int, int]:
        """New orders, and lines of orders that there are; by each order the payment that settles it."""
        session = self.uow.session
        postings = _postings(orders, self._heads(SalesOrder, "SO", orders, self._order_row), additions)
        line_ids = next_ids(session, OrderLine, _count(postings))
        self._put_kits(postings)
        lines = self._order_lines(postings, line_ids, self._costs())
        bulk_insert(session, OrderLine, _LINE_COLUMNS, self._telling(lines))
        if self.plan.is_history:
            self._moves(postings, "sales_order", line_ids, HISTORY, CUSTOMER)
            return self._payments(postings)
        self._reserve(postings, line_ids)
        return {}

    def _returns(self, returns: Sequence[Document], additions: Sequence[Addition]) -> None:
        uow, session = self.uow, self.uow.session
        postings = _postings(returns, self._heads(SalesReturn, "RT", returns, self._return_row), additions)
        line_ids = next_ids(session, ReturnLine, _count(postings))
        bulk_insert(session, ReturnLine, _RETURN_LINE_COLUMNS, self._telling(self._return_lines(postings, line_ids)))
        if self.plan.is_history:
            self._moves(postings, "sales_return", line_ids, CUSTOMER, HISTORY)
            return
        for posting, goods in self._goods(postings, line_ids):
            storage = storage_of(uow, self.plan.warehouse_of(posting.document))
            bring_in(uow, CUSTOMER, storage, goods, Origin("sales_return", posting.id))

    def _heads(
        self,
        model: type[SalesOrder] | type[SalesReturn],
        prefix: str,
        documents: Sequence[Document],
        row: Callable[[int, str, Document], dict[str, Any]],
    ) -> Sequence[int]:
        """Write the heads of new documents; their ids."""
        ids = next_ids(self.uow.session, model, len(documents))
        numbers = self.uow.numbers(prefix, len(documents)) if documents else []
        bulk_insert_dicts(self.uow.session, model, map(row, ids, numbers, documents))
        for first, last in runs(ids):
            self.uow.touch(model, first, last)
        return ids

    def _order_row(self, order_id: int, number: str, order: Document) -> dict[str, Any]:
        is_history = self.plan.is_history
        gross = gross_of(self.file, order)
        paid = gross if is_history else ZERO
        at = self.stored_at[order.at]
        return self._head(order_id, number, order, gross) | {
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
            "wanted_on": self.plain_day(order.wanted_on) if order.wanted_on else None,
            "ship_by": None if is_history else self.plain_day(self._ship_by(order)),
            "version": 1,
        }

    def _ship_by(self, order: Document) -> date:
        days = self.days.get(self.customers[order.customer], self.days[None])
        return last_day(order.wanted_on, self.uow.today, days)

    def _return_row(self, return_id: int, number: str, document: Document) -> dict[str, Any]:
        return self._head(return_id, number, document, -gross_of(self.file, document)) | {
            "returned_at": self.stored_at[document.at],
            "returned_on": self.day[document.at],
            "state": ReturnState.RECEIVED.value,
            "channel_return_number": document.number,
            "reason": document.texts.get("note", "")[:REASON_LENGTH],
        }

    def _head(self, document_id: int, number: str, document: Document, gross: Decimal) -> dict[str, Any]:
        amount = to_units(gross, AMOUNT_PLACES)
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
        self, postings: Sequence[_Posting], line_ids: Sequence[int], cost_of: Callable[[int, int], int | None]
    ) -> Iterator[tuple[Any, ...]]:
        skus, priced, variants = self.file.skus, self.file.priced, self.variants
        units = Memo(_units)
        is_history = self.plan.is_history
        kit_rows, kits = self.unpacked.kit_rows, self.kits
        next_id = iter(line_ids)
        for order, order_id, first_line in postings:
            for line_number, row in enumerate(order.rows, first_line):
                quantity, price, discount, amount, beyond = units[priced[row].terms]
                shipped = quantity if is_history else 0
                yield (
                    next(next_id),
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
                    kits[kit_rows[row]] if row in kit_rows else None,
                    cost_of(row, variants[skus[row]]),
                    beyond,
                )

    def _put_kits(self, postings: Sequence[_Posting]) -> None:
        """The kits of orders, which their lines are going to name."""
        kit_rows = self.unpacked.kit_rows
        where = {kit_rows[row]: each.id for each in postings for row in each.document.rows if row in kit_rows}
        self.kits = dict(zip(where, next_ids(self.uow.session, OrderKit, len(where)), strict=True))
        rows = (
            (self.kits[row], order_id, self.variants[self.packed.skus[row]], *_units(terms_at(self.packed, row))[:3], 0)
            for row, order_id in where.items()
        )
        bulk_insert(self.uow.session, OrderKit, _KIT_COLUMNS, rows)

    def _return_lines(self, postings: Sequence[_Posting], line_ids: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        units = Memo(_units)
        next_id = iter(line_ids)
        for document, return_id, first_line in postings:
            for line_number, row in enumerate(document.rows, first_line):
                quantity, price, _discount, amount, beyond = units[self.file.priced[row].terms]
                variant_id = self.variants[self.file.skus[row]]
                goods = (next(next_id), return_id, line_number, variant_id, -quantity, price, 0)
                yield (*goods, -amount, 0, -amount, self._stated(row), -beyond)

    def _stated(self, row: int) -> int | None:
        """What a unit of a row cost, where the file says so."""
        cost = self.file.costs[row] if self.file.costs else None
        return None if cost is None else to_units(cost, COST_PLACES)

    def _costs(self) -> Callable[[int, int], int | None]:
        """What a unit of a row cost: as the file says; in a new order, else what one of its product costs now."""
        now: dict[int, int] = {}
        variant_ids = [] if self.plan.is_history else list(self.variants.values())
        for start in range(0, len(variant_ids), ASKED_AT_ONCE):
            costs = current_costs(self.uow.session, variant_ids[start : start + ASKED_AT_ONCE])
            now |= {each: to_units(cost, COST_PLACES) for each, cost in costs.items()}
        return lambda row, variant_id: now.get(variant_id) if (said := self._stated(row)) is None else said

    def _moves(
        self, postings: Sequence[_Posting], origin: str, line_ids: Sequence[int], source_id: int, target_id: int
    ) -> None:
        """Past goods come from and go to the location of history, so that today's stock is left alone."""
        skus, services = self.file.skus, self.services
        count = sum(skus[row] not in services for posting in postings for row in posting.document.rows)
        move_ids = next_ids(self.uow.session, StockMove, count)
        rows = self._move_rows(postings, origin, line_ids, source_id, target_id, move_ids)
        bulk_insert(self.uow.session, StockMove, MOVE_COLUMNS, self._telling(rows))
        for first, last in runs(move_ids):
            self.uow.touch(StockMove, first, last)

    def _move_rows(
        self,
        postings: Sequence[_Posting],
        origin: str,
        line_ids: Sequence[int],
        source_id: int,
        target_id: int,
        move_ids: Sequence[int],
    ) -> Iterator[tuple[Any, ...]]:
        skus, priced, variants, services = self.file.skus, self.file.priced, self.variants, self.services
        units = Memo(_units)
        done = MoveState.DONE.value
        next_move = iter(move_ids)
        line = 0
        for document, document_id, _first_line in postings:
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
                        line_ids[line],
                        at,
                    )
                line += 1

    def _payments(self, postings: Sequence[_Posting]) -> dict[int, int]:
        """Past orders count as paid, by a payment each; what is free needs none."""
        paid = [
            Paid(self.customers[order.customer], order_id, to_units(amount, AMOUNT_PLACES), self.day[order.at])
            for order, order_id, _first_line in postings
            if (amount := gross_of(self.file, order))
        ]
        return dict(zip((each.order_id for each in paid), book_payments(self.uow, paid), strict=True))

    def _reserve(self, postings: Sequence[_Posting], line_ids: Sequence[int]) -> None:
        for posting, goods in self._goods(postings, line_ids):
            storage = storage_of(self.uow, self.plan.warehouse_of(posting.document))
            reserve(self.uow, storage, goods, Origin("sales_order", posting.id))

    def _goods(self, postings: Sequence[_Posting], line_ids: Sequence[int]) -> Iterator[tuple[_Posting, list[Line]]]:
        """Of each document that has any, the goods with their lines; services are not moved."""
        next_id = iter(line_ids)
        for posting in postings:
            rows = zip(posting.document.rows, next_id, strict=False)
            goods = [
                Line(self.variants[self.file.skus[row]], abs(terms_at(self.file, row).quantity), line_id)
                for row, line_id in rows
                if self.file.skus[row] not in self.services
            ]
            if goods:
                yield posting, goods

    def _telling(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self.written += 1
            if self.written % TELL_EVERY == 0:
                self.told(self.written, self.to_write, _(BOOKING))
            yield row


def _units(terms: Any) -> tuple[int, int, int, int, int]:
    return (
        to_units(terms.quantity, QUANTITY_PLACES),
        to_units(terms.unit_price, PRICE_PLACES),
        to_units(terms.discount, AMOUNT_PLACES),
        to_units(terms.amount, AMOUNT_PLACES),
        to_units(round_to(terms.exact - terms.amount, BEYOND_PLACES), BEYOND_PLACES),
    )


def _of_parts(plan: Plan, unpacked: Unpacked) -> Plan:
    """The plan with rows of parts in the place of rows that name kits."""
    if not unpacked.parts:
        return plan
    additions = [replace(each, document=unpacked.of(each.document)) for each in plan.additions]
    return replace(plan, file=unpacked.file, documents=list(map(unpacked.of, plan.documents)), additions=additions)


def _postings(documents: Sequence[Document], ids: Sequence[int], additions: Sequence[Addition]) -> list[_Posting]:
    grown = (_Posting(each.document, each.document_id, each.first_line) for each in additions)
    return [*map(_Posting, documents, ids), *grown]


def _count(postings: Sequence[_Posting]) -> int:
    return sum(len(posting.document.rows) for posting in postings)
