"""What the board of customers shows: each panel narrowed down by the chips of all."""

from core.analytics.customers.cohorts import COHORTS, CONCENTRATION, MOVED
from core.analytics.customers.rules.affinity import DEFINITION as TOGETHER
from core.analytics.customers.rules.overdue import DEFINITION as OVERDUE
from core.analytics.customers.rules.segments import DEFINITION as SEGMENTS
from core.base.i18n import N_
from pages._shared.board.board import BETWEEN, PATHS, Board, Option, Panel, Section, never
from pages._shared.board.panels import pareto_of, ranking
from pages._shared.periods import Period
from pages.reports import _customers_change as change
from pages.reports import _customers_offer as offer
from pages.reports import _customers_segments as segments
from pages.reports import _customers_worth as worth
from pages.reports._customers_head import head
from pages.reports._customers_keep import keeping

EMPTY = N_("Nobody bought in the last 12 months.")
BY_CUSTOMER = ("customer", "product")
WHO = {
    "customer": N_("Customer"),
    "segment": N_("Segment"),
    "customer_tag": N_("Customer tag"),
    "customer_kind": N_("Kind of customer"),
    "region": N_("Region"),
    "channel": N_("Channel"),
    "sales_rep": N_("Sales rep"),
}
WEIGHTS = Panel("segments", N_("Segments"), segments.weights, path=PATHS["segment"], told=SEGMENTS, share=3)
MAP = Panel(
    "map",
    N_("How lately and how often"),
    segments.scores_map,
    path=(f"frequency{BETWEEN}recency",),
    options=(Option("as", N_("Cells"), {"customers": N_("Customers"), "net": N_("Net sales")}),),
    told=SEGMENTS,
    share=2,
)
EVERYBODY = Panel(
    "everybody",
    N_("Customers"),
    segments.everybody,
    path=BY_CUSTOMER,
    told=N_("Who bought most in the last 12 months first; those whom the filters mean."),
    tools=keeping(N_("Customers"), "chosen", segments.listed),
)
LATE = Panel(
    "late",
    N_("Overdue by their own clock"),
    change.late,
    path=BY_CUSTOMER,
    measures=("net_sales",),
    told=OVERDUE,
    has_rows=never,
    tools=keeping(N_("Overdue customers"), "overdue", change.late_listed),
)
CAME = Panel("moved", N_("Who came, stayed and went"), change.came_and_went, measures=(), told=MOVED, has_rows=never)
TRIANGLE = Panel(
    "cohorts",
    N_("Cohorts by the month of the first order"),
    change.triangle,
    path=("cohort", "customer", "product"),
    options=(Option("as", N_("Cells"), {"customers": N_("Share who ordered"), "net": N_("Net sales")}),),
    told=COHORTS,
    share=2,
    height=480,
)
WORTHS = Panel(
    "worth",
    N_("What customers are worth"),
    worth.worths,
    path=BY_CUSTOMER,
    measures=(),
    options=(
        Option("months", N_("Months ahead"), {"12": N_("12 months"), "6": N_("6 months"), "24": N_("24 months")}),
        Option("rate", N_("Discounted a year"), {"0.1": N_("at 10 %"), "0.05": N_("at 5 %"), "0.15": N_("at 15 %")}),
    ),
    told=N_(
        "Purchases to come (BG/NBD) times what they spend (Gamma-Gamma), discounted by the rate a year; fitted to all "
        "orders until yesterday, net of returns and tax. The interval (90 %) says how surely the expectation is known."
    ),
    has_rows=never,
)
BY_REPEATS = Panel(
    "tried",
    N_("How it came true"),
    worth.tried_by_repeats,
    measures=(),
    told=N_("Purchases by how often customers had come back: what was predicted for the last weeks, and what came."),
    has_rows=never,
)
BY_TENTHS = Panel(
    "tenths",
    N_("Share of the money by tenths"),
    worth.tried_by_tenths,
    measures=(),
    told=N_("Customers of whom most was expected first: what share of the money was predicted, and what came."),
    has_rows=never,
)
FEW = Panel("few", N_("On how few customers sales hang"), worth.few, measures=(), told=CONCENTRATION, has_rows=never)
RULES = Panel("rules", N_("What goes together"), offer.rules, measures=(), told=TOGETHER, has_rows=never, share=2)
HITS = Panel(
    "hits",
    N_("How offers came true"),
    offer.hits,
    measures=(),
    told=N_("Share of what would have been offered that was bought within 90 days, from what was known before them."),
    has_rows=never,
)
BOARD = Board(
    "customer_board",
    figures=head,
    extra=(*WHO, "cohort", "recency", "frequency"),
    empty=N_("Nobody bought in the last 12 months."),
    fixed=Period.LAST_365,
    sections=(
        Section("segments", N_("Segments"), ((WEIGHTS, MAP), (EVERYBODY,))),
        Section(
            "overdue",
            N_("Overdue customers"),
            ((LATE,), (CAME, ranking("region", N_("By region"), *PATHS["region"], empty=EMPTY))),
        ),
        Section("worth", N_("Worth"), ((WORTHS,), (BY_REPEATS, BY_TENTHS))),
        Section(
            "cohorts",
            N_("Cohorts"),
            ((TRIANGLE, ranking("rep", N_("By sales rep"), *PATHS["sales_rep"], empty=EMPTY)),),
        ),
        Section("concentration", N_("Concentration"), ((FEW, pareto_of("pareto", N_("What makes up most"), WHO)),)),
        Section("next", N_("Next product"), ((RULES, HITS),)),
    ),
)
