"""The link of a statement, opened and answered by somebody who is not signed in, and attacked."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.receivables.statement_models import StatementState
from core.sales.money.link_queries import answers_of_statement
from core.sales.money.statement_links import MOST_TRIES, make_statement_link, withdraw_statement_link
from core.sales.money.statement_queries import StatementCard, statement_card
from core.sales.money.statements import cancel_statement, draw_statement, send_statement
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.routes import ROUTES
from tests.builders import a_customer
from tests.money import Books, open_books
from tests.pages.app import open_app, visit
from tests.traces import everything

TOKEN, OTHER = "t" * 43, "o" * 43
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
SITE = Starlette(routes=list(ROUTES))


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


def ask(path: str, method: str = "GET", form: dict[str, str] | None = None, **headers: str) -> Answer:
    """Send a request as a phone would."""
    body, sent = urlencode(form or {}).encode(), []
    asked = {"accept-language": "en", "content-type": "application/x-www-form-urlencoded", **headers}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), word.encode()) for name, word in asked.items()],
        "client": ("203.0.113.7", 1234),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(SITE(scope, receive, send))
    found = {name.decode(): word.decode() for name, word in sent[0]["headers"]}
    return Answer(sent[0]["status"], found, b"".join(each.get("body", b"") for each in sent).decode())


def agree(token: str = TOKEN, **more: str) -> Answer:
    return ask(f"/s/{token}", "POST", {"name": "Ms Chen", "answer": "agree", **more})


def dispute(token: str = TOKEN, name: str = "Ms Chen", **lines: str) -> Answer:
    places = {each.replace("_", "."): words for each, words in lines.items()}
    return ask(f"/s/{token}", "POST", {"name": name, "answer": "object", **places})


@dataclass
class Desk:
    """A shop with one sent statement and its link."""

    books: Books
    statement: int

    def card(self) -> StatementCard:
        with self.books.store.viewing(SYSTEM) as view:
            return statement_card(view, self.statement)

    def state(self) -> StatementState:
        return self.card().row.state


def a_statement(books: Books, token: str) -> int:
    books.run(ship_order, books.order())
    made = books.run(draw_statement, books.customer, since=MARCH, until=APRIL, note="bad payer, watch out")
    books.run(send_statement, made)
    books.run(make_statement_link, made, token)
    return made


@pytest.fixture
def desk(any_store: Store) -> Desk:
    use_store(any_store)
    books = open_books(any_store)
    return Desk(books, a_statement(books, TOKEN))


def test_the_link_shows_its_statement_and_nothing_else(desk: Desk) -> None:
    other = Books(desk.books.store, desk.books.warehouse, desk.books.mug, desk.books.channel, 0)
    with desk.books.store.working(SYSTEM) as uow:
        other.customer = a_customer(uow, "Secret Rival").id
    a_statement(other, OTHER)

    shown = ask(f"/s/{TOKEN}")
    assert shown.status == 200
    for word in ("Lotus Trading", "AS-2026-00001", "¥100.00", "SO-2026-00001", "Goods shipped"):
        assert word in shown.text
    for word in ("Secret Rival", "AS-2026-00002", "SO-2026-00002", "bad payer", "<script", "href", TOKEN):
        assert word not in shown.text
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in shown.headers


def test_the_page_speaks_the_language_of_the_browser(desk: Desk) -> None:
    assert "对账单" in ask(f"/s/{TOKEN}", **{"accept-language": "zh-CN,zh;q=0.9"}).text
    assert "Statement of account" in ask(f"/s/{TOKEN}", **{"accept-language": "de"}).text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_a_link_changes_not_one_row(desk: Desk, method: str) -> None:
    before = everything(desk.books.store)
    for _ in range(3):
        assert ask(f"/s/{TOKEN}", method).status == 200
    assert everything(desk.books.store) == before


def test_a_customer_confirms_the_whole_and_is_named_with_the_time(desk: Desk, clock: FixedClock) -> None:
    clock.moment += timedelta(days=2)
    answered = agree()
    assert (answered.status, answered.headers["location"]) == (303, f"/s/{TOKEN}")
    card = desk.card()
    assert (card.row.state, card.answered_at, card.remark) == (StatementState.CONFIRMED, clock.moment, "Ms Chen")
    assert "Confirmed by Ms Chen on 20 Mar 2026. Thank you." in ask(f"/s/{TOKEN}").text
    with desk.books.store.viewing(SYSTEM) as view:
        entry = view.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert entry is not None
        assert (entry.tag, entry.actor_id, entry.source) == ("statement.confirmed", None, "link AS-2026-00001")
        assert entry.facts["by"] == "Ms Chen"


def test_an_answer_sent_again_changes_nothing_of_the_statement(desk: Desk) -> None:
    agree()
    first = desk.card()
    for again in (agree(), agree(name="Somebody else"), dispute(line_1="no")):
        assert again.status == 422
        assert "AS-2026-00001 was already answered." in again.text
        assert "<form" not in again.text
    assert desk.card() == first


def test_a_customer_disputes_single_lines_and_answers_again_once_it_was_sent_again(desk: Desk) -> None:
    assert dispute(line_1="only 8 mugs came").status == 303
    assert desk.state() == StatementState.DISPUTED
    shown = ask(f"/s/{TOKEN}").text
    assert "Disputed by Ms Chen on 18 Mar 2026." in shown
    assert "only 8 mugs came" in shown
    assert agree().status == 422
    desk.books.run(send_statement, desk.statement)
    assert agree().status == 303
    with desk.books.store.viewing(SYSTEM) as view:
        answers = answers_of_statement(view, desk.statement)
    assert [(each.is_agreed, each.name) for each in answers] == [(True, "Ms Chen"), (False, "Ms Chen")]
    [objection] = answers[1].objections
    assert (objection.line_number, objection.document, objection.words) == (1, "SH-2026-00001", "only 8 mugs came")


def test_a_script_in_an_answer_is_shown_as_text(desk: Desk) -> None:
    attack = '</textarea><script>alert("1")</script>\x00\n<img src=x onerror=alert(1)>'
    refused = dispute(name="", line_1=attack)
    assert refused.status == 422
    assert "Your name: enter your name" in refused.text
    assert dispute(name='"><b>x', line_1=attack).status == 303
    for text in (refused.text, ask(f"/s/{TOKEN}").text):
        assert "<script" not in text
        assert "<img" not in text
        assert "<b>x" not in text
        assert "&lt;script&gt;" in text

    app = visit(open_app(desk.books.store, Role.FINANCE), "receivables/statement", id=str(desk.statement))
    assert not app.exception
    assert r"\<script\>" in app.warning[0].value


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": " "}, "Your name: enter your name, with at most 80 characters."),
        ({"name": "x" * 81}, "Your name: enter your name, with at most 80 characters."),
        ({"line.1": "no"}, "Disputed lines: you wrote that something is wrong; send that, or empty it to confirm."),
        ({"answer": "object"}, "Disputed lines: say of at least one line what is wrong with it."),
        ({"answer": "object", "line.1": "x" * 301}, "What is wrong?: write at most 300 characters for each line."),
        ({"answer": "object", "line.99": "no"}, "The line was not found."),
    ],
)
def test_what_cannot_be_an_answer_is_refused_and_what_was_typed_stays(
    desk: Desk, form: dict[str, str], sentence: str
) -> None:
    refused = agree(**form)
    assert refused.status == 422
    assert sentence in refused.text
    assert desk.state() == StatementState.SENT
    if "line.1" in form:
        assert form["line.1"] in refused.text


def test_wrong_expired_withdrawn_and_cancelled_links_look_the_same(desk: Desk, clock: FixedClock) -> None:
    wrong = [ask(f"/s/{OTHER}"), agree(OTHER), ask("/s/1"), ask(f"/s/{desk.statement}")]
    desk.books.run(withdraw_statement_link, desk.statement)
    wrong += [ask(f"/s/{TOKEN}"), agree(), dispute(line_1="no")]
    desk.books.run(make_statement_link, desk.statement, OTHER, days=1)
    wrong.append(ask(f"/s/{TOKEN}"))
    clock.moment += timedelta(days=1)
    wrong += [ask(f"/s/{OTHER}"), agree(OTHER)]
    desk.books.run(make_statement_link, desk.statement, TOKEN)
    assert ask(f"/s/{TOKEN}").status == 200
    desk.books.run(cancel_statement, desk.statement, reason="wrong price")
    wrong.append(ask(f"/s/{TOKEN}"))

    assert {(each.status, each.text) for each in wrong} == {(404, wrong[0].text)}
    assert "This link is not valid, or no longer." in wrong[0].text
    assert {tuple(sorted(each.headers.items())) for each in wrong} == {tuple(sorted(wrong[0].headers.items()))}


def test_guessing_is_counted_and_stopped_and_the_right_link_still_opens(desk: Desk, clock: FixedClock) -> None:
    assert {ask(f"/s/{n:043}").status for n in range(MOST_TRIES)} == {404}
    before = everything(desk.books.store)
    assert ask(f"/s/{OTHER}").status == 429
    assert everything(desk.books.store) == before
    assert ask(f"/s/{TOKEN}").status == 200
    clock.moment += timedelta(minutes=16)
    assert ask(f"/s/{OTHER}").status == 404


def test_answers_through_one_link_are_counted_and_stopped(desk: Desk) -> None:
    assert {agree(name="").status for _ in range(MOST_TRIES)} == {422}
    assert agree().status == 429
    assert desk.state() == StatementState.SENT


def test_a_form_that_is_too_large_is_not_read(desk: Desk) -> None:
    assert agree(note="x" * 400_000).status == 413
    assert ask(f"/s/{TOKEN}", "POST", {f"line.{n}": "no" for n in range(2_001)}).status == 400
    assert desk.state() == StatementState.SENT


def test_the_link_is_made_shown_once_and_withdrawn_on_the_screen(store: Store) -> None:
    books = open_books(store)
    books.run(ship_order, books.order())
    statement = books.run(draw_statement, books.customer, since=MARCH, until=APRIL)
    app = visit(open_app(store, Role.FINANCE), "receivables/statement", id=str(statement))
    assert "statement.link.make" not in {button.key for button in app.button}
    app.button(key="statement.send").click().run()
    app.button(key="statement.link.make").click().run()
    assert not app.exception
    address = app.code[0].value
    assert ask(address).status == 200

    app.button(key="statement.link.withdraw").click().run()
    assert not app.exception
    assert not app.code
    assert ask(address).status == 404


def test_of_two_answers_at_once_one_counts(desk: Desk) -> None:
    start = Barrier(4)

    def answer(n: int) -> int:
        start.wait()
        return (agree() if n % 2 else dispute(line_1="no")).status

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(answer, range(4)))
    assert sorted(statuses) == [303, 422, 422, 422]
    with desk.books.store.viewing(SYSTEM) as view:
        assert len(answers_of_statement(view, desk.statement)) == 1
