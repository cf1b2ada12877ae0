"""Whatever happens to a product, in whatever order it is written down, its cost stays whole."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.stock.costs.kept import keep, restore
from core.stock.costs.rules.events import (
    Cancellation,
    ComeBack,
    Correction,
    EntryKind,
    Event,
    Found,
    Issue,
    LateCost,
    Method,
    Place,
    Policy,
    PolicyChange,
    Receipt,
    Revaluation,
    SendBack,
    Transfer,
    in_order,
)
from core.stock.costs.rules.pools import State
from core.stock.costs.rules.replay import apply, replay

START = datetime(2026, 3, 1, tzinfo=UTC)
PLACES = [Place(1), Place(2), Place(1, 7)]

quantities = st.integers(1, 30_000).map(lambda n: Decimal(n).scaleb(-3))
costs = st.integers(0, 2_000_000).map(lambda n: Decimal(n).scaleb(-4))
amounts = st.integers(-50_000, 500_000).map(lambda n: Decimal(n).scaleb(-4))
places = st.sampled_from(PLACES)
policies = st.builds(Policy, st.sampled_from(Method), st.booleans(), st.booleans())
steps = st.one_of(
    st.tuples(st.just("receive"), places, quantities, costs),
    st.tuples(st.sampled_from(["issue", "find"]), places, quantities),
    st.tuples(st.just("transfer"), st.permutations(PLACES), quantities),
    st.tuples(st.sampled_from(["come back", "send back"]), st.integers(0, 30), quantities),
    st.tuples(st.just("correct"), st.integers(0, 30), amounts),
    st.tuples(st.just("late"), st.integers(0, 30), amounts),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(
        st.just("revalue"), st.one_of(costs.map(lambda c: ("unit_cost", c)), st.just(("factor", Decimal("1.1"))))
    ),
    st.tuples(st.just("change"), policies),
)


def events_of(history: list[tuple[Any, ...]], *, allows_negative: bool = True) -> list[Event]:
    """Events a minute apart; what they return or correct is one of those before."""
    events: list[Event] = []
    held: Counter[Place] = Counter()
    for number, (what, *facts) in enumerate(history, 1):
        event = _event(events, what, facts, {"ref": ("move", number), "at": START + timedelta(minutes=number)})
        if event is None:
            continue
        if not allows_negative:
            if isinstance(event, Cancellation):
                continue
            if isinstance(event, Issue | SendBack | Transfer):
                if held[event.place] < event.quantity:
                    continue
                held[event.place] -= event.quantity
            if isinstance(event, Receipt | Found | ComeBack):
                held[event.place] += event.quantity
            if isinstance(event, Transfer):
                held[event.to] += event.quantity
        events.append(event)
    return events


def _event(events: list[Event], what: str, facts: list[Any], head: dict[str, Any]) -> Event | None:
    if what == "receive":
        return Receipt(**head, place=facts[0], quantity=facts[1], unit_cost=facts[2])
    if what in {"issue", "find"}:
        return (Issue if what == "issue" else Found)(**head, place=facts[0], quantity=facts[1])
    if what == "transfer":
        return Transfer(**head, place=facts[0][0], to=facts[0][1], quantity=facts[1])
    if what == "revalue":
        return Revaluation(**head, **dict([facts[0]]))
    if what == "change":
        return PolicyChange(**head, policy=facts[0])
    wanted = Issue if what == "come back" else Receipt
    before = [each for each in events if isinstance(each, wanted | Issue if what == "cancel" else wanted)]
    if not before:
        return None
    of = before[facts[0] % len(before)]
    if what in {"come back", "send back"}:
        kind = ComeBack if what == "come back" else SendBack
        return kind(**head, place=of.place, quantity=min(facts[1], of.quantity), of=of.ref)
    if what == "correct":
        return Correction(**head, of=of.ref, amount=facts[1])
    if what == "late":
        return LateCost(**head, of=of.ref, place=of.place, quantity=of.quantity, amount=facts[1])
    return Cancellation(**head, of=of.ref)


histories = st.lists(steps, max_size=25)
A_PRICE_THAT_DOES_NOT_DIVIDE = [
    *[("receive", Place(1), Decimal("0.001"), Decimal("0.0000"))] * 4,
    ("receive", Place(1), Decimal("0.002"), Decimal("0.0250")),
    ("receive", Place(2), Decimal("0.001"), Decimal("0.0000")),
    ("change", Policy(Method.AVERAGE, per_warehouse=True)),
]


@settings(max_examples=60, deadline=None)
@given(histories, policies)
def test_entries_add_up_to_the_pools_and_nothing_is_worth_nothing(history, policy) -> None:
    result = replay(events_of(history), State(policy, Decimal(7)))
    for key, pool in result.state.pools.items():
        mine = [each for each in result.entries if each.pool == key and each.kind is not EntryKind.EXPENSED]
        assert sum(each.quantity for each in mine) == pool.quantity
        assert sum(each.amount for each in mine) == pool.amount
        assert pool.quantity != 0 or pool.amount == 0
    assert sum(result.state.holdings.values()) == result.state.quantity


@settings(max_examples=60, deadline=None)
@given(histories, policies)
def test_layers_are_what_is_there_oldest_first(history, policy) -> None:
    state = replay(events_of(history), State(policy, Decimal(7))).state
    for pool in state.pools.values():
        if state.policy.method is Method.FIFO or pool.quantity < 0:
            assert sum(layer.quantity for layer in pool.layers) == pool.quantity
            assert sum(layer.amount for layer in pool.layers) == pool.amount
        else:
            assert not pool.layers
        assert [layer.at for layer in pool.layers] == sorted(layer.at for layer in pool.layers)
        assert len({layer.quantity > 0 for layer in pool.layers}) <= 1
        assert all(layer.quantity for layer in pool.layers)


@settings(max_examples=60, deadline=None)
@given(histories, policies)
def test_one_event_at_a_time_ends_where_the_whole_history_does(history, policy) -> None:
    events = events_of(history)
    state = State(policy, Decimal(7))
    entries = [entry for event in in_order(events) for entry in apply(state, event)]
    whole = replay(events, State(policy, Decimal(7)))
    assert entries == whole.entries
    assert (state.pools, state.holdings, state.policy) == (
        whole.state.pools,
        whole.state.holdings,
        whole.state.policy,
    )


@settings(max_examples=60, deadline=None)
@given(histories, policies, st.integers(0, 25))
@example(A_PRICE_THAT_DOES_NOT_DIVIDE, Policy(Method.AVERAGE), 7)
def test_a_history_goes_on_from_a_kept_state_as_if_it_had_not_been_cut(history, policy, cut) -> None:
    events = in_order(events_of(history))
    first = replay(events[:cut], State(policy, Decimal(7))).state
    again = restore(keep(first), first.policy, first.first_cost)
    again.open = first.open
    assert again == first
    whole = replay(events, State(policy, Decimal(7)))
    rest = replay(events[cut:], again)
    assert (rest.state.pools, rest.state.holdings) == (whole.state.pools, whole.state.holdings)


@settings(max_examples=60, deadline=None)
@given(st.data(), histories, policies)
def test_the_order_in_which_dated_events_are_written_down_does_not_matter(data, history, policy) -> None:
    events = events_of(history)
    shuffled = data.draw(st.permutations(events))
    opening = State(policy, Decimal(7))
    assert replay(shuffled, opening).entries == replay(events, opening).entries


@settings(max_examples=60, deadline=None)
@given(histories, st.sampled_from(Method))
def test_a_transfer_takes_out_exactly_what_it_brings_in(history, method) -> None:
    policy = Policy(method, per_warehouse=True)
    events = [each for each in events_of(history, allows_negative=False) if not isinstance(each, PolicyChange)]
    result = replay(events, State(policy, Decimal(7)))
    for event in events:
        if isinstance(event, Transfer):
            assert result.amount_of(event.ref) == 0


@settings(max_examples=60, deadline=None)
@given(histories, policies)
def test_a_cancelled_event_leaves_no_trace(history, policy) -> None:
    events = [each for each in events_of(history) if not isinstance(each, Cancellation)]
    extra = Receipt(ref=("move", 99), at=START, quantity=Decimal(5), unit_cost=Decimal(3))
    cancel = Cancellation(ref=("move", 100), at=START + timedelta(days=1), of=extra.ref)
    opening = State(policy, Decimal(7))
    assert replay([extra, *events, cancel], opening).entries == replay(events, opening).entries


@settings(max_examples=60, deadline=None)
@given(histories, policies)
def test_the_opening_state_stays_as_it_is(history, policy) -> None:
    receipt = Receipt(ref=("move", 99), at=START, quantity=Decimal(5), unit_cost=Decimal(3))
    opening = replay([receipt], State(Policy(policy.method))).state
    before = opening.copy()
    replay(events_of(history), opening)
    assert opening == before
