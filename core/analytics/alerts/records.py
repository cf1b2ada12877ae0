"""What is stored of a rule as the rules know it: what it watches, and who owns it with the rights of this moment."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.analytics.alerts.errors import OwnerGone
from core.analytics.alerts.models import AlertRule, Condition, Direction
from core.analytics.alerts.rules import Further, Watched
from core.analytics.layer.ask import Compare
from core.base.i18n import DEFAULT_LANGUAGE
from core.security.actor import Actor
from core.security.models import User
from core.security.roles import acting, held_by
from core.work.command import Scope


def watched_by(rule: AlertRule) -> Watched:
    """What a rule watches."""
    return Watched(
        measure=rule.measure,
        grain=rule.grain,
        condition=rule.condition,
        direction=rule.direction,
        bound=rule.bound,
        by=rule.by,
        kept={name: tuple(labels) for name, labels in rule.kept.items()},
        left_out={name: tuple(labels) for name, labels in rule.left_out.items()},
        is_part=rule.is_part,
        compare=None if rule.compare is None else Compare(rule.compare),
        minimum_effect=rule.minimum_effect,
        more=tuple(_further(each) for each in rule.more or ()),
        is_any=rule.is_any,
    )


def kept_further(further: Sequence[Further]) -> list[dict[str, Any]] | None:
    """Further conditions as they are stored; None where there are none."""
    return [
        {
            "measure": each.measure,
            "condition": each.condition.value,
            "direction": each.direction.value,
            "bound": str(each.bound),
            "is_part": each.is_part,
            "compare": None if each.compare is None else each.compare.value,
        }
        for each in further
    ] or None


def _further(kept: Mapping[str, Any]) -> Further:
    return Further(
        measure=kept["measure"],
        condition=Condition(kept["condition"]),
        direction=Direction(kept["direction"]),
        bound=Decimal(kept["bound"]),
        is_part=kept["is_part"],
        compare=None if kept["compare"] is None else Compare(kept["compare"]),
    )


def owner_of(scope: Scope, user_id: int | None) -> Actor:
    """Somebody with the rights of this moment; `OwnerGone` for who cannot sign in."""
    user = None if user_id is None else scope.session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        raise OwnerGone
    return acting(scope.session, user, held_by(scope.session, user.id), DEFAULT_LANGUAGE, "job")
