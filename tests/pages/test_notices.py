"""Notices on the screens: the badge, the inbox, what one hears of, channels, messages, and the list on home."""

from core.base.clock import FixedClock
from core.notify.channels import channels, mail_server, posts
from core.notify.choices import my_choices, my_profile
from core.notify.events import COUNT_HANDED_IN, EVENTS, JOB_FAILED, STATEMENT_DISPUTED
from core.notify.models import PostState, Security
from core.notify.outgoing import note_post, take_post
from core.notify.postman import POSTMAN, send_next
from core.notify.sending import Outcome, Problem
from core.notify.tell import tell
from core.sales.texts import Occasion, customer_text
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.screens import SCREENS, screen_of
from tests.builders import a_draft, a_warehouse, goods
from tests.notices import a_channel
from tests.pages.app import open_app, visit
from tests.receivers import a_bot


def words(app) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption))


def told(store: Store) -> None:
    count = {"counted_by": "Li", "number": "SC-1", "warehouse": "Main", "count": 3}
    store.run(SYSTEM, tell, None, COUNT_HANDED_IN, "1", count, query={"id": 7})
    dispute = {"name": "Wu", "customer": "Lotus [x](y)", "number": "ST-1", "words": "SH-1: two boxes"}
    store.run(SYSTEM, tell, None, STATEMENT_DISPUTED, "1", dispute, query={"id": 7}, amount=88_000)
    store.run(SYSTEM, tell, None, JOB_FAILED, "1", {"job": "Check the books", "attempts": 6, "error": "full"})


def test_an_inbox_is_read_muted_and_heard_of_again(store: Store) -> None:
    app = open_app(store, Role.FINANCE)
    told(store)
    app = visit(app, "home/home")
    assert "2 things to do" in words(app)
    app = visit(app, "home/notices")
    assert not app.exception
    text = words(app)
    assert "A customer disputes a statement** · ¥88K" in text
    assert "Lotus \\[x\\]\\(y\\)" in text
    assert "job" not in text
    app.button(key="notice.2.read").click().run()
    assert "disputes" not in words(app)
    app.toggle(key="notices.all").set_value(True).run()
    app.button(key="notice.2.read").click().run()
    app.button(key="notice.2.mute").click().run()
    app.button(key="notices.read_all").click().run()
    app.toggle(key="notices.all").set_value(False).run()
    assert "Nothing new" in words(app)

    app.segmented_control(key="notices.view").set_value("choices").run()
    assert app.checkbox(key="choice.statement_disputed.app.False").value is False
    app.checkbox(key="choice.statement_disputed.app.False").check().run()
    app.text_input(key="notices.email").set_value("fei@example.com")
    app.toggle(key="notices.quiet").set_value(True)
    app.button(key="notices.profile.save").click().run()
    assert not app.exception
    fei = Actor(1, "Finance", frozenset({Role.FINANCE}), permissions_of(frozenset({Role.FINANCE})))
    with store.viewing(fei) as view:
        chosen = {row.event.name: (row.in_app, row.by_mail) for row in my_choices(view)}
        profile = my_profile(view)
    assert chosen["statement_disputed"] == (True, False)
    assert (profile.email, profile.quiet_from, profile.quiet_until) == ("fei@example.com", 1320, 420)


def test_an_administrator_adds_tries_changes_stops_and_removes_a_channel(store: Store) -> None:
    with a_bot() as bot:
        app = open_app(store, Role.ADMINISTRATOR, "admin/channels")
        key = "channel.new.0"
        app.text_input(key=f"{key}.wecom.name").set_value("Stock group")
        app.text_input(key=f"{key}.wecom.address").set_value(bot.url)
        app.button(key=f"{key}.save").click().run()
        assert not app.exception
        with store.viewing(SYSTEM) as view:
            (row,) = channels(view)
        assert (row.name, row.per_minute) == ("Stock group", 20)
        app.button(key=f"channel.test.{row.id}").click().run()
        assert app.success[0].value == "Delivered. Look whether it arrived."
        bot.replies.append((200, '{"errcode": 93000, "errmsg": "no such robot"}', {}))
        app.button(key=f"channel.test.{row.id}").click().run()
        assert "no such robot" in app.error[0].value
        assert "abcdef0123456789" not in words(app)
    app.text_input(key=f"channel.edit.{row.id}.1.name").set_value("Keepers")
    app.button(key=f"channel.edit.{row.id}.1.save").click().run()
    app.button(key=f"channel.pause.{row.id}").click().run()
    with store.viewing(SYSTEM) as view:
        (row,) = channels(view)
    assert (row.name, row.is_stopped) == ("Keepers", True)
    app.button(key=f"channel.play_arrow.{row.id}").click().run()
    app.button(key=f"channel.removed.{row.id}").click().run()
    with store.viewing(SYSTEM) as view:
        assert channels(view) == []
    app.segmented_control(key="channels.view").set_value("mail").run()
    app.text_input(key="mail_server.host").set_value("smtp.lotus.example")
    app.text_input(key="mail_server.sender").set_value("shop@lotus.example")
    app.text_input(key="mail_server.password").set_value("rice-and-tea")
    app.button(key="mail_server.save").click().run()
    with store.viewing(SYSTEM) as view:
        server = mail_server(view)
    assert server is not None
    assert (server.host, server.port, server.security, server.has_password) == (
        "smtp.lotus.example",
        465,
        Security.TLS,
        True,
    )


def test_messages_that_failed_are_seen_and_tried_again(store: Store, clock: FixedClock) -> None:
    app = open_app(store, Role.ADMINISTRATOR)
    with a_bot() as bot:
        a_channel(store, bot)
        told(store)
        parcel = store.run(POSTMAN, take_post)
        assert parcel is not None
        store.run(POSTMAN, note_post, None, parcel.post_id, 1, Outcome(Problem.ADDRESS, "gone"))
        app = visit(app, "admin/channels", view="outgoing")
        app.session_state["outgoing.table"] = {"selection": {"rows": [], "columns": [], "cells": [(0, "target")]}}
        app.run()
        assert "The address cannot be used. Enter it again. gone" in app.warning[0].value
        app.button(key="outgoing.replay").click().run()
        assert send_next(store)
    with store.viewing(SYSTEM) as view:
        assert [row.state for row in posts(view)] == [PostState.SENT]


def test_every_notice_leads_to_a_screen_under_the_word_it_has_in_addresses() -> None:
    paths = {screen.path for screen in SCREENS}
    assert [event.name for event in EVENTS.values() if event.path not in paths] == []
    assert [event.name for event in EVENTS.values() if screen_of(event.path).url_path != event.word] == []


def test_a_text_for_the_customer_stands_beside_the_order_in_the_companys_words(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        order = a_draft(uow, house, [(goods(uow, house, 5), 2)])
    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(order))
    app.session_state["order.text"] = True
    app.run()
    assert not app.exception
    assert "Altogether ¥20.00. Let me know" in app.code[0].value
    area = next(each for each in app.text_area if each.key.startswith("order.text.offered.en.words"))
    area.set_value("Dear {customer}: {amount}")
    app.button(key="order.text.offered.en.save").click().run()
    with store.viewing(SYSTEM) as view:
        assert customer_text(view, order, Occasion.OFFERED, "en").endswith(": ¥20.00")
