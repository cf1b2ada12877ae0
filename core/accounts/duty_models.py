"""Steps that need a second person, as far as the company has switched them on."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Moment, Word
from core.security.permissions import P


class Duty(StrEnum):
    """An approval that nobody gives to their own work, where it is switched on."""

    PRICES = "prices"
    CREDIT = "credit"
    COUNTS = "counts"
    REFUNDS = "refunds"


DUTY_LABELS = {
    Duty.PRICES: N_("Who enters an order, or asks for a price below the lowest, does not approve that price"),
    Duty.CREDIT: N_("Who enters an order, or asks for its exception from credit, does not approve the exception"),
    Duty.COUNTS: N_("Who counts in a stocktake does not accept its differences or post it"),
    Duty.REFUNDS: N_("Who enters a return or gives goodwill does not give the money back"),
}
OWN_WORK = {
    Duty.PRICES: N_("You entered this order or asked for this price yourself"),
    Duty.CREDIT: N_("You entered this order or asked for its exception yourself"),
    Duty.COUNTS: N_("You counted in this stocktake yourself"),
    Duty.REFUNDS: N_("You entered this return or goodwill yourself"),
}
APPROVERS = {
    Duty.PRICES: P.PRICE_OVERRIDE,
    Duty.CREDIT: P.CREDIT_APPROVE,
    Duty.COUNTS: P.COUNT_APPROVE,
    Duty.REFUNDS: P.PAYMENT_RECORD,
}
"""The right of those who take the second step."""


class DutyRecord(Base):
    """A duty that is switched on; one that is off has no row."""

    __tablename__ = "duty"

    duty: Mapped[Duty] = mapped_column(Word(Duty), primary_key=True)
    since: Mapped[Moment]
