"""`user`: who can sign in."""

import sys
from typing import Annotated

import typer

from core.accounts.service import add_user
from core.base.errors import AppError
from core.base.i18n import N_, _
from core.cli.frame import AsJson, answer, opened
from core.security.actor import SYSTEM
from core.security.permissions import ROLE_LABELS, Role


class NotText(AppError):
    """What came from standard input cannot be read as text."""

    message = N_("The password on standard input is not UTF-8 text. Type it again.")


users = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
Username = Annotated[str, typer.Argument(metavar="NAME", help=N_("The name typed to sign in."))]
Roles = Annotated[list[Role], typer.Option("--role", help=N_("What the user may do; repeat it for several roles."))]
FullName = Annotated[str, typer.Option("--name", help=N_("The name shown to others; otherwise the same."))]


@users.callback()
def below() -> None:
    """Keep `user` a group while it has one command."""


@users.command(help=N_("Add a user. The password is asked, or read from standard input."))
def add(username: Username, role: Roles, name: FullName = "", as_json: AsJson = False) -> None:
    """Add a user; refuses a name that is taken and a password that is too weak."""
    with opened() as store:
        password = _password()
        user_id = store.run(
            SYSTEM, add_user, None, username=username, name=name or username, password=password, roles=frozenset(role)
        )
    roles = [_(ROLE_LABELS[each]) for each in role]
    answer(
        {"ok": True, "id": user_id, "username": username.lower(), "roles": [each.value for each in role]},
        [_("{name} can sign in now, as {roles}.").format(name=username.lower(), roles=", ".join(roles))],
        as_json=as_json,
    )


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(_("Password"), hide_input=True, confirmation_prompt=_("Password again"), err=True))
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise NotText from None
