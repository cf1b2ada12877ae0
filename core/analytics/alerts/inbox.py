"""Commands about alerts that were raised: seen to, closed, opened again, useful or not."""

from core.analytics.alerts.errors import AlertClosed, AlertOpen, AlertSeen
from core.analytics.alerts.models import Alert, AlertState
from core.analytics.alerts.queries import is_visible
from core.base.errors import NotFound
from core.base.i18n import N_
from core.notify.events import ALERT_RAISED
from core.notify.tell import settle
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.SALES_ANALYSE)
def acknowledge_alert(uow: UnitOfWork, alert_id: int) -> int:
    """Say that one sees to an alert. Refuses one that somebody sees to, and a closed one."""
    alert = _alert(uow, alert_id)
    if alert.state is AlertState.CLOSED:
        raise AlertClosed
    if alert.state is AlertState.ACKNOWLEDGED:
        raise AlertSeen
    alert.state, alert.seen_at, alert.seen_by = AlertState.ACKNOWLEDGED, uow.now, uow.actor.id
    uow.audit("alert.acknowledged", alert)
    return alert.id


@command(P.SALES_ANALYSE)
def close_alert(uow: UnitOfWork, alert_id: int) -> int:
    """Close an alert; while its situation lasts it stays closed. Refuses a closed one."""
    alert = _alert(uow, alert_id)
    if alert.state is AlertState.CLOSED:
        raise AlertClosed
    alert.state, alert.closed_at, alert.closed_by = AlertState.CLOSED, uow.now, uow.actor.id
    settle(uow, ALERT_RAISED, alert.id)
    uow.audit("alert.closed", alert)
    return alert.id


@command(P.SALES_ANALYSE)
def reopen_alert(uow: UnitOfWork, alert_id: int) -> int:
    """Undo: an alert is open again, and nobody sees to it. Refuses an open one."""
    alert = _alert(uow, alert_id)
    if alert.state is AlertState.OPEN:
        raise AlertOpen
    alert.state, alert.seen_at, alert.seen_by, alert.closed_at, alert.closed_by = (
        AlertState.OPEN,
        None,
        None,
        None,
        None,
    )
    uow.audit("alert.reopened", alert)
    return alert.id


@command(P.SALES_ANALYSE)
def judge_alert(uow: UnitOfWork, alert_id: int, useful: bool | None) -> int:
    """Say whether an alert was useful; None takes that back. The precision of its rule comes from this."""
    alert = _alert(uow, alert_id)
    alert.is_useful, alert.judged_by = useful, None if useful is None else uow.actor.id
    uow.audit("alert.judged", alert, useful=useful)
    return alert.id


def _alert(uow: UnitOfWork, alert_id: int) -> Alert:
    """An alert that the actor may see; for anybody else it is not there."""
    alert = uow.session.get(Alert, alert_id, with_for_update=True)
    if alert is None or not is_visible(uow, alert):
        raise NotFound(what=N_("The alert"))
    return alert
