"""The store of record, line by line with all labels, in plain Python: what every answer must add up to."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload

from core.base.clock import business_day
from core.catalog.models import Category, Product, Variant
from core.customers.models import CUSTOMER_KIND_LABELS, Channel, Customer
from core.receivables.models import Allocation, Payment
from core.receivables.service import ORDER
from core.sales.models import CAME_BACK, OrderLine, ReturnLine, SalesOrder, SalesReturn, Shipment, ShipmentLine
from core.security.actor import SYSTEM
from core.security.models import User
from core.stock.models import Warehouse
from core.work.store import Store
from tests.analytics.shop import SOLD

Line = dict[str, Any]


def plain_lines(store: Store) -> list[Line]:
    """Every line of an order or return that counts, signed; amounts in Decimal."""
    with store.viewing(SYSTEM) as view:
        record = _Record(view.session)
        sold = select(SalesOrder, OrderLine).join(OrderLine, OrderLine.order_id == SalesOrder.id)
        back = select(SalesReturn, ReturnLine).join(ReturnLine, ReturnLine.return_id == SalesReturn.id)
        rows: list[tuple[int, Any, Any]] = [
            (1, head, line) for head, line in view.session.execute(sold.where(SalesOrder.business_state.in_(SOLD)))
        ]
        rows += [(-1, head, line) for head, line in view.session.execute(back.where(SalesReturn.state.in_(CAME_BACK)))]
        return [record.line(*row) for row in rows]


def plain_due(store: Store) -> list[Line]:
    """Every line of an order that was to be shipped by a day that is over: how much of it was."""
    with store.viewing(SYSTEM) as view:
        record = _Record(view.session)
        today = business_day(store.clock.now(), store.settings.timezone)
        sold = select(SalesOrder, OrderLine).join(OrderLine, OrderLine.order_id == SalesOrder.id)
        found = []
        for order, line in view.session.execute(
            sold.where(SalesOrder.business_state.in_(SOLD), SalesOrder.ship_by < today)
        ):
            shipped = view.session.scalars(
                select(ShipmentLine.quantity)
                .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
                .where(
                    ShipmentLine.order_line_id == line.id,
                    Shipment.cancelled_at.is_(None),
                    Shipment.shipped_on <= order.ship_by,
                )
            )
            due = {"sign": 2, "due": line.quantity, "in_time": sum(shipped, Decimal(0)), **days_of(order.ship_by)}
            found.append({**record.line(1, order, line), **due})
        return found


def plain_payments(store: Store) -> list[Line]:
    """Every part of a payment: what settles each order, and the rest."""
    found = []
    with store.viewing(SYSTEM) as view:
        record = _Record(view.session)
        orders = {row.id: row for row in view.session.scalars(select(SalesOrder))}
        for payment in view.session.scalars(select(Payment)):
            parts: dict[int, Decimal] = {}
            for each in view.session.scalars(select(Allocation).where(Allocation.payment_id == payment.id)):
                if each.document_type == ORDER:
                    parts[each.document_id] = parts.get(each.document_id, Decimal(0)) + each.amount
            rest = payment.amount - sum(parts.values(), Decimal(0))
            found += [record.part(payment, orders[order], amount) for order, amount in parts.items() if amount]
            if rest:
                found.append(record.part(payment, None, rest))
    return found


class _Record:
    """The master data that lines get their labels from."""

    def __init__(self, session: Session) -> None:
        self.names: dict[Any, dict[int, Any]] = {
            model: {row.id: row for row in session.scalars(select(model))}
            for model in (Category, Product, Variant, Customer, Channel, Warehouse, User)
        }
        self.booked = _booked(session)
        self.sold_at = {row.id: row.unit_cost for row in session.scalars(select(OrderLine))}
        self.tags = {
            model: {
                row.id: {tag.name for tag in row.tags}
                for row in session.scalars(select(model).options(selectinload(model.tags)))
                if row.tags
            }
            for model in (Product, Customer)
        }

    def line(self, sign: int, head: Any, line: Any) -> Line:
        """One line of an order or return."""
        product = self.names[Product][self.names[Variant][line.variant_id].product_id]
        category = self.names[Category].get(product.category_id)
        above = [] if category is None else _above(category, self.names[Category])
        moment: datetime = head.ordered_at if sign == 1 else head.returned_at
        return {
            "sign": sign,
            "document": (sign, head.id),
            "number": head.number,
            "net": sign * line.net_amount,
            "beyond": sign * line.beyond_cents,
            "tax": sign * line.tax_amount,
            "gross": sign * line.gross_amount,
            "quantity": sign * line.quantity,
            **_cost(
                sign * line.quantity,
                sign * line.net_amount,
                self.unit_cost(line),
                self.booked.get((sign, head.id, line.id)),
            ),
            "discount": line.discount_amount if sign == 1 else Decimal(0),
            "hour": (moment + timedelta(hours=8)).hour,
            "product": product.name,
            "sku": self.names[Variant][line.variant_id].sku,
            "category": None if category is None else _shown(category, self.names[Category]),
            **{
                level: _shown(above[min(number, len(above) - 1)], self.names[Category]) if above else None
                for number, level in enumerate(("top_category", "category_2", "category_3"))
            },
            "product_tag": self.tags[Product].get(product.id, {None}),
            "brand": product.brand or None,
            **days_of(head.ordered_on if sign == 1 else head.returned_on),
            **self._of_customer(head.customer_id),
            **self._by(head.region, head.channel_id, head.warehouse_id, head.sales_rep_id),
        }

    def unit_cost(self, line: Any) -> Decimal | None:
        """Its own, or that of the line it takes back."""
        if line.unit_cost is None and isinstance(line, ReturnLine) and line.order_line_id is not None:
            return self.sold_at[line.order_line_id]
        cost: Decimal | None = line.unit_cost
        return cost

    def part(self, payment: Payment, order: SalesOrder | None, amount: Decimal) -> Line:
        """A part of a payment."""
        customer = self.names[Customer][payment.customer_id]
        by = (
            self._by(customer.region, customer.channel_id, None, customer.owner_id)
            if order is None
            else self._by(order.region, order.channel_id, order.warehouse_id, order.sales_rep_id)
        )
        return {
            "sign": 0,
            "document": (0, payment.id),
            "number": payment.number,
            "collected": amount,
            **days_of(payment.received_on),
            **self._of_customer(customer.id if order is None else order.customer_id),
            **by,
        }

    def _of_customer(self, customer_id: int) -> Line:
        customer = self.names[Customer][customer_id]
        return {
            "customer_id": customer_id,
            "customer": customer.name,
            "customer_tag": self.tags[Customer].get(customer_id, {None}),
            "customer_kind": CUSTOMER_KIND_LABELS[customer.kind],
            "segment": None,
        }

    def _by(self, region: str, channel: int | None, warehouse: int | None, rep: int | None) -> Line:
        return {
            "region": region or None,
            "channel": None if channel is None else self.names[Channel][channel].name,
            "warehouse": None if warehouse is None else self.names[Warehouse][warehouse].name,
            "sales_rep": None if rep is None else self.names[User][rep].name,
        }


_BOOKED = """
SELECT m.origin_type, m.origin_id, m.origin_line_id, -sum(c.quantity), -sum(c.amount)
FROM cost_entry c JOIN stock_move m ON m.id = c.move_id
WHERE m.state = 'done' AND m.origin_type IN ('sales_order', 'sales_return') AND c.kind <> 'expensed'
    AND 'customer' IN (SELECT kind FROM location WHERE id IN (m.source_id, m.target_id))
