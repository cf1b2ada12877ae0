"""`@command` and `@query`: a use case declares its permission once, and every call is guarded by it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from core.base.settings import Settings
from core.base.timings import timed
from core.security.actor import Actor
from core.security.permissions import P
from core.security.shows import masked
from core.work.guard import refuse_unseen
from core.work.sign_in import require_recent, require_sign_in
from core.work.unit import UnitOfWork

A = ParamSpec("A")
R = TypeVar("R")


class Scope(Protocol):
    """What a query needs: a session and who asks. A `View` and a `UnitOfWork` both are one."""

    @property
    def session(self) -> Session:
        """The open transaction."""
        ...

    @property
    def actor(self) -> Actor:
        """Who asks."""
        ...

    @property
    def now(self) -> datetime:
        """The moment of the transaction."""
        ...

    @property
    def today(self) -> date:
        """Its business day."""
        ...

    @property
    def settings(self) -> Settings:
        """What the operator set."""
        ...


S = TypeVar("S", bound=Scope)


@dataclass(frozen=True)
class Declared:
    """A command or query and the permission it needs."""

    name: str
    permission: P
    function: Callable[..., Any]
    recent: bool = False


COMMANDS: dict[str, Declared] = {}
QUERIES: dict[str, Declared] = {}


def command(
    permission: P, *, recent: bool = False
) -> Callable[[Callable[Concatenate[UnitOfWork, A], R]], Callable[Concatenate[UnitOfWork, A], R]]:
    """Declare a use case: one function, one permission, one transaction, one audit entry.

    It refuses for who was signed out meanwhile; with `recent` also unless the password was typed lately.
    """

    def declare(function: Callable[Concatenate[UnitOfWork, A], R]) -> Callable[Concatenate[UnitOfWork, A], R]:
        name, signature = name_of(function), inspect.signature(function)

        @wraps(function)
        def guarded(uow: UnitOfWork, /, *args: A.args, **kwargs: A.kwargs) -> R:
            uow.actor.require(permission)
            if recent:
                require_recent(uow)
            elif not uow.command:
                require_sign_in(uow)
            if uow.actor.sees.is_limited and not uow.command:
                words = signature.bind(uow, *args, **kwargs).arguments
                refuse_unseen(uow.session, uow.actor.sees, name.partition(".")[0], words)
            with uow.within(name):
                return function(uow, *args, **kwargs)

        COMMANDS[name] = Declared(name, permission, guarded, recent)
        return guarded

    return declare


def query(
    permission: P, *, recent: bool = False
) -> Callable[[Callable[Concatenate[S, A], R]], Callable[Concatenate[S, A], R]]:
    """Declare a read that screens may call: it checks the permission of who asks, each time.

    With `recent` it also refuses unless the password was typed lately, as an export does.
    """

    def declare(function: Callable[Concatenate[S, A], R]) -> Callable[Concatenate[S, A], R]:
        name, signature = name_of(function), inspect.signature(function)

        @wraps(function)
        def guarded(scope: S, /, *args: A.args, **kwargs: A.kwargs) -> R:
            scope.actor.require(permission)
            if recent:
                require_recent(scope)
            if scope.actor.sees.is_limited and not getattr(scope, "command", ""):
                words = signature.bind(scope, *args, **kwargs).arguments
                refuse_unseen(scope.session, scope.actor.sees, name.partition(".")[0], words)
            with timed("query", name):
                found = function(scope, *args, **kwargs)
            if scope.actor.shows.is_limited and not getattr(scope, "command", ""):
                found = masked(found, scope.actor.shows)
            return found

        QUERIES[name] = Declared(name, permission, guarded, recent)
        return guarded

    return declare


def permission_of(function: Callable[..., Any]) -> P:
    """The permission a command or query was declared with."""
    name = name_of(function)
    return (COMMANDS.get(name) or QUERIES[name]).permission


def may(actor: Actor, function: Callable[..., Any]) -> bool:
    """Whether the actor may call this command or query."""
    return actor.may(permission_of(function))


def name_of(function: Callable[..., Any]) -> str:
    """What a command, a query or any other function is called: its room and its own name."""
    room = function.__module__.removeprefix("core.").split(".")[0]
    return f"{room}.{getattr(function, '__name__', '')}"
