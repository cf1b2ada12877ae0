"""Who may do what is printed, so that a change of rights is seen in review."""

import pytest

from core.security.actor import Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.command import COMMANDS, QUERIES
from tests.fences.permissions import PRINTED, matrix


class Scope:
    """Nothing but who asks: a guard that lets the call pass runs into the missing rest."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor


def test_commands_and_queries_need_what_the_printed_matrix_says() -> None:
    printed = PRINTED.read_text(encoding="utf-8")
    assert printed == matrix(), "look at the change; if it is meant, run `make permissions`"


@pytest.mark.parametrize("role", Role)
def test_a_role_without_the_permission_is_refused_by_every_command_and_query(role: Role) -> None:
    matrix()  # imports every room
    rights = permissions_of(frozenset({role}))
    scope = Scope(Actor(1, "somebody", frozenset({role}), rights))
    for declared in (*COMMANDS.values(), *QUERIES.values()):
        if declared.permission not in rights:
            with pytest.raises(NotAllowed):
                declared.function(scope)
