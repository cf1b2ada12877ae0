"""What a rule sees: its figures from the mirror by value and period, with the rights of who owns it."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from core.analytics.alerts.rules import (
    LEARNT,
    NET,
    Found,
    Line,
    Situation,
    Verdict,
    Watched,
    combined,
    found_in,
    judge,
    reads,
)
from core.analytics.alerts.rules import situations as joined
from core.analytics.alerts.seasons import ONE_DAY, Series, earlier, reach
from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Ask, Cell, Choice, Figure, Key
from core.analytics.layer.dimensions import Grain, get_dimensions
from core.analytics.layer.measures import MEASURES, dimensions_of
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor
from core.security.permissions import P

REP = "sales_rep"
# A rule by products or customers looks at the largest of them, and a trial over a year at fewer.
MOST_VALUES, MOST_TRIED = 500, 20
# These go by name: their ids change when the mirror is built again.
BY_NAME = frozenset({"region", "customer_tag"})
# No board can be filtered by these, so that nothing could show what an alert was about.
UNSEEN = frozenset({"cohort", "recency", "frequency", "lot_age"})
PERIODS_TRIED = {Grain.DAY: 365, Grain.WEEK: 52, Grain.MONTH: 12}


@dataclass(frozen=True)
class Seen:
    """What one evaluation found in one period, over how many values."""

    values: int
    found: tuple[Found, ...]


@dataclass(frozen=True)
class Trial:
    """A rule tried on the past year: its lines with a verdict for each period, and the alerts there would have been.

    `is_cut` says that there were more values than were tried.
    """

    periods: tuple[date, ...]
    lines: tuple[Line, ...]
    verdicts: dict[str, dict[date, Verdict | None]]
    situations: tuple[Situation, ...]
    is_cut: bool


def newest_period(grain: Grain, today: date) -> date:
    """The first day of the newest day, week or month that is over."""
    return earlier(grain, grain.start(today), 1)


def evaluate(mirror: Mirror, actor: Actor, watched: Watched, period: date) -> Seen:
    """What is out of bounds in one period, read for no longer than its verdict needs."""
    values, found = 0, []
    for part in watched.parts:
        lines, _is_cut = _lines(mirror, actor, part, reads(part, period), MOST_VALUES)
        found.append([each for each in (found_in(part, line, period) for line in lines) if each is not None])
        values = max(values, len(lines))
    return Seen(values, tuple(combined(watched, found)))


def tried(mirror: Mirror, actor: Actor, watched: Watched) -> Trial:
    """The rule on the last twelve months, as if it had been there."""
    trial: Trial = mirror.remembered(
        ("alerts.tried", actor.id, actor.permissions, watched, today_of(mirror)),
        lambda _duck: _tried(mirror, actor, watched),
    )
    return trial


def _tried(mirror: Mirror, actor: Actor, watched: Watched) -> Trial:
    grain, today = watched.grain, today_of(mirror)
    periods = [newest_period(grain, today)]
    while len(periods) < PERIODS_TRIED[grain]:
        periods.append(earlier(grain, periods[-1], 1))
    periods.reverse()
    span = (reach(grain, periods[0]), grain.next(periods[-1]))
    lines, is_cut = _lines(mirror, actor, watched, [span], MOST_TRIED)
    verdicts = {line.key: {start: judge(watched, line.series, start) for start in periods} for line in lines}
    found = []
    for part in watched.parts:
        some = lines if part.measure == watched.measure else _lines(mirror, actor, part, [span], MOST_TRIED)[0]
        found.append([each for line in some for start in periods if (each := found_in(part, line, start)) is not None])
    return Trial(tuple(periods), tuple(lines), verdicts, tuple(joined(watched, combined(watched, found))), is_cut)


def allowed(actor: Actor, watched: Watched) -> None:
    """Refuse a measure, or people's figures, that somebody may not see."""
    for needed in sorted({each for name in watched.measures for each in MEASURES[name].permissions}):
        actor.require(needed)
    if not actor.may(P.TEAM_READ) and _names_others(watched, actor.id):
        actor.require(P.TEAM_READ)


def is_of_rep(watched: Watched) -> bool:
    """Whether it is about what people sold."""
    return watched.by == REP or REP in watched.kept or REP in watched.left_out


