"""The command line as scripts use it: exit codes, one JSON object, sentences on standard error."""

import io
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from core.audit.models import AuditEntry
from core.base.settings import Settings
from core.cli.frame import opened
from core.cli.main import run
from core.receivables.models import PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.models import OrderLine
from core.sales.pay import pay_order
from core.sales.queries import order_card
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.stock.queries import on_hand
from core.work.models import Change
from tests.builders import a_draft, a_warehouse, goods
from tests.terminal import Terminal, a_terminal


@pytest.fixture
def terminal(
    sqlite_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal of an installation on SQLite, in English."""
    return a_terminal(sqlite_settings, capsys, monkeypatch)


@pytest.fixture
def postgres_terminal(
    postgres_settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    """A terminal of an installation on PostgreSQL, in English."""
    return a_terminal(postgres_settings, capsys, monkeypatch)


def test_init_creates_the_database_and_says_so_when_there_is_nothing_to_do(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = tmp_path / "fresh"
    terminal = a_terminal(Settings(data_dir=fresh, database_url=f"sqlite:///{fresh}.db"), capsys, monkeypatch)

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
    terminal = a_terminal(settings, capsys, monkeypatch)

    assert terminal.json("check", code=1) == {
        "ok": False,
        "error": "The database is not set up for this version. Run “python -m core init” first.",
    }
    assert terminal.err == "The database is not set up for this version. Run “python -m core init” first.\n"


def test_a_database_that_does_not_answer_is_a_sentence(
    tmp_path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")
    terminal = a_terminal(settings, capsys, monkeypatch)

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


def test_a_password_that_is_no_text_is_refused_in_a_sentence_and_adds_nobody(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe tea-and-9-cups\n"), "utf-8"))

    assert run(("user", "add", "li", "--role", "sales")) == 1

    assert capsys.readouterr() == ("", "The password on standard input is not UTF-8 text. Type it again.\n")
    with opened() as store, store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(User)).all() == []


@pytest.mark.parametrize(
    "words",
    [
        ("bogus",),
        ("user", "add", "li"),
        ("user", "add", "li", "--role", "king"),
        ("ask", "--measure", "net_sales", "--by", "product", "--top", "99999999999999999999"),
    ],
)
def test_words_that_are_not_understood_end_with_two_and_one_json_object(terminal: Terminal, words) -> None:
    assert terminal.json(*words, code=2)["ok"] is False
    assert terminal.err != ""


def test_the_command_line_speaks_the_language_of_thea_terminal(
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


@pytest.mark.parametrize("which", ["terminal", "postgres_terminal"])
def test_check_finds_what_was_falsified_and_repair_sets_it_right(which: str, request: pytest.FixtureRequest) -> None:
    terminal: Terminal = request.getfixturevalue(which)
    with opened() as store:
        with store.working(SYSTEM) as uow:
            warehouse = a_warehouse(uow)
            mug, cup = goods(uow, warehouse, 9), goods(uow, warehouse, 4)
            order = a_draft(uow, warehouse, [(mug, 3)])
            confirm_order(uow, order)
            ship_order(uow, order)
            pay_order(uow, order, amount=Decimal(30), method=PaymentMethod.CASH)
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE sales_order SET paid_amount = 1, return_state = 'full'"))
            connection.execute(text("UPDATE order_line SET shipped_quantity = 1000"))
            connection.execute(
                text("UPDATE stock_level SET on_hand = on_hand + 1000 WHERE variant_id = :id"), {"id": mug.id}
            )
            connection.execute(text("DELETE FROM stock_level WHERE variant_id = :id"), {"id": cup.id})

    found = terminal.json("check", code=1)

    assert found["ok"] is False
    assert {(each["table"], each["column"], each["stored"], each["derived"]) for each in found["differences"]} == {
        ("stock_level", "on_hand", "7", "6"),
        ("stock_level", "on_hand", "0", "4"),
        ("order_line", "shipped_quantity", "1", "3"),
        ("sales_order", "paid_amount", "0.01", "30"),
        ("sales_order", "payment_state", "full", "partial"),
        ("sales_order", "shipment_state", "full", "partial"),
        ("sales_order", "return_state", "full", "none"),
    }
    repaired = terminal.json("check", "--repair")
    assert repaired["ok"] is True
    assert {each["repaired"] for each in repaired["differences"]} == {True}
    assert terminal.json("check") == {"ok": True, "differences": [], "repaired": 0}
    with opened() as store, store.viewing(SYSTEM) as view:
        assert on_hand(view, mug.id) == Decimal(6)
        assert on_hand(view, cup.id) == Decimal(4)
        assert order_card(view, order).paid_amount == Decimal(30)
        entry = view.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.tag, entry.command) == ("differences.repaired", "ops.repair_differences")
        fed = {tuple(row) for row in view.session.execute(select(Change.entity, Change.first_id))}
        assert ("sales_order", order) in fed


@pytest.mark.parametrize("which", ["terminal", "postgres_terminal"])
def test_check_finds_documents_that_were_falsified_and_leaves_them_as_they_are(
    which: str, request: pytest.FixtureRequest
) -> None:
    terminal: Terminal = request.getfixturevalue(which)
    with opened() as store:
        with store.working(SYSTEM) as uow:
            warehouse = a_warehouse(uow)
            mug = goods(uow, warehouse, 9)
            orders = [a_draft(uow, warehouse, [(mug, 3)]) for _ in range(2)]
            for order in orders:
                confirm_order(uow, order)
                ship_order(uow, order)
            paid = [pay_order(uow, order, amount=Decimal(30), method=PaymentMethod.CASH) for order in orders]
        assert terminal.json("check")["differences"] == []
        with store.engine.begin() as connection:
            connection.execute(text("DELETE FROM shipment_line WHERE shipment_id = 1"))
            connection.execute(text("UPDATE payment SET amount = 9900 WHERE id = :id"), {"id": paid[0]})

    # What the amount of a payment makes free is derived from it; the amount itself is nothing to repair.
    derived = [("customer_accounts", "customer_account", "0", "69"), ("free_money", "payment", "0", "69")]
    # Month by month: how many payments, their money, and what of it settles which orders.
    derived.append(("mirror", "payments", "2 6000 1188000", "2 12900 1188000"))
    derived.append(("mirror", "goods due", "6000 6000", "6000 3000"))
    facts = [("shipments", "order_line", "3", "0"), ("payment_records", "payment", "99", "30")]
    for words, left in ((("check",), derived), (("check", "--repair"), derived), (("check",), [])):
        found = terminal.json(*words, code=1)
        shown = [(each["check"], each["table"], each["stored"], each["derived"]) for each in found["differences"]]
        assert sorted(shown) == sorted(left + facts)


def test_repair_refuses_where_the_documents_themselves_are_impossible(terminal: Terminal) -> None:
    with opened() as store:
        with store.working(SYSTEM) as uow:
            mug = goods(uow, a_warehouse(uow), 5)
        with store.engine.begin() as connection:
            connection.execute(text("UPDATE stock_move SET source_id = target_id, target_id = source_id"))

    assert terminal("check", "--repair") == 1
    assert terminal.err.startswith("Nothing was repaired: what the documents behind “stock_levels”")
    with opened() as store, store.viewing(SYSTEM) as view:
        assert on_hand(view, mug.id) == Decimal(5)
