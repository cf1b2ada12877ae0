"""What the sales board shows."""

from core.base.i18n import N_
from pages._shared.board.asking import key_figures
from pages._shared.board.board import Board, Section
from pages._shared.board.panels import heat, pareto_of, ranking, shares_over_time, tiles
from pages.reports._sales_panels import BRIDGE, COURSE, MAP

BOARD = Board(
    "dashboard",
    extra=("category_2", "category_3"),
    figures=key_figures("net_sales", "orders", "average_order", "customers", "quantity", "returns"),
    sections=(
        Section(
            "overview",
            N_("Overview"),
            (
                (
                    COURSE,
                    ranking("channel", N_("By channel"), "channel", "customer", "product"),
                ),
                (
                    ranking("category", N_("By category"), "category", "product", "sku"),
                    ranking("product", N_("Top products"), "product", "sku"),
                ),
                (
                    ranking("region", N_("By region"), "region", "customer", "product"),
                    ranking("sales_rep", N_("By sales rep"), "sales_rep", "customer", "product"),
                ),
            ),
        ),
        Section("change", N_("What changed"), ((BRIDGE, shares_over_time("shares", N_("Shares over time"))),)),
        Section(
            "contribution",
            N_("Contribution"),
            (
                (pareto_of("pareto", N_("What makes up most")), tiles("tiles", N_("As areas"))),
                (heat("heat", N_("Weekdays and hours"), "weekday", "hour"),),
            ),
        ),
        Section(
            "regions",
            N_("Regions"),
            ((MAP, ranking("ranks", N_("Regions in order"), "region", "customer", "product")),),
        ),
    ),
)
