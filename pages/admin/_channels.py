"""The channels: each with its kinds of notices, a test, a stop, and its form."""

from typing import Any

import streamlit as st

from core.base.errors import AppError
from core.base.i18n import LANGUAGES
from core.notify.channels import (
    ChannelRow,
    add_channel,
    change_channel,
    channels,
    remove_channel,
    start_channel,
    stop_channel,
)
from core.notify.events import EVENTS
from core.notify.models import CHANNEL_LABELS, GATHERING_LABELS, ChannelKind, Gathering
from core.notify.postman import try_channel
from pages._shared.formats import language, moment
from pages._shared.screen import act, act_in_callback, current_actor, form_key, reading, store
from pages._shared.tables import nothing_here
from pages._shared.text import N_, _, escaped, listed, ngettext
from pages.home._notice_choices import ask_hours

LEAVING = [event.name for event in EVENTS.values() if event.leaves]
USUAL = ["price_asked", "exception_asked", "statement_disputed", "stock_below_nothing", "books_differ", "job_failed"]
ADDRESSES = {
    ChannelKind.WECOM: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…",
    ChannelKind.DINGTALK: "https://oapi.dingtalk.com/robot/send?access_token=…",
    ChannelKind.FEISHU: "https://open.feishu.cn/open-apis/bot/v2/hook/…",
    ChannelKind.MAIL: "team@example.com",
    ChannelKind.OTHER: "slack://…  ntfy://…  tgram://…",
}
SIGNED = {ChannelKind.DINGTALK, ChannelKind.FEISHU}
ASIDE = N_(
    "Everybody in the group reads what is sent there, whatever their role in the app. Choose kinds that all may know."
)


def show_channels() -> None:
    """Every channel, and a form for a new one."""
    with reading() as view:
        rows = channels(view)
        now = view.now
    if not store().settings.public_url:
        st.info(
            _("Messages carry no links yet: set SALESBOOK_PUBLIC_URL to the address people open the app under."),
            icon=":material/link_off:",
        )
    if not rows:
        nothing_here(_("There are no channels yet. Notices stay in the app and go to people's own mail addresses."))
    for row in rows:
        with st.container(border=True, key=f"channel.{row.id}"):
            _show_channel(row, is_resting=row.paused_until is not None and row.paused_until > now)
    with st.expander(_("Add a channel"), icon=":material/add:", expanded=not rows, key=f"channel.add.{len(rows)}"):
        _add(len(rows))


