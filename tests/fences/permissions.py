"""`make permissions`: print which role may run which command and query into permissions.txt."""

import importlib
import pkgutil
from pathlib import Path

import core
from core.security.permissions import ROLE_PERMISSIONS, Role
from core.work.command import COMMANDS, QUERIES, Declared

PRINTED = Path(__file__).parent / "permissions.txt"
LETTERS = {role: role.value[:3] for role in Role}


def matrix() -> str:
    """A line for each command and query of the product: its permission, and the roles that hold it."""
    for module in pkgutil.walk_packages(core.__path__, "core."):
        if not module.name.startswith(("core.__main__", "core.db.migrations")):
            importlib.import_module(module.name)
    head = f"{'':44}{'needs':20}" + " ".join(LETTERS.values())
    return "\n".join([head, *_lines("command", COMMANDS), *_lines("query", QUERIES)]) + "\n"


def _lines(kind: str, declared: dict[str, Declared]) -> list[str]:
    return [
        f"{kind + ' ' + name:44}{each.permission.value:20}"
        + " ".join("yes" if each.permission in ROLE_PERMISSIONS[role] else " - " for role in LETTERS).rstrip()
        for name, each in sorted(declared.items())
        if each.function.__module__.startswith("core.")
    ]


if __name__ == "__main__":
    PRINTED.write_text(matrix(), encoding="utf-8")
