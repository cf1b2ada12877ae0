"""What order entry understands of what is typed, scanned or pasted."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import AppError, Refusals
from core.catalog.errors import NothingTyped, TooManyLines
from core.catalog.typed import Typed, parse_entry

codes = st.text(alphabet="abcdefghiklmnopqrstuvyzABC红杯子-_", min_size=1, max_size=20)
counts = st.decimals(min_value="0.001", max_value="99999", places=3).map(lambda count: count.normalize())
WIDE = str.maketrans("0123456789*. ", "０１２３４５６７８９＊．　")


def read(text: str) -> list[tuple[str, Decimal]]:
    return [(typed.text, typed.quantity) for typed in parse_entry(text)]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("042", ("042", Decimal(1))),
        ("  mug-01  ", ("mug-01", Decimal(1))),
        ("mug*3", ("mug", Decimal(3))),
        ("mug * 3", ("mug", Decimal(3))),
        ("3*mug", ("mug", Decimal(3))),
        ("mug 3", ("mug", Decimal(3))),
        ("3x mug", ("mug", Decimal(3))),
        ("3 x mug", ("mug", Decimal(3))),
        ("mug x3", ("mug", Decimal(3))),
        ("mug X 3", ("mug", Decimal(3))),
        ("hstx×2", ("hstx", Decimal(2))),
        ("红色T恤　３", ("红色T恤", Decimal(3))),
        ("ｍｕｇ＊１．５", ("mug", Decimal("1.5"))),
        ("rice*0.5", ("rice", Decimal("0.5"))),
        ("rice .5", ("rice", Decimal("0.5"))),
        ("2x4", ("2x4", Decimal(1))),
        ("box2x4", ("box2x4", Decimal(1))),
        ("6901234567892*3", ("6901234567892", Decimal(3))),
        ("3*6901234567892", ("6901234567892", Decimal(3))),
        ("3 6901234567892", ("6901234567892", Decimal(3))),
        ("6901234567892 3", ("6901234567892", Decimal(3))),
        ("042*5", ("042", Decimal(5))),
        ("mug*-3", ("mug*-3", Decimal(1))),
    ],
)
def test_a_line_names_a_product_and_how_many(typed: str, meant: tuple[str, Decimal]) -> None:
    assert read(typed) == [meant]


def test_rows_pasted_from_a_sheet_bring_quantity_and_price() -> None:
    pasted = "MUG-01\t3\t12.50\r\nCUP 7\t1,200\n\nPLATE\t\t￥8\n"

    assert parse_entry(pasted) == [
        Typed("MUG-01", Decimal(3), Decimal("12.50")),
        Typed("CUP 7", Decimal(1200)),
        Typed("PLATE", Decimal(1), Decimal(8)),
    ]


def test_several_typed_lines_are_several_products() -> None:
    assert read("mug*2\ncup") == [("mug", Decimal(2)), ("cup", Decimal(1))]


def test_every_pasted_row_that_is_not_understood_is_named() -> None:
    with pytest.raises(Refusals) as refused:
        parse_entry("MUG\tmany\nCUP\t1\n\t3\nJAR\t2\tdear")

    assert refused.value.sentence.splitlines() == [
        "“MUG many” was not understood. A pasted row is code, quantity and, if needed, price.",
        "“3” was not understood. A pasted row is code, quantity and, if needed, price.",
        "“JAR 2 dear” was not understood. A pasted row is code, quantity and, if needed, price.",
    ]


def test_an_empty_line_is_refused() -> None:
    with pytest.raises(NothingTyped):
        parse_entry(" \n\t\n")


def test_more_lines_than_an_order_takes_are_refused() -> None:
    with pytest.raises(TooManyLines):
        parse_entry("mug\n" * 501)


@given(codes, counts)
def test_every_way_to_write_a_quantity_means_the_same(code: str, count: Decimal) -> None:
    number = f"{count:f}"
    ways = [f"{code}*{number}", f"{number}*{code}", f"{code} {number}", f"{code} × {number}", f"{number} x {code}"]
    for way in [*ways, *(way.translate(WIDE) for way in ways), f"{code}\t{number}"]:
        assert read(way) == [(code, count)]


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_refused_with_a_sentence(text: str) -> None:
    with suppress(AppError):
        assert all(each.text and each.quantity >= 0 for each in parse_entry(text))
