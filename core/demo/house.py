"""Work in the demo company's warehouses: places, transfers, stocktakes, a half-entered sheet, rules."""

from decimal import Decimal

from sqlalchemy import select

from core.base.exact import ZERO
from core.catalog.models import Category
from core.demo.stage import Stage
from core.demo.supply import BANK, BOXES, CABLE, CD, CHARGER, DISHES, DRAWERS, GZ, HANGERS, SH, SMALL_CHARGER
from core.security.permissions import Role
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import CountScope, DifferenceReason, StockCountLine
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count
from core.stock.counts.review import accept_differences, submit_count
from core.stock.drafts import begin_movement
from core.stock.ledger import Line
from core.stock.models import DocumentKind, LocationKind
from core.stock.negative import set_negative_rule
from core.stock.transfers.models import LossParty
from core.stock.transfers.service import (
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
)
from core.stock.tree import add_place, carry_goods

# Zones of the warehouse in Shanghai, with what is below them: (code, name).
ZONES = (
    ("A", "A 区 数码小件", (("A-01", "A-01 货架"), ("A-02", "A-02 货架"))),
    ("B", "B 区 易碎品", (("B-01", "B-01 货架"),)),
)
COUNTED = "收纳整理"


def keep_house(stage: Stage) -> None:
    """All of it, as it stands on the last evening."""
    _transfer(stage)
    stage.go_to(stage.plan.ends_at)
    _put_away(stage)
    _count_through(stage)
    _begin_to_count(stage)
    warehouse = stage.company.warehouses[SH]
    lines = [Line(stage.variant(CABLE), Decimal(60)), Line(stage.variant(CHARGER), Decimal(24))]
    stage.act("sheet", Role.WAREHOUSE, begin_movement, kind=DocumentKind.RECEIPT, warehouse_id=warehouse, lines=lines)
    stage.act("negative", Role.MANAGER, set_negative_rule, allowed=True, category_id=_category(stage, "纸品湿巾"))


def _transfer(stage: Stage) -> None:
    """One that arrived, one on the way, one asked for, and one that arrived in parts and not whole."""
    stage.go(9)
    arrived = _request(stage, "arrived", SH, CD, ((CABLE, 30),), "成都补货")
    stage.go(8, 17 * 60)
    stage.act("transfer.arrived.ship", Role.WAREHOUSE, ship_transfer, arrived)
    stage.go(5, 11 * 60)
    stage.act("transfer.arrived.receive", Role.WAREHOUSE, receive_transfer, arrived)

    stage.go(7)
    lost = _request(stage, "lost", GZ, SH, ((SMALL_CHARGER, 30),), "调拨至总仓")
    small = stage.variant(SMALL_CHARGER)
    stage.go(6, 16 * 60)
    stage.act("transfer.lost.ship", Role.WAREHOUSE, ship_transfer, lost)
    for days_ago, quantity in ((3, 18), (2, 10)):
        stage.go(days_ago, 14 * 60)
        part = {small: Decimal(quantity)}
        stage.act(f"transfer.lost.receive.{quantity}", Role.WAREHOUSE, receive_transfer, lost, quantities=part)
    stage.go(1, 17 * 60)
    stage.act(
        "transfer.lost.close",
        Role.WAREHOUSE,
        close_with_loss,
        lost,
        responsible=LossParty.CARRIER,
        reason="外箱破损，少 2 件",
    )

    stage.go(2, 15 * 60)
    on_way = _request(stage, "on_way", SH, CD, ((BANK, 12), (CABLE, 24)), "双十二备货")
    stage.go(1, 16 * 60)
    stage.act("transfer.on_way.ship", Role.WAREHOUSE, ship_transfer, on_way)

    stage.go(0, 9 * 60)
    _request(stage, "requested", SH, GZ, ((CHARGER, 20),), "门店急需")


