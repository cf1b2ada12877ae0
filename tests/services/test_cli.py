"""The command line as scripts use it: exit codes, one JSON object, sentences on standard error."""

import io
import json
from typing import Any

import pytest
from sqlalchemy import func, select, text

from core.audit.models import AuditEntry
from core.base.settings import Settings
from core.cli.frame import opened
from core.cli.main import run
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.work.models import Change


class Terminal:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.out = self.err = ""

    def __call__(self, *words: str, typed: str = "") -> int:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = run(words)
        self.out, self.err = self.capsys.readouterr()
        return code

    def json(self, *words: str, code: int = 0, typed: str = "") -> Any:
        """What a command prints with `--json`, which is one object and nothing else."""
        assert self(*words, "--json", typed=typed) == code
        return json.loads(self.out)


@pytest.fixture
def terminal(
    sqlite_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal of an installation on SQLite, in English."""
    return _terminal(sqlite_settings, capsys, monkeypatch)


@pytest.fixture
def postgres_terminal(
    postgres_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal of an installation on PostgreSQL, in English."""
    return _terminal(postgres_settings, capsys, monkeypatch)


def test_init_creates_the_database_and_says_so_when_there_is_nothing_to_do(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = tmp_path / "fresh"
    terminal = _terminal(Settings(data_dir=fresh, database_url=f"sqlite:///{fresh}.db"), capsys, monkeypatch)

    assert terminal.json("init")["migrated"] is True
    assert terminal.json("init")["migrated"] is False
    assert terminal("init") == 0
    assert terminal.out == f"sqlite:///{fresh}.db is already current.\n"


def test_init_never_prints_the_password_of_the_database(postgres_terminal: Terminal) -> None:
    assert postgres_terminal.json("init")["database"].startswith("postgresql+psycopg://postgres:***@")


def test_commands_refuse_to_work_on_a_database_that_is_not_set_up(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    terminal = _terminal(settings, capsys, monkeypatch)

    assert terminal.json("check", code=1) == {
        "ok": False,
        "error": "The database is not set up for this version. Run “python -m core init” first.",
    }
    assert terminal.err == "The database is not set up for this version. Run “python -m core init” first.\n"


def test_a_database_that_does_not_answer_is_a_sentence(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    terminal = _terminal(settings, capsys, monkeypatch)

    assert terminal("check") == 1
    assert terminal.err == "The database does not answer: unable to open database file\n"


def test_a_user_is_added_with_the_password_from_standard_input(terminal: Terminal) -> None:
    made = terminal.json(
        "user", "add", "Li", "--role", "sales", "--role", "finance", "--name", "李娜", typed="tea-and-9-cups\n"
    )

    assert made == {"ok": True, "id": 1, "username": "li", "roles": ["sales", "finance"]}
    with opened() as store, store.viewing(SYSTEM) as view:
        assert view.session.execute(select(User.username, User.name)).all() == [("li", "李娜")]
        assert set(view.session.scalars(select(UserRole.role))) == {Role.SALES, Role.FINANCE}


def test_a_taken_name_is_refused_and_changes_nothing(terminal: Terminal) -> None:
    terminal("user", "add", "li", "--role", "sales", typed="tea-and-9-cups\n")

    refusal = terminal.json("user", "add", "li", "--role", "manager", typed="tea-and-9-cups\n", code=1)

    assert refusal["ok"] is False
    assert terminal.err == refusal["error"] + "\n"
    with opened() as store, store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(UserRole.role)).all() == [Role.SALES]


@pytest.mark.parametrize("words", [("bogus",), ("user", "add", "li"), ("user", "add", "li", "--role", "king")])
def test_words_that_are_not_understood_end_with_two_and_one_json_object(terminal: Terminal, words) -> None:
    assert terminal.json(*words, code=2)["ok"] is False
    assert terminal.err != ""


def test_the_command_line_speaks_the_language_of_the_terminal(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert terminal("check") == 0
    assert terminal.out.endswith("一切相符。\n")

    assert terminal("--language", "en", "check") == 0
    assert terminal.out.endswith("Everything adds up.\n")


@pytest.mark.parametrize("which", ["terminal", "postgres_terminal"])
def test_the_demo_company_adds_up_and_fills_a_database_only_once(which: str, request: pytest.FixtureRequest) -> None:
    terminal: Terminal = request.getfixturevalue(which)

    assert terminal.json("demo", "--lines", "400", "--seed", "7")["lines"] == 400
    assert terminal.json("check") == {"ok": True, "differences": [], "repaired": 0}
    assert terminal.json("demo", "--if-empty")["orders"] == 0
    assert terminal.json("demo", "--lines", "5", code=1)["ok"] is False
    with opened() as store, store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count()).select_from(OrderLine)) == 400


def test_the_same_seed_makes_the_same_company(tmp_path, capsys, monkeypatch) -> None:
    figures = []
    for name in ("one", "two"):
        settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / name}.db")
        terminal = _terminal(settings, capsys, monkeypatch)
        terminal("init")
        terminal.json("demo", "--lines", "300", "--seed", "3")
        with opened() as store, store.viewing(SYSTEM) as view:
            wanted = select(SalesOrder.number, SalesOrder.customer_id, SalesOrder.gross_amount, SalesOrder.region)
            figures.append(view.session.execute(wanted.order_by(SalesOrder.id)).all())
    assert figures[0] == figures[1]


@pytest.mark.parametrize("which", ["terminal", "postgres_terminal"])
def test_check_finds_what_was_falsified_and_repair_sets_it_right(which: str, request: pytest.FixtureRequest) -> None:
    terminal: Terminal = request.getfixturevalue(which)
    terminal("demo", "--lines", "60")
    with opened() as store, store.engine.begin() as connection:
        last = connection.scalar(text("SELECT max(id) FROM sales_order WHERE business_state = 'completed'"))
        paid = connection.scalar(text("SELECT paid_amount FROM sales_order WHERE id = :id"), {"id": last})
        connection.execute(
            text("UPDATE sales_order SET paid_amount = 1, return_state = 'full' WHERE id = :id"), {"id": last}
        )
        connection.execute(text("UPDATE stock_level SET on_hand = on_hand + 1000 WHERE id = 1"))
        connection.execute(text("DELETE FROM stock_level WHERE id = 2"))

    found = terminal.json("check", code=1)

    assert found["ok"] is False
    places = {(each["table"], each["id"], each["column"]) for each in found["differences"]}
    assert places == {
        ("stock_level", 1, "on_hand"),
        ("stock_level", None, "on_hand"),
        ("sales_order", last, "paid_amount"),
        ("sales_order", last, "payment_state"),
        ("sales_order", last, "return_state"),
    }
    repaired = terminal.json("check", "--repair")
    assert repaired["ok"] is True
    assert {each["repaired"] for each in repaired["differences"]} == {True}
    assert terminal.json("check") == {"ok": True, "differences": [], "repaired": 0}
    with opened() as store, store.viewing(SYSTEM) as view:
        assert view.session.scalar(text(f"SELECT paid_amount FROM sales_order WHERE id = {int(last)}")) == paid  # noqa: S608
        entry = view.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.tag, entry.command) == ("differences.repaired", "ops.repair_differences")
        latest = select(Change.entity, Change.first_id).order_by(Change.seq.desc()).limit(3)
        fed = {tuple(row) for row in view.session.execute(latest)}
        assert ("sales_order", last) in fed


def _terminal(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("SALESBOOK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SALESBOOK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Terminal(capsys, monkeypatch)
