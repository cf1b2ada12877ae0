"""The Python files that the fences walk, parsed once."""

import ast
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent.parent
ENTRY = PROJECT / "app.py"


@cache
def files(*folders: str) -> tuple[Path, ...]:
    """Every Python file below these folders of the project."""
    found = [file for folder in folders for file in sorted((PROJECT / folder).rglob("*.py"))]
    return tuple(found + ([ENTRY] if "pages" in folders and ENTRY.exists() else []))


@cache
def tree(file: Path) -> ast.Module:
    """The file as Python reads it."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def name(file: Path) -> str:
    """The file's path in the project."""
    return file.relative_to(PROJECT).as_posix()


def imported(node: ast.AST) -> list[str]:
    """The modules an import statement names; those of `from package import module` in full."""
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{each.name}" for each in node.names]
    return []
