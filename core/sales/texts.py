"""What to write to a customer about an order: a text for each occasion, to be copied into a chat.

The company may have words of its own for an occasion; places in braces are filled in with what holds at this moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from string import Formatter

from sqlalchemy import delete, select

from core.base.errors import InvalidInput, NotFound
from core.base.exact import ZERO
from core.base.i18n import LANGUAGES, N_, said_in
from core.db.upsert import upsert
from core.notify.events import Form
from core.notify.words import written
from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.queries import OrderCard, order_card, shipments_of
from core.sales.text_models import OrderText
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.store import View
from core.work.unit import UnitOfWork

LONGEST, MOST_LINES = 1_000, 20
PLACES = ("customer", "number", "goods", "amount", "paid", "open", "leaves", "parcels", "returned", "reason")


class Occasion(StrEnum):
    """What there is to write about."""

    OFFERED = "offered"
    CONFIRMED = "confirmed"
    PAID = "paid"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    HELD = "held"
    RETURNED = "returned"
    CANCELLED = "cancelled"


OCCASION_LABELS = {
    Occasion.OFFERED: N_("Offer to be confirmed"),
    Occasion.CONFIRMED: N_("Order confirmed"),
    Occasion.PAID: N_("Payment received"),
    Occasion.PARTLY_SHIPPED: N_("A part is on its way"),
    Occasion.SHIPPED: N_("Goods are on their way"),
    Occasion.HELD: N_("Order on hold"),
    Occasion.RETURNED: N_("Return received"),
    Occasion.CANCELLED: N_("Order cancelled"),
}
USUAL = {
    Occasion.OFFERED: N_(
        "Hello {customer}, here is our offer {number}:\n{goods}\nAltogether {amount}. "
        "Let me know whether it suits you, and I confirm it."
    ),
    Occasion.CONFIRMED: N_(
        "Hello {customer}, your order {number} is confirmed:\n{goods}\nAltogether {amount}, still to be paid: {open}. "
        "Planned to leave: {leaves}."
    ),
    Occasion.PAID: N_("Hello {customer}, we received {paid} for order {number}, thank you. Still open: {open}."),
    Occasion.PARTLY_SHIPPED: N_(
        "Hello {customer}, a part of order {number} is on its way:\n{parcels}\nThe rest follows."
    ),
    Occasion.SHIPPED: N_(
        "Hello {customer}, order {number} is on its way:\n{parcels}\nPlease count it on arrival; "
        "tell me at once if anything is missing."
    ),
    Occasion.HELD: N_(
        "Hello {customer}, order {number} rests for the moment. I get back to you as soon as it goes on."
    ),
    Occasion.RETURNED: N_("Hello {customer}, your return to order {number} arrived; {returned} are credited to you."),
    Occasion.CANCELLED: N_("Hello {customer}, order {number} over {amount} is cancelled. {reason}"),
}


@dataclass(frozen=True)
class TextRow:
    """The words for an occasion in a language, and whether they are the company's own."""

    occasion: Occasion
    language: str
    words: str
    is_own: bool


def occasions_of(order: OrderCard) -> list[Occasion]:
    """What there is to write about an order, the most fitting first."""
    if order.business == BusinessState.DRAFT:
        return [Occasion.OFFERED]
    if order.business in {BusinessState.CANCELLED, BusinessState.EXPIRED}:
        return [Occasion.CANCELLED]
    fitting = [
        (Occasion.HELD, order.business == BusinessState.ON_HOLD),
        (Occasion.RETURNED, order.return_ != Progress.NONE),
        (Occasion.SHIPPED, order.shipment == Progress.FULL),
        (Occasion.PARTLY_SHIPPED, order.shipment == Progress.PARTIAL),
        (Occasion.PAID, order.payment != PaymentState.NONE),
        (Occasion.CONFIRMED, True),
    ]
    return [occasion for occasion, fits in fitting if fits]


@query(P.ORDER_READ)
def customer_text(scope: View, order_id: int, occasion: Occasion, language: str) -> str:
    """What to write about an order at this moment."""
    order = order_card(scope, order_id)
    facts = _facts(scope, order, language)
    words = _stored(scope, occasion, language).words
    return "".join(before + (facts[name] if name else "") for before, name, *_ in Formatter().parse(words)).strip()


@query(P.ORDER_READ)
def order_texts(scope: Scope, occasion: Occasion) -> list[TextRow]:
    """The words for an occasion in every language."""
    return [_stored(scope, occasion, language) for language in LANGUAGES]


@command(P.CUSTOMER_GRADE)
def set_order_text(uow: UnitOfWork, occasion: Occasion, language: str, words: str) -> None:
    """Use the company's own words for an occasion; without any, the usual ones again.

    Refuses words that are too long, and braces around anything but a known place.
    """
    occasion = Occasion(occasion)
    if language not in LANGUAGES:
        raise NotFound(what=N_("The language"))
    words = words.strip()
    if words and words != said_in(language, USUAL[occasion]):
        _check(words)
        kept = upsert(uow.session, OrderText).values(occasion=occasion.value, language=language, words=words)
        uow.session.execute(kept.on_conflict_do_update(index_elements=["occasion", "language"], set_={"words": words}))
    else:
        same = (OrderText.occasion == occasion.value, OrderText.language == language)
        uow.session.execute(delete(OrderText).where(*same), execution_options={"synchronize_session": False})
    uow.audit("order_text.set", None, occasion=occasion.value, language=language, words=words)


def _stored(scope: Scope, occasion: Occasion, language: str) -> TextRow:
    own = scope.session.scalar(
        select(OrderText.words).where(OrderText.occasion == occasion.value, OrderText.language == language)
    )
    return TextRow(occasion, language, own or said_in(language, USUAL[occasion]), own is not None)


def _check(words: str) -> None:
    if len(words) > LONGEST:
        raise InvalidInput(field=N_("Text"), reason=N_("enter at most 1000 characters."))
    try:
        named = [(name, spec, turned) for _, name, spec, turned in Formatter().parse(words) if name is not None]
    except ValueError:
        named = [("", "", "")]
    if any(name not in PLACES or spec or turned for name, spec, turned in named):
        raise InvalidInput(field=N_("Text"), reason=N_("use braces only around the places that are named below it."))


def _facts(scope: View, order: OrderCard, language: str) -> Mapping[str, str]:
    def shown(form: Form, fact: Decimal | str | None) -> str:
        return written(form, fact, language, order.currency)

    goods = [f"{line.name} × {shown(Form.QUANTITY, line.quantity)} {line.unit}".rstrip() for line in order.sold]
    if len(goods) > MOST_LINES:
        goods = [*goods[:MOST_LINES], "…"]
    sent = [each for each in shipments_of(scope, order.id) if not each.is_cancelled]
    parcels = [" ".join(filter(None, (each.carrier, each.tracking_number))) or each.number for each in sent]
    return {
        "customer": order.customer,
        "number": order.number,
        "goods": "\n".join(goods),
        "amount": shown(Form.MONEY, order.gross_amount),
        "paid": shown(Form.MONEY, order.paid_amount),
        "open": shown(Form.MONEY, max(order.unpaid, ZERO)),
        "leaves": shown(Form.DAY, order.ship_by.isoformat() if order.ship_by else None),
        "parcels": "\n".join(parcels) or "–",
        "returned": shown(Form.MONEY, order.returned_amount),
        "reason": order.cancel_reason,
    }
