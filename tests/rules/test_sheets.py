"""Files for spreadsheets: exact text, nothing that would be calculated."""

from decimal import Decimal

import pytest

from core.base.sheets import csv_file


def test_a_file_says_that_it_is_utf8_and_keeps_numbers_as_they_are() -> None:
    written = csv_file(("商品", "Amount"), [("荷花, 红", Decimal("-12.30")), (None, "-7"), ("a", "+1.50")])
    assert written.decode("utf-8-sig") == '商品,Amount\r\n"荷花, 红",-12.30\r\n,-7\r\na,+1.50\r\n'
    assert written.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", ["=1+1", "+SUM(A1)", "-2+3", "@now", "\tx", "=HYPERLINK()"])
def test_text_that_begins_a_formula_is_text(text: str) -> None:
    assert csv_file(("a",), [(text,)]).decode("utf-8-sig") == f"a\r\n'{text}\r\n"
