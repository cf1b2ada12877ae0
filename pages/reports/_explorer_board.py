"""The explorer's board: what its address may say, the look as a question, and what measures and rows are called."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from core.analytics.explorer.pivot import Part, Pivot, Place, Wanted
from core.analytics.explorer.pivot import pivot as answered
from core.analytics.explorer.rules import SHAPE_WORDS, Shape, is_word, read_shape, write_shape
from core.analytics.layer.ask import Ask, Compare
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.measures import MEASURES, get_measures
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P
from pages._shared.board import asking, classes, labels
from pages._shared.board.board import BETWEEN, Board, Drawn, Panel, Scene, Section
from pages._shared.board.figures.numbers import Numbers
from pages._shared.filters import Look, address, from_address
from pages._shared.mirror import mirror
from pages._shared.periods import Comparison
from pages._shared.text import _

NAME = "explorer"
LINK, SOURCE = "link", "source"
LAST = "last"
USUAL: Mapping[str, list[str]] = {"period": ["90d"], "compare": ["nothing"]}
LONGEST_TOKEN, LONGEST_ID = 80, 9
COMPARES = {
    Comparison.LAST_YEAR: Compare.SAME_PERIOD_LAST_YEAR,
    Comparison.SAME_WEEKDAYS: Compare.SAME_WEEKDAYS,
    Comparison.SPRING_FESTIVAL: Compare.SPRING_FESTIVAL,
}


class Exploring(Board):
    """A board whose address says what is measured, by what, and how it is drawn."""

    def options(self) -> dict[str, Any]:
        """Every word of a shape, the token of a link, and which view is open."""
        shape = {name: lambda text, name=name: is_word(name, text) for name in SHAPE_WORDS}
        return {**shape, LINK: _is_token, SOURCE: lambda text: text == LAST or _is_id(text)}


def _nothing(_scene: Scene) -> Drawn:
    return Drawn()


PANEL = Panel("pivot", N_("Explorer"), _nothing)
BOARD = Exploring(NAME, (Section(NAME, N_("Explorer"), ((PANEL,),)),), extra=(*DIMENSIONS, *classes.TITLES))


def look_of_words(words: Mapping[str, Any], today: date) -> Look:
    """The look that an address, a view or a link asks for."""
    said = {name: [each] if isinstance(each, str) else list(each) for name, each in words.items()}
    return from_address({**USUAL, **said}, today, labels.words_of(BOARD.dimensions()), BOARD.options())


def words_of_look(look: Look) -> dict[str, list[str]]:
    """A look as words that can be kept: without its link, and without the view it came from."""
    said = address(look.turning(LINK, "").turning(SOURCE, ""))
    return {name: [each] if isinstance(each, str) else each for name, each in said.items()}


def shape_of(look: Look) -> Shape:
    """What a look measures, by what."""
    return read_shape(look.options)


def shaped(look: Look, shape: Shape) -> Look:
    """The same look at another shape."""
    for name, word in write_shape(shape).items():
        look = look.turning(name, word)
    return look


def wanted(look: Look, shape: Shape) -> Wanted:
    """The pivot that a look at this shape asks for."""
    where, exclude = asking.choices_of(look)
    base = Ask(
        shape.measures,
        where=where,
        exclude=exclude,
        since=look.window.since,
        until=look.window.until,
        **_compared(look),
    )
    return Wanted(base, shape.rows, shape.columns, shape.ranked_by, shape.top, shape.smallest_first)


def pivot_of(actor: Actor, look: Look) -> tuple[Pivot | None, tuple[str, ...]]:
    """The pivot of a look with the measures that the reader may see, and those hidden; None without any.

    Refuses classes of products, which go by margin, to who may not see costs.
    """
    check_filters(actor, look)
    shape, hidden = shape_of(look).seen_by(actor)
    return (answered(mirror(), actor, wanted(look, shape)) if shape.measures else None), hidden


def check_filters(actor: Actor, look: Look) -> None:
    """Refuse filters by what the reader may not see."""
    if any(look.picked(way) or look.left_out(way) for way in classes.TITLES):
        actor.require(P.COST_READ)


def picks_days(look: Look) -> bool:
    """Whether single days, weeks or months are picked: these have nothing to be compared with."""
    return any(name in DIMENSIONS and DIMENSIONS[name].grain for name in (*look.where, *look.without))


def title_of(shape: Shape, measure: str) -> str:
    """What a measure is called; a ratio by the name it was given."""
    return shape.ratios.get(measure) or _(get_measures((measure,))[0].label)


def numbers(measure: str) -> Numbers:
    """How the figures of a measure or ratio are written."""
    return Numbers(get_measures((measure,))[0].unit)


def place_name(pivot: Pivot, dimensions: Sequence[str], place: Place) -> str:
    """What a row or column is called."""
    return " · ".join(part_name(pivot, name, each) for name, each in zip(dimensions, place, strict=True)) or _("Total")


def part_name(pivot: Pivot, dimension: str, part: tuple[Part, Any]) -> str:
    """What a part of a row is called; a stretch of days that is not over is marked."""
    kind, key = part
    if kind is not Part.EACH:
        return _("All others") if kind is Part.OTHERS else _("Total")
    name = labels.name_of(dimension, key, pivot.names[dimension, key])
    return f"{name} …" if key in pivot.incomplete else name


def label_of(pivot: Pivot, dimensions: Sequence[str], place: Place) -> str:
    """The label of a row or column by which everything can be filtered; empty where it is no single value."""
    if any(part is not Part.EACH for part, _key in place):
        return ""
    return BETWEEN.join(
        labels.label_of(name, key, pivot.names[name, key])
        for name, (_part, key) in zip(dimensions, place, strict=True)
        if key is not None
    )


def explained(measure: str) -> str:
    """What a figure means."""
    return _(get_measures((measure,))[0].sentence)


def documents_of(measure: str) -> tuple[str, bool]:
    """The measure whose documents are behind this one, and whether they add up to it."""
    (described,) = get_measures((measure,))
    plain = described.denominator is described.over is described.times is None
    if plain and described.behind is described.numerator and measure in MEASURES:
        return measure, True
    for name, each in MEASURES.items():
        if each.denominator is each.over is each.times is None and each.numerator is described.behind:
            return name, False
    return next(name for name in MEASURES if name in measure), False


def _compared(look: Look) -> dict[str, Any]:
    compared = look.compared
    if compared is None or picks_days(look):
        return {}
    if look.comparison in COMPARES:
        return {"compare": COMPARES[look.comparison]}
    return {"compare": Compare.CUSTOM, "compared": (compared.since, compared.until)}


def _is_token(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TOKEN and text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID
