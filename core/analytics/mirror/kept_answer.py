"""An answer that may be shown again for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class KeptAnswer:
    """An answer, the generation of the mirror and the versions of its facts that it was read from, and when."""

    version: tuple[int, ...]
    moment: datetime
    answer: Any

    def still_holds(self, version: tuple[int, ...], moment: datetime, length: timedelta | None) -> bool:
        """Nothing has changed since; or it was asked less than this length ago, and the file is the same."""
        if version == self.version:
            return True
        return length is not None and version[0] == self.version[0] and timedelta() <= moment - self.moment < length
