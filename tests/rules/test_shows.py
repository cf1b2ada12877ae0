"""What is masked in an answer, however deep it stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from core.security.shows import Shows, Sight, covered, masked

MASKED = Shows(Sight.MASKED, Sight.MASKED)


@dataclass(frozen=True)
class Buyer:
    """Somebody with a number, and whoever they brought."""

    name: str
    phone: str
    brought: tuple[Buyer, ...] = ()


@dataclass(frozen=True)
class Branch:
    """A row of rows that holds no number itself."""

    day: date
    below: tuple[Branch, ...] = ()


def test_rows_within_rows_are_masked() -> None:
    li = Buyer("Li", "13812345678", (Buyer("Wu", "13987654321"),))
    assert masked([li], MASKED) == [Buyer("Li", "138****5678", (Buyer("Wu", "139****4321"),))]


def test_a_row_beside_a_figure_is_masked() -> None:
    assert masked((3, Buyer("Li", "13812345678")), MASKED) == (3, Buyer("Li", "138****5678"))


def test_rows_that_hold_no_number_stay_the_same() -> None:
    tree = Branch(date(2026, 3, 18), (Branch(date(2026, 3, 19)),))
    assert masked(tree, MASKED) is tree


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("phone", "13812345678", "138****5678"),
        ("phone", "5678", "****78"),
        ("email", "li@example.com", "l***@example.com"),
        ("street", "西湖路 8 号", "西湖****"),
        ("name", "Li", "Li"),
    ],
)
def test_a_number_keeps_what_tells_it_apart(field: str, text: str, shown: str) -> None:
    assert covered(field, text, MASKED) == shown
    assert covered(field, text, Shows()) == text
