"""Files of answers: opened again they hold the very numbers, and nobody gets what they may not see."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from core.analytics.export import workbook as books
from core.analytics.export.answers import pivot_of, sheet_of
from core.analytics.export.errors import NothingToExport, OneTableOnly, TooManyColumns
from core.analytics.export.leaving import Form, figures_file, note_export
from core.analytics.export.plain import plain_file
from core.analytics.export.sheet import Cell, Cover, Field, Kind, Sheet
from core.analytics.export.workbook import workbook
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Answer, Ask, Compare
from core.analytics.mirror.mirror import Mirror
from core.audit.models import AuditEntry
from core.base.i18n import use_language
from core.base.sheets import Charset
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import P, Role
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods

COVER = Cover(
    "Sales",
    "Lotus & Co",
    "Chen",
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    datetime(2026, 3, 1, 9, 29, tzinfo=UTC),
    "1 Mar – 31 Mar",
    "Previous period: February",
    ("Region: 华东", "not Channel: Web"),
)


@pytest.fixture(autouse=True)
def english() -> None:
    use_language("en")


@pytest.fixture
def sold(store: Store, mirror: Mirror) -> Mirror:
    """Tea for 60 and 30, cups for 45: all but the 30 by way of the web; the tea cost 8 each."""
    with store.working(SYSTEM) as uow:
        home = a_warehouse(uow)
        tea = goods(uow, home, 100, name="=Oolong", retail_price=30)
        cup = goods(uow, home, 100, name="Cup 𠮷", retail_price="22.50")
        a_sale(uow, home, [(tea, 2), (cup, 2)], channel="Web", region="East")
        a_sale(uow, home, [(tea, 1)], channel="Shop", region="West")
    mirror.refresh_now()
    return mirror


def asked(mirror: Mirror, *measures: str, by: tuple[str, ...] = (), **more: object) -> Answer:
    return answer(mirror, SYSTEM, Ask(measures, by=by, **more))  # type: ignore[arg-type]


def read(content: bytes, name: str) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(name).to_python()  # type: ignore[return-value]


def inside(content: bytes, page: int) -> str:
    with ZipFile(BytesIO(content)) as book:
        return book.read(f"xl/worksheets/sheet{page}.xml").decode()


def test_numbers_are_numbers_and_a_total_that_is_a_sum_is_a_formula(sold: Mirror) -> None:
    found = asked(sold, "net_sales", "average_order", "quantity", by=("product",))
    content = workbook(COVER, [sheet_of(found, "Products")]).content

    assert read(content, "Products") == [
        ["Product", "Net sales", "Average order", "Quantity"],
        ["=Oolong", 90.0, 45.0, 3.0],
        ["Cup 𠮷", 45.0, 45.0, 2.0],
        ["Total", 135.0, 67.5, 5.0],
    ]
    text = inside(content, 2)
    assert re.findall(r"<f>(.*?)</f><v>(.*?)</v>", text) == [
        ("SUBTOTAL(109,B2:B3)", "135.0"),
        ("SUBTOTAL(109,D2:D3)", "5.0"),
    ]
    assert '<autoFilter ref="A1:D3"/>' in text
    assert 'state="frozen"' in text


def test_the_cover_says_whose_from_when_and_what_it_means(sold: Mirror) -> None:
    content = workbook(COVER, [sheet_of(asked(sold, "net_sales", by=("channel",)), "By channel")]).content
    cover = read(content, "About")

    assert cover[:10] == [
        ["Sales", ""],
        ["", ""],
        ["Company", "Lotus & Co"],
        ["Made by", "Chen"],
        ["Made at", COVER.made_at.replace(tzinfo=None)],
        ["Figures as of", datetime(2026, 3, 1, 9, 29, tzinfo=UTC).replace(tzinfo=None)],
        ["Period", "1 Mar – 31 Mar"],
        ["Compared with", "Previous period: February"],
        ["Filters", "Region: 华东\nnot Channel: Web"],
        ["", ""],
    ]
    assert [row[0] for row in cover[10:]] == ["By channel", "Channel", "Net sales"]
    assert str(cover[12][1]).startswith("Orders confirmed, on hold or completed")


def test_days_are_days_and_what_is_compared_stands_beside(sold: Mirror, store: Store) -> None:
    today = sold.store.clock.now().date()
    found = asked(
        sold,
        "net_sales",
        by=("day",),
        since=today,
        until=date.fromordinal(today.toordinal() + 1),
        compare=Compare.PREVIOUS_PERIOD,
    )
    rows = read(workbook(COVER, [sheet_of(found, "Days", held="Before")]).content, "Days")

    assert rows[0] == ["Day", "Net sales", "Net sales · Before", "Net sales · Growth"]
    assert rows[1] == [today, 135.0, 0.0, ""]
    months = read(workbook(COVER, [sheet_of(asked(sold, "orders", by=("month",)), "M")]).content, "M")
    assert months[1] == [today.replace(day=1), 2.0]


def test_a_row_of_the_other_period_alone_is_not_lost(sold: Mirror) -> None:
    all_of_it = asked(sold, "net_sales", by=("channel",))
    web = asked(sold, "net_sales", by=("channel",), where={"channel": ("Web",)})

    sheet = sheet_of(web, "Channels", before=all_of_it, held="Before")

    assert sheet.lines == [
        ("Web", Decimal("105.00"), Decimal("105.00"), Decimal(0)),
        ("Shop", None, Decimal("30.00"), Decimal(-1)),
    ]
    assert sheet.totals == ("Total", Decimal("105.00"), Decimal("135.00"), Decimal("-0.2222"))
    assert [field.is_sum for field in sheet.fields] == [False, True, True, False]


def test_different_customers_are_added_up_only_where_that_is_right(sold: Mirror, store: Store) -> None:
    """Both orders are of customers of their own, one by each channel; by product one of them stands twice."""
    by_channel = sheet_of(asked(sold, "customers", by=("channel",)), "x")
    by_product = sheet_of(asked(sold, "customers", by=("product",)), "x")

    assert sum(line[1] for line in by_product.lines) != by_product.totals[1]  # type: ignore[misc]
    assert not by_product.fields[1].is_sum
    assert by_channel.fields[1].is_sum == (sum(line[1] for line in by_channel.lines) == by_channel.totals[1])  # type: ignore[misc]


def test_a_pivot_has_groups_of_columns_and_totals_of_the_layer(sold: Mirror) -> None:
    cells, rows, columns = (
        asked(sold, "net_sales", "average_order", by=by) for by in (("product", "channel"), ("product",), ("channel",))
    )
    sheet = pivot_of(cells, rows, columns, "Pivot")
    content = workbook(COVER, [sheet]).content

    assert read(content, "Pivot") == [
        ["", "Web", "", "Shop", "", "Total", ""],
        ["Product", *["Net sales", "Average order"] * 3],
        ["=Oolong", 60.0, 60.0, 30.0, 30.0, 90.0, 45.0],
        ["Cup 𠮷", 45.0, 45.0, "", "", 45.0, 45.0],
        ["Total", 105.0, 105.0, 30.0, 30.0, 135.0, 67.5],
    ]
    assert re.findall(r"<f>(.*?)</f><v>(.*?)</v>", inside(content, 2)) == [
        ("SUBTOTAL(109,B3:B4)", "105.0"),
        ("SUBTOTAL(109,D3:D4)", "30.0"),
        ("SUBTOTAL(109,F3:F4)", "135.0"),
    ]
    assert plain_file(sheet).content.decode("utf-8-sig").splitlines()[:2] == [
        "Product,Web · Net sales,Web · Average order,Shop · Net sales,Shop · Average order,Total · Net sales,"
        "Total · Average order",
        "'=Oolong,60.00,60.00,30.00,30.00,90.00,45.00",
    ]


def test_too_wide_a_pivot_is_refused(sold: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.analytics.export.answers.MOST_COLUMNS", 3)
    cells, rows, columns = (asked(sold, "orders", by=by) for by in (("product", "channel"), ("product",), ("channel",)))
    with pytest.raises(TooManyColumns, match="holds 3 columns, and this table has 4"):
        pivot_of(cells, rows, columns, "Pivot")


def a_sheet(*lines: tuple[Cell, ...], totals: tuple[Cell, ...] = ()) -> Sheet:
    return Sheet("Names", (Field("Name", Kind.TEXT), Field("Amount", Kind.MONEY, is_sum=True)), lines, totals)


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-x", "@now", "{=1}", "=cmd|' /C calc'!A0", "http://x.example"])
def test_text_in_a_workbook_is_never_a_formula_or_a_link(text: str) -> None:
    content = workbook(COVER, [a_sheet((text, Decimal("1.10")))]).content
    assert read(content, "Names")[1] == [text, 1.1]
    assert "<f>" not in inside(content, 2)
    assert "hyperlink" not in inside(content, 2)


def test_more_rows_than_a_sheet_holds_are_said_and_not_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_ROWS", 4)
    sheet = a_sheet(("a", Decimal(1)), ("b", Decimal(2)), ("c", Decimal(4)), totals=("Total", Decimal(7)))

    made = workbook(COVER, [sheet])

    sentence = "A sheet holds 4 rows. The first 2 of 3 are on it; a CSV file has all of them."
    assert made.remarks == (sentence,)
    assert read(made.content, "Names") == [["Name", "Amount"], ["a", 1.0], ["b", 2.0], ["Total", 7.0]]
    assert "<f>" not in inside(made.content, 2)
    assert ["Note", sentence] in read(made.content, "About")
    assert plain_file(sheet).content.decode("utf-8-sig") == "Name,Amount\r\na,1.00\r\nb,2.00\r\nc,4.00\r\n"


def test_a_large_file_tells_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_LARGE", 5_000)
    told: list[float] = []
    lines = tuple((f"n{number}", Decimal(number)) for number in range(6_000))
    content = workbook(COVER, [a_sheet(*lines)], told.append).content
    assert told == [1 / 3, 2 / 3, 1.0]
    assert len(read(content, "Names")) == 6_001


def test_sheets_have_names_that_excel_takes() -> None:
    titles = ["a/b:c*[d]?", "A B C  D", "x" * 40, "x" * 40, "History", ""]
    sheets = [Sheet(title, (Field("n", Kind.COUNT),), ((1,),)) for title in titles]
    names = CalamineWorkbook.from_filelike(BytesIO(workbook(COVER, sheets).content)).sheet_names
    assert names == ["About", "a b c  d", "A B C  D 2", "x" * 31, "x" * 29 + " 2", "History 1", "Table"]


def test_gbk_has_a_stand_in_for_signs_it_lacks_and_counts_them() -> None:
    made = plain_file(a_sheet(("𠮷祥茶", Decimal("3.50")), ("=€ 𠮷", None)), Charset.GBK)
    assert made.content == "Name,Amount\r\n〓祥茶,3.50\r\n'=〓 〓,\r\n".encode("gbk")
    assert made.remarks == ("3 signs do not exist in GBK and became 〓.",)
    assert plain_file(a_sheet(("祥茶", Decimal(1))), Charset.GBK).remarks == ()


def test_one_entry_says_what_left(sold: Mirror, store: Store) -> None:
    sheets = (sheet_of(asked(sold, "net_sales", "orders", by=("channel",)), "By channel"),)
    with store.viewing(SYSTEM) as view:
        figures_file(view, Form.EXCEL, COVER, sheets)
    store.run(SYSTEM, note_export, None, Form.EXCEL, COVER, sheets)

    with store.viewing(SYSTEM) as view:
        (entry,) = view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "figures.exported"))
    assert entry.facts == {
        "what": "Sales",
        "form": "xlsx",
        "tables": ["By channel"],
        "measures": ["Net sales", "Orders"],
        "period": "1 Mar – 31 Mar",
        "filters": ["Region: 华东", "not Channel: Web"],
        "rows": 2,
    }


def test_who_may_not_export_gets_nothing_and_leaves_no_trace(store: Store) -> None:
    buyer = Actor(1, "b", frozenset({Role.BUYER}), permissions_of(frozenset({Role.BUYER})))
    with store.viewing(buyer) as view, pytest.raises(NotAllowed, match=P.SALES_EXPORT.value):
        figures_file(view, Form.CSV, COVER, [a_sheet(("a", Decimal(1)))])
    with pytest.raises(NotAllowed):
        store.run(buyer, note_export, None, Form.CSV, COVER, [])
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "figures.exported")).all() == []


def test_nothing_and_too_much_are_refused(store: Store) -> None:
    with store.viewing(SYSTEM) as view:
        with pytest.raises(NothingToExport, match="nothing here to export"):
            figures_file(view, Form.EXCEL, COVER, [a_sheet()])
        with pytest.raises(OneTableOnly, match="holds one table"):
            figures_file(view, Form.CSV, COVER, [a_sheet(("a", None)), a_sheet(("b", None))])
