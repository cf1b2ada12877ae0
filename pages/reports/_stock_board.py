"""What the board of stock shows."""

from core.base.i18n import N_
from core.security.permissions import P
from pages._shared.board.asking import key_figures
from pages._shared.board.board import BETWEEN, PATHS, Board, Option, Panel, Section, never
from pages._shared.board.classes import ABC, XYZ
from pages._shared.board.panels import broken_down, ranking, tiles
from pages._shared.board.sheets import asked, over_time
from pages._shared.filters import Look
from pages.reports import _stock_classes as classes
from pages.reports import _stock_idle as idle
from pages.reports import _stock_panels as panels
from pages.reports import _stock_plans as plans

EMPTY = N_("Nothing is or was in stock here.")
NONE_DUE = N_("Nothing was to be shipped in this period.")
FIGURES = ("stock_value", "on_hand", "turns", "gmroi", "fill_rate", "stock_out_rate")
KINDS = {
    "category": N_("Category"),
    "top_category": N_("Main category"),
    "brand": N_("Brand"),
    "warehouse": N_("Warehouse"),
    "product": N_("Product"),
    "sku": N_("SKU"),
    "product_tag": N_("Product tag"),
}
PER_PRODUCT = {name: label for name, label in KINDS.items() if name != "sku"}


def by_place(look: Look, dimension: str) -> bool:
    """Costs arise in one place and are shared by quantity: of single warehouses they do not add up to the value."""
    return "warehouse" not in {dimension, *look.where, *look.without}


TURNOVER = Panel(
    "turnover",
    N_("How stock turns"),
    panels.turnover,
    measures=(
        *("on_hand", "average_stock", "sell_through", "weeks_of_cover", "stock_out_days"),
        *("stock_value", "cogs", "turns", "days_on_hand", "gmroi"),
    ),
    options=(Option("by", N_("Broken down by"), KINDS),),
    empty=EMPTY,
    sheet=asked,
)
WORKED = Panel(
    "worked",
    N_("How the figures come about"),
    panels.key_figures_worked,
    measures=(
        *("turns", "days_on_hand", "gmroi", "fill_rate", "sell_through", "weeks_of_cover"),
        *("stock_out_days", "stock_out_rate", "average_stock", "average_stock_value"),
    ),
    told=N_("Each figure with its formula and the numbers put in; Documents shows the rows behind any of them."),
    of_any_measure=True,
    empty=EMPTY,
)
VALUE_COURSE = Panel(
    "value_course",
    N_("Stock value over time"),
    panels.course_of_balance("stock_value"),
    measures=("stock_value",),
    has_rows=by_place,
    needs=P.COST_READ,
    empty=EMPTY,
    sheet=over_time,
)
COURSE = Panel(
    "course",
    N_("Quantity over time"),
    panels.course_of_balance("on_hand"),
    measures=("on_hand",),
    empty=EMPTY,
    sheet=over_time,
)
AGE = Panel(
    "age",
    N_("Age of stock"),
    panels.ages,
    measures=(),
    options=(Option("by", N_("Broken down by"), PER_PRODUCT),),
    told=N_(
        "By days since it was received, at the end of the period. What is here counts as what came in last; warehouses "
        "share the ages and the value of a product by quantity."
    ),
    has_rows=never,
    empty=EMPTY,
)
MATRIX = Panel(
    "matrix",
    N_("ABC and XYZ"),
    classes.matrix,
    path=(f"{ABC}{BETWEEN}{XYZ}",),
    measures=(),
    told=N_(
        "Over the twelve whole months before this one. A: the products that make up the first 80 % of net sales less "
        "cost of goods sold, B: up to 95 %, C: the rest. X: monthly quantity varies by less than 0.5 of its mean, Y: "
        "less than 1, Z: more; freed of seasons where 24 months are known. Below: the policy of the class, its service "
        "level, how often it is looked at, and its weeks of cover where it has its own. A click filters everything by "
        "the class."
    ),
    has_rows=never,
    needs=P.COST_READ,
)
MIGRATION = Panel(
    "migration",
    N_("Who changed class"),
    classes.migration,
    path=PATHS["product"][:1],
    measures=(),
    told=N_(
        "Products whose class is another than a month ago, the largest first. Click the front of a row to pick it."
    ),
    has_rows=never,
    needs=P.COST_READ,
)
CLASSED = Panel(
    "classed",
    N_("Products by class"),
    classes.products,
    path=PATHS["product"][:1],
    measures=(),
    told=N_("Amount is net sales less cost of goods sold; variation is the standard deviation of months ÷ their mean."),
    has_rows=never,
    needs=P.COST_READ,
)
SLOW = Panel(
    "slow",
    N_("Slow and dead stock"),
    idle.slow,
    path=PATHS["product"][:1],
    measures=(),
    options=(
        Option(
            "days",
            N_("Nothing shipped for"),
            {"180": N_("180 days"), "90": N_("90 days"), "365": N_("365 days")},
        ),
        Option("pace", N_("Pace"), {"all": N_("Slow and dead"), "dead": N_("Dead only"), "slow": N_("Slow only")}),
    ),
    told=N_(
        "Dead: in stock, and nothing shipped in these days, returns taken off. Slow: lasts for more than a year at the "
        "pace of these days. Kept so far: stock value, day by day since it was last shipped or received (a year at "
        "most), times the yearly rate of keeping goods."
    ),
    has_rows=never,
    needs=P.COST_READ,
)
CLEARING = Panel(
    "clearing",
    N_("What frees most cash"),
    plans.clearing,
    path=PATHS["product"][:1],
    measures=(),
    options=(
        Option("horizon", N_("Sold within"), {"90": N_("90 days"), "30": N_("30 days"), "180": N_("180 days")}),
        Option(
            "elasticity",
            N_("Elasticity, where sales do not tell"),
            {"2": N_("e = 2"), "1": N_("e = 1"), "1.5": N_("e = 1.5"), "3": N_("e = 3")},
        ),
    ),
    told=N_(
        "Of what lay for 180 days or lasts for more than a year: reductions of the retail price by 5 to 70 % are "
        "tried; at a price f times today's, f to the power of −e times as much is sold a day as in these days (half a "
        "unit where nothing was), never more than there is. e comes from the product's own weeks of sales in the last "
        "year where these tell enough, else it is the assumption chosen here. Prices below the lowest price are never "
        "advised. The arrow opens the product with all reductions, its task and the ways to be rid of it."
    ),
    has_rows=never,
    needs=P.COST_READ,
)
OVER = Panel(
    "over",
    N_("Over-stock"),
    plans.over,
    path=PATHS["product"][:1],
    measures=(),
    options=(Option("demand", N_("Which"), {"all": N_("All goods"), "sold": N_("Only what sells")}),),
    told=N_(
        "What lies in all warehouses or is on its way between them, less what is promised, divided by what was shipped "
        "a week in the last 13 weeks, against the weeks of its policy: its own, else its category's, its class's, the "
        "company's, else 8. Too many is what lies there beyond these weeks, at its average cost."
    ),
    has_rows=never,
    needs=P.STOCK_READ,
)
OUTS = Panel(
    "outs",
    N_("What ran out"),
    idle.outs,
    path=PATHS["product"][:1],
    measures=(),
    told=N_(
        "Products shipped in the period of which no shelf had any at the end of some of its days. Not sold: so much a "
        "day as on the other days. Margin lost: that times net price less cost of the period."
    ),
    has_rows=never,
    needs=P.STOCK_READ,
)
EXPIRY = Panel(
    "expiry",
    N_("Expiry risk"),
    idle.expiry,
    path=PATHS["product"][:1],
    measures=(),
    told=N_(
        "Each lot is sold first expired, first out, at the pace of the last 90 days; what is left when it has to leave "
        "the shelf is not sold in time."
    ),
    has_rows=never,
    needs=P.STOCK_READ,
)

