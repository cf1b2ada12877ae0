"""What an entry of the audit trail changed: field by field, before and after."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.accounts.duty_models import DUTY_LABELS
from core.accounts.role_rules import PERMISSION_LABELS
from core.base.i18n import N_
from core.catalog.models import PRODUCT_KIND_LABELS, PRODUCT_STATUS_LABELS, TRACKING_LABELS
from core.catalog.rules import FIELD_LABELS as PRODUCT_FIELDS
from core.customers.models import CUSTOMER_KIND_LABELS
from core.customers.rules import FIELD_LABELS as CUSTOMER_FIELDS
from core.receivables.models import PAYMENT_METHOD_LABELS, TERMS_LABELS
from core.sales.models import (
    BUSINESS_STATE_LABELS,
    PAYMENT_STATE_LABELS,
    RETURN_STATE_LABELS,
    SHIPMENT_STATE_LABELS,
    STATEMENT_STATE_LABELS,
)
from core.security.permissions import ROLE_LABELS
from core.suppliers.rules import FIELD_LABELS as SUPPLIER_FIELDS
from pages._shared.tables import yes_no
from pages._shared.text import _

FIELDS: Mapping[str, str] = {
    **PRODUCT_FIELDS,
    **SUPPLIER_FIELDS,
    **CUSTOMER_FIELDS,
    "name": N_("Name"),
    "number": N_("Number"),
    "reason": N_("Reason"),
    "amount": N_("Amount"),
    "quantity": N_("Quantity"),
    "unit_price": N_("Price"),
    "lines": N_("Lines"),
    "second_person": N_("A second person"),
    "roles": N_("Roles"),
    "roles_before": N_("Roles before"),
    "username": N_("User name"),
    "address": N_("Address"),
    "is_enabled": N_("May sign in"),
    "is_active": N_("In use"),
    "is_blocked": N_("Blocked"),
    "category_id": N_("Category"),
    "kind": N_("Kind"),
    "status": N_("Status"),
    "tracking": N_("Tracking"),
    "barcodes": N_("Barcodes"),
    "tags": N_("Tags"),
    "contacts": N_("Contacts"),
    "addresses": N_("Addresses"),
    "channel_id": N_("Channel"),
    "owner_id": N_("Owner"),
    "business_state": N_("State of the order"),
    "payment_state": N_("State of payment"),
    "shipment_state": N_("State of shipment"),
    "return_state": N_("State of returns"),
    "statement_state": N_("State of statement"),
    "paid_amount": N_("Paid"),
    "method": N_("Method"),
    "credit_limit": N_("Credit limit"),
    "terms_days": N_("Days to pay"),
    "carrier": N_("Carrier"),
    "gross": N_("Amount"),
    "wanted_on": N_("Wished-for day"),
    "wanted_before": N_("Wished-for day before"),
    "wanted_after": N_("Wished-for day after"),
    "ship_by": N_("Leaves by"),
    "entries": N_("Entries"),
    "differences": N_("Differences"),
    "filter": N_("Filter"),
    "given": N_("Rights given"),
    "taken": N_("Rights taken away"),
    "like": N_("Made like"),
    "purpose": N_("Purpose"),
    "team": N_("Belongs to team"),
    "customers": N_("Customers"),
    "warehouses": N_("Warehouses"),
}
_WORDS: Mapping[str, Mapping[Any, str]] = {
    "second_person": DUTY_LABELS,
    "business_state": BUSINESS_STATE_LABELS,
    "payment_state": PAYMENT_STATE_LABELS,
    "shipment_state": SHIPMENT_STATE_LABELS,
    "return_state": RETURN_STATE_LABELS,
    "statement_state": STATEMENT_STATE_LABELS,
    "status": PRODUCT_STATUS_LABELS,
    "tracking": TRACKING_LABELS,
    "kind": {**PRODUCT_KIND_LABELS, **CUSTOMER_KIND_LABELS},
    "method": PAYMENT_METHOD_LABELS,
    "terms": TERMS_LABELS,
    "roles": ROLE_LABELS,
    "roles_before": ROLE_LABELS,
    "given": PERMISSION_LABELS,
    "taken": PERMISSION_LABELS,
}
_PAIRS = {"barcodes", "tags", "contacts", "addresses"}
_HIDDEN = {"search_text", "initials", "version", "permissions", "former"}


def changes_of(facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Field, before, after; what was only told stands under after."""
    return [
        (_name(field), _value(field, before), _value(field, after))
        for field, before, after in _each(facts)
        if field not in _HIDDEN
    ]


def _each(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for holder in ("changed", "variant", "changes", "custom"):
        if isinstance(facts.get(holder), dict):
            for field, pair in facts[holder].items():
                yield (field, *pair) if _is_pair(pair) else (field, None, pair)
    before, after = facts.get("before"), facts.get("after")
    if isinstance(after, dict):
        was = before if isinstance(before, dict) else {}
        for field, now in after.items():
            if was.get(field) != now:
                yield field, was.get(field), now
    elif "after" in facts or "before" in facts:
        yield "value", before, after
    for field, fact in facts.items():
        if field in ("changed", "variant", "changes", "custom", "before", "after") and (
            isinstance(fact, dict) or "after" in field
        ):
            continue
        if field != "before":
            yield (field, *fact) if _is_pair(fact) and (field in _PAIRS or field == "name") else (field, None, fact)


def _is_pair(fact: Any) -> bool:
    return isinstance(fact, list) and len(fact) == 2


def _name(field: str) -> str:
    return _(FIELDS[field]) if field in FIELDS else field.replace("_", " ")


def _value(field: str, fact: Any) -> str:
    if fact is None or fact == "" or fact == [] or fact == {}:
        return ""
    if isinstance(fact, bool):
        return yes_no(fact)
    words = _WORDS.get(field, {})
    if isinstance(fact, str):
        return _(words[fact]) if fact in words else fact
    if isinstance(fact, list) and all(isinstance(each, str) for each in fact):
        return ", ".join(_value(field, each) for each in fact)
    if isinstance(fact, list) and all(isinstance(each, dict) for each in fact):
        return "; ".join(_pieces(each) for each in fact)
    return _pieces(fact) if isinstance(fact, dict) else json.dumps(fact, ensure_ascii=False)


def _pieces(fact: Mapping[str, Any]) -> str:
    return ", ".join(f"{_name(field)} {_value(field, each)}" for field, each in fact.items() if each not in (None, ""))
