"""Findings of a small shop, counted by hand: what each role is shown, with its money."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.analytics.bridge import STEPS
from core.analytics.findings.figures import Compared, key_figures, why_changed
from core.analytics.findings.found import findings
from core.analytics.findings.ordering import to_order
from core.analytics.findings.rules import Finding, Group, Kind
from core.analytics.findings.selling import my_standing
from core.analytics.mirror.mirror import Mirror
from core.care.follow_ups import add_follow_up
from core.catalog.categories import add_category
from core.catalog.models import Product, ProductStatus
from core.customers.models import Customer
from core.receivables.models import AccountCharge
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import receive_goods
from core.team.models import Metric
from core.team.plans import plan_targets
from core.work.store import Store
from tests.analytics.buying import Till
from tests.builders import a_product
from tests.services.test_team import a_seller, level

TODAY = date(2026, 3, 18)
BEFORE, NOW = date(2026, 1, 20), date(2026, 3, 10)
ALL = {Kind.BEHIND, Kind.FELL, Kind.ROSE, Kind.RUNS_OUT, Kind.DEAD, Kind.OVER_STOCK, Kind.EXPIRES}
ALL |= {Kind.STOPPED, Kind.UNPAID, Kind.LATE}
SELLING = {Kind.BEHIND, Kind.FELL, Kind.ROSE}
KINDS = {
    Role.ADMINISTRATOR: ALL,
    Role.MANAGER: ALL,
    Role.SALES: SELLING | {Kind.STOPPED, Kind.UNPAID, Kind.LATE},
    Role.SERVICE: {Kind.STOPPED, Kind.UNPAID, Kind.LATE},
    Role.WAREHOUSE: {Kind.RUNS_OUT, Kind.EXPIRES, Kind.LATE},
    Role.BUYER: {Kind.RUNS_OUT, Kind.DEAD, Kind.OVER_STOCK, Kind.EXPIRES},
    Role.FINANCE: SELLING | {Kind.DEAD, Kind.OVER_STOCK, Kind.UNPAID},
}


class TeaShop:
    """Li sold tea to Ames, and sells less of it; Wu sells pots to Bond. Cole, whom Li looks after, stays away."""

    def __init__(self, store: Store, mirror: Mirror) -> None:
        self.store, self.mirror = store, mirror
        self.li, self.wu = a_seller(store, "li"), a_seller(store, "wu")
        self.tea_id = store.run(SYSTEM, add_category, None, "Tea")
        self.pots_id = store.run(SYSTEM, add_category, None, "Pots")
        with store.working(SYSTEM) as uow:
            self.till = Till(uow)
            tea = a_product(uow, name="Green tea", category_id=self.tea_id, retail_price=12)
            pot = a_product(uow, name="Pot", category_id=self.pots_id, retail_price=10)
            self.tea, self.pot = tea.product_id, pot.product_id
            self.ames, self.bond, self.cole = self.till.customers(3)
            for each, owner in ((self.ames, self.li), (self.bond, self.wu), (self.cole, self.li)):
                uow.session.get_one(Customer, each).owner_id = owner.id
            for day in (date(2025, 10, 1), date(2025, 10, 11), date(2025, 10, 21)):
                self._sell(uow, self.li, self.cole, day, tea, 30)
            self._sell(uow, self.li, self.ames, BEFORE, tea, 500)
            self._sell(uow, self.li, self.ames, NOW, tea, 100)
            self._sell(uow, self.wu, self.bond, NOW, tea, 50)
            self._sell(uow, self.li, self.ames, TODAY, tea, 1000)
            self.late = self._sell(uow, self.wu, self.bond, NOW, pot, 80, quantity=54)
            uow.session.get_one(SalesOrder, self.late).ship_by = TODAY - timedelta(days=2)
            receive_goods(uow, warehouse_id=self.till.warehouse_id, lines=[Line(pot.id, Decimal(2))])
            for customer, amount, days in (
                (self.ames, 70, 3),
                (self.ames, 5, 40),
                (self.bond, 9, 1),
                (self.bond, 8, 0),
            ):
                on = TODAY - timedelta(days=days)
                charge = {"number": f"AC-{amount}", "customer_id": customer, "amount": Decimal(amount)}
                uow.add(AccountCharge(**charge, note="Freight", charged_on=on, due_on=on, created_at=uow.now))
        mirror.refresh_now()

    def _sell(self, uow: Any, seller: Actor, customer: int, on: date, thing: Any, net: int, quantity: int = 1) -> int:
        order_id = self.till.sell(customer, on, [thing], net)
        uow.session.get_one(SalesOrder, order_id).sales_rep_id = seller.id
        line = uow.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).one()
        line.quantity = Decimal(quantity)
        return order_id

    def found(self, actor: Actor = SYSTEM) -> dict[Kind, Group]:
        with self.store.viewing(actor) as view:
            return {group.kind: group for group in findings(view, self.mirror)}

    def rows(self, kind: Kind, actor: Actor = SYSTEM) -> list[tuple[str, Decimal]]:
        return [(row.subject, row.amount) for row in self.found(actor)[kind].rows]


@pytest.fixture
def shop(any_store: Store, any_mirror: Mirror) -> TeaShop:
    return TeaShop(any_store, any_mirror)


def a_member(role: Role) -> Actor:
    roles = frozenset({role})
    return Actor(999, role.value, roles, permissions_of(roles))


def said(finding: Finding) -> str:
    return finding.sentence.format(**{name: str(fact) for name, fact in finding.facts.items()})


def test_each_kind_says_its_money_to_the_cent(shop: TeaShop) -> None:
    cells = {(date(2026, 3, 1), shop.li.id): level(2200), (date(2026, 3, 1), shop.wu.id): level(220)}
    shop.store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, cells, reason="Plan")
    found = shop.found()
    # From 16 February to yesterday tea brought 150 after 500, pots 80 after nothing; what came today waits.
    fell, rose = found[Kind.FELL].rows[0], found[Kind.ROSE].rows[0]
    assert (fell.subject, fell.amount, fell.facts["share"]) == (str(shop.tea_id), Decimal(350), Decimal("-0.7000"))
    assert (fell.facts["product"], fell.facts["product_amount"]) == ("Green tea", Decimal(-350))
    assert (fell.facts["customer"], fell.facts["customer_amount"]) == ("Buyer 0", Decimal(-400))
    assert fell.about == {"category": shop.tea_id, "product": shop.tea, "customer": shop.ames}
    assert (rose.subject, rose.amount) == (str(shop.pots_id), Decimal(80))
    assert said(rose) == "Pots sold 80.00, and nothing in the 30 days before."
    # 54 pots in the 108 days since 1 December are a half a day: two last four days, and five of seven are missing.
    out = {row.subject: row for row in found[Kind.RUNS_OUT].rows}
    pot, tea = out[str(shop.pot)], out[str(shop.tea)]
    assert (pot.facts["days"], pot.facts["missing"], pot.amount) == (4, Decimal(5), Decimal("7.41"))
    assert said(pot).startswith("Pot: 2.000 left, gone in 4 days at 0.5 a day. 7.41 of sales are lost")
    # Four teas for 1650 in 108 days, and none is there: 14 days ask for 0.5185 of them.
    assert (tea.facts["missing"], tea.amount) == (Decimal("0.519"), Decimal("213.89"))
    assert said(tea).startswith("Green tea has run out")
    assert shop.rows(Kind.STOPPED) == [(str(shop.cole), Decimal(90))]
    assert said(found[Kind.STOPPED].rows[0]) == (
        "Buyer 2 last ordered 148 days ago and usually comes every 10.0 days; 90.00 in the year before."
    )
    assert shop.rows(Kind.UNPAID) == [(str(shop.ames), Decimal(75)), (str(shop.bond), Decimal(9))]
    assert [row.facts["days"] for row in found[Kind.UNPAID].rows] == [40, 1]
    assert (found[Kind.UNPAID].count, found[Kind.UNPAID].amount) == (2, Decimal(84))
    assert shop.rows(Kind.LATE) == [(str(shop.late), Decimal(80))]
    # 12 of 22 working days ask for 1320 of 2420; 1230 are there.
    assert shop.rows(Kind.BEHIND) == [("2026-03", Decimal(90))]


def test_who_sells_sees_own_sales_and_customers_alone(shop: TeaShop) -> None:
    li, wu = shop.li, shop.wu
    assert shop.rows(Kind.FELL, li) == [(str(shop.tea_id), Decimal(400))]
    assert shop.rows(Kind.ROSE, li) == []
    assert shop.rows(Kind.FELL, wu) == []
    assert shop.rows(Kind.ROSE, wu) == [(str(shop.pots_id), Decimal(80))]
    assert shop.rows(Kind.STOPPED, li) == [(str(shop.cole), Decimal(90))]
    assert shop.rows(Kind.STOPPED, wu) == []
    assert shop.rows(Kind.UNPAID, li) == [(str(shop.ames), Decimal(75))]
    assert shop.rows(Kind.UNPAID, wu) == [(str(shop.bond), Decimal(9))]
    assert shop.rows(Kind.LATE, li) == []
    assert shop.rows(Kind.LATE, wu) == [(str(shop.late), Decimal(80))]

    cells = {(date(2026, 3, 1), li.id): level(2200), (date(2026, 3, 1), wu.id): level(220)}
    shop.store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, cells, reason="Plan")
    # Li has 1100 of the 1200 that 12 of 22 working days ask for, Wu 130 of 120.
    assert shop.rows(Kind.BEHIND, li) == [("2026-03", Decimal(100))]
    assert shop.rows(Kind.BEHIND, wu) == []
    with shop.store.viewing(li) as view:
        mine = my_standing(shop.mirror, view)
    assert mine is not None
    assert (mine.name, mine.pace.reached, mine.pace.target) == ("Li", Decimal(1100), Decimal(2200))


def test_each_role_is_shown_what_it_may_see_and_act_on(shop: TeaShop) -> None:
    assert {role: set(shop.found(a_member(role))) for role in Role} == KINDS


def test_who_may_not_see_sales_gets_what_runs_out_at_list_price(shop: TeaShop) -> None:
    # Five pots for 10, and 0.5185 of a tea for 12.
    keeper = shop.rows(Kind.RUNS_OUT, a_member(Role.WAREHOUSE))
    assert keeper == [(str(shop.pot), Decimal("50.00")), (str(shop.tea), Decimal("6.22"))]
    costs = {"value", "cost", "margin", "unit_cost", "net"}
    for role in (Role.SALES, Role.SERVICE, Role.WAREHOUSE):
        rows = [row for group in shop.found(a_member(role)).values() for row in group.rows]
        assert not any(costs & set(row.facts) for row in rows)


def test_whom_somebody_is_to_call_is_found_no_more(shop: TeaShop) -> None:
    shop.store.run(shop.li, add_follow_up, None, shop.cole, subject="Ask why", due_on=TODAY)
    assert shop.rows(Kind.STOPPED) == []


def test_what_is_sold_off_or_retired_is_not_ordered_again(shop: TeaShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        uow.session.get_one(Product, shop.tea).status = ProductStatus.CLEARANCE
        uow.audit("test.lived", None)
    assert shop.rows(Kind.RUNS_OUT) == [(str(shop.pot), Decimal("7.41"))]


def test_goods_are_ordered_up_to_a_level_in_whole_pieces_by_variant_and_class(shop: TeaShop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        wanted = to_order(shop.mirror, view, shop.pot, Decimal(1))
        full = to_order(shop.mirror, view, shop.pot, Decimal(1000))
    # Sold once in 90 days, 54: in at most 91 of 100 cases no more than once in the 44 days to come.
    (line,) = wanted.lines
    assert (line.quantity, wanted.level.whole) == (53, 54)
    assert (wanted.level.days, wanted.review_days, wanted.service_level) == (44, 30, Decimal("0.85"))
    assert (full.lines, full.quantity, full.level) == ([], 0, wanted.level)
    with shop.store.viewing(shop.li) as view, pytest.raises(NotAllowed):
        to_order(shop.mirror, view, shop.pot, Decimal(1))


def test_key_figures_are_the_companys_or_ones_own_and_their_change_adds_up(shop: TeaShop) -> None:
    days = Compared(date(2026, 3, 1), date(2026, 3, 19), (date(2026, 1, 1), date(2026, 2, 1)))

    def told(actor: Actor) -> list[tuple[str, Decimal | None, Decimal | None]]:
        return [(each.measure.name, each.amount, each.before) for each in key_figures(shop.mirror, actor, days)]

    assert told(SYSTEM)[:2] == [("net_sales", Decimal(1230), Decimal(500)), ("orders", Decimal(4), Decimal(1))]
    assert told(shop.wu)[:2] == [("net_sales", Decimal(130), Decimal(0)), ("orders", Decimal(2), Decimal(0))]
    assert [name for name, *_ in told(shop.wu)] == ["net_sales", "orders", "collected"]
    assert told(a_member(Role.WAREHOUSE)) == []
    # The course leaves out today, which is not over.
    net, *_, collected = key_figures(shop.mirror, SYSTEM, days)
    assert (len(net.trend), sum(net.trend), net.lines, collected.lines) == (17, 230.0, Decimal(4), None)
    found = why_changed(shop.mirror, SYSTEM, days)
    assert (found.before, found.after) == (Decimal(500), Decimal(1230))
    assert sum(getattr(found, step) for step in STEPS) == Decimal(730)
    assert why_changed(shop.mirror, shop.wu, days).after == Decimal(130)
    with pytest.raises(NotAllowed):
        why_changed(shop.mirror, a_member(Role.BUYER), days)
