"""States and steps as data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from core.base.errors import AppError
from core.base.i18n import N_

S = TypeVar("S", bound=StrEnum)


class IllegalStep(AppError):
    """The document is not in a state from which this step can be taken."""

    message = N_("{number} is “{state}”, so “{step}” is not possible. Reload the page to see where it stands.")
    texts = ("state", "step")


class HasState(Protocol):
    """Anything that moves through a flow."""

    @property
    def number(self) -> str:
        """The human number of the document."""
        ...


@dataclass(frozen=True)
class Step(Generic[S]):
    """One step: its verb and what a button calls it, the states it starts from, the state it leads to."""

    verb: str
    label: str
    sources: frozenset[S]
    target: S


class Flow(Generic[S]):
    """A table of steps over one state attribute; each step is (verb, label, sources, target)."""

    def __init__(self, attribute: str, labels: Mapping[S, str], *steps: tuple[str, str, Iterable[S], S]) -> None:
        self.attribute = attribute
        self.labels = labels
        self.steps = {verb: Step(verb, label, frozenset(sources), target) for verb, label, sources, target in steps}

    def __iter__(self) -> Iterator[Step[S]]:
        return iter(self.steps.values())

    def allows(self, verb: str, state: S) -> bool:
        """Whether the step may be taken from this state."""
        return state in self.steps[verb].sources

    def next_state(self, verb: str, state: S, number: str) -> S:
        """Where the step leads; `IllegalStep` where it may not be taken."""
        step = self.steps[verb]
        if state not in step.sources:
            raise IllegalStep(number=number, state=self.labels[state], step=step.label)
        return step.target

    def take(self, verb: str, document: HasState) -> None:
        """Move the document; `IllegalStep` leaves it as it was."""
        state: S = getattr(document, self.attribute)
        setattr(document, self.attribute, self.next_state(verb, state, document.number))
