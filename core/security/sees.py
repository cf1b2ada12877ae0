"""Which rows somebody sees: customers with all that is theirs, and warehouses with what is in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.base.i18n import N_


class Reach(StrEnum):
    """How far a role reaches. Customers know all three; warehouses only one's own and all."""

    OWN = "own"
    TEAM = "team"
    ALL = "all"


CUSTOMER_REACH_LABELS = {
    Reach.OWN: N_("Own customers"),
    Reach.TEAM: N_("The team's customers"),
    Reach.ALL: N_("All customers"),
}
WAREHOUSE_REACH_LABELS = {Reach.OWN: N_("Own warehouses"), Reach.ALL: N_("All warehouses")}


@dataclass(frozen=True)
class Sees:
    """What rows somebody sees. None: all of them.

    `owners` are those whose customers are seen, with orders, returns and money; `warehouses` the ones seen, with
    stock and orders.
    """

    owners: frozenset[int] | None = None
    warehouses: frozenset[int] | None = None

    @property
    def is_limited(self) -> bool:
        """Whether anything is kept from sight."""
        return self.owners is not None or self.warehouses is not None


EVERYTHING = Sees()
NOTHING = Sees(frozenset(), frozenset())


def widest(reaches: Iterable[Reach]) -> Reach:
    """How far several roles reach together."""
    return max(reaches, key=list(Reach).index, default=Reach.OWN)
