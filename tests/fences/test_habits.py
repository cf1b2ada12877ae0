"""Only the edge commits, files stay readable, screens are scripts."""

import ast

import pytest

from tests.fences.sources import files, name, tree

MAY_COMMIT = ("core/work/", "core/db/")
LONGEST = 450


@pytest.mark.parametrize("file", files("core", "pages"), ids=name)
def test_nothing_outside_the_unit_of_work_commits(file) -> None:
    if name(file).startswith(MAY_COMMIT):
        return
    commits = [
        f"{name(file)}:{node.lineno}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    ]
    assert commits == []


@pytest.mark.parametrize("file", files("core", "pages"), ids=name)
def test_a_file_fits_in_the_head(file) -> None:
    if "migrations/versions" in name(file):
        return
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("file", files("core", "pages"), ids=name)
def test_a_module_begins_by_saying_what_is_found_there(file) -> None:
    body = tree(file).body
    assert not body or ast.get_docstring(tree(file))


@pytest.mark.parametrize("file", files("core", "pages"), ids=name)
def test_files_for_spreadsheets_are_written_in_one_place(file) -> None:
    writers = [
        f"{name(file)}:{node.lineno}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr == "writer" and isinstance(node.value, ast.Name)
    ]
    assert all(found.startswith("core/base/sheets.py") for found in writers)
