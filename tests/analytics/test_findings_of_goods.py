"""What does not sell and what expires, found with hand-made stock."""

from datetime import timedelta
from decimal import Decimal

from core.analytics.findings.goods import IDLE, expiring, idle
from core.analytics.findings.rules import Finding, Kind
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.base.exact import round_to
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.lots import block_lot
from core.stock.service import receive_goods
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse
from tests.services.test_expiry_value import Dairy


def found(mirror: Mirror, store: Store, kind: Kind, actor: Actor = SYSTEM) -> dict[str, Finding]:
    with store.viewing(actor) as view:
        groups = idle(mirror, view) if kind in (Kind.DEAD, Kind.OVER_STOCK) else expiring(mirror, view)
        (group,) = [each for each in groups if each.kind is kind]
    return {str(row.facts.get("lot") or row.facts["name"]): row for row in group.rows}


def keeper() -> Actor:
    roles = frozenset({Role.WAREHOUSE})
    return Actor(999, "keeper", roles, permissions_of(roles))


def test_what_does_not_sell_costs_its_keep_since_it_came(store: Store, mirror: Mirror, clock: FixedClock) -> None:
    today = clock.moment
    clock.moment = today - timedelta(days=200)
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        vase, jar, new = (a_product(uow, name=name) for name in ("Vase", "Jar", "New"))
        lines = [Line(vase.id, Decimal(10), unit_cost=Decimal(5)), Line(jar.id, Decimal(1000), unit_cost=Decimal(1))]
        receive_goods(uow, warehouse_id=house, lines=lines)
    clock.moment = today - timedelta(days=IDLE - 1)
    with store.working(SYSTEM) as uow:
        receive_goods(uow, warehouse_id=house, lines=[Line(new.id, Decimal(10), unit_cost=Decimal(5))])
    clock.moment = today - timedelta(days=50)
    with store.working(SYSTEM) as uow:
        ship_order(uow, a_sale(uow, house, [(jar, 1)]))
    clock.moment = today
    mirror.refresh_now()
    daily = store.settings.carrying_cost_rate / 365

    dead, over = found(mirror, store, Kind.DEAD), found(mirror, store, Kind.OVER_STOCK)
    assert set(dead) == {"Vase"}  # what is new has its chance
    assert (dead["Vase"].facts["days"], dead["Vase"].facts["value"]) == (200, Decimal("50.00"))
    assert dead["Vase"].amount == round_to(Decimal(50) * 200 * daily)
    assert dead["Vase"].about == {"product": vase.product_id, "variant": vase.id}
    assert set(over) == {"Jar"}
    assert (over["Jar"].facts["days"], over["Jar"].facts["value"]) == (999 * 180, Decimal("999.00"))
    assert over["Jar"].amount == round_to(Decimal(999) * 50 * daily)


def test_lots_that_are_not_sold_in_time_say_what_is_lost_and_where_they_sell(
    store: Store, mirror: Mirror, clock: FixedClock
) -> None:
    dairy = Dairy(store, clock)
    mirror.refresh_now()
    rows = found(mirror, store, Kind.EXPIRES)
    assert {lot: row.amount for lot, row in rows.items()} == {
        "A": Decimal("60.00"),
        "B": Decimal("6.00"),
        "C": Decimal("20.00"),
        "D": Decimal("15.00"),
    }
    assert rows["A"].facts["carried"] == Decimal(18)
    assert rows["A"].about["target"] == dairy.west
    assert "expired" in rows["D"].sentence
    # Without the right to costs, at list price.
    assert found(mirror, store, Kind.EXPIRES, keeper())["A"].amount == Decimal("300.00")

    store.run(SYSTEM, block_lot, None, rows["C"].about["lot"], reason="Smells")
    assert "may not be sold" not in found(mirror, store, Kind.EXPIRES)["C"].sentence
    clock.moment += timedelta(minutes=5)
    assert "may not be sold" in found(mirror, store, Kind.EXPIRES)["C"].sentence
