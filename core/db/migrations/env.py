"""What Alembic runs: the metadata of every room, on the connection it is given."""

from typing import Any, Literal

from alembic import context

import core.audit.models
import core.catalog.models
import core.customers.models
import core.exchange.models
import core.jobs.models
import core.ops.models
import core.ops.seal_models
import core.pricing.limit_models
import core.pricing.models
import core.receivables.link_models
import core.receivables.models
import core.receivables.reminder_models
import core.receivables.statement_models
import core.sales.approval_models
import core.sales.fulfilment_models
import core.sales.models
import core.sales.reallocation.models
import core.sales.returns.models
import core.sales.trial_models
import core.security.models
import core.stock.costs.models
import core.stock.counts.models
import core.stock.models
import core.stock.transfers.models
import core.suppliers.models
import core.work.models  # noqa: F401
from core.db.model import Base
from core.db.types import Exact, UtcMoment, Word

PLAIN = {Exact: "sa.BigInteger()", UtcMoment: "sa.DateTime(timezone=True)", Word: "sa.String(20)"}


def plain_types(kind: str, thing: Any, _: Any) -> str | Literal[False]:
    """Migrations name plain types, so that they keep their meaning when ours change."""
    return PLAIN.get(type(thing), False) if kind == "type" else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=plain_types,
)
with context.begin_transaction():
    context.run_migrations()
