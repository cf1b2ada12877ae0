"""Files that cannot be imported: one clear sentence each, and nothing is written."""

import io
import zipfile
from pathlib import Path

import pytest

from core.base.errors import AppError
from core.exchange.errors import (
    AmbiguousDates,
    CellTooLong,
    EncodingDamaged,
    FileCutOff,
    FileEmpty,
    FileTooLarge,
    MissingColumns,
    NoRows,
    NotATable,
    QuotesDamaged,
    WorkbookDamaged,
)
from core.exchange.sheet import MOST_BYTES, read_sheet
from core.work.store import Store
from tests.services.import_files import HEADER, apply, counts, csv_file, read, row, totals, workbook_file

GBK = csv_file(row(name="白色马克杯", country="中国"), encoding="gb18030")


def workbook(*rows: tuple[object, ...], about: str = "") -> bytes:
    """The rows as the second sheet of a workbook whose first one is empty."""
    return workbook_file({"empty": [], "orders": rows}, about)


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", FileEmpty, "bad.csv is empty. Export it again and check that it has rows."),
        (b"\xef\xbb\xbf \r\n", FileEmpty, "bad.csv is empty. Export it again and check that it has rows."),
        (b"\n\n,,,\n", FileEmpty, "bad.csv is empty. Export it again and check that it has rows."),
        (
            csv_file(),
            NoRows,
            "bad.csv has a header but no rows below it. Export it again for a period with orders.",
        ),
        (
            bytes(range(256)) * 9,
            NotATable,
            "bad.csv is neither text (CSV) nor an Excel workbook. Save it as CSV or XLSX and try again.",
        ),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
            NotATable,
            "bad.csv is neither text (CSV) nor an Excel workbook. Save it as CSV or XLSX and try again.",
        ),
        (
            b"PK\x03\x04 no archive",
            WorkbookDamaged,
            "bad.csv cannot be opened as a workbook; it is damaged, cut off or protected. Save it again as XLSX.",
        ),
        (
            workbook(HEADER, row())[:-200],
            WorkbookDamaged,
            "bad.csv cannot be opened as a workbook; it is damaged, cut off or protected. Save it again as XLSX.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 600,
            WorkbookDamaged,
            "bad.csv cannot be opened as a workbook; it is damaged, cut off or protected. Save it again as XLSX.",
        ),
        (
            csv_file(row("1"), row("2"))[:-30],
            FileCutOff,
            "bad.csv ends in the middle of line 3; it was cut off. Download or export it again.",
        ),
        (
            csv_file(row("1"), row("2")) + b'3,"MUG',
            QuotesDamaged,
            "Line 4 of bad.csv has a quotation mark that is never closed or stands in the wrong place. "
            "The file is damaged or cut off; export it again.",
        ),
        (
            csv_file(row("1")) + b'2,MUG,"never closed,1\n' + b"3,MUG,x,1\n" * 20_000,
            CellTooLong,
            "Line 3 of bad.csv has a cell of more than 131072 letters; a quotation mark there is never closed, "
            "or the file is no table. Export it again.",
        ),
        (
            b'\xef\xbb\xbf\n{"orders": [{"id": 1}]}\n',
            NotATable,
            "bad.csv is neither text (CSV) nor an Excel workbook. Save it as CSV or XLSX and try again.",
        ),
        (
            b"<html><table><tr><td>InvoiceNo</td></tr></table></html>",
            NotATable,
            "bad.csv is neither text (CSV) nor an Excel workbook. Save it as CSV or XLSX and try again.",
        ),
        (
            csv_file(("1",) * 41, header=["Colour " * 9, *(f"c{n}" for n in range(40))]),
            MissingColumns,
            "No column was found for: Order number (order_number), Order time (ordered_at), Product code (sku), "
            f"Quantity (quantity), Unit price (unit_price). The file has: {('Colour ' * 9)[:40]}…, "
            f"{', '.join(f'c{n}' for n in range(39))}, …. "
            f'Say which column it is (on the command line: --map order_number="{("Colour " * 9).strip()}").',
        ),
        (
            csv_file(row("1"), row("2", name="白色马克杯白色马克杯")).replace("杯".encode(), b"\xe6\x9d", 1),
            EncodingDamaged,
            "Line 3 of bad.csv has letters that no known encoding explains. Save the file as UTF-8 again.",
        ),
        (
            GBK.replace("白".encode("gb18030"), b"\xb0\xff\xff\xff"),
            EncodingDamaged,
            "Line 2 of bad.csv has letters that no known encoding explains. Save the file as UTF-8 again.",
        ),
        (
            csv_file(("1", "x"), header=("Order ID", "Colour")),
            MissingColumns,
            "No column was found for: Order time (ordered_at), Product code (sku), Quantity (quantity), "
            "Unit price (unit_price). The file has: Order ID, Colour. "
            'Say which column it is (on the command line: --map ordered_at="Order ID").',
        ),
        (
            csv_file(row("1", at="3/4/2024"), row("2", at="5/6/2024")),
            AmbiguousDates,
            "Dates such as 3/4/2024 in “InvoiceDate” can be read day first or month first. "
            "Say which (on the command line: --dates dmy or --dates mdy).",
        ),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
