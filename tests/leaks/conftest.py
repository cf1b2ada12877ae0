"""The demo company that the leak tests mark and look for marks in."""

from pathlib import Path

import pytest

from core.base.i18n import use_language
from tests.leaks.company import a_demo


@pytest.fixture(scope="package")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo company, made once."""
    use_language("en")
    return a_demo(sqlite_template, tmp_path_factory.mktemp("demo"))
