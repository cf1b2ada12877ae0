"""Every command and query can be reached by a person: from a screen, the command line or a job."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from core.work.command import COMMANDS, QUERIES
from tests.fences.permissions import matrix
from tests.fences.sources import files, name, tree

DEMO = ("core/demo/", "core/cli/demo.py")
"""What the demo company does is no way for a person to do it."""

NOBODY_NEEDS_A_SCREEN = {
    "demo.enter_month": "books the demo company's past",
    "demo.finish_demo": "the last step of the demo company",
    "demo.half_filled": "asked before the demo company is made",
    "demo.is_empty": "asked before the demo company is made",
    "demo.set_up_demo": "the first step of the demo company",
    "sales.in_time": "the share that left by the wished day; no screen shows this figure yet",
    "stock.cost_past_moves": "gives the demo company's past its costs; other goods have theirs when they move",
}


def module_of(file) -> str:
    """The dotted name of a file."""
    return name(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def _here(file) -> dict[str, str]:
    """What each name in a file stands for."""
    known = {}
    for node in tree(file).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        for defined in _defined(node):
            known[defined] = f"{module_of(file)}.{defined}"
    return known


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [each.id for each in targets if isinstance(each, ast.Name)]


def _named(file, node: ast.AST) -> Iterator[str]:
    """The things of the house that a piece of code names."""
    known = _here(file)
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in known:
            yield known[part.id]
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in known:
            yield f"{known[part.value.id]}.{part.attr}"


def _runs_by_itself(node: ast.stmt) -> bool:
    """Whether a decorator registers it: a job, a check, a step of the nightly round."""
    calls = [each.func for each in getattr(node, "decorator_list", []) if isinstance(each, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id not in {"command", "query", "dataclass"} for call in calls)


def reached() -> set[str]:
    """All that screens, the command line and jobs lead to."""
    leads: dict[str, set[str]] = defaultdict(set)
    begun: set[str] = set()
    for file in files("core", "pages"):
        if name(file).startswith(DEMO):
            continue
        is_edge = not name(file).startswith("core/") or name(file).startswith("core/cli/")
        for node in tree(file).body:
            names = set(_named(file, node))
            for defined in _defined(node):
                leads[f"{module_of(file)}.{defined}"] |= names
            if isinstance(node, ast.ImportFrom):
                for each in node.names:
                    leads[f"{module_of(file)}.{each.asname or each.name}"].add(f"{node.module}.{each.name}")
            if is_edge or _runs_by_itself(node):
                begun |= names
    found: set[str] = set()
    while begun:
        each = begun.pop()
        if each not in found:
            found.add(each)
            begun |= leads[each] - found
    return found


def test_every_command_and_query_is_reached_from_a_screen_the_command_line_or_a_job() -> None:
    matrix()  # imports every room
    found = reached()
    left = {
        each.name
        for each in (*COMMANDS.values(), *QUERIES.values())
        if each.function.__module__.startswith("core.")
        and f"{each.function.__module__}.{each.function.__name__}" not in found
    }
    assert left == set(NOBODY_NEEDS_A_SCREEN), "give it a place on a screen, or delete it with its tests"
