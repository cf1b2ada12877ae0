"""What is written down about an error holds nothing secret and nobody's numbers."""

import pytest

from core.base.settings import PROJECT_DIR
from core.base.timings import BOUNDS, REST, STEP, Timing, Timings, timed
from core.ops.masking import masked

CODE = "q7Zk2mXw9LpR4tVbN8sYc3HdF6gJ1uAe0oTi"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("postgresql://shop:hunter2@db/shop is away", "postgresql://shop:***@db/shop is away"),
        ("password='a mug of tea', user='li'", "password=***, user='li'"),
        ("{'token': 'abc', 'n': 1}", "{'token': ***, 'n': 1}"),
        ("SMTP_PASSWORD=geheim next", "SMTP_PASSWORD=*** next"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: *** ***"),
        ("cookie salesbook_session=xyz; path=/", "cookie salesbook_session=***; path=/"),
        (f"the code {CODE} is used", "the code *** is used"),
        ("$2b$12$" + "x" * 53, "***"),
        ("no customer 13812345678 (wang@example.com.cn)", "no customer *** (***)"),
        ("+86 138 1234 5678 / 021-55556666", "*** / ***"),
        ("ID 11010519491231002X, card 6222020200112233445", "ID ***, card ***"),
        ("[SQL: SELECT 1]\n[parameters: {'name': '王芳', 'a': [1]}]", "[SQL: SELECT 1]\n[parameters: ***]"),
        (
            "[parameters: ('x',)]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)",
            "[parameters: ***]\n(Background on this error at: https://sqlalche.me/e/20/gkpj)",
        ),
        ("DETAIL:  Key (phone)=(13812345678) already exists.", "DETAIL:  Key (phone)=(***) already exists."),
        ("DETAIL:  Failing row contains (1, 王芳, x).", "DETAIL:  Failing row contains (***)."),
        (f'File "{PROJECT_DIR}/core/base/exact.py", line 3', 'File "core/base/exact.py", line 3'),
        (
            'File "/srv/venv/lib/python3.11/site-packages/pandas/core/frame.py", line 9',
            'File "pandas/core/frame.py", line 9',
        ),
    ],
)
def test_secrets_and_peoples_numbers_are_masked(said: str, kept: str) -> None:
    assert masked(said) == kept


def test_what_helps_to_understand_an_error_stays() -> None:
    said = (
        "KeyError: 'stock_value' in test_the_books_are_checked_every_night_and_differences_are_kept, order 1042, 99.50"
    )
    assert masked(said) == said


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert masked("it was tea-time then", "tea-time") == "it was *** then"


def test_a_share_is_within_the_bound_that_its_slowest_reached() -> None:
    timing = Timing()
    for hundredths in range(1, 101):
        timing.add(hundredths / 100)
    assert (timing.count, round(timing.total, 2), timing.longest) == (100, 50.5, 1.0)
    assert 0.95 <= timing.within(0.95) <= 0.95 * STEP
    assert timing.within(1.0) == 1.0
    assert Timing().within(0.95) == 0.0


def test_what_took_longer_than_all_bounds_is_as_long_as_it_was() -> None:
    timing = Timing()
    timing.add(BOUNDS[-1] * 2)
    assert timing.within(0.5) == BOUNDS[-1] * 2


def test_times_are_taken_once_and_still_counted_from_the_beginning() -> None:
    timings = Timings()
    timings.add("query", "stock.levels", 0.2)
    assert timings.take()["query", "stock.levels"].count == 1
    timings.add("query", "stock.levels", 0.3)
    assert {name: each.count for name, each in timings.take().items()} == {("query", "stock.levels"): 1}
    assert timings.take() == {}
    assert timings.all()["query", "stock.levels"].count == 2


def test_a_flood_of_names_is_counted_together() -> None:
    timings = Timings()
    for number in range(700):
        timings.add("figure", f"name {number}", 0.01)
    taken = timings.take()
    assert len(taken) == 501
    assert taken["figure", REST].count == 200


def test_a_block_that_fails_is_measured_too(monkeypatch: pytest.MonkeyPatch) -> None:
    timings = Timings()
    monkeypatch.setattr("core.base.timings.TIMINGS", timings)
    with pytest.raises(ZeroDivisionError), timed("query", "bad"):
        _ = 1 / 0
    assert timings.all()["query", "bad"].count == 1