def test_a_file_that_is_no_order_file_is_refused_with_a_sentence(
    content: bytes, error: type[AppError], sentence: str
) -> None:
    with pytest.raises(error) as refusal:
        read(content, "bad.csv")

    assert refusal.value.sentence == sentence


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as stream:
        stream.truncate(2 * 1024**3)

    with pytest.raises(FileTooLarge) as refusal:
        read_sheet(huge, huge.name)

    assert refusal.value.sentence == (
        "huge.csv has 2048 MB; at most 256 MB can be imported at once. Split it, for example by month."
    )


def test_a_small_archive_that_unpacks_to_more_than_memory_is_refused() -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("bomb.xml", "w") as entry:
        for _ in range(1025):
            entry.write(bytes(1024**2))

    with pytest.raises(FileTooLarge):
        read_sheet(content.getvalue(), "bomb.xlsx")
    assert len(content.getvalue()) < MOST_BYTES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_encoding_says_the_same(store: Store, encoding: str) -> None:
    file = read(csv_file(row(name="白色马克杯", country="中国"), encoding=encoding))

    assert file.products["mug"]["product_name"] == "白色马克杯"
    assert file.customers["c7"]["region"] == "中国"


def test_western_letters_that_stand_alone_are_latin() -> None:
    content = csv_file(row(name="Café crème £5", country="Österreich"), encoding="cp1252")

    assert read(content).products["mug"]["product_name"] == "Café crème £5"


@pytest.mark.parametrize("delimiter", [b";", b"\t", b"|"])
def test_other_delimiters_are_found(delimiter: bytes) -> None:
    content = csv_file(row(price="1")).replace(b",", delimiter)

    assert read(content).file_total == 2


def test_a_semicolon_file_may_have_decimal_commas() -> None:
    content = csv_file(row("1", price="1.234|50"), row("2", price="7")).replace(b",", b";").replace(b"|", b",")

    assert read(content).file_total == 2483


def test_headers_with_trailing_blanks_and_a_title_above_are_found() -> None:
    lines = csv_file(row()).decode().replace("InvoiceNo", "订单编号 ").replace("Quantity", "数量  ")

    file = read(f"2024年3月销售明细,,,,,,,\r\n{lines},,,,,,,\r\n\r\n".encode())

    assert (file.rows_read, file.lines, file.mapping["quantity"]) == (1, [3], "数量")


def test_line_numbers_are_those_of_the_file_even_over_line_breaks() -> None:
    file = read(csv_file(row("1", name="two\nlines"), row("2", price="x"), row("3", name="a\r\nb"), row("4", at="x")))

    assert [(problem.line, problem.kind) for problem in file.problems] == [(4, "not_a_number"), (7, "not_a_date")]


def test_a_workbook_is_read_with_its_numbers_dates_and_last_empty_row() -> None:
    file = read(
        workbook(
            HEADER,
            (536365.0, "85123A", "White mug", 6, "2010-12-01 08:26", 2.55, 17850.0, "UK"),
            (536365.0, "=1+1", "formula's value", 0.1, "2010-12-01 08:26", 0.3, 17850.0, "UK"),
            ("", "", "", "", "", "", "", " "),
        ),
        "orders.xlsx",
    )

    assert (file.rows_read, str(file.file_total), sorted(file.products)) == (2, "15.33", ["85123a", "99"])
    assert [document.number for document in file.documents] == ["536365"]
    assert list(file.customers) == ["17850"]


