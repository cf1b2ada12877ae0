"""Reads of photos, for those who may see the document that they belong to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.attachments.models import Attachment, AttachmentContent
from core.attachments.subjects import kind_of
from core.base.errors import NotFound
from core.base.i18n import N_
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class PhotoRow:
    """A photo in a gallery, with a small copy of it."""

    id: int
    name: str
    width: int
    height: int
    size: int
    at: datetime
    by: str
    is_removed: bool
    thumbnail: bytes


@query(P.ACCOUNT_OWN)
def photos_of(scope: Scope, kind: str, subject_id: int, *, with_removed: bool = False) -> list[PhotoRow]:
    """The photos of a document, oldest first. Needs the permission to see the document."""
    scope.actor.require(kind_of(kind).see)
    wanted = (
        select(Attachment, func.coalesce(User.name, ""), AttachmentContent.thumbnail)
        .join(AttachmentContent, AttachmentContent.attachment_id == Attachment.id)
        .outerjoin(User, User.id == Attachment.created_by)
        .where(Attachment.subject_type == kind, Attachment.subject_id == subject_id)
        .order_by(Attachment.id)
    )
    if not with_removed:
        wanted = wanted.where(Attachment.removed_at.is_(None))
    return [
        PhotoRow(
            id=photo.id,
            name=photo.file_name,
            width=photo.width,
            height=photo.height,
            size=photo.size,
            at=photo.created_at,
            by=by,
            is_removed=photo.removed_at is not None,
            thumbnail=thumbnail,
        )
        for photo, by, thumbnail in scope.session.execute(wanted)
    ]


@query(P.ACCOUNT_OWN)
def photo_content(scope: Scope, photo_id: int) -> bytes:
    """The photo itself, a JPEG. Needs the permission to see its document; `NotFound` where there is no such photo."""
    found = scope.session.execute(
        select(Attachment.subject_type, AttachmentContent.content)
        .join(AttachmentContent, AttachmentContent.attachment_id == Attachment.id)
        .where(Attachment.id == photo_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The photo"))
    kind, content = found
    scope.actor.require(kind_of(kind).see)
    return bytes(content)
