"""What I hear of: each kind of notice in the app and by mail, and when mails leave."""

from datetime import time

import streamlit as st

from core.notify.choices import ChoiceRow, choose_notice, my_choices, my_profile, set_my_profile
from core.notify.models import GATHERING_LABELS, Gathering
from core.notify.moments import HOUR
from pages._shared.screen import act, act_in_callback, form_key, link, reading
from pages._shared.text import _, escaped
from pages.home._inbox import icon_of

NIGHT = (time(22), time(7))


def show_choices() -> None:
    """The matrix, and below it where mails go."""
    with reading() as view:
        rows, profile = my_choices(view), my_profile(view)
    with st.container(border=True, gap="xsmall"):
        st.markdown("**" + _("Kinds of notices") + "**")
        st.caption(_("Without a tick you do not hear of it. What is done is settled in the inbox by itself."))
        for row in rows:
            _show_row(row)
    with st.container(border=True):
        st.markdown("**" + _("By mail") + "**")
        if not profile.mails_leave:
            st.info(_("No mail server is set up yet; an administrator does that."), icon=":material/mail_off:")
            link("admin/channels", view="mail")
        is_quiet = profile.quiet_from is not None
        with st.form("notices.profile", border=False):
            email = st.text_input(
                _("Mail address"),
                value=profile.email,
                max_chars=200,
                placeholder="name@example.com",
                help=_("Without one, nothing leaves by mail."),
                key="notices.email",
            )
            gathering = st.selectbox(
                _("When"),
                list(Gathering),
                index=list(Gathering).index(profile.gathering),
                format_func=lambda each: _(GATHERING_LABELS[each]),
                key="notices.gathering",
            )
            quiet = st.toggle(_("Quiet hours"), value=is_quiet, key="notices.quiet")
            since, until = ask_hours("notices", profile.quiet_from, profile.quiet_until)
            pressed = st.form_submit_button(_("Save"), type="primary", key="notices.profile.save")
    if pressed:
        act(
            set_my_profile,
            email=email,
            gathering=gathering,
            quiet_from=since if quiet else None,
            quiet_until=until if quiet else None,
            done=_("Saved."),
            key=form_key("notices.profile"),
        )


def ask_hours(key: str, quiet_from: int | None, quiet_until: int | None) -> tuple[int, int]:
    """When quiet hours begin and end, as minutes of the day."""
    given = [
        usual if minute is None else time(minute // HOUR, minute % HOUR)
        for minute, usual in zip((quiet_from, quiet_until), NIGHT, strict=True)
    ]
    with st.container(horizontal=True):
        since = st.time_input(_("Quiet from"), value=given[0], step=900, key=f"{key}.quiet_from", width=140)
        until = st.time_input(_("Quiet until"), value=given[1], step=900, key=f"{key}.quiet_until", width=140)
    return since.hour * HOUR + since.minute, until.hour * HOUR + until.minute


def _show_row(row: ChoiceRow) -> None:
    name = row.event.name
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"choice.{name}"):
        st.markdown(f"{icon_of(row.event)} {escaped(_(row.event.label))}", width="stretch")
        with st.container(horizontal=True, width="content", gap="small"):
            for way, label, value, can in (
                ("app", _("In the app"), row.in_app, True),
                ("mail", _("By mail"), row.by_mail, row.can_leave),
            ):
                st.checkbox(
                    label,
                    value=value,
                    disabled=not can,
                    key=f"choice.{name}.{way}.{value}",
                    on_change=_choose,
                    args=(row, way),
                    width=100,
                )


def _choose(row: ChoiceRow, way: str) -> None:
    in_app, by_mail = row.in_app != (way == "app"), row.by_mail != (way == "mail")
    act_in_callback(choose_notice, row.event.name, in_app=in_app, by_mail=by_mail)
