"""Scanning in a stocktake: lots by the number on them, serial numbers once, codes of the printed sheet, photos."""

from decimal import Decimal
from io import BytesIO

import pytest
import segno
from PIL import Image
from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.errors import AppError
from core.catalog.categories import add_category
from core.catalog.models import Product, Tracking, Variant
from core.catalog.tracking import track_product
from core.exchange.pictures import NoCodeOnPicture, NotAPicture, codes_on
from core.security.actor import SYSTEM
from core.stock.counts.enter import add_to_counts, enter_counts
from core.stock.counts.errors import LotOfSeveral, OtherStocktake, SerialCounted, WholeSheet
from core.stock.counts.models import CountScope, StockCount
from core.stock.counts.queries import sheet_lines, stock_count_lines
from core.stock.counts.scan import scanned
from core.stock.errors import NotOnePiece
from core.stock.ledger import Line
from core.stock.models import LocationKind
from core.stock.moves import LotEntry
from core.stock.service import receive_goods
from core.stock.tree import add_place, carry_goods
from core.work.store import Store
from tests.builders import a_product
from tests.services.test_counts_at_once import at_once
from tests.soundness import assert_sound
from tests.stocktaking import CountedShop, d


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> CountedShop:
    """A shop that also has two phones with serial numbers, and milk and cream of lots."""
    shop = CountedShop(any_store, clock)
    with any_store.working(SYSTEM) as uow:
        for sku, tracking, numbers in (
            ("PHONE", Tracking.SERIAL, {"SN1": 1, "SN2": 1}),
            ("MILK", Tracking.LOT, {"L1": 5, "BOTH": 2}),
            ("CREAM", Tracking.LOT, {"BOTH": 3}),
        ):
            product = a_product(uow, sku=sku, name=sku.title())
            track_product(uow, product.product_id, tracking=tracking)
            lines = [Line(product.id, d(each), lot=LotEntry(number)) for number, each in numbers.items()]
            receive_goods(uow, warehouse_id=shop.house, lines=lines)
    shop.tick()
    return shop


def scan(shop: CountedShop, count: int, text: str, actor=None) -> list[str]:
    """Scan as the screen does; what was understood."""
    actor = actor or shop.wei
    with shop.store.viewing(actor) as view:
        found = scanned(view, count, text)
    lines = [Line(each.found.choices[0].variant_id, each.found.typed.quantity, lot_id=each.lot_id) for each in found]
    shop.run(actor, add_to_counts, count, lines)
    return [each.label for each in found]


def counted(shop: CountedShop, count: int) -> dict[str, Decimal | None]:
    with shop.store.viewing(shop.mei) as view:
        return {f"{row.sku} {row.lot}".strip(): row.counted for row in stock_count_lines(view, count)}


def refused(kind: type[AppError], shop: CountedShop, count: int, text: str, actor=None) -> AppError:
    before = counted(shop, count)
    with pytest.raises(kind) as refusal:
        scan(shop, count, text, actor)
    assert counted(shop, count) == before
    return refusal.value


def test_a_lot_is_counted_by_its_number_with_a_quantity_or_one_by_one(shop: CountedShop) -> None:
    count = shop.plan()
    assert scan(shop, count, "L1") == ["MILK  Milk · L1"]
    scan(shop, count, "l1*3")
    scan(shop, count, "MILK BOTH")
    scan(shop, count, "mug\nL1")
    found = counted(shop, count)
    assert (found["MILK L1"], found["MILK BOTH"], found["CREAM BOTH"], found["MUG"]) == (d(5), d(1), None, d(1))


def test_a_lot_number_of_several_products_asks_for_the_product(shop: CountedShop) -> None:
    count = shop.plan()
    assert refused(LotOfSeveral, shop, count, "BOTH").facts == {"lot": "BOTH", "codes": "CREAM, MILK"}


