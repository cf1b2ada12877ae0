"""What leaves: to real servers, once, no faster than they allow, again when they fail, and told when they go on."""

import base64
import hashlib
import hmac
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.notify import sending
from core.notify.channels import (
    change_channel,
    channels,
    give_up_post,
    posts,
    remove_channel,
    retry_post,
    start_channel,
    stop_channel,
)
from core.notify.events import COUNT_HANDED_IN
from core.notify.models import ChannelKind, Gathering, NoticeChannel, NoticeLine, PostState
from core.notify.outgoing import LEASE, note_post, take_post
from core.notify.postman import POSTMAN, Postman, send_next
from core.notify.sending import Outcome, Problem
from core.notify.tell import settle
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.moments import NOON
from tests.notices import a_channel, a_person, heard, send_all, states, told
from tests.receivers import FINE, Bot, a_bot


@pytest.fixture
def bot() -> Iterator[Bot]:
    """A bot that answers."""
    with a_bot() as made:
        yield made


def test_a_group_chat_hears_of_what_it_is_for_with_a_link(store: Store, bot: Bot) -> None:
    store.settings.public_url, store.settings.company = "https://shop.example/", "Lotus"
    a_channel(store, bot)
    told(store, "1")
    assert send_all(store) == 1
    (text,) = bot.texts
    assert text == (
        "A stocktake waits for approval\nLi handed in SC-1, Main. Lines counted: 3.\n"
        f"https://shop.example/count?id=7\n\nLotus · #{bot.arrivals[0].uid[:8]}"
    )
    assert states(store) == [(PostState.SENT, 1, 1)]


def test_what_comes_too_fast_for_a_bot_is_gathered_whatever_process_sends(any_store: Store, bot: Bot) -> None:
    clock = any_store.clock
    assert isinstance(clock, FixedClock)
    other = Store(any_store.settings, clock)
    a_channel(any_store, bot, per_minute=20)
    for n in range(25):
        told(any_store, str(n))
        send_next((any_store, other)[n % 2])
        clock.moment += timedelta(seconds=1)
    assert len(bot.arrivals) == 20
    assert send_all(any_store) == send_all(other) == 0
    clock.moment = NOON + timedelta(seconds=59)
    assert send_all(any_store) == send_all(other) == 0
    clock.moment = NOON + timedelta(seconds=60)
    assert send_all(other) == 1
    assert "5 notices\n1. A stocktake waits for approval: Li handed in SC-20, Main." in bot.texts[20]
    assert len(bot.arrivals) == 21
    other.engine.dispose()


def test_a_bot_that_says_no_with_status_200_is_a_failure_that_is_seen(store: Store) -> None:
    with a_bot((200, '{"errcode": 93000, "errmsg": "invalid webhook url, abcdef0123456789"}', {})) as bot:
        a_channel(store, bot)
        told(store, "1")
        assert send_all(store) == 1
        assert states(store) == [(PostState.WAITING, 1, 1)]
        with store.viewing(SYSTEM) as view:
            row = posts(view)[0]
    assert row.problem == "refused"
    assert "invalid webhook url" in row.answer
    assert "abcdef0123456789" not in row.answer


@pytest.mark.parametrize(
    ("kind", "reply", "rests"),
    [
        (ChannelKind.WECOM, (429, "slow down", {"Retry-After": "90"}), 90),
        (ChannelKind.WECOM, (200, '{"errcode": 45009, "errmsg": "api freq out of limit"}', {}), 60),
        (ChannelKind.DINGTALK, (200, '{"errcode": 130101, "errmsg": "send too fast"}', {}), 600),
        (ChannelKind.FEISHU, (200, '{"code": 11232, "msg": "frequency limited"}', {}), 60),
        (ChannelKind.WECOM, (503, "", {"Retry-After": "999999"}), 3600),
    ],
)
def test_a_bot_that_asks_for_patience_gets_it_and_loses_no_attempt(
    store: Store, clock: FixedClock, kind: ChannelKind, reply: sending.Outcome, rests: int
) -> None:
    with a_bot(reply, FINE) as bot:
        a_channel(store, bot, kind)
        told(store, "1")
        assert send_all(store) == 1
        told(store, "2")
        clock.moment += timedelta(seconds=rests - 1)
        assert send_all(store) == 0
        clock.moment += timedelta(seconds=1)
        assert send_all(store) == 2
        assert states(store) == [(PostState.SENT, 1, 1), (PostState.SENT, 1, 1)]
        assert bot.arrivals[0].uid == bot.arrivals[1].uid


