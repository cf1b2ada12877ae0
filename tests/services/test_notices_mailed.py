"""Mails to people and messages to other services: to real servers, and what comes of them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from core.notify.channels import (
    posts,
    prepare_test,
    set_mail_server,
)
from core.notify.choices import choose_notice, set_my_profile
from core.notify.events import STATEMENT_CONFIRMED
from core.notify.models import ChannelKind, NoticePost, PostState, Security
from core.notify.postman import sent
from core.notify.sending import Outcome, Problem
from core.notify.tell import tell
from core.security.actor import SYSTEM, Actor
from core.security.models import UserRole
from core.security.permissions import Role
from core.work.store import Store
from tests.notices import a_channel, a_person, heard, send_all, told
from tests.receivers import Bot, a_bot, a_postbox


@pytest.fixture
def bot() -> Iterator[Bot]:
    """A bot that answers."""
    with a_bot() as made:
        yield made


def mailed(store: Store, port: int, *, password: str = "") -> Actor:
    """A mail server, and Fei of the finances who wants mails."""
    more = {"username": "shop", "password": password} if password else {}
    server = {"host": "127.0.0.1", "port": port, "security": Security.NONE, "sender": "shop@lotus.example"}
    store.run(SYSTEM, set_mail_server, None, **server, **more)
    fei = a_person(store, "fei", Role.FINANCE)
    store.run(fei, set_my_profile, None, email="fei@example.com")
    return fei


def test_a_person_gets_mails_of_what_they_chose_in_their_language(store: Store) -> None:
    with a_postbox(asks=True) as box:
        fei = mailed(store, box.port, password="rice-and-tea")
        told(store, "1")
        facts = {"name": "Wu", "number": "ST-1", "customer": "Lotus", "amount": "1234.5"}
        store.run(SYSTEM, tell, None, STATEMENT_CONFIRMED, "1", facts)
        store.run(fei, choose_notice, None, "statement_confirmed", in_app=False, by_mail=True)
        store.run(SYSTEM, tell, None, STATEMENT_CONFIRMED, "2", facts)
        assert send_all(store) == 1
    (mail,) = box.mails
    with store.viewing(SYSTEM) as view:
        uid = posts(view)[0].uid
    assert (mail["To"], mail["From"], mail["Message-ID"]) == (
        "fei@example.com",
        "shop@lotus.example",
        f"<{uid}@lotus.example>",
    )
    body = mail.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert "Wu 确认了 Lotus 的 ST-1，金额 ¥1,234.50。" in body.decode()
    assert heard(store, fei) == ["statement_confirmed", "count_handed_in"]


def test_a_wrong_password_a_refused_mailbox_and_no_server_are_told_apart(store: Store) -> None:
    with a_postbox(asks=True) as box:
        fei = mailed(store, box.port, password="wrong-password")
        told(store, "1")
        assert send_all(store) == 1
    with a_postbox() as box:
        box.refused.add("fei@example.com")
        mailed_again = {"host": "127.0.0.1", "port": box.port, "security": Security.NONE, "sender": "a@lotus.example"}
        store.run(SYSTEM, set_mail_server, None, **mailed_again)
        told(store, "2")
        assert send_all(store) == 1
    told(store, "3")
    assert send_all(store) == 1
    with store.viewing(SYSTEM) as view:
        rows = posts(view)
    assert [row.problem for row in rows] == ["unreachable", "address", "sign_in"]
    assert rows[1].state == PostState.FAILED
    assert "wrong-password" not in "".join(row.answer for row in rows)
    assert fei.id is not None


def test_whoever_lost_the_right_before_a_mail_leaves_does_not_get_it(store: Store) -> None:
    with a_postbox() as box:
        fei = mailed(store, box.port)
        told(store, "1")
        with store.working(SYSTEM) as uow:
            uow.session.execute(update(UserRole).where(UserRole.user_id == fei.id).values(role=Role.SALES))
            uow.audit("test.lived", None)
        assert send_all(store) == 0
        assert box.mails == []


def test_any_service_that_apprise_knows_can_be_a_channel(store: Store, bot: Bot) -> None:
    address = bot.url.replace("http://", "json://").partition("?")[0]
    a_channel(store, bot, ChannelKind.OTHER, address=f"{address}/topsecrettoken")
    told(store, "1")
    assert send_all(store) == 1
    assert bot.arrivals[0].body["title"] == "A stocktake waits for approval"
    assert bot.arrivals[0].body["message"].startswith("Li handed in SC-1")
    bot.replies.append((500, "topsecrettoken is unknown", {}))
    told(store, "2")
    assert send_all(store) == 1
    with store.viewing(SYSTEM) as view:
        row = posts(view)[0]
    assert (row.problem, row.state) == ("refused", PostState.WAITING)
    assert row.answer
    assert "topsecrettoken" not in row.answer


def test_a_test_says_what_came_of_it(store: Store, bot: Bot) -> None:
    channel = a_channel(store, bot)
    assert sent(store.settings, store.run(SYSTEM, prepare_test, None, channel)) == Outcome()
    assert bot.texts[0].startswith("Test\nThis is a test from Salesbook.")
    bot.replies.append((200, '{"errcode": 300001, "errmsg": "no such robot"}', {}))
    assert sent(store.settings, store.run(SYSTEM, prepare_test, None, channel)).problem is Problem.REFUSED
    with store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count()).select_from(NoticePost)) == 0