def test_of_several_products_with_a_lot_number_the_one_on_the_sheet_is_meant(shop: CountedShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        dairy = add_category(uow, "Dairy")
        milk = uow.session.scalars(select(Variant).where(Variant.sku == "MILK")).one()
        uow.session.get_one(Product, milk.product_id).category_id = dairy
    count = shop.plan(scope=CountScope.CATEGORY, category_id=dairy)
    assert scan(shop, count, "BOTH") == ["MILK  Milk · BOTH"]
    assert counted(shop, count) == {"MILK L1": None, "MILK BOTH": d(1)}


def test_a_serial_number_counts_once_whoever_scans_it_second(shop: CountedShop) -> None:
    count = shop.plan()
    scan(shop, count, "SN1")
    again = refused(SerialCounted, shop, count, "SN1")
    assert (again.facts["lot"], again.facts["counter"], again.facts["number"]) == ("SN1", "Wei", "ST-2026-00001")
    assert refused(SerialCounted, shop, count, "SN1", shop.lin).facts["counter"] == "Wei"
    refused(SerialCounted, shop, count, "SN2\nSN2", shop.lin)
    refused(SerialCounted, shop, count, "SN2*2", shop.lin)
    scan(shop, count, "SN2", shop.lin)
    assert (counted(shop, count)["PHONE SN1"], counted(shop, count)["PHONE SN2"]) == (d(1), d(1))


def test_a_serial_number_cannot_be_entered_as_more_than_one_piece(shop: CountedShop) -> None:
    count = shop.plan()
    with shop.store.viewing(shop.wei) as view:
        lot = next(row.lot_id for row in sheet_lines(view, count) if row.lot == "SN1")
    with pytest.raises(NotOnePiece):
        shop.run(shop.wei, enter_counts, count, {}, lots={lot: d(2)})
    shop.run(shop.wei, enter_counts, count, {}, lots={lot: d(0)})
    scan(shop, count, "SN1")
    shop.run(shop.wei, enter_counts, count, {}, lots={lot: d(1)})
    with pytest.raises(SerialCounted):
        shop.run(shop.lin, enter_counts, count, {}, lots={lot: d(1)})
    assert counted(shop, count)["PHONE SN1"] == 1


def test_a_serial_number_counted_at_one_place_is_not_counted_at_another(shop: CountedShop) -> None:
    count = shop.plan()
    scan(shop, count, "SN1")
    with shop.store.working(SYSTEM) as uow:
        back = add_place(uow, warehouse_id=shop.house, name="Back", code="B", kind=LocationKind.SECOND_QUALITY)
        storage = uow.session.get(StockCount, count).location_id
        carry_goods(uow, from_id=storage, to_id=back, lines=[Line(shop.mug, d(1))])
    shop.tick()
    other = shop.plan(location_id=back)
    assert refused(SerialCounted, shop, other, "SN1", shop.lin).facts["number"] == "ST-2026-00001"
    assert_sound(shop.store)


def test_of_two_people_who_scan_a_serial_number_at_once_one_counts_it(shop: CountedShop) -> None:
    count = shop.plan()
    with shop.store.viewing(shop.wei) as view:
        (found,) = scanned(view, count, "SN1")
    lines = [Line(found.found.choices[0].variant_id, d(1), lot_id=found.lot_id)]
    outcomes: list[str] = []

    def scanning(actor):
        def work() -> None:
            try:
                shop.store.run(actor, add_to_counts, None, count, lines)
                outcomes.append("counted")
            except SerialCounted:
                outcomes.append("refused")

        return work

    at_once(scanning(shop.wei), scanning(shop.lin), scanning(shop.wei))
    assert sorted(outcomes) == ["counted", "refused", "refused"]
    assert counted(shop, count)["PHONE SN1"] == 1


def test_codes_of_the_printed_sheet_count_their_lines_of_their_stocktake(shop: CountedShop) -> None:
    count = shop.plan()
    with shop.store.viewing(shop.wei) as view:
        rows = {f"{row.sku} {row.lot}".strip(): row.line_id for row in sheet_lines(view, count)}
    assert scan(shop, count, f"st-2026-00001/{rows['MILK L1']}*4") == ["MILK  Milk · L1"]
    assert scan(shop, count, f"ST-2026-00001/{rows['MUG']}") == ["MUG  Mug"]
    assert (counted(shop, count)["MILK L1"], counted(shop, count)["MUG"]) == (d(4), d(1))
    refused(WholeSheet, shop, count, "ST-2026-00001")
    shop.post(count)
    other = shop.plan()
    assert refused(OtherStocktake, shop, other, f"ST-2026-00001/{rows['MUG']}").facts["sheet"] == "ST-2026-00001"


def picture(*texts: str) -> bytes:
    """A photo with these codes beneath each other."""
    photo = Image.new("L", (300, 300 * max(len(texts), 1)), 255)
    for place, text in enumerate(texts):
        drawn = BytesIO()
        segno.make(text, micro=False).save(drawn, kind="png", scale=6, border=4)
        photo.paste(Image.open(drawn), (20, 300 * place + 20))
    written = BytesIO()
    photo.save(written, "JPEG")
    return written.getvalue()


def test_codes_are_read_from_a_photo_each_once_from_top_to_bottom() -> None:
    assert codes_on(picture("ST-2026-00001/7", "SN2", "SN1", "SN2")) == ["ST-2026-00001/7", "SN2", "SN1"]
    with pytest.raises(NoCodeOnPicture):
        codes_on(picture())
    with pytest.raises(NotAPicture):
        codes_on(b"no photo")
