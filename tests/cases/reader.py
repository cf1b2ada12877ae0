"""A case as it stands in the file, and how what was found is held against what is expected."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).parent.parent.parent.parent / "shared" / "cases" / "peer_cases.json"
FILE = Path(os.environ.get("SALESBOOK_PEER_CASES", BESIDE))
"""Another file of such cases may be tried by naming it in the environment."""
EXACT = Decimal(0)


@dataclass(frozen=True)
class Case:
    """What is given, what should come of it, and whether any right system gives that (`universal`)."""

    id: str
    area: str
    kind: str
    given: Mapping[str, Any]
    expected: Mapping[str, Any]
    rule: str = ""
    tolerance: Decimal = EXACT
    also: Mapping[str, Any] = field(default_factory=dict)


def load(file: Path = FILE, also: Mapping[str, Any] | None = None) -> list[Case]:
    """The cases of a file; `also` holds the steps of cases that others refer to and the file leaves out."""
    if not file.is_file():
        return []
    known = dict(also or {})
    rows = json.loads(file.read_text(encoding="utf-8"))
    known |= {row["id"]: row["given"] for row in rows}
    return [_case(row, known) for row in rows]


def _case(row: Mapping[str, Any], known: Mapping[str, Any]) -> Case:
    given = dict(row["given"])
    if same := given.pop("same_steps_as", None):
        given = {**known[same], **given}
    expected = {name: each for name, each in row["expected"].items() if name != "tolerance"}
    tolerance = Decimal(row["expected"].get("tolerance", 0))
    return Case(row["id"], row["area"], row["kind"], given, expected, row.get("rule", ""), tolerance)


def differences(expected: Any, found: Any, tolerance: Decimal = EXACT, at: str = "") -> list[str]:
    """Where what was found is not what was expected; `null` in a case says nothing about a figure.

    Numbers are compared as numbers, however they are written; a found figure that nobody asked for is no harm.
    """
    if expected is None:
        return []
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            return [f"{at}: {found!r} is no mapping"]
        missing = [f"{at}.{k}: not found" for k, each in expected.items() if each is not None and k not in found]
        deeper = (differences(each, found[k], tolerance, f"{at}.{k}") for k, each in expected.items() if k in found)
        return missing + [each for some in deeper for each in some]
    if isinstance(expected, list):
        if not isinstance(found, list | tuple) or len(found) != len(expected):
            return [f"{at}: {found!r} for {expected!r}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [each for n, (e, f) in pairs for each in differences(e, f, tolerance, f"{at}[{n}]")]
    wanted, got = number(expected), number(found)
    if wanted is not None and got is not None:
        limit = max(tolerance, _noise(expected))
        return [] if abs(wanted - got) <= limit else [f"{at}: {got} for {wanted}"]
    return [] if expected == found else [f"{at}: {found!r} for {expected!r}"]


def number(text: Any) -> Decimal | None:
    """A figure however it is written; None for words, truths and nothing."""
    if isinstance(text, bool) or text is None:
        return None
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None


def words(text: Any, key: str = "op") -> tuple[str, str]:
    """What a step does and the rest of it, whether it is written as words or as an object."""
    if isinstance(text, Mapping):
        return str(text[key]), ""
    first, _, rest = str(text).partition(" ")
    return first, rest


def each_trial(trials: Iterable[Any], judge: Callable[[Any], Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Every trial by itself; the figures of all of them, by name."""
    found: dict[str, list[Any]] = {}
    for trial in trials:
        for name, figure in judge(trial).items():
            found.setdefault(name, []).append(figure)
    return found


def _noise(expected: Any) -> Decimal:
    """What a number that was computed in binary may be off by."""
    return abs(Decimal(str(expected))) * Decimal("1e-15") if isinstance(expected, float) else EXACT
