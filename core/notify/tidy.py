"""Forgetting old notices."""

from datetime import timedelta

from sqlalchemy import delete, exists, select

from core.base.i18n import N_
from core.jobs.registry import job
from core.jobs.rhythm import daily
from core.notify.models import Notice, NoticeLine, NoticePost, NoticeReceipt, NoticeTry, PostState
from core.work.unit import UnitOfWork

KEPT = timedelta(days=90)
TRIES_KEPT = timedelta(days=1)


@job("notify.forget_old", N_("Forget old notices"), every=daily("04:20"))
def forget_old_notices(uow: UnitOfWork) -> None:
    """Notices older than three months and their messages; a message that waits or failed stays with its notices."""
    run = uow.session.execute
    run(delete(NoticeTry).where(NoticeTry.at < uow.now - TRIES_KEPT))
    open_states = (PostState.WAITING, PostState.SENDING, PostState.FAILED)
    still = (
        select(NoticeLine.notice_id)
        .outerjoin(NoticePost, NoticePost.id == NoticeLine.post_id)
        .where(NoticeLine.dropped_at.is_(None), (NoticeLine.post_id.is_(None)) | (NoticePost.state.in_(open_states)))
    )
    old = select(Notice.id).where(Notice.created_at < uow.now - KEPT, Notice.id.not_in(still))
    plain = {"synchronize_session": False}
    run(delete(NoticeLine).where(NoticeLine.notice_id.in_(old)), execution_options=plain)
    run(delete(NoticeReceipt).where(NoticeReceipt.notice_id.in_(old)), execution_options=plain)
    run(delete(Notice).where(Notice.id.in_(old)), execution_options=plain)
    done = (NoticePost.state.in_((PostState.SENT, PostState.DROPPED)), NoticePost.created_at < uow.now - KEPT)
    orphan = ~exists().where(NoticeLine.post_id == NoticePost.id)
    run(delete(NoticePost).where(*done, orphan), execution_options=plain)
