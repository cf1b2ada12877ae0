"""`@command` and `@query`: a use case declares its permission once, and every call is guarded by it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session

from core.security.actor import Actor
from core.security.permissions import P
from core.security.shows import masked
from core.work.guard import refuse_unseen
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


S = TypeVar("S", bound=Scope)


@dataclass(frozen=True)
class Declared:
    """A command or query and the permission it needs."""

    name: str
    permission: P
    function: Callable[..., Any]


COMMANDS: dict[str, Declared] = {}
QUERIES: dict[str, Declared] = {}


def command(
    permission: P,
) -> Callable[[Callable[Concatenate[UnitOfWork, A], R]], Callable[Concatenate[UnitOfWork, A], R]]:
    """Declare a use case: one function, one permission, one transaction, one audit entry."""

    def declare(function: Callable[Concatenate[UnitOfWork, A], R]) -> Callable[Concatenate[UnitOfWork, A], R]:
        name = _name(function)
        signature = inspect.signature(function)

        @wraps(function)
        def guarded(uow: UnitOfWork, /, *args: A.args, **kwargs: A.kwargs) -> R:
            uow.actor.require(permission)
            if uow.actor.sees.is_limited and not uow.command:
                words = signature.bind(uow, *args, **kwargs).arguments
                refuse_unseen(uow.session, uow.actor.sees, name.partition(".")[0], words)
            with uow.within(name):
                return function(uow, *args, **kwargs)

        COMMANDS[name] = Declared(name, permission, guarded)
        return guarded

    return declare


def query(
    permission: P,
) -> Callable[[Callable[Concatenate[S, A], R]], Callable[Concatenate[S, A], R]]:
    """Declare a read that screens may call: it checks the permission of who asks, each time."""

    def declare(function: Callable[Concatenate[S, A], R]) -> Callable[Concatenate[S, A], R]:
        name = _name(function)
        signature = inspect.signature(function)

        @wraps(function)
        def guarded(scope: S, /, *args: A.args, **kwargs: A.kwargs) -> R:
            scope.actor.require(permission)
            if scope.actor.sees.is_limited and not getattr(scope, "command", ""):
                words = signature.bind(scope, *args, **kwargs).arguments
                refuse_unseen(scope.session, scope.actor.sees, name.partition(".")[0], words)
            found = function(scope, *args, **kwargs)
            if scope.actor.shows.is_limited and not getattr(scope, "command", ""):
                found = masked(found, scope.actor.shows)
            return found

        QUERIES[name] = Declared(name, permission, guarded)
        return guarded

    return declare


def permission_of(function: Callable[..., Any]) -> P:
    """The permission a command or query was declared with."""
    name = _name(function)
    return (COMMANDS.get(name) or QUERIES[name]).permission


def may(actor: Actor, function: Callable[..., Any]) -> bool:
    """Whether the actor may call this command or query."""
    return actor.may(permission_of(function))


def _name(function: Callable[..., Any]) -> str:
    room = function.__module__.removeprefix("core.").split(".")[0]
    return f"{room}.{function.__name__}"
