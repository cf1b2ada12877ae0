"""The demo company: master data, two years of past orders, and a few orders of today."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from core.accounts.service import add_user
from core.base.errors import AppError
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.categories import ensure_categories
from core.catalog.models import Product, ProductKind
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product
from core.customers.models import CustomerKind
from core.customers.rules import CustomerEntry
from core.customers.service import add_customer, ensure_channel
from core.ops.demo_plan import DemoPlan, PlannedOrder
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import BusinessState, OrderLine, PaymentState, Progress, SalesOrder
from core.sales.pay import pay_order
from core.sales.rules import NOTHING, Amounts, line_amounts
from core.sales.ship import ship_order
from core.security.permissions import P, Role
from core.stock.ledger import Line
from core.stock.models import CUSTOMER, HISTORY, MoveState, StockMove
from core.stock.service import add_warehouse, receive_goods
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

TAX_RATE = Decimal("0.13")
AT_ONCE = 1_000
MOST_OF_TODAY = 24


class NotEmpty(AppError):
    """There is a company here already."""

    message = N_("This database holds products already. The demo company needs an empty one.")


@dataclass(frozen=True)
class _Company:
    plan: DemoPlan
    variants: list[int]
    customers: list[int]
    channels: list[int]
    warehouses: list[int]
    reps: list[int]


@command(P.SYSTEM_OPERATE)
def make_demo_company(uow: UnitOfWork, *, lines: int, seed: int, step: Callable[[int], None]) -> int:
    """Fill an empty database with a company of so many order lines, the same for the same seed and day.

    The past counts in sales and leaves today's stock alone; the last orders go through every step.
    Returns the number of orders. Refuses with `NotEmpty` where there are products.
    """
    if not is_empty(uow):
        raise NotEmpty
    plan = DemoPlan(lines, seed, uow.today)
    company = _master_data(uow, plan)
    today = plan.orders[-min(MOST_OF_TODAY, len(plan.orders) // 10) :] if len(plan.orders) >= 10 else []
    past = plan.orders[: len(plan.orders) - len(today)]
    for start in range(0, len(past), AT_ONCE):
        some = past[start : start + AT_ONCE]
        for year in sorted({order.on.year for order in some}):
            _book_past(uow, company, [order for order in some if order.on.year == year], year)
        step(sum(len(order.lines) for order in some))
    for position, order in enumerate(today):
        _enter_today(uow, company, order, position)
        step(len(order.lines))
    uow.audit("demo.made", None, lines=lines, seed=seed, orders=len(plan.orders))
    return len(plan.orders)


def is_empty(scope: Scope) -> bool:
    """Whether nobody has entered a product yet."""
    return scope.session.scalar(select(Product.id).limit(1)) is None


def _master_data(uow: UnitOfWork, plan: DemoPlan) -> _Company:
    words, random = plan.words, plan.random
    users = {
        username: add_user(
            uow,
            username=username,
            name=name,
            password=secrets.token_urlsafe(24),
            roles=[Role(role) for role in roles],
            is_demo=True,
        )
        for username, name, roles in words["users"]
    }
    reps = [users["sales"], users["sales2"]]
    warehouses = [add_warehouse(uow, code=code, name=name) for code, name in words["warehouses"]]
    channels = [ensure_channel(uow, name) for name in words["channels"]]
    categories = ensure_categories(uow, [(each.category,) for each in plan.products])
    variants = [
        add_product(
            uow,
            ProductEntry(
                sku=each.sku,
                name=each.name,
                category_id=categories[(each.category,)],
                brand=each.brand,
                unit="件",
                tax_rate=TAX_RATE,
                purchase_price=each.purchase,
                retail_price=each.retail,
                wholesale_price=each.wholesale,
                lowest_price=each.purchase,
                barcodes=(each.barcode,),
            ),
        )
        for each in plan.products
    ]
    sku, name, price = words["delivery"]
    add_product(
        uow, ProductEntry(sku=sku, name=name, kind=ProductKind.SERVICE, tax_rate=TAX_RATE, retail_price=Decimal(price))
    )
    for warehouse in warehouses:
        goods = [Line(variant, Decimal(random.randint(30, 90) * 10)) for variant in variants]
        receive_goods(uow, warehouse_id=warehouse, lines=goods)
    customers = [
        add_customer(
            uow,
            CustomerEntry(
                name=each.name,
                kind=CustomerKind.COMPANY if each.is_company else CustomerKind.PERSON,
                region=each.region,
                phone=each.phone,
                owner_id=reps[position % len(reps)],
            ),
        )
        for position, each in enumerate(plan.customers)
    ]
    return _Company(plan, variants, customers, channels, warehouses, reps)


def _book_past(uow: UnitOfWork, company: _Company, orders: Sequence[PlannedOrder], year: int) -> None:
    numbers = uow.numbers("SO", len(orders), year=year)
    lines = [[_line(uow, company, order, *line) for line in order.lines] for order in orders]
    heads = [
        _head(uow, company, order, number, _sum(of_order))
        for order, number, of_order in zip(orders, numbers, lines, strict=True)
    ]
    ids = uow.insert_many(SalesOrder, heads)
    rows = [
        row | {"order_id": order_id, "line_number": position}
        for order_id, of_order in zip(ids, lines, strict=True)
        for position, row in enumerate(of_order, 1)
    ]
    line_ids = uow.insert_many(OrderLine, rows)
    at = {order_id: head["ordered_at"] for order_id, head in zip(ids, heads, strict=True)}
    moves = uow.insert_many(StockMove, list(_moves(rows, line_ids, at)))
    _settle(uow, company, orders, year, list(zip(ids, heads, strict=True)))
    uow.touch(SalesOrder, ids[0], ids[-1])
    uow.touch(StockMove, moves[0], moves[-1])


def _head(uow: UnitOfWork, company: _Company, order: PlannedOrder, number: str, amounts: Amounts) -> dict[str, Any]:
    at = _moment(order, uow.settings.timezone)
    return {
        "number": number,
        "customer_id": company.customers[order.customer],
        "channel_id": company.channels[order.channel],
        "warehouse_id": company.warehouses[order.warehouse],
        "sales_rep_id": company.reps[order.rep],
        "region": company.plan.customers[order.customer].region,
        "ordered_at": at,
        "ordered_on": order.on,
        "business_state": BusinessState.COMPLETED,
        "payment_state": PaymentState.FULL,
        "shipment_state": Progress.FULL,
        "prices_include_tax": uow.settings.prices_include_tax,
        "currency": uow.settings.currency,
        "net_amount": amounts.net,
        "tax_amount": amounts.tax,
        "gross_amount": amounts.gross,
        "paid_amount": amounts.gross,
        "created_at": at,
        "confirmed_at": at,
        "closed_at": at + timedelta(days=1),
    }


def _line(uow: UnitOfWork, company: _Company, order: PlannedOrder, product: int, quantity: int) -> dict[str, Any]:
    planned = company.plan.products[product]
    price = planned.wholesale if company.plan.customers[order.customer].is_company else planned.retail
    amounts = line_amounts(Decimal(quantity), price, ZERO, TAX_RATE, prices_include_tax=uow.settings.prices_include_tax)
    return {
        "variant_id": company.variants[product],
        "quantity": Decimal(quantity),
        "unit_price": price,
        "tax_rate": TAX_RATE,
        "net_amount": amounts.net,
        "tax_amount": amounts.tax,
        "gross_amount": amounts.gross,
        "shipped_quantity": Decimal(quantity),
    }


def _moves(
    rows: Sequence[dict[str, Any]], line_ids: Sequence[int], at: dict[int, datetime]
) -> Iterator[dict[str, Any]]:
    for row, line_id in zip(rows, line_ids, strict=True):
        yield {
            "variant_id": row["variant_id"],
            "quantity": row["quantity"],
            "source_id": HISTORY,
            "target_id": CUSTOMER,
            "state": MoveState.DONE,
            "origin_type": "sales_order",
            "origin_id": row["order_id"],
            "origin_line_id": line_id,
            "at": at[row["order_id"]],
        }


def _settle(
    uow: UnitOfWork,
    company: _Company,
    orders: Sequence[PlannedOrder],
    year: int,
    booked: Sequence[tuple[int, dict[str, Any]]],
) -> None:
    numbers = uow.numbers("PY", len(booked), year=year)
    paid = uow.insert_many(
        Payment,
        [
            {
                "number": number,
                "customer_id": head["customer_id"],
                "amount": head["gross_amount"],
                "method": PaymentMethod.BANK
                if company.plan.customers[order.customer].is_company
                else PaymentMethod.WECHAT,
                "received_on": order.on,
                "created_at": head["ordered_at"],
            }
            for number, order, (_, head) in zip(numbers, orders, booked, strict=True)
        ],
    )
    uow.insert_many(
        Allocation,
        [
            {
                "payment_id": payment_id,
                "document_type": "sales_order",
                "document_id": order_id,
                "amount": head["gross_amount"],
            }
            for payment_id, (order_id, head) in zip(paid, booked, strict=True)
        ],
    )


def _enter_today(uow: UnitOfWork, company: _Company, order: PlannedOrder, position: int) -> None:
    order_id = create_order(
        uow,
        customer_id=company.customers[order.customer],
        channel_id=company.channels[order.channel],
        warehouse_id=company.warehouses[order.warehouse],
        sales_rep_id=company.reps[order.rep],
        lines=[LineDraft(company.variants[product], Decimal(quantity)) for product, quantity in order.lines],
    )
    if position % 6 == 0:
        return
    confirm_order(uow, order_id)
    if position % 3:
        ship_order(uow, order_id)
    if position % 2:
        gross = uow.session.scalars(select(SalesOrder.gross_amount).where(SalesOrder.id == order_id)).one()
        pay_order(uow, order_id, amount=gross, method=PaymentMethod.BANK)


def _sum(lines: Sequence[dict[str, Any]]) -> Amounts:
    return sum((Amounts(line["net_amount"], line["tax_amount"], line["gross_amount"]) for line in lines), NOTHING)


def _moment(order: PlannedOrder, timezone: str) -> datetime:
    local = datetime.combine(order.on, time(order.minute // 60, order.minute % 60), ZoneInfo(timezone))
    return local.astimezone(UTC)
