"""Which sheet of a workbook is imported, and texts in encodings as wide as they come."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.base.settings import Settings
from core.cli.main import run
from core.exchange.errors import EncodingDamaged, NoRows, NoSheets, UnknownSheet
from core.exchange.sheet import read_sheet
from core.work.store import Store
from tests.services.import_files import HEADER, apply, counts, csv_file, read, row, totals, workbook_file

NOTE = [("说明",), ("字段", "订单编号", "见第二页"), ("请勿修改",)]


def workbook(**sheets: list[tuple[str, ...]]) -> bytes:
    """An XLSX workbook of these sheets."""
    return workbook_file(sheets)


def orders(*rows: tuple[str, ...]) -> list[tuple[str, ...]]:
    """A sheet of orders."""
    return [HEADER, *rows]


def test_a_note_before_the_orders_is_passed_over() -> None:
    sheet = read_sheet(
        workbook(说明=NOTE[:1], Empty=[], 订单=orders(row("1"), row("2")), More=orders(row("3"))), "a.xlsx"
    )

    assert (sheet.title, sheet.titles) == ("订单", ["说明", "Empty", "订单", "More"])
    assert sheet.column(0) == ["1", "2"]
    assert read_sheet(workbook(说明=NOTE, 订单=orders(row("1"))), "a.xlsx").title == "订单"


def test_another_sheet_is_read_where_it_is_named() -> None:
    content = workbook(March=orders(row("1")), April=orders(row("2")), Note=NOTE[:1])

    assert read_sheet(content, "a.xlsx", title="April").column(0) == ["2"]
    with pytest.raises(NoRows):
        read_sheet(content, "a.xlsx", title="Note")
    with pytest.raises(UnknownSheet) as refusal:
        read_sheet(content, "a.xlsx", title="May")
    assert refusal.value.sentence == "a.xlsx has no sheet “May”. Its sheets are: March, April, Note."
    with pytest.raises(NoSheets):
        read_sheet(csv_file(row("1")), "a.csv", title="April")


def test_the_command_line_says_which_sheet_it_read(
    sqlite_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SALESBOOK_DATABASE_URL", sqlite_settings.url)
    monkeypatch.setenv("SALESBOOK_DATA_DIR", str(sqlite_settings.data_dir))
    monkeypatch.setenv("LC_ALL", "en")
    file = tmp_path / "orders.xlsx"
    file.write_bytes(workbook(说明=NOTE, March=orders(row("1")), April=orders(row("2"), row("3"))))

    def answered(*words: str, code: int = 0) -> Any:
        assert run(["import", "orders", str(file), "--channel", "Shop", "--history", *words, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    found = answered()
    assert (found["sheet"], found["sheets"], found["rows_read"]) == ("March", ["说明", "March", "April"], 1)
    assert answered("--sheet", "April")["rows_read"] == 2
    assert answered("--sheet", "说明", code=1)["error"].startswith(
        "No column was found for: Order time (ordered_at), Product code (sku)"
    )
    assert run(["import", "orders", str(file), "--channel", "Shop", "--history"]) == 0
    assert capsys.readouterr().out.startswith(
        "Read from the sheet “March”; not read: 说明, April. --sheet chooses another one.\n"
    )


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_wide_letters_is_imported_as_what_it_says(any_store: Store, encoding: str) -> None:
    content = csv_file(row("1", name="白色马克杯"), row("2", price="x"), encoding=encoding)

    receipt = apply(any_store, content)

    assert totals(receipt) == ("5.1", "5.1", "0", "0", "0")
    assert receipt["problems"] == [(3, "UnitPrice", "not_a_number")]
    assert read(content).products["mug"]["product_name"] == "白色马克杯"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-32"])
def test_a_zero_among_the_letters_is_refused_wherever_it_stands(store: Store, encoding: str) -> None:
    content = csv_file(
        *[row(str(n), name="白色马克杯") for n in range(2000)], row("x", name="a\x00b"), encoding=encoding
    )
    before = counts(store)

    with pytest.raises(EncodingDamaged) as refusal:
        apply(store, content)

    assert refusal.value.sentence == (
        "Line 2002 of orders.csv has letters that no known encoding explains. Save the file as UTF-8 again."
    )
    assert counts(store) == before