def test_a_server_that_fails_is_tried_again_with_longer_pauses_and_then_operators_hear_of_it(
    store: Store,
) -> None:
    clock = store.clock
    assert isinstance(clock, FixedClock)
    ada = a_person(store, "ada", Role.ADMINISTRATOR)
    with a_bot(*[(500, "out of order", {})] * 8) as bot:
        a_channel(store, bot)
        told(store, "1")
        for attempt, pause in enumerate((30, 60, 120, 240, 480, 960, 1920), start=1):
            assert send_all(store) == 1
            assert states(store) == [(PostState.WAITING, attempt, 1)]
            clock.moment += timedelta(seconds=pause - 1)
            assert send_all(store) == 0
            clock.moment += timedelta(seconds=1)
        assert heard(store, ada) == ["count_handed_in"]
        assert send_all(store) == 1
        assert states(store) == [(PostState.FAILED, 8, 1)]
        assert heard(store, ada) == ["message_failed", "count_handed_in"]
        with store.viewing(SYSTEM) as view:
            failed = posts(view, states=(PostState.FAILED,))[0]
        assert (failed.target, failed.answer) == ("Stock group", "500 out of order")
        store.run(ada, retry_post, None, failed.id)
        assert send_all(store) == 1
        assert len({each.uid for each in bot.arrivals}) == 1
    assert states(store) == [(PostState.SENT, 1, 1)]
    assert heard(store, ada) == ["count_handed_in"]


def test_what_failed_can_be_given_up(store: Store, bot: Bot) -> None:
    a_channel(store, bot)
    told(store, "1")
    parcel = store.run(POSTMAN, take_post)
    assert parcel is not None
    assert store.run(POSTMAN, note_post, None, parcel.post_id, 1, Outcome(Problem.ADDRESS))
    store.run(SYSTEM, give_up_post, None, parcel.post_id)
    assert states(store) == [(PostState.DROPPED, 1, 1)]
    assert send_all(store) == 0


