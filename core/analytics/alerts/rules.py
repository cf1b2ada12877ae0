"""When a figure is out of bounds, what it means in money, which alerts it makes, and how strict a rule should be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_UP, Decimal

from core.analytics.alerts.models import FIGURE_PLACES, Condition, Direction
from core.analytics.alerts.seasons import Series, earlier, usual, windows
from core.analytics.layer.ask import Compare
from core.analytics.layer.calendar import nearest_festival, spring_festival
from core.analytics.layer.dimensions import Grain, add_months
from core.analytics.layer.measures import MEASURES, Measure, Unit
from core.analytics.stock.books import Of, Stocked
from core.base.exact import AMOUNT_PLACES, ZERO, round_to

NET = "net_sales"
# What money goes with one of something else is learnt from so many days, weeks or months.
LEARNT = {Grain.DAY: 28, Grain.WEEK: 8, Grain.MONTH: 3}
COMPARISONS = (Compare.PREVIOUS_PERIOD, Compare.SAME_PERIOD_LAST_YEAR, Compare.SAME_WEEKDAYS, Compare.SPRING_FESTIVAL)
Labels = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Further:
    """Another condition of a rule, on the same value and period."""

    measure: str
    condition: Condition
    direction: Direction
    bound: Decimal
    is_part: bool = False
    compare: Compare | None = None


@dataclass(frozen=True)
class Watched:
    """What a rule looks at and when it speaks. `kept` and `left_out` hold labels, as the address of a board does.

    `bound` is the threshold, the change (a part of what it is compared with where `is_part`), or how many times the
    usual spread away from the usual. All of `more` must hold as well or, where `is_any`, one of all conditions.
    """

    measure: str
    grain: Grain
    condition: Condition
    direction: Direction
    bound: Decimal
    by: str = ""
    kept: Labels = field(default_factory=dict)
    left_out: Labels = field(default_factory=dict)
    is_part: bool = False
    compare: Compare | None = None
    minimum_effect: Decimal = ZERO
    more: tuple[Further, ...] = ()
    is_any: bool = False

    def __hash__(self) -> int:
        """The same for the same rule."""
        filters = tuple((name, tuple(labels)) for each in (self.kept, self.left_out) for name, labels in each.items())
        shape = (self.measure, self.grain, self.condition, self.direction, self.bound, self.by, filters)
        return hash((*shape, self.is_part, self.compare, self.minimum_effect, self.more, self.is_any))

    @property
    def parts(self) -> tuple["Watched", ...]:
        """Each condition as a rule of its own. Where all must hold, the first one alone has to mean enough money."""
        least = self.minimum_effect if self.is_any else ZERO
        return (
            replace(self, more=()),
            *(
                replace(
                    self,
                    measure=each.measure,
                    condition=each.condition,
                    direction=each.direction,
                    bound=each.bound,
                    is_part=each.is_part,
                    compare=each.compare,
                    minimum_effect=least,
                    more=(),
                )
                for each in self.more
            ),
        )

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures of all conditions."""
        return tuple(dict.fromkeys((self.measure, *(each.measure for each in self.more))))

    @property
    def described(self) -> Measure:
        """The measure."""
        return MEASURES[self.measure]

    @property
    def adds_up(self) -> bool:
        """Whether a period without a row is one of nought, and not one without a figure."""
        return self.described.denominator is None

    @property
    def is_balance(self) -> bool:
        """Whether what its periods mean in money is not added up: what there is at a moment, and ratios but rates."""
        numerator = self.described.numerator
        if not self.adds_up:
            return self.described.unit is not Unit.RATE
        return isinstance(numerator, Stocked) and numerator.of in {Of.CLOSING, Of.DAILY}

    @property
    def is_money(self) -> bool:
        """Whether its figures are money that can be gained or lost."""
        return self.described.unit is Unit.MONEY and self.adds_up


@dataclass(frozen=True)
class Verdict:
    """A figure, what it is held against, and between what it may lie. Nothing where it cannot be judged."""

    figure: Decimal
    expected: Decimal
    low: Decimal | None
    high: Decimal | None

    @property
    def is_out(self) -> bool:
        """Whether it is out of bounds."""
        return (self.low is not None and self.figure < self.low) or (self.high is not None and self.figure > self.high)


@dataclass(frozen=True)
class Line:
    """The figures of one dimension value over time, and the net sales that go with them."""

    key: str
    name: str
    series: Series
    net: Series | None = None


@dataclass(frozen=True)
class Found:
    """A period and value out of bounds; `part` is the condition that says so, of a rule that has several."""

    key: str
    name: str
    period: date
    verdict: Verdict
    effect: Decimal | None
    part: int = 0


@dataclass(frozen=True)
class Situation:
    """Consecutive periods of one value out of bounds: one alert. `first` was when it was raised."""

    first: Found
    last: Found
    periods: int
    effect: Decimal | None


def judge(watched: Watched, series: Series, start: date) -> Verdict | None:
    """The verdict on what begins on this day; None where there is no figure, or nothing to hold it against."""
    figure = series.at(start)
    if figure is None:
        return None
    bound = watched.bound
    if watched.condition is Condition.THRESHOLD:
        return _within(watched.direction, figure, bound, ZERO)
    if watched.condition is Condition.CHANGE:
        before = series.at(compared(watched.grain, start, watched.compare or Compare.PREVIOUS_PERIOD))
        if before is None or (watched.is_part and before == 0):
            return None
        return (
            _within(watched.direction, figure, before, round_to(abs(before) * bound, FIGURE_PLACES))
            if watched.is_part
            else _within(watched.direction, figure, before, bound)
        )
    found = usual(series, watched.grain, start)
    if found is None:
        return None
    verdict = _within(watched.direction, figure, found.middle, round_to(found.spread * bound, FIGURE_PLACES))
    if watched.adds_up and verdict.low is not None and verdict.low < 0 and series.is_never_negative:
        return Verdict(verdict.figure, verdict.expected, ZERO, verdict.high)
    return verdict


