"""Whom the demo company buys from, what came lately and at what price, and what was wrong with it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import select

from core.demo.stage import Stage
from core.security.permissions import Role
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price
from core.stock.costs.periods import close_period
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.service import receive_goods, scrap_goods
from core.stock.supplier_returns import return_to_supplier
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier

SH, GZ, CD = range(3)
TEA, DRINKS, SNACKS, CARE, POWER, AUDIO, CHINA, HOME = range(8)
SUPPLIERS = (
    SupplierEntry("武夷山山隐茶业有限公司", contact="林茂春", phone="0599-5550118", terms="月结 30 天"),
    SupplierEntry("杭州沁泉饮品有限公司", contact="沈佳怡", phone="0571-55502660", terms="月结 45 天"),
    SupplierEntry("合肥果满仓食品有限公司", contact="汪建军", phone="0551-55507321", terms="货到 15 天付款"),
    SupplierEntry("广州清禾日化有限公司", contact="梁慧玲", phone="020-55503897", terms="月结 60 天"),
    SupplierEntry("深圳电迅电子有限公司", contact="曾志豪", phone="0755-55506012", terms="预付 30%，发货前付清"),
    SupplierEntry("东莞声屿音频科技有限公司", contact="何俊杰", phone="0769-55501459", terms="票到 15 天付款"),
    SupplierEntry("景德镇白瓷坊陶瓷有限公司", contact="余秀兰", phone="0798-55504406", terms="款到发货"),
    SupplierEntry("台州简屋家居制品有限公司", contact="应卫国", phone="0576-55509983", terms="月结 30 天"),
)


class Receipt(NamedTuple):
    """Goods of a supplier that came so many days ago: (name, quantity), at so many percent of the usual price."""

    days_ago: int
    supplier: int
    warehouse: int
    number: str
    goods: tuple[tuple[str, int], ...]
    percent: int = 100
    includes_tax: bool = False


CABLE, BANK, CHARGER, SMALL_CHARGER = (
    "电迅 双Type-C数据线 100W 1.5m",
    "电迅 移动电源 20000mAh 快充",
    "电迅 氮化镓充电器 65W 三口",
    "电迅 氮化镓充电器 33W",
)
DISHES, BOWLS = "白瓷坊 骨瓷餐具 28头套装", "白瓷坊 饭碗 4.5英寸 10只装"
BOXES, HANGERS, DRAWERS, RACKS = (
    "简屋 透明收纳箱 50L 带轮",
    "简屋 植绒衣架 20支装",
    "简屋 抽屉收纳柜 五层",
    "简屋 厨房置物架 三层 免打孔",
)
RECEIPTS = (
    Receipt(44, POWER, SH, "DX-20418", ((CHARGER, 60), (BANK, 48), (CABLE, 120)), percent=97),
    Receipt(38, CHINA, SH, "BC-1187", ((DISHES, 24), (BOWLS, 40))),
    Receipt(30, HOME, GZ, "JW-09031", ((BOXES, 40), (HANGERS, 60)), percent=102, includes_tax=True),
    Receipt(26, POWER, GZ, "DX-20533", ((SMALL_CHARGER, 50),), percent=95),
    Receipt(12, HOME, CD, "JW-09157", ((DRAWERS, 20), (RACKS, 36)), percent=103),
)


def buy(stage: Stage) -> list[int]:
    """Suppliers, their latest deliveries, freight and a corrected price, breakage, and goods that went back.

    What the suppliers became, in their order.
    """
    stage.go(60)
    suppliers = [stage.act(f"supplier.{n}", Role.BUYER, add_supplier, entry) for n, entry in enumerate(SUPPLIERS)]
    receipts = {receipt.number: _receive(stage, suppliers, receipt) for receipt in RECEIPTS}
    china, chargers = _moves(stage, receipts["BC-1187"]), _moves(stage, receipts["DX-20533"])
    stage.go(37, 9 * 60 + 20)
    stage.act(
        "scrap",
        Role.WAREHOUSE,
        scrap_goods,
        warehouse_id=stage.company.warehouses[SH],
        lines=[Line(stage.variant(BOWLS), Decimal(2))],
        reason="运输破损",
    )
    stage.go(36, 15 * 60)
    stage.act(
        "supplier_return",
        Role.BUYER,
        return_to_supplier,
        receipts["BC-1187"],
        quantities={china[0]: Decimal(3)},
        reason="釉面有瑕疵",
    )
    stage.go(35, 16 * 60)
    stage.act("landed", Role.FINANCE, add_landed_cost, amount=Decimal(680), move_ids=china, reason="景德镇至上海运费")
    stage.go(24, 11 * 60)
    corrected = _price(stage, SMALL_CHARGER, 93)
    stage.act("price", Role.FINANCE, correct_receipt_price, chargers[0], unit_cost=corrected, reason="发票价格更正")
    return suppliers


def close_last_month(stage: Stage) -> None:
    """The books are closed through the end of a month that is over for two weeks at least."""
    through = closed_through(stage.until)
    stage.go((stage.until - through).days - 5, 17 * 60)
    stage.act("close", Role.FINANCE, close_period, through=through, note="月结")


def closed_through(until: date) -> date:
    """The day through which the books are closed."""
    return (until - timedelta(days=14)).replace(day=1) - timedelta(days=1)


def _receive(stage: Stage, suppliers: list[int], receipt: Receipt) -> int:
    stage.go(receipt.days_ago)
    lines = [
        Line(stage.variant(name), Decimal(quantity), unit_cost=_price(stage, name, receipt.percent))
        for name, quantity in receipt.goods
    ]
    return stage.act(
        f"receipt.{receipt.number}",
        Role.BUYER,
        receive_goods,
        warehouse_id=stage.company.warehouses[receipt.warehouse],
        lines=lines,
        supplier_id=suppliers[receipt.supplier],
        supplier_number=receipt.number,
        prices_include_tax=receipt.includes_tax,
    )


def _price(stage: Stage, name: str, percent: int) -> Decimal:
    return Decimal(stage.plan.goods[stage.goods(name)].purchase * percent).scaleb(-4)


def _moves(stage: Stage, receipt_id: int) -> list[int]:
    wanted = select(StockMove.id).where(StockMove.origin_type == "stock_document", StockMove.origin_id == receipt_id)
    with stage.looking() as view:
        return list(view.session.scalars(wanted.order_by(StockMove.id)))
