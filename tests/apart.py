"""Processes that begin anew, whatever ran in this one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest


@contextmanager
def without_main() -> Iterator[None]:
    """A process that is started here does not first run what a test made the main module, such as a screen."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
        yield
