"""Adding photos to documents, removing them, and putting them back."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from core.attachments.errors import EvidenceKept, PhotoRemoved, PhotoStands, PhotoThere, TooManyPhotos
from core.attachments.models import Attachment, AttachmentContent
from core.attachments.photos import MEDIA_TYPE, Photo
from core.attachments.subjects import Subject, kind_of, require_attach
from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

MOST_PHOTOS = 8


@command(P.ACCOUNT_OWN)
def attach_photos(uow: UnitOfWork, kind: str, subject_id: int, photos: Sequence[Photo]) -> None:
    """Add photos to a document, all or none. Who may, the document's kind says.

    Refuses more than a document keeps, and a photo that is there already.
    """
    subject = _subject(uow, kind, subject_id)
    if not photos:
        raise InvalidInput(field=N_("Photos"), reason=N_("choose at least one."))
    kept = keep_photos(uow, kind, subject_id, subject.number, photos)
    uow.audit("photo.added", subject.row, number=subject.number, **kept)


@command(P.ACCOUNT_OWN)
def remove_photo(uow: UnitOfWork, photo_id: int) -> None:
    """Take a photo off its document; refused once something was decided by it."""
    photo, subject = _opened(uow, photo_id)
    if photo.removed_at is not None:
        raise PhotoRemoved(name=photo.file_name)
    if subject.is_decided:
        raise EvidenceKept(number=subject.number)
    photo.removed_at, photo.removed_by = uow.now, uow.actor.id
    uow.audit("photo.removed", subject.row, number=subject.number, photo=photo.file_name, photo_id=photo.id)


@command(P.ACCOUNT_OWN)
def put_photo_back(uow: UnitOfWork, photo_id: int) -> None:
    """Show a photo again that was removed; refused where the document has as many as it keeps."""
    photo, subject = _opened(uow, photo_id)
    if photo.removed_at is None:
        raise PhotoStands(name=photo.file_name)
    _refuse(uow, photo.subject_type, photo.subject_id, subject.number, [(photo.file_name, photo.sha256)])
    photo.removed_at = photo.removed_by = None
    uow.audit("photo.put_back", subject.row, number=subject.number, photo=photo.file_name, photo_id=photo.id)


def keep_photos(uow: UnitOfWork, kind: str, subject_id: int, number: str, photos: Sequence[Photo]) -> dict[str, Any]:
    """Keep photos of a document that a command has locked or just made; their names are facts for its audit entry."""
    if not photos:
        return {}
    _refuse(uow, kind, subject_id, number, [(photo.name, photo.digest) for photo in photos])
    for photo in photos:
        row = uow.add(
            Attachment(
                subject_type=kind,
                subject_id=subject_id,
                file_name=photo.name,
                media_type=MEDIA_TYPE,
                width=photo.width,
                height=photo.height,
                size=len(photo.content),
                sha256=photo.digest,
                created_at=uow.now,
                created_by=uow.actor.id,
            )
        )
        uow.add(AttachmentContent(attachment_id=row.id, content=photo.content, thumbnail=photo.thumbnail))
    return {"photos": [photo.name for photo in photos]}


def _refuse(uow: UnitOfWork, kind: str, subject_id: int, number: str, coming: list[tuple[str, str]]) -> None:
    there = list(
        uow.session.scalars(
            select(Attachment.sha256).where(
                Attachment.subject_type == kind, Attachment.subject_id == subject_id, Attachment.removed_at.is_(None)
            )
        )
    )
    if len(there) + len(coming) > MOST_PHOTOS:
        raise TooManyPhotos(number=number, count=len(there), most=MOST_PHOTOS)
    for name, digest in coming:
        if digest in there:
            raise PhotoThere(name=name, number=number)
        there.append(digest)


def _subject(uow: UnitOfWork, kind: str, subject_id: int) -> Subject:
    found = kind_of(kind)
    require_attach(uow.actor, found)
    return found.locked(uow, subject_id)


def _opened(uow: UnitOfWork, photo_id: int) -> tuple[Attachment, Subject]:
    photo = uow.session.get(Attachment, photo_id)
    if photo is None:
        raise NotFound(what=N_("The photo"))
    subject = _subject(uow, photo.subject_type, photo.subject_id)
    uow.session.refresh(photo, with_for_update=True)
    return photo, subject
