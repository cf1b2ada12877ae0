"""The permissions, the roles that come with the product, and what each may do until a company says otherwise."""

from enum import StrEnum

from core.base.i18n import N_


class P(StrEnum):
    """A permission, `noun:verb`.

    `SIGN_IN` belongs to visitors alone, `STATEMENT_ANSWER` to who holds the link of a statement, and `ACCOUNT_OWN`
    to everybody who is signed in.
    """

    SIGN_IN = "sign_in:attempt"
    ACCOUNT_OWN = "account:own"
    PRODUCT_READ = "product:read"
    PRODUCT_EDIT = "product:edit"
    COST_READ = "cost:read"
    COST_EDIT = "cost:edit"
    PERIOD_CLOSE = "period:close"
    CUSTOMER_READ = "customer:read"
    CUSTOMER_EDIT = "customer:edit"
    CUSTOMER_GRADE = "customer:grade"
    CUSTOMER_REVEAL = "customer:reveal"
    CARE_PLAN = "care:plan"
    CARE_HANDLE = "care:handle"
    SUPPLIER_READ = "supplier:read"
    SUPPLIER_EDIT = "supplier:edit"
    STOCK_READ = "stock:read"
    STOCK_MOVE = "stock:move"
    STOCK_POLICY = "stock:policy"
    LOT_EDIT = "lot:edit"
    LOT_SHIP_EXPIRED = "lot:ship_expired"
    COUNT_READ = "count:read"
    COUNT_PLAN = "count:plan"
    COUNT_ENTER = "count:enter"
    COUNT_APPROVE = "count:approve"
    WAREHOUSE_EDIT = "warehouse:edit"
    ORDER_READ = "order:read"
    ORDER_EDIT = "order:edit"
    ORDER_CONFIRM = "order:confirm"
    ORDER_SHIP = "order:ship"
    ORDER_CANCEL = "order:cancel"
    RECALL_CONTACT = "recall:contact"
    RETURN_REQUEST = "return:request"
    RETURN_RECEIVE = "return:receive"
    RETURN_REASONS = "return:reasons"
    CLAIM_ACCEPT = "claim:accept"
    GOODWILL_GIVE = "goodwill:give"
    PRICE_OVERRIDE = "price:override"
    PRICE_EDIT = "price:edit"
    PROMOTION_EDIT = "promotion:edit"
    PAYMENT_READ = "payment:read"
    PAYMENT_RECORD = "payment:record"
    STATEMENT_EDIT = "statement:edit"
    STATEMENT_ANSWER = "statement:answer"
    CREDIT_EDIT = "credit:edit"
    CREDIT_APPROVE = "credit:approve"
    ORDER_IMPORT = "order:import"
    SALES_ANALYSE = "sales:analyse"
    ALERT_MANAGE = "alert:manage"
    SALES_EXPORT = "sales:export"
    VIEW_PUBLISH = "view:publish"
    TEAM_READ = "team:read"
    TARGET_PLAN = "target:plan"
    USER_EDIT = "user:edit"
    AUDIT_READ = "audit:read"
    SYSTEM_OPERATE = "system:operate"


class Role(StrEnum):
    """What somebody is here for."""

    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    SALES = "sales"
    SERVICE = "service"
    WAREHOUSE = "warehouse"
    BUYER = "buyer"
    FINANCE = "finance"


ROLE_LABELS = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.MANAGER: N_("Manager"),
    Role.SALES: N_("Sales"),
    Role.SERVICE: N_("Customer service"),
    Role.WAREHOUSE: N_("Warehouse"),
    Role.BUYER: N_("Buyer"),
    Role.FINANCE: N_("Finance"),
}

_EVERYONE = {P.ACCOUNT_OWN, P.PRODUCT_READ, P.STOCK_READ}
_SELLING = {P.CUSTOMER_READ, P.CUSTOMER_EDIT, P.ORDER_READ, P.ORDER_EDIT, P.ORDER_CONFIRM, P.ORDER_CANCEL}
_SELLING |= {P.RETURN_REQUEST}

OUTSIDE = frozenset({P.SIGN_IN, P.STATEMENT_ANSWER})
EVERYONE = frozenset({P.ACCOUNT_OWN})

ROLE_PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.ADMINISTRATOR: frozenset(P) - OUTSIDE,
    Role.MANAGER: frozenset(P) - OUTSIDE - {P.USER_EDIT, P.SYSTEM_OPERATE},
    Role.SALES: frozenset(
        _EVERYONE | _SELLING | {P.PAYMENT_READ, P.SALES_ANALYSE, P.SALES_EXPORT, P.CARE_PLAN, P.CARE_HANDLE}
    ),
    Role.SERVICE: frozenset(
        _EVERYONE
        | {P.CUSTOMER_READ, P.CUSTOMER_EDIT, P.ORDER_READ, P.PAYMENT_READ, P.RETURN_REQUEST, P.RECALL_CONTACT}
        | {P.CARE_HANDLE}
    ),
    Role.WAREHOUSE: frozenset(
        _EVERYONE
        | {P.STOCK_MOVE, P.LOT_EDIT, P.SUPPLIER_READ, P.COUNT_READ, P.COUNT_ENTER}
        | {P.ORDER_READ, P.ORDER_SHIP, P.CUSTOMER_READ, P.RETURN_RECEIVE}
    ),
    Role.BUYER: frozenset(
        _EVERYONE | {P.PRODUCT_EDIT, P.COST_READ, P.STOCK_MOVE, P.LOT_EDIT} | {P.SUPPLIER_READ, P.SUPPLIER_EDIT}
    ),
    Role.FINANCE: frozenset(
        _EVERYONE
        | {P.CUSTOMER_READ, P.ORDER_READ, P.PAYMENT_READ, P.PAYMENT_RECORD, P.SALES_ANALYSE, P.SALES_EXPORT}
        | {P.COST_READ, P.COST_EDIT, P.PERIOD_CLOSE, P.SUPPLIER_READ, P.COUNT_READ, P.COUNT_APPROVE}
        | {P.STATEMENT_EDIT, P.CREDIT_EDIT, P.CREDIT_APPROVE, P.TEAM_READ, P.VIEW_PUBLISH}
    ),
}
