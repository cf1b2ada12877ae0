"""What is stored of a rule as the rules know it: what it watches, and who owns it with the rights of this moment."""

from core.analytics.alerts.errors import OwnerGone
from core.analytics.alerts.models import AlertRule
from core.analytics.alerts.rules import Watched
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
    )


def owner_of(scope: Scope, user_id: int | None) -> Actor:
    """Somebody with the rights of this moment; `OwnerGone` for who cannot sign in."""
    user = None if user_id is None else scope.session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        raise OwnerGone
    return acting(scope.session, user, held_by(scope.session, user.id), DEFAULT_LANGUAGE, "job")
