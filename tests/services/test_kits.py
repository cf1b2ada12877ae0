"""Kits: what one holds, how it becomes lines, and that its price is kept to the cent whatever happens."""

from decimal import Decimal
from fractions import Fraction

import pytest

from core.base.errors import AppError
from core.catalog.errors import KitDoesNotDivide, KitInKit, KitOfServices, KitStaysKit, KitWithoutParts
from core.catalog.kits import PartEntry, parts_of, set_parts, worth_of
from core.catalog.models import ProductKind, Variant
from core.catalog.queries import product_card
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line, change_kit, change_line, create_order, remove_kit, remove_line
from core.sales.errors import PartOfKit
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_channel, a_customer, a_kit, a_product, a_warehouse, goods
from tests.soundness import assert_sound


def test_x(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        w = a_warehouse(uow)
        mug, tea = goods(uow, w, 10, sku="MUG", retail_price=20), goods(uow, w, 30, sku="TEA", retail_price=10)
        kit = a_kit(uow, (mug, 1), (tea, 3), sku="GIFT", retail_price="39.99")
        order = create_order(
            uow,
            customer_id=a_customer(uow).id,
            channel_id=a_channel(uow),
            warehouse_id=w,
            lines=[LineDraft(kit.id, Decimal(2)), LineDraft(mug.id, Decimal(9))],
        )
        print([(l.line_number, l.quantity, l.unit_price, l.discount_amount, l.gross_amount, l.kit_id) for l in uow.session.query(OrderLine)])
    with any_store.working(SYSTEM) as uow:
        kid = uow.session.query(OrderKit).one().id
        change_kit(uow, order, kid, quantity=Decimal(3), unit_price=Decimal("39.99"), discount=Decimal("0.05"))
    with any_store.working(SYSTEM) as uow:
        print([(l.line_number, l.quantity, l.unit_price, l.discount_amount, l.gross_amount, l.kit_id) for l in uow.session.query(OrderLine)])
    with pytest.raises(AppError) as e:
        any_store.run(SYSTEM, confirm_order, None, order)
    print(e.value)
    assert_sound(any_store)
    assert 0
