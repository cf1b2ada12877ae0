"""Lots typed behind the lines of a transfer."""

from core.stock.typed_lots import split_lots


def test_a_lot_stands_behind_its_line() -> None:
    text = "PEN01\t12 #L-07\n\nCUP07 3\nTEA * 2 #  2026 A  \nA#1 4"
    assert split_lots(text) == ("PEN01\t12\nCUP07 3\nTEA * 2\nA#1 4", ["L-07", "", "2026 A", ""])
    assert split_lots("  \n") == ("", [])
    assert split_lots("#L-07") == ("#L-07", [""])