def test_nobody_there_and_no_answer_are_problems_with_a_name(
    store: Store, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ANSWER_SECONDS", 0.05)
    a_channel(store, bot, address="http://127.0.0.1:9/robot?key=secretsecret")
    slow = a_channel(store, bot)
    bot.answers.clear()
    told(store, "1")
    assert send_all(store) == 2
    with store.viewing(SYSTEM) as view:
        assert sorted(row.problem for row in posts(view)) == ["silent", "unreachable"]
        assert [row.id for row in channels(view)][1] == slow


def _send_one(settings: Settings, moment: datetime) -> None:
    send_next(Store(settings, FixedClock(moment)))


def test_a_process_killed_between_sending_and_noting_sends_it_again_under_the_same_id(
    any_store: Store, bot: Bot
) -> None:
    clock = any_store.clock
    assert isinstance(clock, FixedClock)
    a_channel(any_store, bot)
    told(any_store, "1")
    bot.answers.clear()
    killed = multiprocessing.get_context("fork").Process(target=_send_one, args=(any_store.settings, clock.moment))
    any_store.engine.dispose()
    killed.start()
    assert bot.arrived.wait(20)
    os.kill(killed.pid or 0, signal.SIGKILL)
    killed.join()
    bot.answers.set()
    assert states(any_store) == [(PostState.SENDING, 1, 1)]
    assert send_all(any_store) == 0
    clock.moment += LEASE + timedelta(seconds=1)
    assert send_all(any_store) == 1
    assert states(any_store) == [(PostState.SENT, 2, 1)]
    assert [each.uid for each in bot.arrivals] == [bot.arrivals[0].uid] * 2


def _send_many(settings: Settings, moment: datetime, start: threading.Barrier) -> None:
    store = Store(settings, FixedClock(moment))
    start.wait(20)
    send_all(store)


def test_two_processes_never_send_the_same(any_store: Store, bot: Bot) -> None:
    for _ in range(8):
        a_channel(any_store, bot)
    told(any_store, "1", "2")
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(2)
    any_store.engine.dispose()
    both = [fork.Process(target=_send_many, args=(any_store.settings, NOON, start)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert [each.exitcode for each in both] == [0, 0]
    send_all(any_store)
    assert len(bot.arrivals) == len({each.uid for each in bot.arrivals}) == 8
    assert states(any_store) == [(PostState.SENT, 1, 2)] * 8


def test_an_answer_that_comes_after_the_lease_is_over_changes_nothing(
    store: Store, clock: FixedClock, bot: Bot
) -> None:
    a_channel(store, bot)
    told(store, "1")
    late = store.run(POSTMAN, take_post)
    clock.moment += LEASE + timedelta(seconds=1)
    assert send_all(store) == 1
    assert late is not None
    assert store.run(POSTMAN, note_post, None, late.post_id, late.attempt, Outcome(Problem.SILENT)) is False
    assert states(store) == [(PostState.SENT, 2, 1)]


def test_bots_are_signed_as_they_ask_for(store: Store, bot: Bot) -> None:
    secret = "SEC0123456789abcdef"  # noqa: S105 - of nothing
    a_channel(store, bot, ChannelKind.DINGTALK, secret=secret)
    told(store, "1")
    send_all(store)
    asked = parse_qs(urlsplit(bot.arrivals[0].path).query)
    stamp = asked["timestamp"][0]
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    assert asked["sign"] == [base64.b64encode(digest).decode()]
    assert abs(datetime.fromtimestamp(int(stamp) / 1000, UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    with store.viewing(SYSTEM) as view:
        store.run(SYSTEM, remove_channel, None, channels(view)[0].id)
    a_channel(store, bot, ChannelKind.FEISHU, secret=secret)
    told(store, "2")
    send_all(store)
    body = bot.arrivals[1].body
    key = f"{body['timestamp']}\n{secret}".encode()
    assert body["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert body["content"]["text"].startswith("A stocktake waits")


def test_many_notices_fit_into_what_a_bot_takes(store: Store, bot: Bot) -> None:
    a_channel(store, bot)
    told(store, *(f"库存{n}" for n in range(60)))
    assert send_all(store) == 1
    (text,) = bot.texts
    assert len(text.encode()) <= 2_000
    assert text.startswith("60 notices\n1. ")
    shown = text.count("A stocktake waits")
    assert f"and {60 - shown} more, in the inbox of the app" in text
    assert states(store) == [(PostState.SENT, 1, 60)]


def test_quiet_hours_and_gathering_hold_notices_back_and_what_is_settled_meanwhile_never_leaves(
    store: Store, clock: FixedClock, bot: Bot
) -> None:
    a_channel(store, bot, quiet_from=12 * 60, quiet_until=14 * 60)
    a_channel(store, bot, gathering=Gathering.HOURLY)
    told(store, "1", "2")
    assert send_all(store) == 0
    store.run(SYSTEM, settle, None, COUNT_HANDED_IN, "1")
    clock.moment += timedelta(hours=1)
    assert send_all(store) == 1
    clock.moment += timedelta(hours=1)
    assert send_all(store) == 1
    assert [text.count("SC-2") for text in bot.texts] == [1, 1]
    assert "SC-1" not in "".join(bot.texts)


def test_a_stopped_channel_keeps_what_waits_and_a_removed_one_forgets_its_address(store: Store, bot: Bot) -> None:
    channel = a_channel(store, bot)
    told(store, "1")
    store.run(SYSTEM, stop_channel, None, channel)
    told(store, "2")
    assert send_all(store) == 0
    store.run(SYSTEM, start_channel, None, channel)
    assert send_all(store) == 1
    assert "SC-2" not in bot.texts[0]
    told(store, "3")
    store.run(SYSTEM, remove_channel, None, channel)
    told(store, "4")
    assert send_all(store) == 0
    with store.viewing(SYSTEM) as view:
        kept = view.session.get_one(NoticeChannel, channel)
        assert (kept.address, kept.secret, channels(view)) == ("", "", [])
        dropped = select(func.count()).where(NoticeLine.dropped_at.is_not(None))
        assert view.session.scalar(dropped) == 1


def test_addresses_and_secrets_are_encrypted_and_never_shown(store: Store, bot: Bot) -> None:
    channel = a_channel(store, bot, secret="SECsecret")
    store.run(SYSTEM, change_channel, None, channel, name="Other name", events=["count_handed_in"])
    with store.viewing(SYSTEM) as view:
        row = channels(view)[0]
        stored = view.session.get_one(NoticeChannel, channel)
        assert (row.name, row.hint, row.has_secret) == ("Other name", "127.0.0.1 …6789", True)
        assert "abcdef" not in stored.address
        assert "SECsecret" not in stored.secret
    told(store, "1")
    assert send_all(store) == 1
    (store.settings.data_dir / "notices.secret").write_text("another key")
    told(store, "2")
    assert send_all(store) == 1
    with store.viewing(SYSTEM) as view:
        assert posts(view)[0].problem == "key"


def test_the_postman_sends_by_itself_until_it_is_stopped(present_store: Store, bot: Bot) -> None:
    a_channel(present_store, bot)
    postman = Postman(present_store)
    postman.start()
    told(present_store, "1")
    assert bot.arrived.wait(10)
    postman.stop()
    assert states(present_store) == [(PostState.SENT, 1, 1)]
