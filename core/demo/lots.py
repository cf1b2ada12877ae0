"""Goods of the demo company that are told apart by lot or serial number, and when they expire."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from core.base.exact import ZERO
from core.catalog.models import Product, Tracking, Variant
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product
from core.catalog.tracking import track_product
from core.demo.plan import Month, Plan, PlannedOrder
from core.demo.stage import Stage
from core.demo.supply import AUDIO, CARE, DRINKS, GZ, SH, SNACKS, TEA
from core.security.permissions import Role
from core.stock.expiry import LotDates
from core.stock.ledger import Line, LotEntry
from core.stock.lots import block_lot, name_lots
from core.stock.models import Lot, StockLevel
from core.stock.service import issue_goods, receive_goods

# Of these groups the best seller is tracked: how many days it lasts, and who delivers it.
TRACKED = {
    "饼干糕点": (180, SNACKS),
    "坚果炒货": (240, SNACKS),
    "饮料冲调": (365, DRINKS),
    "洗发沐浴": (1_095, CARE),
    "茗茶": (540, TEA),
}
PHONES = ProductEntry(
    sku="SM090",
    name="声屿 头戴蓝牙耳机 Pro 主动降噪",
    brand="声屿",
    unit="副",
    tax_rate=Decimal("0.13"),
    purchase_price=Decimal(368),
    retail_price=Decimal(599),
    wholesale_price=Decimal(499),
    lowest_price=Decimal(429),
    barcodes=("6901000009909",),
)
PAIRS = 8


@dataclass(frozen=True)
class Batch:
    """A lot of the tracked product at this place of the list: received and expiring so many days off the last."""

    place: int
    received: int
    expires: int
    quantity: int
    blocked_for: str = ""


BATCHES = (
    Batch(2, received=-40, expires=-6, quantity=24),
    Batch(0, received=-24, expires=9, quantity=120),
    Batch(1, received=-24, expires=13, quantity=60),
    Batch(3, received=-16, expires=930, quantity=36, blocked_for="客户反映有异味，待质检"),
)


def tracked_goods(plan: Plan, months: Sequence[Month], recent: Sequence[PlannedOrder]) -> list[int]:
    """The products that are tracked: of each group what sells best in the last days.

    All that the books bring of them is there before the last days begin, so that its lots can be named then.
    """
    starts = recent[0].at if recent else plan.ends_at
    arriving: set[int] = set()
    for month in months:
        for order in month.orders:
            if month.opens_at > starts:
                arriving.update(item.goods for item in order.items)
            if order.back is not None and order.back.at > starts:
                arriving.add(order.items[order.back.item].goods)
    sold = Counter(item.goods for order in recent if order.ships_at is not None for item in order.items)
    best: dict[str, int] = {}
    for n, goods in sorted(enumerate(plan.goods), key=lambda each: (-sold[each[0]], each[0])):
        if n not in arriving:
            best.setdefault(goods.path[-1], n)
    return [best[group] for group in TRACKED if group in best]


def tell_apart(stage: Stage, suppliers: Sequence[int], tracked: Sequence[int], recent: Sequence[PlannedOrder]) -> None:
    """Track these products, receive lots that expire soon or have, name what is there, and number headphones."""
    stage.go(45, 9 * 60)
    products = _products(stage, [stage.company.variants[n] for n in tracked])
    for n in tracked:
        stage.act(
            f"track.{n}",
            Role.BUYER,
            track_product,
            products[stage.company.variants[n]],
            tracking=Tracking.LOT,
            shelf_life_days=_life(stage, n),
            best_before_days=30,
            removal_days=7,
        )
    for batch in BATCHES:
        if batch.place < len(tracked):
            _receive(stage, suppliers, tracked[batch.place], batch)
    _number_headphones(stage, suppliers[AUDIO])
    stage.go_to((recent[0].at if recent else stage.plan.ends_at) - timedelta(minutes=20))
    for n in tracked:
        for warehouse in range(len(stage.company.warehouses)):
            _name(stage, n, warehouse)


def _receive(stage: Stage, suppliers: Sequence[int], n: int, batch: Batch) -> None:
    goods = stage.plan.goods[n]
    expiry_on = stage.until + timedelta(days=batch.expires)
    stage.go(-batch.received, 14 * 60)
    entry = _lot(stage, n, expiry_on - timedelta(days=_life(stage, n)))
    line = Line(
        stage.company.variants[n], Decimal(batch.quantity), unit_cost=Decimal(goods.purchase).scaleb(-2), lot=entry
    )
    stage.act(
        f"lot.{n}.received",
        Role.WAREHOUSE,
        receive_goods,
        warehouse_id=stage.company.warehouses[SH],
        lines=[line],
        supplier_id=suppliers[TRACKED[goods.path[-1]][1]],
    )
    if batch.blocked_for:
        stage.go(3, 11 * 60)
        with stage.looking() as view:
            lot_id = view.session.scalars(
                select(Lot.id).where(Lot.variant_id == line.variant_id, Lot.number == entry.number)
            ).one()
        stage.act(f"lot.{n}.blocked", Role.WAREHOUSE, block_lot, lot_id, reason=batch.blocked_for)


def _name(stage: Stage, n: int, warehouse: int) -> None:
    """What the books brought of a product to a warehouse becomes one lot."""
    variant, storage = stage.company.variants[n], stage.company.storages[warehouse]
    with stage.looking() as view:
        there = view.session.scalar(
            select(StockLevel.on_hand).where(
                StockLevel.variant_id == variant, StockLevel.location_id == storage, StockLevel.lot_id.is_(None)
            )
        )
    if there is not None and there > ZERO:
        lots = {_lot(stage, n, stage.until - timedelta(days=75 + 10 * warehouse)): there}
        stage.act(f"lot.{n}.{warehouse}", Role.WAREHOUSE, name_lots, location_id=storage, variant_id=variant, lots=lots)


def _number_headphones(stage: Stage, supplier_id: int) -> None:
    """A new product of which every piece has a serial number; one of them is on show."""
    stage.go(20, 10 * 60)
    with stage.looking() as view:
        category_id = view.session.scalars(
            select(Product.category_id)
            .join(Variant, Variant.product_id == Product.id)
            .where(Variant.id == stage.variant("声屿 头戴蓝牙耳机"))
        ).one()
    variant = stage.act("serial.product", Role.BUYER, add_product, replace(PHONES, category_id=category_id))
    (product_id,) = _products(stage, [variant]).values()
    stage.act("serial.tracked", Role.BUYER, track_product, product_id, tracking=Tracking.SERIAL)
    pieces = [LotEntry(f"SYP{stage.until:%y}0{1041 + 7 * each}") for each in range(PAIRS)]
    stage.go(18, 10 * 60)
    stage.act(
        "serial.received",
        Role.WAREHOUSE,
        receive_goods,
        warehouse_id=stage.company.warehouses[GZ],
        lines=[Line(variant, Decimal(1), unit_cost=PHONES.purchase_price, lot=piece) for piece in pieces],
        supplier_id=supplier_id,
        supplier_number="SYD-3306",
    )
    stage.go(17, 16 * 60)
    stage.act(
        "serial.issued",
        Role.WAREHOUSE,
        issue_goods,
        warehouse_id=stage.company.warehouses[GZ],
        lines=[Line(variant, Decimal(1), lot=pieces[0])],
        reason="展厅样机",
    )


def _life(stage: Stage, n: int) -> int:
    return TRACKED[stage.plan.goods[n].path[-1]][0]


def _lot(stage: Stage, n: int, made_on: date) -> LotEntry:
    """A lot named after its product and the day it was made."""
    dates = LotDates(made_on=made_on, expiry_on=made_on + timedelta(days=_life(stage, n)))
    return LotEntry(f"{stage.plan.goods[n].sku}-{made_on:%y%m%d}", dates)


def _products(stage: Stage, variant_ids: Sequence[int]) -> dict[int, int]:
    with stage.looking() as view:
        found = view.session.execute(select(Variant.id, Variant.product_id).where(Variant.id.in_(variant_ids)))
        return {variant_id: product_id for variant_id, product_id in found}
