"""What customers are worth: the published figures of CDNOW, arithmetic that stays right, refusals that say why."""

from collections import defaultdict
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from core.analytics.customers.rules import spending
from core.analytics.customers.rules.errors import NoFit, OnlyOnce, TooFewRepeaters
from core.analytics.customers.rules.holdout import by_repeats, parts
from core.analytics.customers.rules.purchases import Habit, Histories, chance_active, expected_purchases, fit
from core.analytics.customers.rules.worth import likely_purchases, worth

CDNOW = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
CALIBRATED = date(1997, 9, 30)
PUBLISHED = np.array([0.243, 4.414, 0.793, 2.426])


def one(repeats: float, last: float, observed: float) -> Histories:
    return Histories(np.array([repeats]), np.array([last]), np.array([observed]), np.ones(1))


def cdnow() -> tuple[np.ndarray, ...]:
    """Repeats, weeks until the last, weeks observed, mean amount of the repeats, days bought afterwards."""
    days: dict[str, dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for line in CDNOW.read_text(encoding="utf-8").splitlines():
        if words := line.split():
            days[words[1]][date.fromisoformat(words[2])] += float(words[4])
    rows = []
    for bought in days.values():
        before = sorted(day for day in bought if day <= CALIBRATED)
        again = [bought[day] for day in before[1:]]
        rows.append(
            (
                len(again),
                (before[-1] - before[0]).days / 7,
                (CALIBRATED - before[0]).days / 7,
                sum(again) / len(again) if again else 0,
                len(bought) - len(before),
            )
        )
    return tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))


@pytest.mark.skipif(not CDNOW.is_file(), reason="the real data sets are not beside the repository")
def test_cdnow_gives_the_published_parameters() -> None:
    repeats, last, observed, mean, _after = cdnow()
    histories, _place = Histories.grouped(repeats, last, observed)
    habit = fit(histories)

    assert (histories.customers, histories.repeaters) == (2357, 946)
    assert [round(each, 3) for each in habit.parameters] == [0.243, 4.414, 0.793, 2.426]
    assert round(habit.log_likelihood, 1) == -9582.4
    assert round(float(expected_purchases(habit.parameters, one(2, 30.43, 38.86), 39)[0]), 3) == 1.226

    spent = (repeats > 0) & (mean > 0)
    found = spending.fit(repeats[spent], mean[spent])
    assert [round(each, 2) for each in found.parameters] == [6.25, 3.74, 15.44]
    assert round(found.relation, 2) == 0.11


@pytest.mark.skipif(not CDNOW.is_file(), reason="the real data sets are not beside the repository")
def test_cdnow_comes_true_in_the_39_weeks_after() -> None:
    repeats, last, observed, _mean, after = cdnow()
    histories, place = Histories.grouped(repeats, last, observed)
    predicted = expected_purchases(fit(histories).parameters, histories, 39)[place]

    rows = by_repeats(repeats, predicted, after)
    assert [(row.repeats, row.customers) for row in rows][:3] == [(0, 1411), (1, 439), (2, 214)]
    assert (round(rows[0].predicted, 3), round(rows[0].actual, 3)) == (0.225, 0.237)
    assert (round(rows[2].predicted, 3), round(rows[2].actual, 3)) == (1.044, 1.393)
    tenths = parts(predicted, after)
    assert round(tenths[0].lift, 1) == 4.7
    assert round(sum(each.actual for each in tenths), 9) == 1


def test_expectations_stay_finite_for_who_buys_every_hour_and_at_the_singular_point() -> None:
    often = one(50_000, 300, 300)
    assert float(expected_purchases(PUBLISHED, often, 52)[0]) > 4000
    near = [float(expected_purchases(np.array([0.243, 4.414, a, 2.426]), one(2, 30, 38), 39)[0]) for a in (1, 1.001)]
    assert near[0] == pytest.approx(near[1], rel=1e-3)
    assert float(expected_purchases(PUBLISHED, one(0, 0, 0), 0)[0]) == 0


def test_who_never_came_back_has_had_no_chance_to_leave() -> None:
    assert chance_active(PUBLISHED, one(0, 0, 100)).tolist() == [1.0]
    assert float(chance_active(PUBLISHED, one(30, 10, 1000))[0]) < 1e-30


