"""What was answered, kept until something changes that it was read from."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Hashable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from core.analytics.mirror.kept_answer import KeptAnswer

T = TypeVar("T")
Version = tuple[int, ...]
_ANSWERS_KEPT, _WHILES_KEPT = 500, 100


class Facts(StrEnum):
    """What a refresh may change and an answer may be read from."""

    SALES = "sales"
    STOCK = "stock"
    MONEY = "money"
    GOODS = "goods"
    PEOPLE = "people"
    SEGMENTS = "segments"


ALL_FACTS = frozenset(Facts)


class Answers:
    """Answers by their question and by the versions of what they were read from."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes: Counter[Facts] = Counter()
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._whiles: OrderedDict[Hashable, KeptAnswer] = OrderedDict()

    def forget(self, changed: Collection[Facts]) -> None:
        """These have changed: whatever was read from them is asked anew."""
        with self._lock:
            self._changes.update(changed)

    def version(self, generation: int, reads: Collection[Facts]) -> Version:
        """How often these have changed."""
        return (generation, *(self._changes[each] for each in sorted(reads)))

    def known(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer of this key, whose version is part of it."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                known: T = self._answers[key]
                return known
        found = ask()
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return found

    def known_a_while(
        self, question: Hashable, version: Version, moment: datetime, length: timedelta | None, ask: Callable[[], T]
    ) -> T:
        """The same, which for so long may be of before the last changes."""
        with self._lock:
            known = self._whiles.get(question)
            if known is not None and known.still_holds(version, moment, length):
                self._whiles.move_to_end(question)
                answer: T = known.answer
                return answer
        found = ask()
        with self._lock:
            self._whiles[question] = KeptAnswer(version, moment, found)
            while len(self._whiles) > _WHILES_KEPT:
                self._whiles.popitem(last=False)
        return found
