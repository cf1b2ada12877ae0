"""A product whose costs are followed by hand: its events, written down one after the other."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from core.stock.costs.rules.events import (
    Cancellation,
    ComeBack,
    Correction,
    Event,
    Found,
    Issue,
    Method,
    Place,
    Policy,
    PolicyChange,
    Receipt,
    Revaluation,
    SendBack,
    Transfer,
)
from core.stock.costs.rules.pools import State
from core.stock.costs.rules.replay import Replayed, replay

D0 = datetime(2026, 3, 18, tzinfo=UTC)
AVERAGE, FIFO = Policy(), Policy(Method.FIFO)
ALL, A, B = Place(), Place(1), Place(2)


class Book:
    """A product whose events are written down one after the other, each on a day if need be."""

    def __init__(self, policy: Policy = AVERAGE, first_cost: int = 0) -> None:
        self.opening = State(policy, Decimal(first_cost))
        self.events: list[Event] = []
        self.ids = count(1)

    def receive(self, quantity, unit_cost, *, day=0, place=ALL) -> Receipt:
        return self.add(Receipt, day, place=place, quantity=Decimal(quantity), unit_cost=Decimal(unit_cost))

    def issue(self, quantity, *, day=0, place=ALL) -> Issue:
        return self.add(Issue, day, place=place, quantity=Decimal(quantity))

    def find(self, quantity, *, day=0) -> Found:
        return self.add(Found, day, quantity=Decimal(quantity))

    def come_back(self, quantity, of, *, day=0) -> ComeBack:
        return self.add(ComeBack, day, quantity=Decimal(quantity), of=of.ref, place=of.place)

    def send_back(self, quantity, of, *, day=0) -> SendBack:
        return self.add(SendBack, day, quantity=Decimal(quantity), of=of.ref, place=of.place)

    def transfer(self, quantity, place, to, *, day=0) -> Transfer:
        return self.add(Transfer, day, place=place, to=to, quantity=Decimal(quantity))

    def revalue(self, *, day=0, **how) -> Revaluation:
        return self.add(Revaluation, day, **{name: Decimal(each) for name, each in how.items()})

    def correct(self, receipt, amount) -> Correction:
        return self.add(Correction, 0, of=receipt.ref, amount=Decimal(amount))

    def cancel(self, event) -> Cancellation:
        return self.add(Cancellation, 0, of=event.ref)

    def change(self, policy, *, day=0) -> PolicyChange:
        return self.add(PolicyChange, day, policy=policy)

    def add(self, kind, day, **facts):
        event = kind(ref=("move", next(self.ids)), at=D0 + timedelta(days=day), **facts)
        self.events.append(event)
        return event

    @property
    def now(self) -> Replayed:
        return replay(self.events, self.opening)

    def worth(self, place=ALL) -> tuple[Decimal, Decimal]:
        pool = self.now.state.pool(place)
        return pool.quantity, pool.amount

    @property
    def unit_cost(self) -> Decimal:
        return self.now.state.pool(Place()).unit_cost

    def moved(self, event) -> Decimal:
        return self.now.amount_of(event.ref)
