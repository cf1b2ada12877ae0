"""The command line run as a user answers with that user's rights."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.accounts.service import add_user
from core.cli.main import run
from core.security.actor import SYSTEM
from core.security.permissions import Role
from tests.leaks.company import SELLER, Company, of_own_customers

ASK = ("ask", "--measure", "net_sales", "--by", "customer", "--documents", "500", "--json")


@pytest.fixture
def company(demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    """The company, whose seller sees own customers, as the installation of this terminal."""
    made = of_own_customers(demo, tmp_path / "salesbook.db")
    monkeypatch.setenv("SALESBOOK_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SALESBOOK_DATABASE_URL", str(made.store.engine.url))
    monkeypatch.setenv("LC_ALL", "en")
    yield made
    made.store.engine.dispose()


def test_a_question_asked_as_a_user_shows_what_the_user_sees(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    company.store.run(
        SYSTEM, add_user, None, username="clerk", name="Clerk", password="a mug of green tea", roles=[Role.WAREHOUSE]
    )
    assert run(ASK) == 0
    whole = capsys.readouterr().out
    assert run((*ASK, "--as", SELLER)) == 0
    part = capsys.readouterr().out
    assert company.marks(whole)
    assert not company.marks(part)
    assert 0 < float(json.loads(part)["totals"]["net_sales"]) < float(json.loads(whole)["totals"]["net_sales"])
    assert run((*ASK, "--as", "clerk")) != 0
    assert run((*ASK, "--as", "nobody")) != 0