def found_in(watched: Watched, line: Line, start: date) -> Found | None:
    """What is to be raised of a value in a period: out of bounds, and by enough money."""
    verdict = judge(watched, line.series, start)
    if verdict is None or not verdict.is_out:
        return None
    effect = effect_of(watched, line, start, verdict)
    if watched.minimum_effect and (effect is None or effect < watched.minimum_effect):
        return None
    return Found(line.key, line.name, start, verdict, effect)


def combined(watched: Watched, found: Sequence[Sequence[Found]]) -> list[Found]:
    """What is to be raised, from what each condition found: where all hold, or that which means most in money."""
    by_place = [{(each.key, each.period): each for each in some} for some in found]
    if not watched.is_any:
        first, *others = by_place
        return [each for place, each in first.items() if all(place in other for other in others)]
    chosen: dict[tuple[str, date], Found] = {}
    for part, some in enumerate(by_place):
        for place, each in some.items():
            before = chosen.get(place)
            if before is None or (each.effect or ZERO) > (before.effect or ZERO):
                chosen[place] = replace(each, part=part)
    return list(chosen.values())


def effect_of(watched: Watched, line: Line, start: date, verdict: Verdict) -> Decimal | None:
    """What the distance from what was expected means in money; None where no sales go with the figure.

    Money is itself. A rate is a part of the net sales of its period. Of anything else one is worth the net sales that
    went with one in the weeks before.
    """
    distance = abs(verdict.figure - verdict.expected)
    if watched.is_money:
        return round_to(distance, AMOUNT_PLACES)
    if line.net is None:
        return None
    if watched.described.unit is Unit.RATE:
        return round_to(distance * abs(line.net.at(start) or ZERO), AMOUNT_PLACES)
    starts = [start, *(earlier(watched.grain, start, n) for n in range(1, LEARNT[watched.grain] + 1))]
    count = sum((abs(line.series.at(each) or ZERO) for each in starts), ZERO)
    if not count:
        return None
    money = sum((abs(line.net.at(each) or ZERO) for each in starts), ZERO)
    return round_to(distance * money / count, AMOUNT_PLACES)


def situations(watched: Watched, found: Iterable[Found]) -> list[Situation]:
    """Consecutive periods of a value as one, in the order in which they were raised."""
    made: list[Situation] = []
    going: dict[str, int] = {}
    for each in sorted(found, key=lambda one: (one.period, one.key)):
        place = going.get(each.key)
        if place is not None and made[place].last.period == earlier(watched.grain, each.period, 1):
            before = made[place]
            effect = together(before.effect, each.effect, is_balance=watched.is_balance)
            made[place] = Situation(before.first, each, before.periods + 1, effect)
        else:
            going[each.key] = len(made)
            made.append(Situation(each, each, 1, each.effect))
    return made


def together(first: Decimal | None, second: Decimal | None, *, is_balance: bool) -> Decimal | None:
    """What two periods of one situation mean in money: their sum, of a balance or ratio the larger one."""
    known = [each for each in (first, second) if each is not None]
    if not known:
        return None
    return max(known) if is_balance else sum(known, ZERO)


def stricter(effects: Sequence[Decimal | None], budget: int) -> Decimal | None:
    """The minimum effect that would have let no more than the budget through, rounded up to two digits.

    None where money does not tell them apart.
    """
    known = sorted((each for each in effects if each is not None), reverse=True)
    if len(effects) <= budget or len(known) <= budget:
        return None
    over = known[budget]
    step = Decimal(1).scaleb(max(over.adjusted() - 1, -AMOUNT_PLACES))
    found = (over / step).quantize(Decimal(1), rounding=ROUND_UP) * step
    return round_to(found if found > over else found + step, AMOUNT_PLACES)


def compared(grain: Grain, start: date, compare: Compare) -> date:
    """The day on which begins what a period is compared with; weeks and weekdays stay weeks and weekdays."""
    if compare is Compare.PREVIOUS_PERIOD:
        return earlier(grain, start, 1)
    if grain is Grain.MONTH:
        return add_months(start, -12)
    if compare is Compare.SPRING_FESTIVAL:
        here = nearest_festival(start, grain.next(start))
        back = (here - spring_festival(here.year - 1)).days
        return earlier(grain, start, back if grain is Grain.DAY else round(back / 7))
    if grain is Grain.DAY and compare is Compare.SAME_PERIOD_LAST_YEAR:
        return add_months(start, -12)
    return earlier(grain, start, 364 if grain is Grain.DAY else 52)


def reads(watched: Watched, start: date) -> list[tuple[date, date]]:
    """The days to read for a verdict on one period: first, and after the last."""
    grain = watched.grain
    end = grain.next(start)
    if watched.condition is Condition.UNUSUAL:
        return windows(grain, start)
    learnt = not watched.is_money and watched.described.unit is not Unit.RATE
    found = [(earlier(grain, start, LEARNT[grain]) if learnt else start, end)]
    if watched.condition is Condition.CHANGE:
        before = compared(grain, start, watched.compare or Compare.PREVIOUS_PERIOD)
        if before < found[0][0]:
            found.insert(0, (before, grain.next(before)))
    return found


def _within(direction: Direction, figure: Decimal, middle: Decimal, allowed: Decimal) -> Verdict:
    low = None if direction is Direction.ABOVE else middle - allowed
    high = None if direction is Direction.BELOW else middle + allowed
    return Verdict(figure, middle, low, high)
