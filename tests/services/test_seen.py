"""Small records without a version: a change refuses where the record is no longer what was seen."""

from collections.abc import Callable
from typing import Any

import pytest

from core.accounts.service import change_user
from core.base.errors import StaleVersion
from core.catalog.categories import add_category, rename_category
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.allocation import NO_DATES
from core.stock.lots import edit_lot
from core.stock.models import Location, Lot
from core.stock.service import edit_warehouse
from core.stock.tree import edit_place
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.pages.app import a_user
from tests.traces import everything

Change = tuple[Callable[..., Any], dict[str, Any], dict[str, Any], dict[str, Any]]


@pytest.fixture(params=["warehouse", "place", "lot", "user", "category"])
def change(request: pytest.FixtureRequest, any_store: Store) -> Change:
    """A command, what it is to make, what was seen, and what somebody else makes of it meanwhile."""
    with any_store.working(SYSTEM) as uow:
        a_warehouse(uow)
        add_category(uow, "Cups")
        lot = uow.add(Lot(variant_id=a_product(uow).id, number="L1", created_at=uow.now))
        place = uow.session.query(Location).filter_by(warehouse_id=1).one()
    user_id = a_user(any_store, Role.SALES, username="wei")
    of_house = {"code": "MAIN", "name": "MAIN warehouse", "is_active": True}
    of_place = {"code": "", "name": "MAIN warehouse", "is_active": True}
    of_user = {"name": "Wei", "roles": {Role.SALES}}
    changes: dict[str, Change] = {
        "warehouse": (edit_warehouse, {"warehouse_id": 1, **of_house}, of_house, {"name": "East"}),
        "place": (edit_place, {"place_id": place.id, **of_place}, of_place, {"name": "Shelf"}),
        "lot": (edit_lot, {"lot_id": lot.id, "dates": NO_DATES}, {"dates": NO_DATES, "note": ""}, {"note": "dented"}),
        "user": (change_user, {"user_id": user_id, **of_user}, of_user, {"roles": {Role.SALES, Role.FINANCE}}),
        "category": (rename_category, {"category_id": 1, "name": "Cups"}, {"name": "Cups"}, {"name": "Mugs"}),
    }
    return changes[request.param]


def test_a_change_of_what_was_seen_is_made(any_store: Store, change: Change) -> None:
    command, facts, seen, other = change
    any_store.run(SYSTEM, command, None, **{**facts, **other}, seen=seen)


def test_a_change_after_somebody_elses_is_refused_and_changes_nothing(any_store: Store, change: Change) -> None:
    command, facts, seen, other = change
    any_store.run(SYSTEM, command, None, **{**facts, **other}, seen=seen)
    before = everything(any_store)
    with pytest.raises(StaleVersion):
        any_store.run(SYSTEM, command, None, **facts, seen=seen)
    assert everything(any_store) == before
