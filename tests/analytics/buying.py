"""Orders written straight into the tables, where a test needs many and only says who bought what when."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from core.catalog.models import Variant
from core.customers.models import Customer
from core.sales.models import BusinessState, OrderLine, SalesOrder
from core.work.unit import UnitOfWork
from tests.builders import a_channel, a_warehouse

_serial = count(1)


class Till:
    """Writes confirmed orders of one warehouse and channel."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.warehouse_id, self.channel_id = a_warehouse(uow), a_channel(uow)

    def customers(self, number: int, name: str = "Buyer") -> list[int]:
        """So many new customers."""
        made = [Customer(code=f"{name}-{n}", name=f"{name} {n}", created_at=self.uow.now) for n in range(number)]
        return [self.uow.add(each).id for each in made]

    def sell(self, customer_id: int, on: date, variants: Sequence[Variant], net: Decimal | int = 10) -> int:
        """One order of a day, one of each variant at so much."""
        at, amount = datetime.combine(on, time(4), UTC), Decimal(net)
        order = self.uow.add(
            SalesOrder(
                number=f"T-{next(_serial):06d}",
                customer_id=customer_id,
                channel_id=self.channel_id,
                warehouse_id=self.warehouse_id,
                currency="CNY",
                created_at=at,
                ordered_at=at,
                ordered_on=on,
                business_state=BusinessState.CONFIRMED,
                prices_include_tax=True,
                net_amount=amount * len(variants),
                gross_amount=amount * len(variants),
            )
        )
        for number, variant in enumerate(variants, 1):
            self.uow.add(
                OrderLine(
                    order_id=order.id,
                    line_number=number,
                    variant_id=variant.id,
                    quantity=Decimal(1),
                    unit_price=amount,
                    net_amount=amount,
                    tax_amount=Decimal(0),
                    gross_amount=amount,
                )
            )
        return order.id


def one_stopped(uow: UnitOfWork, thing: Variant) -> None:
    """Two customers came every ten days; the one who spent more, 2,400 in all, stopped sixty days ago."""
    till = Till(uow)
    quiet, good = till.customers(2)
    for number in range(8):
        till.sell(quiet, uow.today - timedelta(days=60 + 10 * number), [thing], 300)
        till.sell(good, uow.today - timedelta(days=10 * number), [thing], 100)
