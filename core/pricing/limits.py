"""Thresholds of margins by category, and how far below the lowest price each role may go."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.base.errors import InvalidInput, NotFound
from core.base.exact import RATE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Category
from core.pricing.limit_models import MarginRule, PriceFloor
from core.pricing.rules.margins import Thresholds
from core.security.permissions import P
from core.security.role_models import RoleRecord
from core.security.roles import RoleName, all_roles
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

ONE = Decimal(1)


@dataclass(frozen=True)
class MarginRuleRow:
    """Thresholds of a category, or (None) of the company."""

    category_id: int | None
    thresholds: Thresholds


@command(P.PRICE_EDIT)
def set_margin_rule(uow: UnitOfWork, *, category_id: int | None = None, thresholds: Thresholds | None) -> None:
    """From which share on a margin of a category, or of the company, is green and amber; None: as those above it."""
    if category_id is not None and uow.session.get(Category, category_id) is None:
        raise NotFound(what=N_("The category"))
    if thresholds is not None:
        _refuse_thresholds(thresholds)
    of_it = MarginRule.category_id.is_(None) if category_id is None else MarginRule.category_id == category_id
    rule = uow.session.scalars(select(MarginRule).where(of_it).with_for_update()).one_or_none()
    if thresholds is None and rule is not None:
        uow.session.delete(rule)
    elif thresholds is not None:
        rule = rule or MarginRule(category_id=category_id)
        rule.green_from, rule.amber_from = thresholds.green, thresholds.amber
        uow.add(rule)
    said = [thresholds.green, thresholds.amber] if thresholds else None
    uow.audit("price.margin_rule_set", None, category=category_id, thresholds=said)


@command(P.PRICE_EDIT)
def set_price_floor(uow: UnitOfWork, role: str, below: Decimal) -> None:
    """By which share a role may sell below the lowest price without asking; zero: not at all."""
    if not (ZERO <= below < ONE and fits(below, RATE_PLACES)):
        raise InvalidInput(field=N_("Below the lowest price"), reason=N_("enter 0 to 99 per cent."))
    if uow.session.scalar(select(RoleRecord.id).where(RoleRecord.code == role)) is None:
        raise NotFound(what=N_("The role"))
    floor = uow.session.get(PriceFloor, role, with_for_update=True)
    if below == ZERO:
        if floor is not None:
            uow.session.delete(floor)
    elif floor is None:
        uow.add(PriceFloor(role=role, below=below))
    else:
        floor.below = below
    uow.audit("price.floor_set", None, role=role, below=below)


@query(P.PRICE_EDIT)
def margin_rules(scope: Scope) -> list[MarginRuleRow]:
    """The thresholds that are set, the company's first."""
    rules = thresholds_by_category(scope)
    return [MarginRuleRow(each, rules[each]) for each in sorted(rules, key=lambda each: each or 0)]


@query(P.PRICE_EDIT)
def price_floors(scope: Scope) -> dict[str, Decimal]:
    """By which share each role may go below the lowest price, where it may."""
    return {row.role: row.below for row in scope.session.scalars(select(PriceFloor))}


@query(P.PRICE_EDIT)
def roles_that_ask(scope: Scope) -> list[RoleName]:
    """Roles that sell and need an approval below the lowest price, unless a floor of theirs lets them."""
    asking = (role for role in all_roles(scope.session) if P.ORDER_EDIT in role.granted)
    return [RoleName(role.code, role.label) for role in asking if P.PRICE_OVERRIDE not in role.granted]


def thresholds_by_category(scope: Scope) -> dict[int | None, Thresholds]:
    """The thresholds of each category that has some, and (None) of the company."""
    found = scope.session.scalars(select(MarginRule))
    return {rule.category_id: Thresholds(rule.green_from, rule.amber_from) for rule in found}


def below_lowest(session: Session, roles: Collection[str]) -> Decimal:
    """By which share somebody with these roles may go below the lowest price: that of the role that may most."""
    return max(session.scalars(select(PriceFloor.below).where(PriceFloor.role.in_(roles))), default=ZERO)


def _refuse_thresholds(thresholds: Thresholds) -> None:
    both = (thresholds.amber, thresholds.green)
    if not all(fits(each, RATE_PLACES) and -ONE <= each <= ONE for each in both) or both[0] > both[1]:
        raise InvalidInput(
            field=N_("Thresholds"), reason=N_("enter -100 to 100 per cent, and for thin margins no more than for good.")
        )
