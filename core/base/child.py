"""Starting a part of this program in a process of its own."""

import os
import subprocess
import sys

from core.base.settings import PROJECT_DIR, Settings


def start_child(
    settings: Settings, module: str, *words: str, stdin: int, stdout: int, stderr: int | None = None
) -> subprocess.Popen[bytes]:
    """`python -m module words …` with these settings, in our folder and of our code, whatever else lies there.

    It ends with its work and says by its exit code whether it could; who asks, it is told by whoever starts it.
    """
    paths = [str(PROJECT_DIR), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(  # noqa: S603 - our own program, with this interpreter
        [sys.executable, "-P", "-m", module, *words],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env={**os.environ, **settings.environment(), "PYTHONPATH": os.pathsep.join(paths)},
    )
