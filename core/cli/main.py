"""The command line: which commands there are, and what a script can rely on for each of them."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy.exc import OperationalError

from core.base.errors import AppError
from core.base.i18n import N_, _
from core.cli import backup, imports, jobs
from core.cli.ask import ask
from core.cli.check import check
from core.cli.demo import demo
from core.cli.frame import refuse, speak, translate_help
from core.cli.install import init
from core.cli.restore import bring_back
from core.cli.users import users
from core.cli.verify import verify

PROGRAM = "python -m core"
BAD_USE = 2

app = typer.Typer(
    help=N_("Salesbook's command line: set up, import, ask, check."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(help=N_("Create the database, or bring it to the schema of this version."))(init)
app.command(help=N_("Compare everything stored with what it is derived from."))(check)
app.command(help=N_("Verify the seals of the audit trail and the stock ledger."))(verify)
app.command(help=N_("Fill an empty database with a demo company."))(demo)
app.command(help=N_("Ask the analytics one question."))(ask)
app.command(name="restore", help=N_("Bring the installation back from a backup, step by step."))(bring_back)
app.add_typer(backup.app, name="backup", help=N_("Make, list, verify and prove backups."))
app.add_typer(imports.app, name="import", help=N_("Bring in order files."))
app.add_typer(jobs.app, name="jobs", help=N_("Look after work that has no user."))
app.add_typer(users, name="user", help=N_("Manage who can sign in."))


@app.callback()
def everywhere(
    language: Annotated[str, typer.Option(help=N_("Speak this language: zh or en."))] = "",  # noqa: ARG001 - read before
) -> None:
    """Options of every command."""


def run(arguments: Sequence[str]) -> int:
    """Carry out one command. 0 only on success, 1 for a refusal, 2 for words that are not understood."""
    speak(arguments)
    as_json = "--json" in arguments
    command = typer.main.get_command(app)
    translate_help(command)
    try:
        return int(command.main(args=list(arguments), prog_name=PROGRAM, standalone_mode=False) or 0)
    except AppError as refusal:
        refuse(refusal.sentence, as_json=as_json)
        return 1
    except typer.TyperException as error:
        refuse(error.format_message(), as_json=as_json)
        return BAD_USE
    except typer.Abort:
        refuse(_("Stopped; nothing was done."), as_json=as_json)
        return 1
    except OperationalError as error:
        refuse(_("The database does not answer: {reason}").format(reason=error.orig), as_json=as_json)
        return 1
    except Exception:
        if as_json:
            refuse(_("This failed for a reason we did not foresee; the details follow."), as_json=True)
        raise


def main() -> None:
    """What `python -m core` runs."""
    sys.exit(run(sys.argv[1:]))