GROUP BY 1, 2, 3
"""


def _booked(session: Session) -> dict[tuple[int, ...], tuple[Decimal, Decimal]]:
    """Of lines of orders (1) and returns (-1): the goods that the books say left, and what those cost."""
    return {
        (1 if kind == "sales_order" else -1, document, line): (
            Decimal(int(quantity)).scaleb(-3),
            Decimal(int(cost)).scaleb(-4),
        )
        for kind, document, line, quantity, cost in session.execute(text(_BOOKED))
        if cost
    }


def _cost(quantity: Decimal, net: Decimal, unit: Decimal | None, booked: tuple[Decimal, Decimal] | None) -> Line:
    left, cost = booked or (Decimal(0), Decimal(0))
    if unit is None and left != quantity:
        return {"cost": Decimal(0), "costed": Decimal(0)}
    rest = ((quantity - left) * (unit or 0)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return {"cost": cost + rest, "costed": net}


def days_of(day: date) -> Line:
    """The labels of a line that come from its day."""
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
        "weekday": day.isoweekday(),
    }


def _above(category: Category, tree: dict[int, Category]) -> list[Category]:
    """The category and all above it, from the highest."""
    path = [category]
    while path[0].parent_id is not None:
        path.insert(0, tree[path[0].parent_id])
    return path


def _shown(category: Category, tree: dict[int, Category]) -> str:
    if sum(1 for other in tree.values() if other.name == category.name) == 1:
        return category.name
    path, node = category.name, category
    while node.parent_id is not None:
        node = tree[node.parent_id]
        path = f"{node.name} / {path}"
    return path
