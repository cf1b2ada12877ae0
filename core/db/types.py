"""Column types: exact numbers as whole smallest units, UTC moments, short enums."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.base.exact import AMOUNT_PLACES, BEYOND_PLACES, COST_PLACES, PRICE_PLACES, QUANTITY_PLACES, RATE_PLACES

BigId = BigInteger().with_variant(Integer, "sqlite")


def signs(length: int) -> TypeEngine[str]:
    """A text that both databases order sign by sign, so that an index finds it by its beginning."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Exact(TypeDecorator[Decimal]):
    """`Decimal` here, a whole number of smallest units there; refuses what it would have to round."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Smallest units; `ValueError` where the number has more decimals than the column."""
        return None if value is None else to_units(Decimal(value), self.places)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """The number these smallest units stand for."""
        return None if value is None else Decimal(int(value)).scaleb(-self.places)


class UtcMoment(TypeDecorator[datetime]):
    """A moment, always aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC; `ValueError` for a moment that does not say its zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[StrEnum]):
    """A member of a `StrEnum`, stored as its word."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__(20)
        self.kind = kind

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The word; `ValueError` where it is none of the enum's."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """The member of the enum."""
        return None if value is None else self.kind(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Compare words with words."""
        return self


def to_units(number: Decimal, places: int) -> int:
    """Whole smallest units; `ValueError` where the number has more decimals."""
    scaled = number.scaleb(places)
    units = int(scaled)
    if units != scaled:
        raise ValueError(f"{number} has more than {places} decimals")
    return units


Id = Annotated[int, mapped_column(BigId, primary_key=True)]
Amount = Annotated[Decimal, mapped_column(Exact(AMOUNT_PLACES))]
Price = Annotated[Decimal, mapped_column(Exact(PRICE_PLACES))]
Beyond = Annotated[Decimal, mapped_column(Exact(BEYOND_PLACES))]
UnitCost = Annotated[Decimal, mapped_column(Exact(COST_PLACES))]
Quantity = Annotated[Decimal, mapped_column(Exact(QUANTITY_PLACES))]
Rate = Annotated[Decimal, mapped_column(Exact(RATE_PLACES))]
Moment = Annotated[datetime, mapped_column(UtcMoment())]
