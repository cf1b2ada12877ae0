"""What costs the store much to tell and hardly changes: kept for some minutes."""

import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from core.analytics.mirror.mirror import Mirror

T = TypeVar("T")
A_WHILE = timedelta(minutes=5)
_lock = threading.Lock()
_kept: "WeakKeyDictionary[Mirror, dict[Hashable, tuple[datetime, Any]]]" = WeakKeyDictionary()


def kept_a_while(mirror: Mirror, question: Hashable, ask: Callable[[], T]) -> T:
    """The answer, asked again after five minutes; those nobody asked for since are forgotten."""
    now = mirror.store.clock.now()
    with _lock:
        answers = _kept.setdefault(mirror, {})
        for each in [each for each, (at, _) in answers.items() if not timedelta(0) <= now - at < A_WHILE]:
            del answers[each]
        if question in answers:
            known: T = answers[question][1]
            return known
    found = ask()
    with _lock:
        answers[question] = (now, found)
    return found