def _request(stage: Stage, word: str, source: int, target: int, goods: tuple[tuple[str, int], ...], note: str) -> int:
    return stage.act(
        f"transfer.{word}",
        Role.WAREHOUSE,
        request_transfer,
        source_id=stage.company.warehouses[source],
        target_id=stage.company.warehouses[target],
        lines=[Line(stage.variant(name), Decimal(quantity)) for name, quantity in goods],
        note=note,
    )


def _put_away(stage: Stage) -> None:
    """Shelves in two zones, a place for broken goods, and goods carried to where they belong."""
    warehouse, storage = stage.company.warehouses[SH], stage.company.storages[SH]
    shelves: dict[str, int] = {}
    for code, name, below in ZONES:
        zone = stage.act(f"place.{code}", Role.MANAGER, add_place, warehouse_id=warehouse, code=code, name=name)
        for shelf, shelf_name in below:
            shelves[shelf] = stage.act(
                f"place.{shelf}",
                Role.MANAGER,
                add_place,
                warehouse_id=warehouse,
                code=shelf,
                name=shelf_name,
                parent_id=zone,
            )
    stage.act(
        "place.second",
        Role.MANAGER,
        add_place,
        warehouse_id=warehouse,
        code="C",
        name="C 区 次品",
        kind=LocationKind.SECOND_QUALITY,
    )
    for shelf, name, quantity in (("A-01", CHARGER, 12), ("A-02", CABLE, 20), ("B-01", DISHES, 8)):
        lines = [Line(stage.variant(name), Decimal(quantity))]
        stage.act(f"carry.{shelf}", Role.WAREHOUSE, carry_goods, from_id=storage, to_id=shelves[shelf], lines=lines)


def _count_through(stage: Stage) -> None:
    """A stocktake with a loss and a find, accepted and posted."""
    count_id = _plan(stage, "posted", GZ)
    off = {stage.variant(BOXES): Decimal(-1), stage.variant(HANGERS): Decimal(2)}
    lines = _lines(stage, count_id)
    found = {variant_id: there + off.get(variant_id, ZERO) for _, variant_id, there in lines}
    stage.act("count.posted.entered", Role.WAREHOUSE, enter_counts, count_id, found)
    stage.act("count.posted.submitted", Role.WAREHOUSE, submit_count, count_id)
    for variant_id, reason in zip(off, (DifferenceReason.BREAKAGE, DifferenceReason.NOT_ENTERED), strict=True):
        line_ids = [line_id for line_id, each, _ in lines if each == variant_id]
        stage.act(f"count.posted.{reason}", Role.FINANCE, accept_differences, count_id, line_ids, reason=reason)
    stage.act("count.posted", Role.FINANCE, post_count, count_id)


def _begin_to_count(stage: Stage) -> None:
    """A stocktake of which one product is counted so far."""
    count_id = _plan(stage, "open", CD)
    drawers = stage.variant(DRAWERS)
    found = {each: there for _, each, there in _lines(stage, count_id) if each == drawers}
    stage.act("count.open.entered", Role.WAREHOUSE, enter_counts, count_id, found)


def _plan(stage: Stage, word: str, warehouse: int) -> int:
    return stage.act(
        f"count.{word}.planned",
        Role.MANAGER,
        plan_count,
        warehouse_id=stage.company.warehouses[warehouse],
        scope=CountScope.CATEGORY,
        category_id=_category(stage, COUNTED),
        note="月末循环盘点",
    )


def _lines(stage: Stage, count_id: int) -> list[tuple[int, int, Decimal]]:
    wanted = select(StockCountLine.id, StockCountLine.variant_id, StockCountLine.snapshot)
    with stage.looking() as view:
        found = view.session.execute(wanted.where(StockCountLine.count_id == count_id).order_by(StockCountLine.id))
        return [(line_id, variant_id, there) for line_id, variant_id, there in found]


def _category(stage: Stage, name: str) -> int:
    with stage.looking() as view:
        return view.session.scalars(select(Category.id).where(Category.name == name)).one()
