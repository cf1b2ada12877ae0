"""`verify` on the command line, and the copy that somebody else verifies with the script of the documentation."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.cli.main import run
from core.ops.seal_models import Seal
from core.ops.sealing import seal_all
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_warehouse, goods

GUIDE = Path(__file__).parent.parent.parent / "docs" / "operations" / "seals.md"


@pytest.fixture
def shop(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Something done and sealed, in the installation that the command line looks at."""
    with any_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5, name="青花\n杯")
    seal_all(any_store, SYSTEM)
    monkeypatch.setenv("SALESBOOK_DATABASE_URL", any_store.settings.url)
    return any_store


def by_script(tmp_path: Path, file: Path) -> tuple[int, str]:
    script = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert script is not None
    (tmp_path / "verify.py").write_text(script.group(1), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(tmp_path / "verify.py"), str(file)], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout


def test_a_copy_is_verified_elsewhere_and_a_changed_row_in_it_is_found(
    shop: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sealed.jsonl"
    assert run(["verify", "--export", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["seal"], told["exported"]) == (True, 2, 2)
    assert by_script(tmp_path, file) == (0, f"0 seals differ; the last digest is {told['digest']}\n")

    file.write_text(file.read_text().replace("SKU-", "SKV-", 1))
    code, said = by_script(tmp_path, file)
    assert (code, said.splitlines()[0]) == (1, "seal 1 of audit_entry differs")


def test_a_file_that_is_there_is_not_written_over(
    shop: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sealed.jsonl"
    file.write_text("mine")
    assert run(["verify", "--export", str(file)]) == 1
    assert file.read_text() == "mine"
    assert "is there already. Name another file." in capsys.readouterr().err


def test_a_changed_row_is_named_and_fails(shop: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET source = 'x' WHERE id = 1"))
    assert run(["verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "audit_entry 1: changed after it was sealed (seal 1, 2026-03-18 04:00:00 UTC)",
        "1 difference found.",
    ]


def test_the_statement_of_the_documentation_finds_the_digest_of_a_seal(postgres_store: Store) -> None:
    with postgres_store.working(SYSTEM) as uow:
        goods(uow, a_warehouse(uow), 5, name="青花杯")
    seal_all(postgres_store, SYSTEM)
    statement = re.search(r"```sql\n(.*?);\n```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert statement is not None
    with postgres_store.engine.connect() as connection:
        found = connection.exec_driver_sql(statement.group(1).replace("seal_id = 7", "seal_id = 1")).scalar()
    with postgres_store.viewing(SYSTEM) as view:
        assert found == view.session.get_one(Seal, 1).rows_digest