BOARD = Board(
    "stock_board",
    figures=key_figures(*FIGURES),
    extra=(*KINDS, "category_2", "category_3"),
    empty=EMPTY,
    sections=(
        Section(
            "turnover",
            N_("Turnover"),
            (
                (VALUE_COURSE, COURSE),
                (TURNOVER,),
                (
                    ranking(
                        "turns",
                        N_("Turns by category"),
                        *PATHS["category"],
                        measure="turns",
                        has_rows=never,
                        needs=P.COST_READ,
                        empty=EMPTY,
                    ),
                    ranking(
                        "days",
                        N_("Days on hand by product"),
                        *PATHS["product"],
                        measure="days_on_hand",
                        has_rows=never,
                        needs=P.COST_READ,
                        empty=EMPTY,
                    ),
                ),
            ),
        ),
        Section(
            "figures",
            N_("Key figures"),
            (
                (WORKED,),
                (
                    broken_down("gmroi", N_("GMROI"), KINDS, "gmroi", needs=P.COST_READ, empty=EMPTY),
                    broken_down("fill_rate", N_("Fill rate"), KINDS, "fill_rate", needs=P.ORDER_READ, empty=NONE_DUE),
                ),
            ),
        ),
        Section(
            "structure",
            N_("Structure"),
            (
                (
                    tiles(
                        "value",
                        N_("Value as areas"),
                        KINDS,
                        "stock_value",
                        has_rows=by_place,
                        needs=P.COST_READ,
                        empty=EMPTY,
                    ),
                    tiles("quantity", N_("Quantity as areas"), KINDS, "on_hand", empty=EMPTY),
                ),
                (AGE,),
            ),
        ),
        Section("classes", N_("ABC–XYZ"), ((MATRIX, MIGRATION), (CLASSED,))),
        Section("slow", N_("Slow and dead"), ((SLOW,), (CLEARING,))),
        Section("over", N_("Over-stock"), ((OVER,),)),
        Section(
            "outs",
            N_("Stock-outs"),
            (
                (OUTS,),
                (
                    ranking(
                        "out_category",
                        N_("Stock-out days by category"),
                        *PATHS["category"],
                        measure="stock_out_days",
                        has_rows=never,
                        empty=EMPTY,
                    ),
                    ranking(
                        "out_warehouse",
                        N_("Stock-out days by warehouse"),
                        *PATHS["warehouse"],
                        measure="stock_out_days",
                        has_rows=never,
                        empty=EMPTY,
                    ),
                ),
            ),
        ),
        Section("expiry", N_("Expiry"), ((EXPIRY,),)),
    ),
)
