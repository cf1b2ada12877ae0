"""Alert rules of the demo company: a week old, so that there is something to see once they are evaluated."""

from dataclasses import replace
from decimal import Decimal

from core.analytics.alerts.models import Condition, Direction
from core.analytics.alerts.rules import Further, Watched
from core.analytics.alerts.service import RuleEntry, save_alert_rule
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import Grain
from core.demo.stage import Stage
from core.security.permissions import Role

QUIET = Watched(
    "net_sales",
    Grain.DAY,
    Condition.UNUSUAL,
    Direction.BELOW,
    Decimal(2),
    by="channel",
    minimum_effect=Decimal(1000),
)
SHRINKING = Watched(
    "net_sales",
    Grain.WEEK,
    Condition.CHANGE,
    Direction.BELOW,
    Decimal("0.5"),
    by="region",
    is_part=True,
    compare=Compare.SAME_WEEKDAYS,
    minimum_effect=Decimal(5000),
)
RETURNED = Watched(
    "return_rate",
    Grain.WEEK,
    Condition.THRESHOLD,
    Direction.ABOVE,
    Decimal("0.05"),
    by="top_category",
    minimum_effect=Decimal(200),
    more=(Further("orders", Condition.THRESHOLD, Direction.ABOVE, Decimal(5)),),
)
WHOLE = replace(QUIET, by="")
RULES = (
    RuleEntry("渠道日销售异常偏低", QUIET, "先联系渠道负责人：是否断货、停电或系统故障。", budget=4),
    RuleEntry("全公司日销售异常偏低", WHOLE, "看是哪个渠道：同一原因的预警折叠在一起。", budget=4),
    RuleEntry("地区周销售比去年减半", SHRINKING, "查看流失客户名单，请区域业务员回访。", budget=3),
    RuleEntry("一级分类退货率过高", RETURNED, "看退货原因和批次，必要时暂停发货。"),
)


def watch_figures(stage: Stage) -> None:
    """The rules, set a week before the last day."""
    stage.go(7)
    for number, entry in enumerate(RULES):
        stage.act(f"alerts.{number}", Role.MANAGER, save_alert_rule, entry)
