"""What each permission means in plain words, in groups as the matrix of roles shows them, and what a role may be."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.accounts.role_errors import BeyondOwnRights, RoleNameMissing
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import EVERYONE, OUTSIDE, P

LONGEST_NAME = 40

PERMISSION_LABELS: dict[P, str] = {
    P.SIGN_IN: N_("Sign in"),
    P.ACCOUNT_OWN: N_("Use one's own account"),
    P.PRODUCT_READ: N_("See products"),
    P.PRODUCT_EDIT: N_("Add and change products"),
    P.COST_READ: N_("See costs and margins"),
    P.COST_EDIT: N_("Correct costs"),
    P.PERIOD_CLOSE: N_("Close the books"),
    P.CUSTOMER_READ: N_("See customers"),
    P.CUSTOMER_EDIT: N_("Add and change customers"),
    P.CUSTOMER_GRADE: N_("Grade customers"),
    P.CUSTOMER_REVEAL: N_("Look at masked phones and addresses, with a purpose"),
    P.CARE_PLAN: N_("Plan follow-ups and lists"),
    P.CARE_HANDLE: N_("Handle follow-ups"),
    P.SUPPLIER_READ: N_("See suppliers"),
    P.SUPPLIER_EDIT: N_("Add and change suppliers"),
    P.STOCK_READ: N_("See stock"),
    P.STOCK_MOVE: N_("Receive, issue and transfer goods"),
    P.STOCK_POLICY: N_("Set stock rules"),
    P.LOT_EDIT: N_("Change and block lots"),
    P.LOT_SHIP_EXPIRED: N_("Ship expired lots"),
    P.COUNT_READ: N_("See stocktakes"),
    P.COUNT_PLAN: N_("Plan stocktakes"),
    P.COUNT_ENTER: N_("Enter counts"),
    P.COUNT_APPROVE: N_("Approve and post stocktakes"),
    P.WAREHOUSE_EDIT: N_("Set up warehouses and places"),
    P.ORDER_READ: N_("See orders"),
    P.ORDER_EDIT: N_("Enter and change orders"),
    P.ORDER_CONFIRM: N_("Confirm orders"),
    P.ORDER_SHIP: N_("Ship orders"),
    P.ORDER_CANCEL: N_("Cancel orders"),
    P.RECALL_CONTACT: N_("Contact customers of a recall"),
    P.RETURN_REQUEST: N_("Enter returns"),
    P.RETURN_RECEIVE: N_("Receive and inspect returns"),
    P.RETURN_REASONS: N_("Set reasons of returns"),
    P.CLAIM_ACCEPT: N_("Accept claims"),
    P.GOODWILL_GIVE: N_("Give goodwill"),
    P.PRICE_OVERRIDE: N_("Sell below the lowest price and answer requests for it"),
    P.PRICE_EDIT: N_("Change price lists and limits"),
    P.PROMOTION_EDIT: N_("Change promotions"),
    P.PAYMENT_READ: N_("See payments and receivables"),
    P.PAYMENT_RECORD: N_("Record payments and refunds"),
    P.STATEMENT_EDIT: N_("Draw and send statements"),
    P.STATEMENT_ANSWER: N_("Answer a statement by its link"),
    P.CREDIT_EDIT: N_("Set terms and credit limits"),
    P.CREDIT_APPROVE: N_("Approve beyond the credit limit"),
    P.ORDER_IMPORT: N_("Import orders"),
    P.SALES_ANALYSE: N_("See analyses"),
    P.ALERT_MANAGE: N_("Manage everybody's alerts"),
    P.SALES_EXPORT: N_("Export figures"),
    P.VIEW_PUBLISH: N_("Share views with the team"),
    P.TEAM_READ: N_("See the whole team's figures"),
    P.TARGET_PLAN: N_("Plan targets"),
    P.USER_EDIT: N_("Manage users and roles"),
    P.AUDIT_READ: N_("Read the audit trail"),
    P.SYSTEM_OPERATE: N_("Operate the system"),
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Products and prices"), ("product", "price", "promotion", "cost", "period")),
    (N_("Customers"), ("customer", "care")),
    (N_("Orders and returns"), ("order", "return", "claim", "goodwill", "recall")),
    (N_("Money"), ("payment", "statement", "credit")),
    (N_("Stock"), ("stock", "lot", "count", "warehouse", "supplier")),
    (N_("Figures"), ("sales", "alert", "view", "team", "target")),
    (N_("Administration"), ("user", "audit", "system")),
)


@dataclass(frozen=True)
class Conflict:
    """Two rights that one person should not have together, and what could come of it."""

    first: P
    second: P
    danger: str


CONFLICTS = (
    Conflict(P.ORDER_EDIT, P.CREDIT_APPROVE, N_("enters an order and approves it beyond the credit limit")),
    Conflict(P.ORDER_EDIT, P.PRICE_OVERRIDE, N_("enters an order and approves its price")),
    Conflict(P.CUSTOMER_EDIT, P.CREDIT_EDIT, N_("makes a customer and sets the credit limit")),
    Conflict(P.COUNT_ENTER, P.COUNT_APPROVE, N_("counts goods and approves the difference")),
    Conflict(P.RETURN_RECEIVE, P.PAYMENT_RECORD, N_("takes goods back and pays the refund")),
    Conflict(P.STOCK_MOVE, P.COST_EDIT, N_("receives goods and corrects their cost")),
    Conflict(P.ORDER_EDIT, P.PAYMENT_RECORD, N_("enters an order and records its payment")),
)
"""Pairs that an auditor asks about."""


def conflicts_of(permissions: Iterable[P]) -> list[Conflict]:
    """The pairs that these rights hold together."""
    held = frozenset(permissions)
    return [each for each in CONFLICTS if each.first in held and each.second in held]


def permission_label(permission: P) -> str:
    """What a permission means, as a marked text."""
    return PERMISSION_LABELS.get(permission, permission.value)


def grouped_permissions() -> list[tuple[str, tuple[P, ...]]]:
    """What a role can be given, in groups; a noun that no group names stands with the administration."""
    named = {noun for _, nouns in GROUPS for noun in nouns}
    given = [each for each in P if each not in OUTSIDE | EVERYONE]
    groups = [(title, [each for each in given if _noun(each) in nouns]) for title, nouns in GROUPS]
    groups[-1][1].extend(each for each in given if _noun(each) not in named)
    return [(title, tuple(each)) for title, each in groups]


def role_name_of(typed: str) -> str:
    """The name as it is kept; `RoleNameMissing` where it is empty or too long."""
    name = " ".join(typed.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise RoleNameMissing
    return name


def refuse_beyond(giver: Actor, permissions: Iterable[P]) -> None:
    """Refuse to give what the giver does not hold."""
    for each in sorted(frozenset(permissions) - OUTSIDE - giver.permissions):
        raise BeyondOwnRights(permission=permission_label(each))


def _noun(permission: P) -> str:
    return permission.value.partition(":")[0]
