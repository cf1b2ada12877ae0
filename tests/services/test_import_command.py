"""`python -m core import`: what scripts rely on."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.base.settings import Settings
from core.cli.main import run
from tests.services.import_files import csv_file, row

CONTRACT = {
    *("rows_read", "booked", "refused", "unchanged", "file_total", "booked_total", "refused_total"),
    *("unchanged_total", "rounding", "problems", "seconds", "orders", "returns", "batch_id"),
}


class Command:
    """Runs `import` on an installation and reads its JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> Any:
        assert run(["import", *words, "--json"]) == code
        return json.loads(self.capsys.readouterr().out)


@pytest.fixture
def command(sqlite_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("SALESBOOK_DATABASE_URL", sqlite_settings.url)
    monkeypatch.setenv("SALESBOOK_DATA_DIR", str(sqlite_settings.data_dir))
    monkeypatch.setenv("LC_ALL", "en")
    return Command(capsys)


def test_a_file_is_checked_applied_found_unchanged_and_reversed(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(csv_file(row("1", price="0.333"), row("2", price="x"), row("C3", quantity="-1")))
    words = ("orders", str(file), "--channel", "Shop", "--history")

    checked = command(*words)
    applied = command(*words, "--apply")
    again = command(*words, "--apply")
    reversed_ = command("reverse", str(applied["batch_id"]))
    anew = command(*words, "--apply")

    assert checked.keys() >= CONTRACT
    assert (checked["batch_id"], checked["booked"], checked["booked_total"]) == (None, 2, "-1.88")
    same = CONTRACT - {"seconds", "batch_id"}
    assert {name: applied[name] for name in same} == {name: checked[name] for name in same}
    assert applied["problems"] == [
        {
            "line": 3,
            "column": "UnitPrice",
            "kind": "not_a_number",
            "sentence": "“x” is not a number. Write it like 1234.56.",
            "amount": "0",
        }
    ]
    assert (applied["file_total"], applied["refused_total"], applied["rounding"]) == ("-1.884", "0", "-0.004")
    assert (again["booked"], again["unchanged"]) == (0, 2)
    assert reversed_ == {"ok": True, "batch_id": applied["batch_id"]}
    assert (anew["booked"], anew["unchanged"]) == (2, 0)


def test_a_column_that_is_a_tie_is_decided_by_map(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    header = ("Order ID", "Invoice No", "Date", "SKU", "Qty", "Price")
    file.write_bytes(csv_file(("a", "b", "2024-01-01", "MUG", "1", "2"), header=header))
    words = ("orders", str(file), "--channel", "Shop", "--history")

    refusal = command(*words, code=1)
    decided = command(*words, "--map", "order_number=Invoice No")

    assert refusal["ok"] is False
    assert "--map order_number=" in refusal["error"]
    assert decided["mapping"]["order_number"] == "Invoice No"


@pytest.mark.parametrize("words", [("orders", "missing.csv", "--channel", "Shop"), ("reverse", "77")])
def test_what_is_not_there_is_a_refusal(command: Command, words: tuple[str, ...]) -> None:
    assert command(*words, code=1)["ok"] is False


def test_dates_that_nobody_can_order_are_decided_by_an_option(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(csv_file(row("1", at="3/4/2024")))
    words = ("orders", str(file), "--channel", "Shop", "--history")

    assert "--dates" in command(*words, code=1)["error"]
    assert command(*words, "--dates", "dmy")["booked"] == 1
    assert command(*words, "--dates", "ymd", code=1)["ok"] is False
