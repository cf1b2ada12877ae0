"""Whatever a file says, its receipt adds up, importing it again adds nothing, and correcting it adds the rest."""

import shutil
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.exchange.problems import KINDS
from core.exchange.queries import batch_problems
from core.exchange.service import reverse_batch
from core.ops import checks  # noqa: F401 - fills the registry
from core.ops.registry import find_differences
from core.sales.models import SalesOrder, SalesReturn
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.conftest import NOON
from tests.examples import drawn
from tests.services.import_files import apply, csv_file, row

NUMBERS = st.sampled_from(["1", "2", "3", "C4", "C5", "A6", "CA-7", ""])
CODES = st.sampled_from(["MUG", "mug", "CUP", "POST", "B", "gift_1", ""])
QUANTITIES = st.one_of(
    st.decimals(-50, 50, places=3).map(str), st.sampled_from(["0", "", "x", "=1", "1,000", "1.23456", "9" * 19])
)
PRICES = st.one_of(
    st.decimals(0, 1000, places=5).map(str), st.sampled_from(["0", "", "-3.335", "¥1,234.565", "n/a", "1" * 19])
)
MOMENTS = st.sampled_from(["2024-03-01 10:00", "2024-03-02", "2024-02-30", "", "soon"])
ROWS = st.builds(
    row,
    NUMBERS,
    CODES,
    QUANTITIES,
    PRICES,
    at=MOMENTS,
    customer=st.sampled_from(["", "A", "B"]),
    name=st.text(max_size=9),
)


GOOD_ROWS = st.one_of(
    st.builds(
        row,
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["MUG", "mug", "CUP", "POST"]),
        st.integers(1, 9).map(str),
        st.integers(1, 3).map(str),
    ),
    st.builds(row, st.sampled_from(["C4", "C5"]), st.just("MUG"), st.integers(-9, -1).map(str), st.just("2")),
)


@settings(max_examples=drawn(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=25))
def test_a_receipt_adds_up_and_a_second_import_adds_nothing(
    sqlite_template: Path, tmp_path: Path, rows: list[tuple[str, ...]]
) -> None:
    store = _fresh(sqlite_template, tmp_path)
    content = csv_file(*[tuple(cell.replace("\0", "") for cell in each) for each in rows])
    try:
        receipt = apply(store, content)
        again = apply(store, content)
        with store.viewing(SYSTEM) as view:
            problems = batch_problems(view, receipt["batch_id"])
            sold = view.session.scalar(select(func.sum(SalesOrder.net_amount))) or Decimal(0)
            returned = view.session.scalar(select(func.sum(SalesReturn.net_amount))) or Decimal(0)
            differences = find_differences(view)
    finally:
        store.engine.dispose()

    amounts = [Decimal(receipt[name]) for name in ("booked_total", "refused_total", "unchanged_total", "rounding")]
    assert sum(amounts) == Decimal(receipt["file_total"])
    assert receipt["rows_read"] == len(rows) == receipt["booked"] + receipt["refused"]
    assert abs(Decimal(receipt["rounding"])) <= Decimal("0.005") * receipt["booked"]
    assert sold - returned == Decimal(receipt["booked_total"])
    assert sum(problem.amount for problem in problems) == Decimal(receipt["refused_total"])
    assert all(problem.kind in KINDS and problem.sentence for problem in problems)
    assert (again["booked"], again["unchanged"], again["refused"]) == (0, receipt["booked"], receipt["refused"])
    assert again["unchanged_total"] == receipt["booked_total"]
    assert differences == []


@settings(max_examples=drawn(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(GOOD_ROWS, min_size=1, max_size=25), data=st.data())
def test_a_file_corrected_in_any_steps_is_in_the_end_what_it_is_at_once(
    sqlite_template: Path, tmp_path: Path, rows: list[tuple[str, ...]], data: st.DataObject
) -> None:
    store = _fresh(sqlite_template, tmp_path)
    bad = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    still_bad = data.draw(st.sets(st.sampled_from(sorted(bad)))) if bad else set()
    try:
        batches = [apply(store, _spoiled(rows, some)) for some in (bad, still_bad, set())]
        with store.viewing(SYSTEM) as view:
            sold = view.session.scalar(select(func.sum(SalesOrder.net_amount))) or Decimal(0)
            returned = view.session.scalar(select(func.sum(SalesReturn.net_amount))) or Decimal(0)
            assert find_differences(view) == []
        for batch in reversed(batches):
            store.run(SYSTEM, reverse_batch, None, batch["batch_id"])
            with store.viewing(SYSTEM) as view:
                assert find_differences(view) == []
        at_once = apply(store, csv_file(*rows))
    finally:
        store.engine.dispose()

    assert [batch["refused"] for batch in batches] == [len(bad), len(still_bad), 0]
    assert sum(batch["booked"] for batch in batches) == len(rows) == at_once["booked"]
    assert sold - returned == Decimal(at_once["booked_total"])


def _fresh(template: Path, folder: Path) -> Store:
    """A store in a directory of its own: what is kept beside an earlier example's database is not found."""
    own = Path(mkdtemp(dir=folder))
    database = own / "property.db"
    shutil.copy(template, database)
    return Store(Settings(data_dir=own, database_url=f"sqlite:///{database}"), FixedClock(NOON))


def _spoiled(rows: list[tuple[str, ...]], bad: set[int]) -> bytes:
    return csv_file(*((*each[:5], "x", *each[6:]) if n in bad else each for n, each in enumerate(rows)))
