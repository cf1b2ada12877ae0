"""Price lists: adding, changing, publishing and withdrawing them and their rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import flag_modified

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.search import one_line
from core.pricing.errors import EqualRules, ListNameTaken, NothingPromised
from core.pricing.models import OfferState, PriceList, PriceListRule
from core.pricing.resolve import RULES, rule_of, target_name
from core.pricing.rules.formula import parse_formula
from core.pricing.rules.prices import USUAL_PRIORITY, Audience, PriceRule, Target, equal_rules
from core.pricing.rules.terms import checked_priority, offer_name
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork, changes_of

HIGHEST_PRICE = Decimal(10_000_000_000)


@dataclass(frozen=True)
class PriceListEntry:
    """A price list as it is typed: whom it is for, its priority (1 comes first), its period."""

    name: str
    audience: Audience = Audience.EVERYONE
    audience_id: int | None = None
    priority: int = USUAL_PRIORITY
    since: date | None = None
    until: date | None = None
    note: str = ""


@dataclass(frozen=True)
class PriceRuleEntry:
    """A rule as it is typed: what it is for, and a price for so many stock units or a formula for one."""

    target: Target = Target.ALL
    target_id: int | None = None
    price: Decimal | None = None
    formula: str = ""
    per_quantity: Decimal = Decimal(1)
    min_quantity: Decimal = ZERO
    max_quantity: Decimal | None = None
    since: date | None = None
    until: date | None = None
    priority: int = USUAL_PRIORITY


@command(P.PRICE_EDIT)
def add_price_list(uow: UnitOfWork, entry: PriceListEntry) -> int:
    """Begin a price list; nobody pays by it until it is published. Refuses a name that is taken."""
    listed = PriceList(created_at=uow.now, state=OfferState.DRAFT)
    _fill(listed, entry)
    _save(uow, listed)
    uow.audit("price_list.added", listed, name=listed.name)
    return listed.id


@command(P.PRICE_EDIT)
def edit_price_list(uow: UnitOfWork, list_id: int, entry: PriceListEntry, *, version: int) -> int:
    """Change whom, when and how early a list counts. Refuses what would make two rules equal."""
    listed = _list(uow, list_id, version)
    _fill(listed, entry)
    changed = changes_of(listed)
    _save(uow, listed)
    _refuse_equal(uow, listed)
    uow.audit("price_list.edited", listed, name=listed.name, changes=changed)
    return list_id


@command(P.PRICE_EDIT)
def add_price_rule(uow: UnitOfWork, list_id: int, entry: PriceRuleEntry) -> int:
    """Add a rule to a list. Refuses one that could be first together with another one."""
    listed = _list(uow, list_id)
    rule = PriceListRule(price_list_id=list_id)
    _fill_rule(rule, entry)
    _save_rule(uow, rule)
    _refuse_equal(uow, listed, rule)
    flag_modified(listed, "name")  # another rule is a new version of the list
    uow.audit("price_list.rule_added", listed, name=listed.name, rule=_facts(rule))
    return rule.id


@command(P.PRICE_EDIT)
def add_price_rules(uow: UnitOfWork, list_id: int, entries: Iterable[PriceRuleEntry]) -> None:
    """Add many rules at once, all of them or, where two would be equal, none."""
    listed = _list(uow, list_id)
    rules = []
    for entry in entries:
        rule = PriceListRule(price_list_id=list_id)
        _fill_rule(rule, entry)
        rules.append(rule)
    uow.session.add_all(rules)
    _flush(uow)
    _refuse_equal(uow, listed)
    flag_modified(listed, "name")
    uow.audit("price_list.rules_added", listed, name=listed.name, rules=[_facts(rule) for rule in rules])


@command(P.PRICE_EDIT)
def edit_price_rule(uow: UnitOfWork, rule_id: int, entry: PriceRuleEntry) -> int:
    """Change a rule; orders keep the prices they have. Refuses one that would equal another."""
    rule = _rule(uow, rule_id)
    listed = _list(uow, rule.price_list_id)
    before = _facts(rule)
    _fill_rule(rule, entry)
    _save_rule(uow, rule)
    _refuse_equal(uow, listed, rule)
    flag_modified(listed, "name")
    uow.audit("price_list.rule_edited", listed, name=listed.name, before=before, after=_facts(rule))
    return rule_id


@command(P.PRICE_EDIT)
def remove_price_rule(uow: UnitOfWork, rule_id: int) -> None:
    """Take a rule off its list; orders keep the prices they have."""
    rule = _rule(uow, rule_id)
    listed = _list(uow, rule.price_list_id)
    facts = _facts(rule)
    uow.session.delete(rule)
    flag_modified(listed, "name")
    uow.audit("price_list.rule_removed", listed, name=listed.name, rule=facts)


@command(P.PRICE_EDIT)
def publish_price_list(uow: UnitOfWork, list_id: int) -> int:
    """Let customers pay by a list from now on. Refuses an empty one, and rules that equal those of others."""
    listed = _list(uow, list_id)
    if uow.session.scalar(select(func.count()).where(PriceListRule.price_list_id == list_id)) == 0:
        raise NothingPromised(name=listed.name)
    listed.state = OfferState.PUBLISHED
    uow.session.flush()
    _refuse_equal(uow, listed)
    uow.audit("price_list.published", listed, name=listed.name)
    return list_id


@command(P.PRICE_EDIT)
def withdraw_price_list(uow: UnitOfWork, list_id: int) -> int:
    """Let nobody pay by a list any more; orders keep the prices they have. Doing it twice is no harm."""
    listed = _list(uow, list_id)
    listed.state = OfferState.WITHDRAWN
    uow.audit("price_list.withdrawn", listed, name=listed.name)
    return list_id


def _list(uow: UnitOfWork, list_id: int, version: int | None = None) -> PriceList:
    """The list, with all lists locked: two equal rules can only be ruled out while nobody else adds one."""
    lists = uow.session.scalars(select(PriceList).order_by(PriceList.id).with_for_update())
    listed = {each.id: each for each in lists}.get(list_id)
    if listed is None:
        raise NotFound(what=N_("The price list"))
    if version is not None and listed.version != version:
        raise StaleVersion(what=listed.name)
    return listed


def _rule(uow: UnitOfWork, rule_id: int) -> PriceListRule:
    rule = uow.session.get(PriceListRule, rule_id)
    if rule is None:
        raise NotFound(what=N_("The price rule"))
    return rule


def _fill(listed: PriceList, entry: PriceListEntry) -> None:
    _check_period(entry.since, entry.until)
    if (entry.audience == Audience.EVERYONE) != (entry.audience_id is None):
        raise InvalidInput(field=N_("Whom it is for"), reason=N_("must not be empty. Enter it and try again."))
    listed.name = offer_name(entry.name)
    listed.audience = entry.audience
    listed.customer_id = entry.audience_id if entry.audience == Audience.CUSTOMER else None
    listed.customer_tag_id = entry.audience_id if entry.audience == Audience.TAG else None
    listed.channel_id = entry.audience_id if entry.audience == Audience.CHANNEL else None
    listed.priority = checked_priority(entry.priority)
    listed.since, listed.until = entry.since, entry.until
    listed.note = entry.note.strip()[:500]


def _fill_rule(rule: PriceListRule, entry: PriceRuleEntry) -> None:
    _check_period(entry.since, entry.until)
    if (entry.target == Target.ALL) != (entry.target_id is None):
        raise InvalidInput(field=N_("What it is for"), reason=N_("must not be empty. Enter it and try again."))
    formula = one_line(entry.formula).casefold()
    if (entry.price is None) == (not formula):
        raise InvalidInput(field=N_("Unit price"), reason=N_("enter either a price or a formula."))
    if formula:
        parse_formula(formula)
    if entry.price is not None and not (ZERO <= entry.price <= HIGHEST_PRICE and fits(entry.price, PRICE_PLACES)):
        raise InvalidInput(field=N_("Unit price"), reason=N_("enter a price of zero or more with at most 4 decimals."))
    most = entry.min_quantity if entry.max_quantity is None else entry.max_quantity
    quantities = (entry.min_quantity, most, entry.per_quantity)
    if any(each < ZERO or not fits(each, QUANTITY_PLACES) for each in quantities) or not entry.per_quantity:
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    if most < entry.min_quantity:
        raise InvalidInput(field=N_("Quantity"), reason=N_("the largest must not be smaller than the smallest."))
    rule.variant_id = entry.target_id if entry.target == Target.VARIANT else None
    rule.product_id = entry.target_id if entry.target == Target.PRODUCT else None
    rule.category_id = entry.target_id if entry.target == Target.CATEGORY else None
    rule.price, rule.formula, rule.per_quantity = entry.price, formula, entry.per_quantity
    rule.min_quantity, rule.max_quantity = entry.min_quantity, entry.max_quantity
    rule.since, rule.until = entry.since, entry.until
    rule.priority = checked_priority(entry.priority)


def _check_period(since: date | None, until: date | None) -> None:
    if since and until and until <= since:
        raise InvalidInput(field=N_("Validity"), reason=N_("the end must lie after the beginning."))


def _save(uow: UnitOfWork, listed: PriceList) -> None:
    taken = uow.session.scalar(
        select(PriceList.id).where(
            func.lower(PriceList.name) == func.lower(listed.name), PriceList.id.is_distinct_from(listed.id)
        )
    )
    if taken is not None:
        raise ListNameTaken(name=listed.name)
    uow.session.add(listed)
    _flush(uow)


def _save_rule(uow: UnitOfWork, rule: PriceListRule) -> None:
    uow.session.add(rule)
    _flush(uow)


def _flush(uow: UnitOfWork) -> None:
    """Write; a reference that leads nowhere was deleted meanwhile."""
    try:
        with uow.session.begin_nested():
            uow.session.flush()
    except IntegrityError as error:
        raise NotFound(what=N_("What the price is for")) from error


def _refuse_equal(uow: UnitOfWork, listed: PriceList, rule: PriceListRule | None = None) -> None:
    """Refuse when a rule of this list, or this one rule, could be first together with another one.

    A list that is not published yet is compared with itself alone; it meets the others when it is.
    """
    uow.session.flush()
    meets = PriceList.id == listed.id
    if listed.state == OfferState.PUBLISHED:
        meets = (
            (PriceList.state == OfferState.PUBLISHED)
            & (PriceList.audience == listed.audience)
            & (PriceList.priority == listed.priority)
        )
    wanted = RULES.where(meets)
    if rule is not None:
        wanted = wanted.where(
            PriceListRule.priority == rule.priority,
            PriceListRule.min_quantity == rule.min_quantity,
            PriceListRule.variant_id.is_not_distinct_from(rule.variant_id),
            PriceListRule.product_id.is_not_distinct_from(rule.product_id),
            PriceListRule.category_id.is_not_distinct_from(rule.category_id),
        )
    rules = [rule_of(row) for row in uow.session.execute(wanted)]
    for one, other in equal_rules(rules):
        if listed.id in {one.list_id, other.list_id} and (rule is None or rule.id in {one.id, other.id}):
            _raise_equal(uow, listed, one, other)


def _raise_equal(uow: UnitOfWork, listed: PriceList, one: PriceRule, other: PriceRule) -> None:
    strange = other if one.list_id == listed.id else one
    raise EqualRules(other=strange.list_name, target=target_name(uow, strange))


def _facts(rule: PriceListRule) -> dict[str, Any]:
    names = ("variant_id", "product_id", "category_id", "min_quantity", "max_quantity", "since", "until", "priority")
    more = ("price", "per_quantity", "formula")
    return {name: getattr(rule, name) for name in (*names, *more) if getattr(rule, name) not in {None, ""}}
