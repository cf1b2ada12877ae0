"""All findings that somebody may see, each kind guarded by its own permissions."""

from collections.abc import Callable
from dataclasses import dataclass

from core.analytics.findings.goods import expiring, idle, running_out
from core.analytics.findings.people import leaving_late, stopped, unpaid
from core.analytics.findings.rules import Group
from core.analytics.findings.selling import behind, changed
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor
from core.security.permissions import P
from core.work.command import query
from core.work.store import View


@dataclass(frozen=True)
class Source:
    """Where findings come from, and who gets them: who holds all of `needs`, and one of `acts` if there are any."""

    find: Callable[[Mirror, View], list[Group]]
    needs: frozenset[P]
    acts: frozenset[P] = frozenset()

    def is_for(self, actor: Actor) -> bool:
        """Whether somebody may see these findings and can do something about them."""
        return actor.permissions >= self.needs and (not self.acts or bool(actor.permissions & self.acts))


SOURCES = (
    Source(behind, frozenset({P.SALES_ANALYSE})),
    Source(changed, frozenset({P.SALES_ANALYSE})),
    Source(running_out, frozenset({P.STOCK_READ, P.PRODUCT_READ, P.STOCK_MOVE})),
    Source(idle, frozenset({P.STOCK_READ, P.COST_READ})),
    Source(expiring, frozenset({P.STOCK_READ, P.PRODUCT_READ, P.STOCK_MOVE})),
    Source(stopped, frozenset({P.CUSTOMER_READ, P.ORDER_READ, P.CARE_HANDLE})),
    Source(unpaid, frozenset({P.PAYMENT_READ, P.CUSTOMER_READ})),
    Source(leaving_late, frozenset({P.ORDER_READ}), frozenset({P.ORDER_SHIP, P.ORDER_EDIT, P.CARE_HANDLE})),
)


@query(P.ACCOUNT_OWN)
def findings(view: View, mirror: Mirror) -> list[Group]:
    """Everything found for who asks, kind by kind; kinds that they may not see are not there.

    Who sells and may not see the team gets their own sales and customers alone. `MirrorNotReady` while there is
    nothing to answer from.
    """
    return [group for source in SOURCES if source.is_for(view.actor) for group in source.find(mirror, view)]