def _show_channel(row: ChannelRow, *, is_resting: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{escaped(row.name)}**", width="content")
        st.badge(_(CHANNEL_LABELS[row.kind]))
        st.markdown(f":gray[{escaped(row.hint)}]", width="content")
        if row.is_stopped:
            st.badge(_("Stopped"), color="gray", icon=":material/pause:")
        elif is_resting:
            st.badge(_("Rests until {moment}").format(moment=moment(row.paused_until)), color="orange")
        if row.waiting:
            waiting = ngettext("{count} notice waits", "{count} notices wait", row.waiting)
            st.badge(waiting.format(count=row.waiting), color="blue")
    st.caption(escaped(" · ".join(_(EVENTS[name].label) for name in row.events)))
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Send a test"), key=f"channel.test.{row.id}", icon=":material/send:"):
            try_out(row.id)
        if row.is_stopped:
            command, word, icon, done = start_channel, _("Start"), "play_arrow", _("The channel takes notices again.")
        else:
            command, word, icon, done = stop_channel, _("Stop"), "pause", _("Nothing leaves to this channel any more.")
        st.button(
            word,
            key=f"channel.{icon}.{row.id}",
            icon=f":material/{icon}:",
            on_click=act_in_callback,
            args=(command, row.id),
            kwargs={"done": done},
        )
        with st.popover(_("Change"), icon=":material/edit:", key=f"channel.change.{row.id}"):
            _change(row)
        with st.popover(_("Remove"), icon=":material/delete:", key=f"channel.remove.{row.id}"):
            st.markdown(_("Its address is forgotten, and what waits for it is given up."))
            if st.button(_("Remove"), type="primary", key=f"channel.removed.{row.id}"):
                act(remove_channel, row.id, done=_("The channel is removed."))


def try_out(channel_id: int | None = None, *, to: str = "") -> None:
    """Send a test and say what came of it."""
    actor = current_actor()
    if actor is None:
        st.rerun()
    try:
        with st.spinner(_("Sending…")):
            try_channel(store(), actor, channel_id, to=to)
    except AppError as refusal:
        st.error(listed(refusal.sentence))
    else:
        st.success(_("Delivered. Look whether it arrived."), icon=":material/check_circle:")


def _add(number: int) -> None:
    key = f"channel.new.{number}"
    kind = st.selectbox(
        _("Kind of channel"), list(ChannelKind), format_func=lambda each: _(CHANNEL_LABELS[each]), key=f"{key}.kind"
    )
    with st.form(key, border=False):
        typed = _ask(f"{key}.{kind}", kind, None)
        pressed = st.form_submit_button(_("Add a channel"), type="primary", key=f"{key}.save")
    if pressed:
        act(add_channel, kind=kind, **typed, done=_("The channel is added. Send a test."), key=form_key(key))


def _change(row: ChannelRow) -> None:
    key = f"channel.edit.{row.id}.{row.version}"
    with st.form(key, border=False):
        typed = _ask(key, row.kind, row)
        pressed = st.form_submit_button(_("Save"), type="primary", key=f"{key}.save")
    if pressed:
        act(change_channel, row.id, **typed, done=_("The channel is changed."), key=form_key(key))


def _ask(key: str, kind: ChannelKind, row: ChannelRow | None) -> dict[str, Any]:
    unchanged = "" if row is None else _("Empty: it stays as it is.")
    typed: dict[str, Any] = {
        "name": st.text_input(_("Channel name"), value=row.name if row else "", max_chars=80, key=f"{key}.name"),
        "address": st.text_input(
            _("Mail address") if kind is ChannelKind.MAIL else _("Webhook address"),
            type="default" if kind is ChannelKind.MAIL else "password",
            placeholder=unchanged or ADDRESSES[kind],
            key=f"{key}.address",
            help=_("It is stored encrypted and never shown again."),
        ),
    }
    if kind in SIGNED:
        typed["secret"] = st.text_input(
            _("Secret for signing"),
            type="password",
            placeholder=unchanged,
            key=f"{key}.secret",
            help=_("From the bot's security settings; leave it empty where the bot does not ask for a signature."),
        )
    typed["events"] = st.multiselect(
        _("Kinds of notices"),
        LEAVING,
        default=list(row.events) if row else USUAL,
        format_func=lambda name: _(EVENTS[name].label),
        placeholder=_("None"),
        help=_(ASIDE),
        key=f"{key}.events",
    )
    with st.container(horizontal=True):
        typed["language"] = st.selectbox(
            _("Language"),
            list(LANGUAGES),
            index=list(LANGUAGES).index(row.language if row else language()),
            format_func=LANGUAGES.__getitem__,
            key=f"{key}.language",
        )
        typed["gathering"] = st.selectbox(
            _("When"),
            list(Gathering),
            index=list(Gathering).index(row.gathering) if row else 0,
            format_func=lambda each: _(GATHERING_LABELS[each]),
            key=f"{key}.gathering",
        )
        typed["per_minute"] = st.number_input(
            _("Messages a minute"),
            1,
            600,
            value=row.per_minute if row else 20,
            help=_("Bots of WeCom and DingTalk take 20. What is more is gathered into one message."),
            key=f"{key}.per_minute",
        )
    quiet = st.toggle(_("Quiet hours"), value=bool(row and row.quiet_from is not None), key=f"{key}.quiet")
    since, until = ask_hours(key, row.quiet_from if row else None, row.quiet_until if row else None)
    typed["quiet_from"], typed["quiet_until"] = (since, until) if quiet else (None, None)
    return typed
