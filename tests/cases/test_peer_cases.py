"""What other systems' own tests say of orders, prices, taxes, money, stock and costs holds here too."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.work.store import Store
from tests.cases.choices import ABSENT, LEFT_OUT, OURS
from tests.cases.reader import Case, differences, load
from tests.cases.vocabulary import figures_of
from tests.conftest import NOON
from tests.soundness import assert_sound

CASES = load(also=LEFT_OUT)
DECISIONS = Path(__file__).parent.parent.parent / "docs" / "decisions" / "policies-of-peers.md"

pytestmark = pytest.mark.skipif(not CASES, reason="the cases of other systems are not beside the repository")


@pytest.fixture
def opened(sqlite_template: Path, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """A store of its own for each trial of a case; all of them are sound afterwards."""
    stores: list[Store] = []
    numbers = count(1)

    def make() -> Store:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        file = shutil.copy(sqlite_template, folder / "salesbook.db")
        clock = FixedClock(datetime.combine(NOON.date(), NOON.timetz(), UTC))
        stores.append(Store(Settings(data_dir=folder, database_url=f"sqlite:///{file}"), clock))
        return stores[-1]

    yield make
    for store in stores:
        assert_sound(store)
        store.engine.dispose()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_of_another_system_gives_its_numbers(case: Case, opened: Callable[[], Store]) -> None:
    absent = ABSENT.get(case.id) or ABSENT.get(case.area)
    if absent:
        pytest.skip(absent)
    expected = case.expected
    if case.id in OURS:
        assert case.kind == "policy"
        assert case.id in DECISIONS.read_text(encoding="utf-8")
        expected = {**expected, **OURS[case.id]}
    assert differences(expected, figures_of(case, opened), case.tolerance) == []


def test_every_policy_that_is_not_ours_is_decided_in_writing() -> None:
    written = DECISIONS.read_text(encoding="utf-8")
    policies = {case.id for case in CASES if case.kind == "policy"}
    assert {each for each in policies if each not in written} == set()
    assert set(OURS) <= policies
