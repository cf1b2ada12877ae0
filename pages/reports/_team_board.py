"""What the board of the team shows: the whole months of the period, for one metric."""

from core.base.i18n import N_
from core.security.permissions import P
from core.team.models import METRIC_LABELS, Metric
from core.team.rules import ATTAINMENT, DISCOUNT_RATE, FAIR, PACE
from pages._shared.board.board import PATHS, Board, Option, Panel, Section, never
from pages._shared.board.panels import ranking, shares_over_time
from pages._shared.periods import Period
from pages.reports import _team_panels as panels

BY = {"sales_rep": N_("Sales rep"), "top_category": N_("Main category"), "customer": N_("Customer")}
LINE = Panel("line", N_("On schedule?"), panels.line, told=PACE, share=3, has_rows=panels.adds_up)
WHO = Panel(
    "who",
    N_("Who is where"),
    panels.who_is_where,
    path=PATHS["sales_rep"],
    told=ATTAINMENT,
    share=2,
    has_rows=panels.adds_up,
)
PEOPLE = Panel("people", N_("People"), panels.people, path=PATHS["sales_rep"], told=FAIR, has_rows=panels.adds_up)
MIX = Panel(
    "mix",
    N_("Mix"),
    panels.mix_of_each,
    path=("top_category",),
    told=N_("What each one's sales consist of."),
    has_rows=never,
)
DISCOUNTS = Panel(
    "discounts",
    N_("Discount habits"),
    panels.discount_habits,
    path=PATHS["sales_rep"],
    measures=("discount",),
    told=DISCOUNT_RATE,
    has_rows=panels.adds_up_whole,
)
COURSE = shares_over_time("course", N_("Shares over time"), BY, needs=P.TEAM_READ)
BUYERS = ranking("customer", N_("Top customers"), *PATHS["customer"], needs=P.TEAM_READ)
BOARD = Board(
    "team",
    figures=panels.figures,
    extra=("sales_rep", "top_category"),
    usual=Period.MONTH,
    empty=N_("Nothing was reached in these months yet."),
    choices=(Option("metric", N_("Metric"), {metric.value: METRIC_LABELS[metric] for metric in Metric}),),
    sections=(
        Section("pace", N_("Pace"), ((LINE, WHO), (PEOPLE,))),
        Section(
            "mix",
            N_("Mix and discounts"),
            ((MIX, DISCOUNTS), (COURSE, BUYERS)),
        ),
    ),
)
