"""What can have photos: each room says of its documents who may see and who may add photos, and when they must stay."""

from collections.abc import Callable
from dataclasses import dataclass

from core.base.errors import NotFound
from core.base.i18n import N_
from core.db.model import Base
from core.security.actor import Actor
from core.security.permissions import P
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class Subject:
    """A document with photos, locked. `is_decided` while something was decided by them."""

    row: Base
    number: str
    is_decided: bool


@dataclass(frozen=True)
class SubjectKind:
    """A kind of documents: any of `attach` may add and remove photos, `see` is needed to look at them.

    `locked` finds one and locks it, or raises `NotFound`.
    """

    name: str
    see: P
    attach: tuple[P, ...]
    locked: Callable[[UnitOfWork, int], Subject]


_KINDS: dict[str, SubjectKind] = {}


def register_subject(kind: SubjectKind) -> None:
    """Let documents of this kind have photos."""
    _KINDS[kind.name] = kind


def kind_of(name: str) -> SubjectKind:
    """The kind of this name; `NotFound` where documents of it have no photos."""
    if name not in _KINDS:
        raise NotFound(what=N_("The document"))
    return _KINDS[name]


def may_attach(actor: Actor, name: str) -> bool:
    """Whether the actor may add photos to documents of this kind."""
    kind = kind_of(name)
    return actor.may(kind.see) and any(actor.may(each) for each in kind.attach)


def require_attach(actor: Actor, kind: SubjectKind) -> None:
    """Refuse with `NotAllowed` who may not add photos to documents of this kind, or not even see them."""
    actor.require(kind.see)
    if not any(actor.may(each) for each in kind.attach):
        actor.require(kind.attach[0])
