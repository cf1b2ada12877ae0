"""What cannot be done with notices, their channels and messages is refused and changes nothing."""

import pytest

from core.notify.channels import (
    add_channel,
    change_channel,
    give_up_post,
    prepare_test,
    remove_channel,
    retry_post,
    set_mail_server,
    start_channel,
    stop_channel,
)
from core.notify.choices import choose_notice, set_my_profile
from core.notify.errors import NotDelivered
from core.notify.inbox import mark_read, mark_unread
from core.notify.models import ChannelKind, Security
from core.notify.postman import send_next, try_channel
from core.security.actor import SYSTEM, VISITOR, NotAllowed
from core.work.store import Store
from tests.notices import a_channel, told
from tests.receivers import a_bot
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten

GOOD = {"kind": ChannelKind.WECOM, "address": "https://qyapi.weixin.qq.com/x?key=1", "events": ["job_failed"]}
SERVER = {"host": "mail", "port": 25, "security": Security.NONE, "sender": "a@b.cd"}


def test_what_cannot_be_done_with_notices_is_refused(store: Store) -> None:
    with a_bot() as bot:
        gone, here = a_channel(store, bot), a_channel(store, bot)
        store.run(SYSTEM, remove_channel, None, gone)
        told(store, "1")
        send_next(store)
    calls: Calls = [
        (add_channel, ("Group",), GOOD | wrong)
        for wrong in (
            {"address": ""},
            {"address": "not an address"},
            {"address": "ftp://x/y"},
            {"address": "https://x/" + "x" * 1_000},
            {"kind": ChannelKind.MAIL, "address": "nobody"},
            {"kind": ChannelKind.OTHER, "address": "nothing://x"},
            {"secret": "x" * 501},
            {"events": []},
            {"events": ["nothing"]},
            {"events": ["message_failed"]},
            {"language": "xx"},
            {"per_minute": 0},
            {"per_minute": 601},
            {"quiet_from": 60},
            {"quiet_from": 60, "quiet_until": 1440},
        )
    ]
    calls += [(add_channel, (name,), GOOD) for name in (" ", "x" * 81)]
    habits = {"name": "Group", "events": ["job_failed"]}
    calls += [(change_channel, (each,), habits) for each in (gone, 999)]
    calls += [(change_channel, (here,), habits | {"name": ""}), (change_channel, (here,), habits | {"address": "x"})]
    calls += [(act, (each,), {}) for act in (stop_channel, start_channel, remove_channel) for each in (gone, 999)]
    calls += [(prepare_test, (999,), {}), (prepare_test, (None,), {"to": "a@b.cd"}), (prepare_test, (None,), {})]
    calls += [(act, (each,), {}) for act in (retry_post, give_up_post) for each in (1, 999)]
    calls += [
        (set_mail_server, (), SERVER | wrong)
        for wrong in (
            {"host": " "},
            {"host": "a b"},
            {"host": "https://mail/"},
            {"port": 0},
            {"port": 65_536},
            {"sender": "nobody"},
            {"sender": "a@b.cd\nBcc: c@d.ef"},
            {"password": "x" * 501},
        )
    ]
    calls += [(choose_notice, ("nothing",), {"in_app": True, "by_mail": True})]
    for wrong_profile in ({"email": "nobody"}, {"email": "a@b.cd, c@d.ef"}, {"email": "", "quiet_until": 5}):
        calls.append((set_my_profile, (), wrong_profile))
    assert_each_refused(store, calls)
    assert_none_forgotten(calls, "core.notify", but={mark_read, mark_unread})


def test_a_test_that_does_not_get_through_says_why_and_hides_the_address(store: Store) -> None:
    with a_bot((200, '{"errcode": 93000, "errmsg": "no robot abcdef0123456789"}', {})) as bot:
        channel = a_channel(store, bot)
        with pytest.raises(NotDelivered) as refusal:
            try_channel(store, SYSTEM, channel)
    assert "no robot •••" in refusal.value.sentence
    assert "abcdef0123456789" not in refusal.value.sentence


def test_channels_are_for_administrators_alone(store: Store) -> None:
    with pytest.raises(NotAllowed):
        store.run(VISITOR, stop_channel, None, 1)
