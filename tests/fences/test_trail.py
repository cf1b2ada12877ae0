"""Whatever is recorded reads as a sentence on the audit screen."""

import ast

from pages.admin._trail_words import SENTENCES
from tests.fences.sources import files, tree

RECORDING = {"audit", "record"}


def recorded() -> set[str]:
    """Every tag that a command gives its audit entry."""
    return {
        word.value
        for file in files("core")
        for call in ast.walk(tree(file))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in RECORDING
        for word in (ast.walk(call.args[0]) if call.args else ())
        if isinstance(word, ast.Constant) and isinstance(word.value, str) and "." in word.value
    }


def test_every_audit_entry_reads_as_a_sentence() -> None:
    assert {tag for tag in recorded() if tag not in SENTENCES and not tag.startswith("demo.")} == set()
    assert len(recorded()) > 150
