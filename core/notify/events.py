"""What people hear of, declared: its words, who may and should hear of it, and where it leads."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.base.i18n import N_
from core.security.permissions import P


class Form(StrEnum):
    """How a fact is written; a fact without a form stands as it is."""

    MONEY = "money"
    QUANTITY = "quantity"
    DAY = "day"
    TEXT = "text"


@dataclass(frozen=True)
class Event:
    """Something to hear of. `permission` is needed to see it; who holds it hears of it where nobody is named.

    `path` is the screen that it leads to. `by_mail`: by mail as well, until somebody chooses otherwise. What is
    about the sending itself stays in the app (`leaves`), or it would go round in circles.
    """

    name: str
    label: str
    sentence: str
    permission: P
    path: str
    forms: dict[str, Form] = field(default_factory=dict)
    by_mail: bool = True
    leaves: bool = True
    url: str = ""

    @property
    def word(self) -> str:
        """The word of the screen in the address."""
        return self.url or self.path.rsplit("/", 1)[-1].replace("_", "-")


PRICE_ASKED = Event(
    "price_asked",
    N_("A price is asked for"),
    N_("{asked_by} asks for lower prices on {number}, {customer}: {reason}"),
    P.PRICE_OVERRIDE,
    "sales/order",
)
EXCEPTION_ASKED = Event(
    "exception_asked",
    N_("A credit exception is asked for"),
    N_("{asked_by} asks for an exception on {number}, {customer}: {kind}. {reason}"),
    P.CREDIT_APPROVE,
    "sales/order",
    {"kind": Form.TEXT},
)
REQUEST_ANSWERED = Event(
    "request_answered",
    N_("A request of mine was answered"),
    N_("{number}: {state} by {answered_by}. {answer}"),
    P.ORDER_EDIT,
    "sales/order",
    {"state": Form.TEXT},
)
ORDER_HELD = Event(
    "order_held",
    N_("An order of mine was put on hold"),
    N_("{held_by} put {number}, {customer} on hold: {reason}"),
    P.ORDER_READ,
    "sales/order",
)
STATEMENT_DISPUTED = Event(
    "statement_disputed",
    N_("A customer disputes a statement"),
    N_("{name} of {customer} disputes {number}: {words}"),
    P.STATEMENT_EDIT,
    "receivables/statement",
)
STATEMENT_CONFIRMED = Event(
    "statement_confirmed",
    N_("A customer confirmed a statement"),
    N_("{name} confirmed {number} of {customer} over {amount}."),
    P.STATEMENT_EDIT,
    "receivables/statement",
    {"amount": Form.MONEY},
    by_mail=False,
)
FOLLOW_UP_DUE = Event(
    "follow_up_due",
    N_("A customer is to be called"),
    N_("{customer} is to be called by {day}: {subject}"),
    P.CARE_HANDLE,
    "customers/calls",
    {"day": Form.DAY},
    by_mail=False,
)
ALERT_RAISED = Event(
    "alert_raised",
    N_("A rule of mine raised an alert"),
    N_("{rule}: {about} is out of the ordinary."),
    P.SALES_ANALYSE,
    "reports/alerts",
)
STOCK_BELOW_NOTHING = Event(
    "stock_below_nothing",
    N_("Stock fell below nothing"),
    N_("{sku} {name}: {quantity} on hand in {warehouse}. A receipt is missing, or more left than there was."),
    P.STOCK_MOVE,
    "stock/card",
    {"quantity": Form.QUANTITY},
    url="stock-card",
)
COUNT_HANDED_IN = Event(
    "count_handed_in",
    N_("A stocktake waits for approval"),
    N_("{counted_by} handed in {number}, {warehouse}. Lines counted: {count}."),
    P.COUNT_APPROVE,
    "stock/count",
)
IMPORT_DONE = Event(
    "import_done",
    N_("My import is booked"),
    N_("{file} is booked. Orders: {orders}. Rows refused: {problems}."),
    P.ORDER_IMPORT,
    "sales/import_orders",
    by_mail=False,
)
IMPORT_FAILED = Event(
    "import_failed",
    N_("My import failed"),
    N_("{file} was not booked: {reason}"),
    P.ORDER_IMPORT,
    "sales/import_orders",
    by_mail=False,
)
BOOKS_DIFFER = Event(
    "books_differ",
    N_("The self-check found differences"),
    N_("Figures that are not what their documents add up to: {count}. First: {first}"),
    P.SYSTEM_OPERATE,
    "admin/health",
)
JOB_FAILED = Event(
    "job_failed",
    N_("A background job failed for good"),
    N_("{job}: attempt {attempts} was the last. {error}"),
    P.SYSTEM_OPERATE,
    "admin/health",
    {"job": Form.TEXT},
)
ERROR_MET = Event(
    "error_met",
    N_("A new error was met"),
    N_("{met_in}: {message} ({number})"),
    P.SYSTEM_OPERATE,
    "admin/monitoring",
)
BACKUP_NOT_PROVEN = Event(
    "backup_not_proven",
    N_("A backup cannot be relied on"),
    N_("{name} was restored for a trial and did not agree: {problem}"),
    P.SYSTEM_OPERATE,
    "admin/backups",
)
MESSAGE_FAILED = Event(
    "message_failed",
    N_("Notices could not be delivered"),
    N_("Notices for {target} could not be delivered: {problem}"),
    P.SYSTEM_OPERATE,
    "admin/channels",
    {"problem": Form.TEXT},
    leaves=False,
)

EVENTS: dict[str, Event] = {
    event.name: event
    for event in (
        PRICE_ASKED,
        EXCEPTION_ASKED,
        REQUEST_ANSWERED,
        ORDER_HELD,
        STATEMENT_DISPUTED,
        STATEMENT_CONFIRMED,
        FOLLOW_UP_DUE,
        ALERT_RAISED,
        STOCK_BELOW_NOTHING,
        COUNT_HANDED_IN,
        IMPORT_DONE,
        IMPORT_FAILED,
        BOOKS_DIFFER,
        JOB_FAILED,
        ERROR_MET,
        BACKUP_NOT_PROVEN,
        MESSAGE_FAILED,
    )
}
