"""A person's own preferences and kept looks: reading and changing them, taking them along, and the usual ones again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, delete, func, select

from core.accounts.errors import LookNameTaken, LookNeedsName, TooManyLooks
from core.accounts.preference_models import LONGEST_NAME, KeptLook, PreferenceSet
from core.accounts.preference_rules import MOST_LOOKS, Choices, Look, Preferences, kept, read, written
from core.base.errors import NotFound
from core.base.i18n import N_
from core.base.search import one_line
from core.security.actor import NotAllowed
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class LookRow:
    """A kept look as its owner finds it; one that `is_team` as everybody does."""

    id: int
    board: str
    name: str
    words: Mapping[str, list[str]]
    is_team: bool = False
    owner: str = ""


@query(P.ACCOUNT_OWN)
def own_preferences(scope: Scope) -> Preferences:
    """One's own; the usual ones where nothing was ever chosen."""
    words = scope.session.scalar(select(PreferenceSet.words).where(PreferenceSet.user_id == scope.actor.id))
    return Preferences() if words is None else kept(words)


@query(P.ACCOUNT_OWN)
def own_looks(scope: Scope, board: str = "") -> list[LookRow]:
    """One's kept looks by name, of one board or of all."""
    wanted = select(KeptLook).where(KeptLook.user_id == scope.actor.id).order_by(KeptLook.name)
    if board:
        wanted = wanted.where(KeptLook.board == board)
    return [LookRow(row.id, row.board, row.name, row.words, row.is_team) for row in scope.session.scalars(wanted)]


@query(P.ACCOUNT_OWN)
def team_looks(scope: Scope, board: str) -> list[LookRow]:
    """What colleagues keep for the whole team on a board, by name."""
    wanted = (
        select(KeptLook, User.name)
        .join(User, User.id == KeptLook.user_id)
        .where(KeptLook.board == board, KeptLook.is_team, KeptLook.user_id != (scope.actor.id or 0))
        .order_by(KeptLook.name, KeptLook.id)
    )
    return [
        LookRow(row.id, row.board, row.name, row.words, True, owner) for row, owner in scope.session.execute(wanted)
    ]


@query(P.ACCOUNT_OWN)
def preferences_file(scope: Scope) -> bytes:
    """One's own preferences and looks, to be brought in elsewhere."""
    looks = [Look(row.board, row.name, row.words) for row in own_looks(scope)]
    return written(own_preferences(scope), looks)


@command(P.ACCOUNT_OWN)
def set_own_preferences(uow: UnitOfWork, preferences: Preferences) -> None:
    """Prefer this from now on; the trail says what is different."""
    before = own_preferences(uow).words()
    row = _own_row(uow)
    row.words, row.changed_at = preferences.words(), uow.now
    changed = {name: [before[name], now] for name, now in preferences.words().items() if before[name] != now}
    uow.record("user.preferences_set", "app_user", uow.actor.id, {"preferences": list(changed)})


@command(P.ACCOUNT_OWN)
def reset_own_preferences(uow: UnitOfWork) -> None:
    """The usual ones again; kept looks stay."""
    uow.session.execute(delete(PreferenceSet).where(PreferenceSet.user_id == uow.actor.id))
    uow.record("user.preferences_reset", "app_user", uow.actor.id, {})


@command(P.ACCOUNT_OWN)
def take_preferences(uow: UnitOfWork, content: bytes, choices: Choices) -> int:
    """Bring in a file: preferences as it says, and its looks beside one's own; how many looks came.

    A look of a name that is there already takes its place. Refuses what is no such file, and changes nothing then.
    """
    preferences, looks = read(content, choices)
    row = _own_row(uow)
    row.words, row.changed_at = preferences.words(), uow.now
    mine = {(each.board, each.name): each for each in uow.session.scalars(_own_looks(uow))}
    for look in looks:
        there = mine.get((look.board, look.name))
        if there is None:
            mine[look.board, look.name] = _added(uow, look)
        else:
            there.words = dict(look.words)
    if len(mine) > MOST_LOOKS:
        raise TooManyLooks(most=MOST_LOOKS)
    uow.record("user.preferences_taken", "app_user", uow.actor.id, {"views": len(looks)})
    return len(looks)


@command(P.ACCOUNT_OWN)
def keep_look(uow: UnitOfWork, board: str, name: str, words: Mapping[str, Sequence[str]]) -> int:
    """Keep what one looks at. Refuses a missing name, one that is there, and more than anybody looks through."""
    name = _named(uow, board, name)
    if (uow.session.scalar(select(func.count()).select_from(_own_looks(uow).subquery())) or 0) >= MOST_LOOKS:
        raise TooManyLooks(most=MOST_LOOKS)
    row = uow.add(_added(uow, Look(board, name, {key: list(each) for key, each in words.items()})))
    uow.audit("look.kept", None, subject_id=row.id, name=name)
    return row.id


@command(P.ACCOUNT_OWN)
def rename_look(uow: UnitOfWork, look_id: int, name: str) -> None:
    """Give one's look another name."""
    row = _own_look(uow, look_id)
    before = row.name
    if one_line(name) != before:
        row.name = _named(uow, row.board, name)
    uow.audit("look.renamed", None, subject_id=row.id, before=before, name=row.name)


@command(P.VIEW_PUBLISH)
def publish_look(uow: UnitOfWork, look_id: int, is_team: bool) -> None:
    """Let the whole team open one's look, or keep it for oneself again. Refuses a look of somebody else."""
    row = _own_look(uow, look_id)
    row.is_team = is_team
    uow.audit("look.published", None, subject_id=row.id, name=row.name, is_team=is_team)


@command(P.ACCOUNT_OWN)
def drop_look(uow: UnitOfWork, look_id: int) -> None:
    """Delete one's look."""
    row = _own_look(uow, look_id)
    uow.session.delete(row)
    uow.audit("look.dropped", None, subject_id=row.id, name=row.name)


def _own_row(uow: UnitOfWork) -> PreferenceSet:
    if uow.actor.id is None:
        raise NotAllowed(permission=P.ACCOUNT_OWN.value)
    row = uow.session.get(PreferenceSet, uow.actor.id)
    if row is None:
        row = PreferenceSet(user_id=uow.actor.id, words={}, changed_at=uow.now)
        uow.session.add(row)
    return row


def _own_looks(uow: UnitOfWork) -> Select[KeptLook]:
    return select(KeptLook).where(KeptLook.user_id == uow.actor.id)


def _own_look(uow: UnitOfWork, look_id: int) -> KeptLook:
    row = uow.session.scalar(_own_looks(uow).where(KeptLook.id == look_id))
    if row is None:
        raise NotFound(what=N_("This view"))
    return row


def _added(uow: UnitOfWork, look: Look) -> KeptLook:
    if uow.actor.id is None:
        raise NotAllowed(permission=P.ACCOUNT_OWN.value)
    row = KeptLook(user_id=uow.actor.id, board=look.board, name=look.name, words=dict(look.words), made_at=uow.now)
    uow.session.add(row)
    return row


def _named(uow: UnitOfWork, board: str, name: str) -> str:
    name = one_line(name)
    if not 0 < len(name) <= LONGEST_NAME:
        raise LookNeedsName
    if uow.session.scalar(_own_looks(uow).where(KeptLook.board == board, KeptLook.name == name)) is not None:
        raise LookNameTaken(name=name)
    return name