def test_parameters_that_made_the_purchases_are_found_again_and_lie_in_their_interval() -> None:
    chance = np.random.default_rng(5)
    count, weeks = 20_000, 80.0
    rate, leaving = chance.gamma(0.6, 1 / 9, count), chance.beta(0.9, 5, count)
    repeats, last, now, there = (np.zeros(count), np.zeros(count), np.zeros(count), np.ones(count, bool))
    while there.any():
        now = now + chance.exponential(1 / rate)
        there &= now < weeks
        repeats[there] += 1
        last[there] = now[there]
        there &= chance.random(count) >= leaving
    habit = fit(Histories.grouped(repeats, last, np.full(count, weeks))[0])
    away = np.abs(np.log(habit.parameters / np.array([0.6, 9, 0.9, 5])))
    assert np.all(away < 2.6 * np.sqrt(np.diag(habit.covariance)))


def test_weights_say_the_same_as_rows() -> None:
    repeats, last = np.tile([0.0, 1.0, 3.0, 0.0, 6.0], 20), np.tile([0.0, 9.0, 20.0, 0.0, 28.0], 20)
    observed = np.tile([30.0, 30.0, 29.0, 12.0, 30.0], 20)
    grouped, place = Histories.grouped(repeats, last, observed)
    plain = fit(Histories(repeats, last, observed, np.ones(100)))
    weighted = fit(grouped)
    assert grouped.weight.tolist() == [20.0] * 5
    assert grouped.repeats[place].tolist() == repeats.tolist()
    assert weighted.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-6)


@pytest.mark.parametrize(("repeaters", "refusal"), [(0, OnlyOnce), (29, TooFewRepeaters)])
def test_data_that_cannot_tell_is_refused_with_a_sentence(repeaters: int, refusal: type[Exception]) -> None:
    repeats = np.array([1.0] * repeaters + [0.0] * 50)
    with pytest.raises(refusal):
        fit(Histories.grouped(repeats, repeats * 3, np.full(len(repeats), 9.0))[0])
    with pytest.raises(refusal):
        spending.fit(np.ones(repeaters), np.ones(repeaters))


def test_spending_that_no_distribution_fits_is_refused() -> None:
    with pytest.raises(NoFit):
        spending.fit(np.ones(60), (np.arange(1, 61) / 61) ** -4.0)


def test_worth_is_purchases_times_amount_discounted_and_adds_up() -> None:
    habit = Habit(*PUBLISHED.tolist(), 0.0, np.eye(4) * 0.01)
    spent = spending.Spending(6.25, 3.74, 15.44, 0.0, np.eye(3) * 0.01, 0.0)
    histories = Histories(np.array([0.0, 2.0]), np.array([0.0, 30.43]), np.array([38.86, 38.86]), np.array([2.0, 1.0]))
    place, mean = np.array([0, 1, 0]), np.array([0.0, 40.0, 0.0])
    plain = worth(habit, spent, histories, place, mean, 39, 0.0)
    expected = 6.25 * (15.44 + 80) / (6.25 * 2 + 2.74)
    assert plain.purchases[1] == pytest.approx(1.2259, abs=2e-3)
    assert plain.amount[1] == pytest.approx(plain.purchases[1] * expected)
    assert plain.amount[0] == pytest.approx(plain.purchases[0] * 6.25 * 15.44 / 2.74)
    assert plain.together()[0] == pytest.approx(float(plain.amount.sum()))
    low, high = plain.interval(1)
    assert low < plain.amount[1] < high
    assert worth(habit, spent, histories, place, mean, 39, 0.5).together()[0] < plain.together()[0]


def test_nine_of_ten_customers_like_this_make_between_so_many_purchases() -> None:
    habit = Habit(*PUBLISHED.tolist(), 0.0, np.zeros((4, 4)))
    assert likely_purchases(habit, 2, 30.43, 38.86, 39) == (0, 4)
    assert likely_purchases(habit, 0, 0, 38.86, 39) == (0, 1)


def test_tenths_share_equals_evenly_and_never_depend_on_their_order() -> None:
    predicted, actual = np.array([1.0] * 10 + [3.0] * 10), np.array([1.0] + [0.0] * 9 + [2.0] * 10)
    found = parts(predicted, actual)
    assert [round(each.actual, 6) for each in found] == [round(each, 6) for each in [4 / 21] * 5 + [0.2 / 21] * 5]
    assert parts(predicted[::-1], actual[::-1]) == found
    assert parts(np.zeros(3), np.ones(3)) == ()
