"""Views of the demo company: one of the explorer and one of the sales dashboard, for the whole team."""

from core.accounts.preferences import keep_look, publish_look
from core.analytics.explorer.service import save_team_view
from core.demo.stage import Stage
from core.security.permissions import Role

BY_CHANNEL = {
    "measures": ["net_sales,orders,return_rate"],
    "rows": ["top_category"],
    "columns": ["channel"],
    "period": ["90d"],
    "compare": ["last_year"],
}


def keep_views(stage: Stage) -> None:
    """What a manager keeps for everybody."""
    stage.go(6)
    told = "净销售额、订单数和退货率，近 90 天对比去年同期"
    stage.act("views.explorer", Role.MANAGER, save_team_view, "品类 × 渠道", BY_CHANNEL, description=told)
    kept = stage.act(
        "views.board",
        Role.MANAGER,
        keep_look,
        "dashboard",
        "近 90 天对比去年",
        {"period": ["90d"], "compare": ["last_year"]},
    )
    stage.act("views.shared", Role.MANAGER, publish_look, kept, True)
