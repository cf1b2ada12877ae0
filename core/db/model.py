"""The base class of all tables."""

from typing import ClassVar

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from core.db.types import BigId

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """A table. Constraints have names, so that migrations can find them.

    `feeds` names the entity of the change feed that a row belongs to and the attribute that holds
    its id: a line of an order belongs to its order. None: nobody follows these rows.
    """

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {int: BigId}
    feeds: ClassVar[tuple[str, str] | None] = None
