"""What Alembic runs: the metadata of every room, on the connection it is given."""

from typing import Any, Literal

from alembic import context

import core.ops.tables  # noqa: F401
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
