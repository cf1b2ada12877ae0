"""What only the sales board shows: the course with its forecast, the bridge between two periods, the map."""

from collections.abc import Mapping
from dataclasses import replace

from core.analytics.bridge import sales_bridge
from core.analytics.export.sheet import Field, Kind, Sheet
from core.analytics.forecast import METHOD_LABELS, forecast
from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.dimensions import Grain, add_months
from core.base.exact import ZERO
from core.base.i18n import N_
from pages._shared.board import asking, labels
from pages._shared.board.board import DATES, Drawn, Panel, Scene
from pages._shared.board.figures.bars import Bar
from pages._shared.board.figures.bridge import Step, bridge
from pages._shared.board.figures.maps import map_of_china
from pages._shared.board.figures.numbers import MONEY
from pages._shared.board.figures.time import Expected, over_time
from pages._shared.board.panels import marks_of
from pages._shared.board.provinces import province_of
from pages._shared.formats import money, percent
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS, Window, step_of
from pages._shared.text import _

MOST_REGIONS = 500
# For each step: how many are forecast, how many make a season, how many months of the past are learnt from.
AHEAD = {Grain.DAY: (7, 7, 6), Grain.WEEK: (4, 52, 48), Grain.MONTH: (3, 12, 72)}
STEP_NAMES: Mapping[str, tuple[str, str]] = {
    "price": (N_("Prices"), N_("The same goods at other prices.")),
    "volume": (N_("Volume"), N_("More or fewer goods at the average price before.")),
    "mix": (N_("Mix"), N_("Dearer or cheaper goods among those sold.")),
    "new": (N_("New goods"), N_("SKUs that were not sold before.")),
    "lost": (N_("Lost goods"), N_("SKUs that are not sold any more.")),
    "discounts": (N_("Discounts"), N_("More discounts lower sales.")),
    "returns": (N_("Returns"), N_("More returns lower sales.")),
}


def course_with_forecast(scene: Scene) -> Drawn:
    """Net sales over time, what they are held against, and what is to be expected next."""
    points = asking.points(scene.actor, scene.look)
    steps, note = _expected(scene)
    legend = (_("This period"), _(COMPARISON_LABELS[scene.look.comparison]))
    marks = {point.label: f"{point.full_name} · {money(point.amount)}" for point in points if point.amount}
    return Drawn(over_time(points, scene.counts, legend, expected=steps), note, marks)


def bridge_between(scene: Scene) -> Drawn:
    """From the sales of the days compared with to those looked at."""
    look = scene.look
    if look.compared is None:
        return Drawn(note=_("Choose what to compare with, and the steps from there to here are shown."))
    before = asking.ask(look, (asking.SALES,), spans=asking.spans_before(look, look.compared))
    found = sales_bridge(mirror(), scene.actor, before, asking.ask(look, (asking.SALES,)))
    if not found.before and not found.after:
        return Drawn(note=_(scene.panel.empty))
    rows = [Step(_(COMPARISON_LABELS[look.comparison]), found.before, is_level=True)]
    rows += [Step(_(name), getattr(found, step), _(told)) for step, (name, told) in STEP_NAMES.items()]
    rows.append(Step(_("This period"), found.after, is_level=True))
    change = found.after - found.before
    note = _("The steps add up to {change} exactly.").format(change=("+" if change > 0 else "") + money(change))
    fields = (Field(_("Step"), Kind.TEXT), Field(_("Net sales"), Kind.MONEY), Field(_("Meaning"), Kind.TEXT))
    lines = [(step.name, step.amount, step.told) for step in rows]
    return Drawn(bridge(rows), note, sheet=Sheet(_(scene.panel.title), fields, lines, notes=(note,)))


def regions_on_a_map(scene: Scene) -> Drawn:
    """Regions that are provinces on the map; the others in a line below."""
    if scene.dimension != "region":
        found = asking.bars(scene.actor, scene.look, scene.dimension)
        return Drawn(note=_(scene.panel.empty), marks=marks_of(found.bars))
    found = asking.bars(scene.actor, scene.look, "region", top=MOST_REGIONS)
    if not found.bars:
        return Drawn(note=_(scene.panel.empty))
    by_province: dict[str, Bar] = {}
    elsewhere = []
    for bar in found.bars:
        province = province_of(bar.label) if bar.label else None
        if province is None or province in by_province:
            elsewhere.append(bar)
        else:
            by_province[province] = bar
    note = ""
    if elsewhere:
        named = ", ".join(f"{bar.name} {MONEY.short(bar.amount)}" for bar in elsewhere)
        note = _("Not on the map: {regions}").format(regions=named)
    return Drawn(map_of_china(by_province, scene.counts), note, marks_of(found.bars))


def _expected(scene: Scene) -> tuple[list[Expected], str]:
    """What is to be expected from the step that is going on; nothing where the period does not reach today."""
    look, today = scene.look, today_of(mirror())
    if look.window.last_day != today or look.picked(DATES) or look.left_out(DATES):
        return [], ""
    step = step_of(look.window)
    ahead, season, months = AHEAD[step]
    now = step.start(today)
    learnt = Window(step.start(add_months(today, -months)), now)
    asked = asking.ask(look, (asking.SALES,), by=(step.value,), spans=[learnt], fill=True)
    found = answer(mirror(), scene.actor, replace(asked, until=now))
    history = [figure or ZERO for figure in found.figures(asking.SALES)]
    while history and not history[0]:
        history.pop(0)
    guess = forecast(history, ahead, season)
    if guess is None:
        return [], _("Too little history for a forecast.")
    expected, start = [], now
    for each in guess.steps:
        end = step.next(start)
        name = labels.month(start) if step is Grain.MONTH else labels.short_day(start)
        full_name = labels.span_name(Window(start, end))
        expected.append(Expected(name, full_name, each.amount, each.low, each.high))
        start = end
    words = _("Forecast by {method}; tried on the past it was off by {wape}.")
    return expected, words.format(method=_(METHOD_LABELS[guess.method]), wape=percent(guess.wape))


BRIDGE = Panel(
    "bridge",
    N_("What changed"),
    bridge_between,
    told=N_(
        "Price is (p1 − p0)·q1, volume the change of quantity at the average price before, mix the rest, over SKUs "
        "sold in both periods; discounts and returns stand apart."
    ),
)
MAP = Panel("map", N_("On the map"), regions_on_a_map, path=("region", "customer", "product"), height=420)
COURSE = Panel(
    "time",
    N_("Net sales over time"),
    course_with_forecast,
    path=(DATES,),
    share=2,
    told=N_("The band holds the actual figure in eight of ten cases."),
)