def test_formulas_and_spreadsheet_texts_stay_texts(store: Store) -> None:
    file = read(csv_file(row('="00123"', name="=cmd|' /C calc'!A0")))

    assert file.documents[0].number == "00123"
    assert file.products["mug"]["product_name"] == "=cmd|' /C calc'!A0"


def test_a_formula_is_no_code_and_no_number(store: Store) -> None:
    file = read(csv_file(row("=1+1"), row("2", sku="=1+1"), row("3", customer="=1+1"), row("4", at="=TODAY()")))

    assert [(problem.line, problem.column, problem.kind) for problem in file.problems] == [
        (2, "InvoiceNo", "formula"),
        (3, "StockCode", "formula"),
        (4, "CustomerID", "formula"),
        (5, "InvoiceDate", "formula"),
    ]
    assert file.documents == []


def test_dates_that_a_workbook_shows_as_numbers_are_counted_from_its_first_day() -> None:
    rows = (HEADER, row("1", at="45293.35138888888"), row("2", at="45351"), row("3", at="20000"), row("4", at="7"))

    file = read(workbook(*rows), "orders.xlsx")

    assert [document.at.isoformat() for document in file.documents] == [
        "2024-01-02T00:26:00+00:00",
        "2024-02-28T16:00:00+00:00",
    ]
    assert [(problem.line, problem.kind) for problem in file.problems] == [(4, "date_out_of_range"), (5, "not_a_date")]
    assert [problem.kind for problem in read(csv_file(*rows[1:])).problems] == ["not_a_date"] * 4


def test_a_workbook_that_counts_from_1904_says_the_same_dates() -> None:
    content = workbook(HEADER, row("1", at="43831"), about='<workbookPr date1904="1"/>')

    assert read(content, "orders.xlsx").documents[0].at.isoformat() == "2024-01-01T16:00:00+00:00"


@pytest.mark.parametrize(
    ("moments", "day"),
    [
        (("2016-11-08", "2016-11-11"), "2016-11-07T16:00:00+00:00"),
        (("2024/1/1 8:41", "2024/2/1 8:41"), "2024-01-01T00:41:00+00:00"),
        (("7/4/1996", "7/16/1996"), "1996-07-03T16:00:00+00:00"),
        (("4/7/1996", "16/7/1996"), "1996-07-03T16:00:00+00:00"),
        (("4.7.1996 18:30", "16.7.1996 18:30"), "1996-07-04T10:30:00+00:00"),
        (("5/5/1996", "6/6/1996"), "1996-05-04T16:00:00+00:00"),
    ],
)
def test_one_date_that_can_only_be_read_one_way_decides_for_the_file(moments: tuple[str, str], day: str) -> None:
    file = read(csv_file(*(row(str(n), at=at) for n, at in enumerate(moments))))

    assert (file.problems, file.documents[0].at.isoformat()) == ([], day)


def test_dates_that_end_with_the_year_need_the_day_or_a_word() -> None:
    content = csv_file(row("1", at="3/4/2024"), row("2", at="5/6/2024"))

    assert read(content, dates="dmy").documents[0].at.isoformat() == "2024-04-02T16:00:00+00:00"
    assert read(content, dates="mdy").documents[0].at.isoformat() == "2024-03-03T16:00:00+00:00"


def test_a_file_of_bad_rows_only_books_nothing_and_says_why(store: Store) -> None:
    before = counts(store)

    receipt = apply(store, csv_file(row("1", at="2024-02-30"), row("2", price="1e9"), row("3", quantity="=A1")))

    after = counts(store)
    assert totals(receipt) == ("5.1", "0", "5.1", "0", "0")
    assert {name for name in after if after[name] != before[name]} == {
        *("audit_entry", "change_feed", "channel", "import_batch", "import_problem", "remembered_mapping", "warehouse"),
    }
