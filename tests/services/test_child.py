"""Parts of the program that run in a process of their own."""

from pathlib import Path
from subprocess import DEVNULL

import pytest

from core.base.child import start_child
from core.base.settings import Settings


def test_a_process_of_ours_works_with_our_settings_wherever_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "core.py").write_text("raise SystemExit('not the code that started it')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SALESBOOK_DATA_DIR", "elsewhere")
    with start_child(Settings(data_dir=Path("shop")), "core", "init", stdin=DEVNULL, stdout=DEVNULL) as child:
        assert child.wait() == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["core.py", "shop"]
    assert (tmp_path / "shop" / "salesbook.db").exists()


def test_a_process_that_could_not_do_its_work_says_so(tmp_path: Path) -> None:
    with start_child(Settings(data_dir=tmp_path), "core", "nonsense", stdin=DEVNULL, stdout=DEVNULL) as child:
        assert child.wait() == 2
