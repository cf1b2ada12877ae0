"""What the board of products shows."""

from core.analytics.layer.measures import MEASURES
from core.base.i18n import N_
from core.security.permissions import P
from pages._shared.board.asking import key_figures
from pages._shared.board.board import PATHS, Board, Panel, Section
from pages._shared.board.panels import pareto_of, ranking, tiles
from pages._shared.board.sheets import asked
from pages.reports import _product_panels as panels

MARGINS = {"margin", "margin_rate"}
FIGURES = ("net_sales", "quantity", "orders", "margin", "margin_rate", "return_rate")
KINDS = {"product": N_("Product"), "category": N_("Category"), "brand": N_("Brand"), "sku": N_("SKU")}

PERFORMANCE = Panel(
    "performance",
    N_("How products do"),
    panels.performance,
    path=PATHS["product"],
    measures=("net_sales", "quantity", "orders", "return_rate"),
    sheet=asked,
)
GROWTH = Panel(
    "growth",
    N_("Growth against size"),
    panels.growth_against_size,
    path=PATHS["product"],
    told=N_("Across: net sales of the period. Up: growth since the period compared with. Lines: the medians."),
    height=380,
)
MARGIN = Panel(
    "margin",
    N_("Margin against volume"),
    panels.margin_against_volume,
    path=PATHS["product"],
    measures=("net_sales", "quantity", "margin_rate"),
    needs=P.COST_READ,
    height=380,
)
NEW = Panel(
    "new",
    N_("New"),
    panels.new_ones,
    path=PATHS["product"],
    told=N_("Sold in the period, and not in the twelve months before it; the largest first."),
)
FADING = Panel(
    "fading",
    N_("Fading"),
    panels.fading_ones,
    path=PATHS["product"],
    told=N_("Less than half of what the period compared with sold; the largest loss first."),
)
TOGETHER = Panel(
    "together",
    N_("Bought together"),
    panels.together,
    told=N_(
        "Baskets are orders. Support: the share of orders with both; confidence: how many orders with the first hold "
        "the second; lift: how much more often than in all orders, with the lower end of its 95 % interval. Pairs in "
        "at least ten orders whose lift is surely above one."
    ),
)
PRICES = Panel(
    "prices",
    N_("Price of a product"),
    panels.prices,
    measures=("net_sales", "quantity"),
    told=N_("Net sales divided by quantity, by SKU, of the product picked; of the best-selling one if none is."),
)

BOARD = Board(
    "products",
    figures=key_figures(*(name for name in FIGURES if name in MEASURES)),
    extra=("product", "category", "brand"),
    sections=(
        Section(
            "overview",
            N_("Overview"),
            (
                (PERFORMANCE,),
                (
                    pareto_of("pareto", N_("What makes up most"), KINDS),
                    ranking("category", N_("By category"), *PATHS["category"]),
                ),
            ),
        ),
        Section(
            "matrix",
            N_("Size and growth"),
            ((GROWTH, MARGIN), (tiles("tiles", N_("As areas"), KINDS),)),
        ),
        Section("life", N_("New and fading"), ((NEW, FADING),)),
        Section("baskets", N_("Baskets and prices"), ((TOGETHER,), (PRICES,))),
    ),
)
