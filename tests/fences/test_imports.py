"""Imports look down, stand at the top, and streamlit stays in its rooms."""

import ast

import pytest

from tests.fences.sources import files, imported, name, tree

FLOORS = (
    {"base", "locale"},
    {"db"},
    {"security", "audit"},
    {"work"},
    {"jobs", "notify", "attachments"},
    {"catalog", "customers", "suppliers", "accounts", "fields"},
    {"receivables", "stock", "pricing"},
    {"sales"},
    {"care", "team"},
    {"exchange", "analytics", "ops", "demo"},
    {"cli"},
)
HEIGHT = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
REACHES_UP = {
    ("core/db/migrations/env.py", "every room's tables belong to the schema"),
    ("core/__main__.py", "the entrance"),
}


def room_of(module: str) -> str | None:
    """The room of core that a module lives in."""
    parts = module.split(".")
    return parts[1] if parts[0] == "core" and len(parts) > 1 and parts[1] in HEIGHT else None


@pytest.mark.parametrize("file", files("core"), ids=name)
def test_a_room_imports_only_itself_and_what_lies_below(file) -> None:
    if name(file) in {exempt for exempt, _ in REACHES_UP}:
        return
    own = room_of(name(file).removesuffix(".py").replace("/", "."))
    above = [
        module
        for node in ast.walk(tree(file))
        for module in imported(node)
        if module.startswith("pages")
        or (own and (other := room_of(module)) and other != own and HEIGHT[other] > HEIGHT[own])
    ]
    assert above == []


def test_every_room_of_core_has_its_floor() -> None:
    starts = [file for file in files("core") if file.name == "__init__.py"]
    assert {file.parent.name for file in starts if file.parents[1].name == "core"} == set(HEIGHT)


@pytest.mark.parametrize("file", files("core", "pages"), ids=name)
def test_imports_stand_at_the_top_of_the_file(file) -> None:
    inside = [
        f"{name(file)}:{node.lineno}"
        for function in ast.walk(tree(file))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


@pytest.mark.parametrize("file", files("core"), ids=name)
def test_core_runs_without_streamlit(file) -> None:
    screens = {"streamlit", "streamlit_authenticator", "plotly.express"}
    assert [
        module for node in ast.walk(tree(file)) for module in imported(node) if module.split(".")[0] in screens
    ] == []