def rep_of(watched: Watched, key: str) -> int | None:
    """Whom an alert is about, where it is one person."""
    if watched.by == REP:
        return int(key) or None
    people = watched.kept.get(REP, ())
    return int(people[0]) if len(people) == 1 else None


def evidence(watched: Watched, first: date, last: date, key: str) -> str:
    """The address of the board that shows the figure: its filters, the value, and the days from first to last."""
    path = "reports/stock" if any(each.name == "stock" for each in watched.described.families) else "reports/sales"
    kept = {**watched.kept, watched.by: (key,)} if watched.by else watched.kept
    words: list[tuple[str, str]] = [("period", "custom"), ("since", first.isoformat())]
    words.append(("until", earlier(Grain.DAY, watched.grain.next(last), 1).isoformat()))
    words += [(name, label) for name, labels in kept.items() for label in labels]
    words += [(f"not_{name}", label) for name, labels in watched.left_out.items() for label in labels]
    return f"{path}?{urlencode(words)}"


def choice(dimension: str, label: str) -> Choice:
    """A label as a question holds it."""
    return label if dimension in BY_NAME else int(label)


def watchable(measure: str) -> list[str]:
    """The dimensions whose values can be watched one by one."""
    plain = (each for each in dimensions_of(MEASURES[measure]) if not each.is_of_days and each.part is None)
    return [each.name for each in plain if each.name not in UNSEEN]


def _lines(
    mirror: Mirror, actor: Actor, watched: Watched, spans: list[tuple[date, date]], most: int
) -> tuple[list[Line], bool]:
    allowed(actor, watched)
    where = {name: tuple(choice(name, label) for label in labels) for name, labels in watched.kept.items()}
    exclude = {name: tuple(choice(name, label) for label in labels) for name, labels in watched.left_out.items()}
    if watched.by == REP and not actor.may(P.TEAM_READ):
        where[REP] = (actor.id,)
    measures = (watched.measure, *([NET] if _has_net(watched) else []))
    names, is_cut = {"": ""}, False
    if watched.by:
        since, until = spans[-1]
        since = min(since, earlier(watched.grain, watched.grain.start(until - ONE_DAY), LEARNT[watched.grain]))
        ranked = watched.measure if watched.adds_up else measures[-1]
        asked = Ask((ranked,), (watched.by,), where, exclude, since, until, top=most + 1, order=f"-{ranked}")
        told = answer(mirror, actor, asked)
        names = {
            _key(watched, key[0], row[0]): str(row[0] or "") for key, row in zip(told.keys, told.rows, strict=True)
        }
        is_cut = len(names) > most
        names = dict(list(names.items())[:most])
        if not names:
            return [], False
        where[watched.by] = tuple(choice(watched.by, key) for key in names)
    figures: dict[str, dict[str, dict[date, Figure]]] = {key: {} for key in names}
    by = (watched.grain.value, *([watched.by] if watched.by else []))
    for since, until in spans:
        told = answer(mirror, actor, Ask(measures, by, where, exclude, since, until))
        columns = {name: told.figures(name) for name in measures}
        for place, (keys, row) in enumerate(zip(told.keys, told.rows, strict=True)):
            key = _key(watched, keys[1], row[1]) if watched.by else ""
            for measure, column in columns.items() if key in figures else ():
                figures[key].setdefault(measure, {})[keys[0]] = column[place]  # type: ignore[index]
    return [_line(watched, key, names[key], figures[key]) for key in sorted(figures)], is_cut


def _key(watched: Watched, key: Key, name: Cell) -> str:
    """The label of a value, as filters hold it."""
    return str(name or "") if watched.by in BY_NAME else str(key)


def _line(watched: Watched, key: str, name: str, figures: dict[str, dict[date, Figure]]) -> Line:
    net = Series(figures.get(NET, {}), adds_up=True) if _has_net(watched) else None
    return Line(key, name, Series(figures.get(watched.measure, {}), watched.adds_up), net)


def _has_net(watched: Watched) -> bool:
    """Whether net sales can be asked by all that the rule names."""
    if watched.is_money:
        return False
    named = get_dimensions(each for each in (watched.by, *watched.kept, *watched.left_out) if each)
    return all(each.belongs_to(family) for each in named for family in MEASURES[NET].families)


def _names_others(watched: Watched, own: int | None) -> bool:
    if REP in watched.left_out:
        return True
    return any(label != str(own) for label in watched.kept.get(REP, ()))
