"""Photos of documents: choosing them by file or camera, a gallery of them, and one shown large."""

import streamlit as st

from core.attachments.photos import MOST_BYTES, Photo, developed
from core.attachments.queries import PhotoRow, photo_content, photos_of
from core.attachments.service import MOST_PHOTOS, attach_photos, put_photo_back, remove_photo
from core.attachments.subjects import may_attach
from core.base.errors import AppError
from core.security.actor import Actor
from pages._shared.formats import moment
from pages._shared.screen import act, act_in_callback, form_key, reading
from pages._shared.text import _, escaped, listed

FORMATS = ["jpg", "jpeg", "png", "webp"]
MEGABYTES = MOST_BYTES // 1024 // 1024
THUMBNAIL_WIDTH = 112


def choose_photos(key: str) -> list[Photo] | None:
    """Let photos be chosen or taken; those chosen so far, or None while one of them cannot be used.

    What is wrong with a file is said beneath it at once, so that nothing that was typed is lost by it. It does not
    belong into a form, whose fields wait for the button.
    """
    files = st.file_uploader(
        _("Photos"),
        type=FORMATS,
        accept_multiple_files=True,
        max_upload_size=MEGABYTES,
        key=f"{key}.photo.files",
        help=_("Up to {count} photos, {size} MB each. Where they were taken is not kept.").format(
            count=MOST_PHOTOS, size=MEGABYTES
        ),
    )
    uploads = list(files)
    if st.toggle(_("Take one with the camera"), key=f"{key}.camera"):
        taken = st.camera_input(_("Take a photo"), key=f"{key}.taken", width=480, label_visibility="collapsed")
        if taken is not None:
            uploads.append(taken)
    photos: list[Photo] = []
    is_usable = True
    before = st.session_state.get(f"{key}.developed", {})
    now: dict[str, Photo] = {}
    for upload in uploads:
        try:
            now[upload.file_id] = before.get(upload.file_id) or developed(upload.name, upload.getvalue())
            photos.append(now[upload.file_id])
        except AppError as refusal:
            is_usable = False
            st.error(listed(refusal.sentence))
    st.session_state[f"{key}.developed"] = now
    return photos if is_usable else None


def refuse_photos() -> None:
    """Say that a file has to go before anything is entered."""
    st.error(_("Nothing was entered: take away the file that is no photo first."))


def show_photos(actor: Actor, kind: str, subject_id: int, *, adds: bool = True) -> None:
    """The photos of a document, each opens large; adding, removing and putting back for those who may.

    A screen that takes photos with its own form passes `adds=False`.
    """
    is_open = may_attach(actor, kind)
    adds = adds and is_open
    with reading() as view:
        photos = photos_of(view, kind, subject_id, with_removed=is_open)
    if not photos and not adds:
        return
    st.subheader(_("Photos"), anchor=False)
    with st.container(horizontal=True, key="photos.gallery"):
        for photo in photos:
            if not photo.is_removed:
                with st.container(width=THUMBNAIL_WIDTH + 8, key=f"photos.{photo.id}", gap="small"):
                    st.image(photo.thumbnail, width=THUMBNAIL_WIDTH, alt=photo.name)
                    if st.button(
                        _("Enlarge"), key=f"photos.open.{photo.id}", type="tertiary", icon=":material/zoom_in:"
                    ):
                        st.dialog(photo.name, width="large")(_enlarged)(photo, is_open)
    for photo in photos:
        if photo.is_removed:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                said = _("{name} was removed").format(name=photo.name)
                st.markdown(f":gray[:material/hide_image: {escaped(said)}]", width="content")
                st.button(
                    _("Put back"),
                    key=f"photos.back.{photo.id}",
                    type="tertiary",
                    on_click=_put_back,
                    args=(photo.id,),
                )
    if adds:
        _add(kind, subject_id, len(photos))


def _add(kind: str, subject_id: int, count: int) -> None:
    with st.expander(_("Add photos"), icon=":material/add_a_photo:", key="photos.add"):
        # A new set of fields after each time, so that they are empty again.
        key = f"photos.new.{kind}.{subject_id}.{count}"
        photos = choose_photos(key)
        if st.button(_("Add"), key=f"{key}.save", type="primary", disabled=not photos):
            done = _("The photos are added.")
            act(attach_photos, kind, subject_id, photos, done=done, key=form_key(key))


def _enlarged(photo: PhotoRow, is_open: bool) -> None:
    with reading() as view:
        content = photo_content(view, photo.id)
    st.image(content, alt=photo.name)
    facts = [moment(photo.at), photo.by, f"{photo.width} × {photo.height}"]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(escaped(" · ".join(fact for fact in facts if fact)))
        if is_open and st.button(_("Remove the photo"), key=f"photos.remove.{photo.id}", icon=":material/delete:"):
            act(remove_photo, photo.id, done=_("The photo is removed. It can be put back."))


def _put_back(photo_id: int) -> None:
    act_in_callback(put_photo_back, photo_id, done=_("The photo is back."))
