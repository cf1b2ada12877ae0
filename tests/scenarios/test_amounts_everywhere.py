"""Documents that other systems could not add up: one total on order, list, statement, print, export and figures."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.base.tax import TaxRounding
from core.catalog.models import ProductKind
from core.exchange.statement_files import statement_page, statement_workbook
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.money.statement_queries import statement_card
from core.sales.money.statements import draw_statement
from core.sales.queries import find_orders, order_card
from core.sales.returns.receive import receive_return
from core.sales.returns.request import request_return
from core.sales.search import OrderFilter
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse
from tests.conftest import NOON
from tests.returns import REASON
from tests.soundness import assert_sound

D = Decimal
CASES = [
    ([("379.00", 1)] * 2, "0.21", "758.00"),
    ([("800", 20), ("1000", 10)], "0.07", "26000.00"),
    ([("50000", 1)], "0.10", "50000.00"),
    ([("1.10", 1)] * 3, "0.05", "3.30"),
    ([("21.53", 2)], "0.21", "43.06"),
    ([("69.99", 1)], "0.20", "69.99"),
]


@pytest.mark.parametrize("rounds", TaxRounding)
@pytest.mark.parametrize(("lines", "rate", "gross"), CASES)
def test_net_and_tax_are_the_total_wherever_a_document_is_shown(
    sqlite_settings: Settings, lines: Sequence[tuple[str, int]], rate: str, gross: str, rounds: TaxRounding
) -> None:
    store = Store(sqlite_settings.model_copy(update={"tax_rounding": rounds}), FixedClock(NOON))
    with store.working(SYSTEM) as uow:
        customer = a_customer(uow).id
        head = {"customer_id": customer, "channel_id": a_channel(uow), "warehouse_id": a_warehouse(uow)}
        wanted = []
        for price, quantity in lines:
            work = a_product(uow, retail_price=price, tax_rate=D(rate), kind=ProductKind.SERVICE)
            wanted.append(LineDraft(work.id, D(quantity)))
        order = create_order(uow, lines=wanted, **head)
        confirm_order(uow, order)
        ship_order(uow, order)
    statement = store.run(SYSTEM, draw_statement, None, customer, since=date(2026, 3, 1), until=date(2026, 4, 1))

    with store.viewing(SYSTEM) as view:
        card, (row,) = order_card(view, order), find_orders(view, OrderFilter())
        stated = statement_card(view, statement or 0)
    assert card.net_amount + card.tax_amount == card.gross_amount == row.gross_amount == D(gross)
    assert sum(line.net_amount for line in card.lines) == card.net_amount
    assert sum(line.tax_amount for line in card.lines) == card.tax_amount
    assert [line.amount for line in stated.lines] == [stated.row.closing_amount] == [D(gross)]
    assert f"{D(gross):,.2f}" in statement_page(stated, "Lotus")
    cells = CalamineWorkbook.from_filelike(BytesIO(statement_workbook(stated, "Lotus"))).get_sheet_by_index(0)
    assert [each for each in cells.to_python()[-1] if each != ""][-1] == float(gross)
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        figures = answer(mirror, SYSTEM, Ask(("net_sales", "tax", "gross_sales"))).totals
    assert figures == (card.net_amount, card.tax_amount, D(gross))

    back = store.run(SYSTEM, request_return, None, order, reason=REASON)
    store.run(SYSTEM, receive_return, None, back)
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        assert answer(mirror, SYSTEM, Ask(("net_sales", "tax", "gross_sales"))).totals == (0, 0, 0)
    assert_sound(store)
    store.engine.dispose()
