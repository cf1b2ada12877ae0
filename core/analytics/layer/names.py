"""What the ids of a dimension are called."""

from collections.abc import Sequence

from sqlalchemy import select

from core.analytics.layer.compose import rendered
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor
from core.security.permissions import P


def names_of(mirror: Mirror, actor: Actor, dimension: str, ids: Sequence[int]) -> dict[int, str]:
    """Names by id, of those that exist; also of what was never sold."""
    actor.require(P.SALES_ANALYSE)
    table = DIMENSIONS[dimension].labels
    if table is None:
        return {}
    statement, parameters = rendered(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))
    with mirror.reading() as duck:
        return {number: name or "" for number, name in duck.execute(statement, parameters).fetchall()}


def names_like(mirror: Mirror, actor: Actor, dimension: str, typed: str, limit: int) -> dict[int, str]:
    """Names by id in which what was typed stands, whatever its case; none where a dimension has no names."""
    actor.require(P.SALES_ANALYSE)
    table = DIMENSIONS[dimension].labels
    if table is None:
        return {}
    wanted = select(table.c.id, table.c.name).where(table.c.name.icontains(typed, autoescape=True))
    statement, parameters = rendered(wanted.order_by(table.c.name, table.c.id).limit(limit))
    with mirror.reading() as duck:
        return {number: name or "" for number, name in duck.execute(statement, parameters).fetchall()}
