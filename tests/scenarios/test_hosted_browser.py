"""Two app processes on PostgreSQL behind the shipped nginx: work goes on when one of them dies."""

from decimal import Decimal
from pathlib import Path

from playwright.sync_api import Browser, expect

from core.base.settings import Settings
from core.ops.nightly import look
from core.sales.models import BusinessState
from core.sales.queries import OrderFilter, find_orders
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product, a_warehouse
from tests.hosted import Site, hosted
from tests.pages.app import a_user
from tests.scenarios.visitors import choose_customer, confirm_order, expect_rest, order_goods, sign_in


def test_who_works_while_a_process_dies_goes_on_at_the_other_and_nothing_is_lost(
    browser: Browser, postgres_settings: Settings, nginx: str, tmp_path: Path
) -> None:
    store = Store(postgres_settings)
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        a_channel(uow)
        a_customer(uow, "荷花商行")
        goods = [Line(a_product(uow, sku=sku, name=f"Blue {sku.lower()}").id, Decimal(20)) for sku in ("MUG", "CUP")]
        receive_goods(uow, warehouse_id=warehouse, lines=goods)
    a_user(store, Role.SALES, username="fang")

    with (
        hosted(postgres_settings, tmp_path, nginx) as site,
        browser.new_context(locale="en-US", ignore_https_errors=True) as context,
    ):
        page = context.new_page()
        page.goto(f"{site.address}/new-order")
        sign_in(page, "fang")
        cookies = {each["name"]: each for each in context.cookies()}
        assert all(
            cookies[name]["secure"] and cookies[name]["httpOnly"] for name in ("salesbook_seat", "salesbook_session")
        )
        choose_customer(page, "hhsh")
        order_goods(page, "mug*3", "MUG Blue mug × 3")
        confirm_order(page)
        choose_customer(page, "hhsh")
        order_goods(page, "cup*2", "CUP Blue cup × 2")

        (at,) = [port for port in site.apps if site.sessions(port)]
        site.kill(at)

        (other,) = site.apps
        site.wait_for_browsers(other, 1)
        expect_rest(page)
        expect(page.get_by_text("荷花商行 has not bought it before.")).to_be_visible()
        confirm_order(page)
        look_at_the_front(site)
        site.kill(other)
        status, _, said = site.ask("/")
        assert (status, "Salesbook is being restarted." in said.decode()) == (502, True)

    with store.viewing(SYSTEM) as view:
        orders = find_orders(view, OrderFilter())
    assert sorted(order.business for order in orders) == [BusinessState.CONFIRMED] * 2
    assert look(store, SYSTEM) == []
    store.engine.dispose()


def look_at_the_front(site: Site) -> None:
    """What nginx passes on, and what it does not."""
    for blocked in ("/metrics", "/readyz", "/_stcore/metrics", "/_stcore/agent/x"):
        assert site.ask(blocked)[0] == 404, blocked
    assert site.ask("/healthz")[0] == 200
    status, headers, page = site.ask("/")
    assert status == 200
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Set-Cookie"].startswith("salesbook_seat=")
    script = page.decode().split('src="./')[1].split('"')[0]
    _, headers, _ = site.ask(f"/{script}", Accept_Encoding="gzip")
    assert (headers["Content-Encoding"], headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "immutable" in headers["Cache-Control"]
