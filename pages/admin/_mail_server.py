"""The mail server that notices leave by, and a test of it."""

import streamlit as st

from core.notify.channels import mail_server, set_mail_server
from core.notify.models import SECURITY_LABELS, Security
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _
from pages.admin._channels import try_out


def show_mail_server() -> None:
    """Host, protection, name and password; and a mail to oneself."""
    with reading() as view:
        now = mail_server(view)
    with st.container(border=True, width=640), st.form("mail_server", border=False):
        host = st.text_input(
            _("Host"), value=now.host if now else "", placeholder="smtp.exmail.qq.com", key="mail_server.host"
        )
        with st.container(horizontal=True):
            security = st.selectbox(
                _("Protection"),
                list(Security),
                index=list(Security).index(now.security) if now else 0,
                format_func=lambda each: _(SECURITY_LABELS[each]),
                key="mail_server.security",
            )
            port = st.number_input(_("Port"), 1, 65_535, value=now.port if now else 465, key="mail_server.port")
        sender = st.text_input(
            _("Sender"),
            value=now.sender if now else "",
            placeholder="salesbook@example.com",
            help=_("The mail address that mails come from."),
            key="mail_server.sender",
        )
        username = st.text_input(_("User name"), value=now.username if now else "", key="mail_server.username")
        password = st.text_input(
            _("Password"),
            type="password",
            placeholder=_("Empty: it stays as it is.") if now and now.has_password else "",
            help=_("It is stored encrypted and never shown again; many providers want a code made for this."),
            key="mail_server.password",
        )
        pressed = st.form_submit_button(_("Save"), type="primary", key="mail_server.save")
    if pressed:
        act(
            set_mail_server,
            host=host,
            port=int(port),
            security=security,
            sender=sender,
            username=username,
            password=password,
            done=_("The mail server is saved. Send a test."),
            key=form_key("mail_server"),
        )
    if now:
        with st.container(horizontal=True, vertical_alignment="bottom", width=640):
            to = st.text_input(_("Test mail to"), placeholder="name@example.com", key="mail_server.to")
            tested = st.button(_("Send a test"), key="mail_server.test", icon=":material/send:")
        if tested:
            try_out(to=to)
