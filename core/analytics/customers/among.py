"""Customers whom the filters of a question mean, so that every study of customers can be narrowed down to them."""

from collections.abc import Hashable
from dataclasses import dataclass, field

import duckdb
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from core.analytics.customers.scored import KNOWN
from core.analytics.layer.answer import filters_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import conditions, rendered
from core.analytics.layer.dimensions import get_dimensions
from core.analytics.layer.sales import SALES
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import agg_customer, fact_order, fact_sales
from core.security.actor import Actor
from core.security.permissions import P


@dataclass(frozen=True)
class Among:
    """These customers and no others. Two of the same question and state of the mirror are equal.

    `asked` is the question without that state, for answers that are kept for a day.
    """

    question: Hashable
    asked: Hashable = field(compare=False)
    ids: NDArray[np.int64] = field(compare=False, repr=False)

    def holds(self, customers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these customers are among them."""
        return np.isin(customers, self.ids)


def among(mirror: Mirror, actor: Actor, ask: Ask) -> Among | None:
    """Who is meant by the filters of a question; None where it has none and everybody is.

    What a customer is (segment, kind, tag, month of the first order) counts for all customers; any other filter
    means who ordered something it lets through in the days asked for. Refuses who may not analyse sales.
    """
    actor.require(P.SALES_ANALYSE)
    if not ask.where and not ask.exclude:
        return None
    dimensions = get_dimensions((*ask.where, *ask.exclude))
    table = next(
        each
        for each in (agg_customer, fact_order, fact_sales)
        if all(dimension.route(SALES, each) is not None for dimension in dimensions)
    )
    period = Period(None, None) if table is agg_customer else Period(ask.since, ask.until).checked()

    def found(duck: duckdb.DuckDBPyConnection) -> NDArray[np.int64]:
        wanted = select(table.c.customer_id).where(*conditions(SALES, table, period, filters_of(duck, ask))).distinct()
        text, parameters = rendered(wanted)
        return np.sort(np.asarray(duck.execute(text, parameters).fetchnumpy()["customer_id"], dtype=np.int64))

    question = ("among", ask)
    return Among((mirror.generation, mirror.refreshes, question), question, mirror.remembered(question, found))


def known_among(duck: duckdb.DuckDBPyConnection, chosen: Among | None) -> str:
    """The condition on `customer_id` that leaves out sales over the counter, and who is not chosen."""
    return KNOWN if chosen is None else f"{KNOWN} AND {is_chosen(duck, chosen)}"


def is_chosen(duck: duckdb.DuckDBPyConnection, chosen: Among | None) -> str:
    """The condition on `customer_id` that leaves out who is not chosen; it holds as long as the cursor is open."""
    if chosen is None:
        return "true"
    duck.register("chosen_customers", {"customer_id": chosen.ids})
    return "customer_id IN (SELECT customer_id FROM chosen_customers)"


def narrowed(duck: duckdb.DuckDBPyConnection, text: str, chosen: Among | None) -> str:
    """A statement that says `KNOWN`, of the chosen customers alone."""
    return text if chosen is None else text.replace(KNOWN, known_among(duck, chosen))
