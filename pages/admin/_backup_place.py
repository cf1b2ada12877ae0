"""The part of the backups screen that sets where backups are sent."""

import streamlit as st

from core.base.errors import AppError
from core.ops.backups.places import KIND_LABELS, Kind, Place, host_key_print
from core.ops.backups.queries import BackupState, tried_place
from core.ops.backups.service import drop_place, resume_sending, set_place
from pages._shared.screen import act, reading
from pages._shared.text import _, escaped


def show_place(state: BackupState) -> None:
    """Where they are sent, with a trial; the password is never shown again."""
    if state.is_place_set:
        st.info(_("The place is set in the settings of this machine (SALESBOOK_OFFSITE_URL)."), icon=":material/lock:")
        return
    place = state.place
    if place:
        st.markdown(_("Every backup is sent to {place}.").format(place=f"**{escaped(str(place['label']))}**"))
        if state.is_paused:
            st.warning(
                _(
                    "This installation was restored. If it is a copy that somebody only looks at, choose another place "
                    "or none; if people work in it, let it send again."
                )
            )
            if st.button(_("People work in this one"), key="backups.resume", type="primary"):
                act(resume_sending, done=_("Backups are sent again."))
    else:
        st.markdown(_("Backups stay on this machine alone. A fire or a thief takes them along: choose another place."))
    kind = st.segmented_control(
        _("Kind of place"),
        list(Kind),
        format_func=lambda each: _(KIND_LABELS[each]),
        default=Kind(place["kind"]) if place else Kind.FOLDER,
        required=True,
        key="backups.kind",
    )
    is_same = bool(place) and place["kind"] == kind
    with st.form("backups.place", border=False):
        typed = _fields(kind, place if is_same else {}, is_same)
        pressed = st.form_submit_button(_("Try the place and use it"), type="primary", key="backups.place.save")
    if pressed:
        _try(typed, is_same)
    if place and st.button(_("Send nowhere"), key="backups.place.drop"):
        act(drop_place, done=_("Backups stay on this machine from now on."))


def _fields(kind: Kind, known: dict[str, object], is_same: bool) -> Place:
    """What a place of this kind needs."""

    def word(name: str, label: str, **more: str) -> str:
        return st.text_input(
            label, value=str(known.get(name, "")), key=f"backups.place.{kind}.{name}", max_chars=300, **more
        ).strip()

    if kind == Kind.FOLDER:
        return Place(
            kind, path=word("path", _("Folder of another disk or a network drive"), placeholder="/mnt/nas/backups")
        )
    host, port, address, region, host_key = "", 0, "", "", str(known.get("host_key", ""))
    if kind == Kind.SFTP:
        left, right = st.columns([4, 1])
        with left:
            host = word("host", _("Host"), placeholder="backup.example.com")
        with right:
            port = int(
                st.number_input(
                    _("Port"), 1, 65535, value=int(str(known.get("port", 22))), step=1, key="backups.place.sftp.port"
                )
            )
        if host != known.get("host") or port != known.get("port"):
            host_key = ""
        path = word("path", _("Folder"), placeholder="/backups/salesbook")
    elif kind == Kind.S3:
        path = word("path", _("Bucket and folder"), placeholder="company-backups/salesbook")
        address = word("address", _("Endpoint, empty for Amazon"), placeholder="https://oss-cn-hangzhou.aliyuncs.com")
        region = word("region", _("Region of the bucket"), placeholder="cn-hangzhou")
    else:
        address = word("address", _("Address"), placeholder="https://dav.example.com/backups")
        path = word("path", _("Folder"))
    user = word("user", _("Access key") if kind == Kind.S3 else _("User name"))
    secret = st.text_input(
        _("Secret key") if kind == Kind.S3 else _("Password"),
        type="password",
        key=f"backups.place.{kind}.secret",
        placeholder=_("Kept; enter it only to change it") if is_same else "",
        autocomplete="new-password",
    )
    return Place(kind, path, host, port, address, region, user, host_key, secret)


def _try(typed: Place, is_same: bool) -> None:
    keeps = is_same and not typed.secret
    try:
        with st.spinner(_("A small file is written there, read back and deleted…")), reading() as view:
            found = tried_place(view, typed, with_kept_secret=keeps)
    except AppError as refusal:
        st.error(refusal.sentence)
        return
    done = _("{place} works. Every backup is sent there from now on.").format(place=found.label)
    if found.host_key and found.host_key != typed.host_key:
        done += " " + _("Its server showed the key {print}.").format(print=host_key_print(found))
    act(set_place, found, done=done)
