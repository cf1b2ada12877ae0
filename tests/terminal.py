"""A terminal for tests of the command line."""

import io
import json
from typing import Any

import pytest

from core.base.settings import Settings
from core.cli.main import run


class Terminal:
    """Runs commands and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.monkeypatch = capsys, monkeypatch
        self.out = self.err = ""

    def __call__(self, *words: str, typed: str = "") -> int:
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = run(words)
        self.out, self.err = self.capsys.readouterr()
        return code

    def json(self, *words: str, code: int = 0, typed: str = "") -> Any:
        """What a command prints with `--json`, which is one object and nothing else."""
        assert self(*words, "--json", typed=typed) == code, self.err
        return json.loads(self.out)


def a_terminal(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal of this installation, in English."""
    monkeypatch.setenv("SALESBOOK_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SALESBOOK_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Terminal(capsys, monkeypatch)
