"""Telling people: in the transaction of the cause, once for each situation; and settling what is done."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.db.upsert import upsert
from core.notify.events import Event
from core.notify.models import MailServer, Notice, NoticeChannel, NoticeChoice, NoticeLine, NoticeProfile, NoticeReceipt
from core.notify.moments import leaves_at
from core.notify.people import holders
from core.work.unit import UnitOfWork, plain, table_of

_NOTICE = table_of(Notice)
_SETTLE = update(_NOTICE).where(_NOTICE.c.settled_at.is_(None))


def tell(
    uow: UnitOfWork,
    event: Event,
    key: str,
    facts: Mapping[str, Any],
    *,
    query: Mapping[str, Any] | None = None,
    to: Collection[int | None] | None = None,
    amount: Decimal | None = None,
    due_on: date | None = None,
    also_me: bool = False,
) -> None:
    """Let people hear of it: those named, else everybody who holds the permission; never who did it.

    Once for each key, however often it is told. It is written with its cause or not at all, and what leaves the app
    is queued with it. Whoever lacks the permission hears nothing, even if named.
    """
    written = upsert(uow.session, Notice).values(
        event=event.name,
        key=f"{event.name}:{key}",
        facts={name: plain(fact) for name, fact in facts.items()},
        query={name: plain(each) for name, each in (query or {}).items()},
        amount=amount,
        due_on=due_on,
        created_at=uow.now,
    )
    made = uow.session.execute(written.on_conflict_do_nothing(index_elements=["key"]).returning(Notice.id)).first()
    if made is None:
        return
    among = None if to is None else {each for each in to if each is not None}
    people = [each.id for each in holders(uow.session, event.permission, among) if also_me or each.id != uow.actor.id]
    _to_people(uow, event, made.id, people)
    if event.leaves:
        _to_channels(uow, event, made.id)


def once(uow: UnitOfWork, subject: object) -> str:
    """A key for what may happen to the same subject again; `settle` with the subject settles all of them."""
    return f"{subject}.{uow.now:%Y%m%d%H%M%S%f}"


def settle(uow: UnitOfWork, event: Event, *subjects: object) -> None:
    """Nothing is left to do about these: they count as done in every inbox, and what waits to leave does not leave."""
    names = [f"{event.name}:{subject}" for subject in subjects]
    if names:
        again = [_NOTICE.c.key.startswith(f"{name}.", autoescape=True) for name in names]
        uow.session.connection().execute(
            _SETTLE.where(or_(_NOTICE.c.key.in_(names), *again)).values(settled_at=uow.now)
        )


def unsettled(session: Session, event: Event) -> set[str]:
    """The keys of what is told and not settled."""
    found = select(Notice.key).where(Notice.event == event.name, Notice.settled_at.is_(None))
    return {key.removeprefix(f"{event.name}:") for key in session.scalars(found)}


def _to_people(uow: UnitOfWork, event: Event, notice_id: int, people: list[int]) -> None:
    if not people:
        return
    chosen = {
        each.user_id: each
        for each in uow.session.scalars(
            select(NoticeChoice).where(NoticeChoice.event == event.name, NoticeChoice.user_id.in_(people))
        )
    }
    uow.write(
        NoticeReceipt,
        [
            {"notice_id": notice_id, "user_id": each, "read_at": None}
            for each in people
            if each not in chosen or chosen[each].in_app
        ],
    )
    mailed = [each for each in people if (chosen[each].by_mail if each in chosen else event.by_mail)]
    if not event.leaves or not mailed or uow.session.scalar(select(MailServer.id)) is None:
        return
    profiles = uow.session.scalars(
        select(NoticeProfile).where(NoticeProfile.user_id.in_(mailed), NoticeProfile.email != "")
    )
    _queue(uow, notice_id, ((None, each.user_id, each) for each in profiles))


def _to_channels(uow: UnitOfWork, event: Event, notice_id: int) -> None:
    channels = uow.session.scalars(
        select(NoticeChannel).where(NoticeChannel.removed_at.is_(None), NoticeChannel.stopped_at.is_(None))
    )
    _queue(uow, notice_id, ((each.id, None, each) for each in channels if event.name in each.events))


def _queue(
    uow: UnitOfWork, notice_id: int, targets: Iterable[tuple[int | None, int | None, NoticeProfile | NoticeChannel]]
) -> None:
    timezone = uow.settings.timezone
    uow.write(
        NoticeLine,
        [
            {
                "notice_id": notice_id,
                "channel_id": channel_id,
                "user_id": user_id,
                "due_at": leaves_at(uow.now, timezone, habits.gathering, habits.quiet_from, habits.quiet_until),
                "post_id": None,
                "dropped_at": None,
            }
            for channel_id, user_id, habits in targets
        ],
    )
