"""What sellers of the demo company have at hand: a kit, substitutes, tolerances, and a price somebody waits for."""

from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select

from core.catalog.kits import PartEntry, set_parts
from core.catalog.models import Category, Product, ProductKind, Variant
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product
from core.catalog.substitutes import set_substitutes
from core.demo.stage import Stage
from core.demo.supply import CABLE, CHARGER, SMALL_CHARGER
from core.receivables.models import ApprovalKind
from core.sales.ask import ask_approval
from core.sales.models import BusinessState, OrderLine, Progress, SalesOrder
from core.sales.tolerance import set_category_tolerance
from core.security.permissions import Role

KIT = "电迅 差旅快充套装"
PARTS = ((CHARGER, 1), (CABLE, 2))
LOOSE = "纸品湿巾"
WHY = "老客户首次整箱采购，对方比价到这个价"


def lay_out(stage: Stage) -> None:
    """All of it, as it stands on the last evening."""
    stage.go_to(stage.plan.ends_at)
    _kit(stage)
    for name, others in ((CHARGER, (SMALL_CHARGER,)), (SMALL_CHARGER, (CHARGER,))):
        instead = [stage.variant(other) for other in others]
        stage.act(f"substitutes.{name}", Role.MANAGER, set_substitutes, stage.variant(name), instead)
    with stage.looking() as view:
        loose = view.session.scalars(select(Category.id).where(Category.name == LOOSE)).one()
    stage.act(
        "tolerance",
        Role.MANAGER,
        set_category_tolerance,
        loose,
        under_share=Decimal("0.03"),
        over_share=Decimal("0.05"),
    )
    _ask(stage)


def _kit(stage: Stage) -> None:
    plan = stage.plan
    retail = sum(plan.goods[stage.goods(name)].retail * count for name, count in PARTS)
    with stage.looking() as view:
        like = view.session.scalars(
            select(Product).join(Variant, Variant.product_id == Product.id).where(Variant.id == stage.variant(CHARGER))
        ).one()
        category, rate = like.category_id, like.tax_rate
    entry = ProductEntry(
        sku="KIT001",
        name=KIT,
        category_id=category,
        brand="电迅",
        kind=ProductKind.KIT,
        unit="套",
        tax_rate=rate,
        retail_price=Decimal(retail * 9 // 10).scaleb(-2),
    )
    kit = stage.act("kit", Role.MANAGER, add_product, entry)
    parts = [PartEntry(stage.variant(name), Fraction(count)) for name, count in PARTS]
    stage.act("kit.parts", Role.MANAGER, set_parts, kit, parts, version=1)


def _ask(stage: Stage) -> None:
    """A seller asks for less than the lowest price on the newest draft; without drafts, for goods before the money."""
    floors = (
        select(OrderLine.order_id, OrderLine.id, Variant.lowest_price)
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .where(SalesOrder.business_state == BusinessState.DRAFT, Variant.lowest_price > 1)
        .order_by(SalesOrder.id.desc(), OrderLine.line_number)
    )
    waiting = select(SalesOrder.id).where(
        SalesOrder.business_state == BusinessState.CONFIRMED, SalesOrder.shipment_state == Progress.NONE
    )
    with stage.looking() as view:
        line = view.session.execute(floors.limit(1)).first()
        order = view.session.scalar(waiting.order_by(SalesOrder.id.desc()).limit(1))
    if line is None and order is not None:
        stage.act("asks", Role.SALES, ask_approval, order, kind=ApprovalKind.PREPAYMENT, reason="款已打，明天到账")
    if line is not None:
        prices = {line.id: (line.lowest_price * Decimal("0.97")).quantize(Decimal("0.01"))}
        stage.act("asks", Role.SALES, ask_approval, line.order_id, kind=ApprovalKind.PRICE, reason=WHY, prices=prices)
