"""What can be asked in the explorer, as words: measures, ratios, rows, columns, chart, ranking."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import MEASURES, OVER, PER_CENT, get_measures
from core.base.errors import InvalidInput
from core.base.i18n import N_
from core.base.search import one_line
from core.security.actor import Actor

# An address as data: each word with one text, or several.
Words = dict[str, Any]
MOST_MEASURES, MOST_ROWS, MOST_COLUMNS, MOST_RATIOS = 8, 3, 2, 4
TITLE_LENGTH, MOST_WORDS, LONGEST_WORDS = 40, 80, 8_000
TOPS = (5, 10, 20, 50, 100)
BETWEEN = ","
NAMED = ":"
RATIOS = tuple(f"ratio{number}" for number in range(1, MOST_RATIOS + 1))


class Chart(StrEnum):
    """How figures are drawn; the table is always there."""

    TABLE = "table"
    BARS = "bars"
    LINE = "line"
    STACKED = "stacked"
    HEAT = "heat"
    SCATTER = "scatter"


CHART_LABELS = {
    Chart.TABLE: N_("Table"),
    Chart.BARS: N_("Bars"),
    Chart.LINE: N_("Line chart"),
    Chart.STACKED: N_("Stacked"),
    Chart.HEAT: N_("Heat map"),
    Chart.SCATTER: N_("Scatter"),
}


@dataclass(frozen=True)
class Shape:
    """Which figures, by what, drawn how. `ratios` have titles by their names, such as `margin/orders`.

    Of the first dimension of rows and of columns the `top` first stay, by the figure `rank`; nought is all.
    """

    measures: tuple[str, ...] = ("net_sales", "orders", "average_order")
    rows: tuple[str, ...] = ("category",)
    columns: tuple[str, ...] = ()
    chart: Chart = Chart.TABLE
    top: int | None = None
    rank: str = ""
    smallest_first: bool = False
    ratios: Mapping[str, str] = field(default_factory=dict)

    @property
    def ranked_by(self) -> str:
        """The figure that rows are in the order of."""
        return self.rank if self.rank in self.measures else next(iter(self.measures), "")

    def seen_by(self, actor: Actor) -> tuple["Shape", tuple[str, ...]]:
        """The same with what the actor may see, and the measures that are hidden from them."""
        hidden = tuple(name for name in self.measures if not may_see(actor, name))
        return replace(self, measures=tuple(name for name in self.measures if name not in hidden)), hidden


USUAL = Shape()


def may_see(actor: Actor, name: str) -> bool:
    """Whether somebody may see a measure; of a ratio, both of its measures."""
    (measure,) = get_measures((name,))
    return measure.permissions <= actor.permissions


def ratio_of(upper: str, lower: str, *, as_percent: bool) -> str:
    """The name of one measure divided by another."""
    return f"{upper}{OVER}{lower}{PER_CENT if as_percent else ''}"


def read_shape(words: Mapping[str, str]) -> Shape:
    """The shape these words ask for; what is missing or makes no sense is as usual."""
    rows = _names(words["rows"], MOST_ROWS) if "rows" in words else USUAL.rows
    columns = tuple(name for name in _names(words.get("columns", ""), MOST_COLUMNS) if name not in rows)
    chart, top = words.get("chart", ""), words.get("top", "")
    ratios = dict(_ratio(words[slot]) for slot in RATIOS if is_word(slot, words.get(slot, "")))
    return Shape(
        measures=_measures(words.get("measures", "")) or USUAL.measures,
        rows=rows,
        columns=columns,
        chart=Chart(chart) if chart in list(Chart) else USUAL.chart,
        top=int(top) if top in ("0", *map(str, TOPS)) else None,
        rank=words.get("rank", "") if is_measure(words.get("rank", "")) else "",
        smallest_first=words.get("order") == "smallest",
        ratios=ratios,
    )


def write_shape(shape: Shape) -> dict[str, str]:
    """The words for a shape; empty where it is as usual."""
    ratios = [f"{name}{NAMED}{title}" for name, title in shape.ratios.items()][:MOST_RATIOS]
    return {
        "measures": "" if shape.measures == USUAL.measures else BETWEEN.join(shape.measures),
        "rows": "" if shape.rows == USUAL.rows else BETWEEN.join(shape.rows) or NOTHING,
        "columns": BETWEEN.join(shape.columns),
        "chart": "" if shape.chart is USUAL.chart else shape.chart.value,
        "top": "" if shape.top is None else str(shape.top),
        "rank": shape.rank,
        "order": "smallest" if shape.smallest_first else "",
        **{slot: ratios[place] if place < len(ratios) else "" for place, slot in enumerate(RATIOS)},
    }


NOTHING = "none"


def is_word(option: str, text: str) -> bool:
    """Whether an address may say this about a shape."""
    if option in RATIOS:
        name, named, title = text.partition(NAMED)
        return bool(named) and OVER in name and is_measure(name) and 0 < len(title) <= TITLE_LENGTH
    parts = text.split(BETWEEN)
    match option:
        case "measures":
            return len(parts) <= MOST_MEASURES and all(map(is_measure, parts))
        case "rows":
            return text == NOTHING or (len(parts) <= MOST_ROWS and all(part in DIMENSIONS for part in parts))
        case "columns":
            return len(parts) <= MOST_COLUMNS and all(part in DIMENSIONS for part in parts)
        case "chart":
            return text in list(Chart)
        case "top":
            return text in ("0", *map(str, TOPS))
        case "rank":
            return is_measure(text)
        case "order":
            return text == "smallest"
    return False


SHAPE_WORDS = ("measures", "rows", "columns", "chart", "top", "rank", "order", *RATIOS)


def is_measure(name: str) -> bool:
    """Whether this is a measure or a ratio of two."""
    upper, over, lower = name.removesuffix(PER_CENT).partition(OVER)
    return name in MEASURES or (bool(over) and upper in MEASURES and lower in MEASURES)


def checked_words(words: Mapping[str, Any]) -> Words:
    """Words that can be kept: texts and lists of texts, not too many. Refuses others."""
    kept: Words = {}
    for name, said in words.items():
        texts = [said] if isinstance(said, str) else said
        if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
            raise InvalidInput(field=N_("View"), reason=N_("it holds something that cannot be kept."))
        kept[str(name)] = list(texts)
    if not kept or len(kept) > MOST_WORDS or len(json.dumps(kept)) > LONGEST_WORDS:
        raise InvalidInput(field=N_("View"), reason=N_("it has no filters and figures, or too many to be kept."))
    return kept


def title_given(title: str) -> str:
    """The name of a ratio."""
    title = one_line(title)
    if not 0 < len(title) <= TITLE_LENGTH:
        raise InvalidInput(field=N_("Name of the ratio"), reason=N_("enter 1 to 40 characters."))
    return title


def seal_of(token: str, words: Words) -> str:
    """What a token makes of the words it freezes; nobody else can make it."""
    text = json.dumps(words, sort_keys=True, ensure_ascii=True)
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()


def _names(text: str, most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in text.split(BETWEEN) if part in DIMENSIONS))[:most]


def _measures(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in text.split(BETWEEN) if is_measure(part)))[:MOST_MEASURES]


def _ratio(text: str) -> tuple[str, str]:
    name, _named, title = text.partition(NAMED)
    return name, title
