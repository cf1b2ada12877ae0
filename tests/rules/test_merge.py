"""Two changes of one record: disjoint ones both count, equal ones are no conflict, and nothing typed is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import StaleVersion
from core.base.merge import refuse_changed, result_of, three_way

NAMES = ("name", "phone", "note", "price")
RECORD = st.fixed_dictionaries({name: st.integers(0, 3) for name in NAMES})
WORDS = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)


def both(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any], **chosen: Any) -> dict[str, Any]:
    return result_of(theirs, three_way(base, mine, theirs), chosen)


def test_what_only_one_side_changed_is_taken_and_what_both_changed_is_asked() -> None:
    base = {"name": "Mug", "price": 10, "unit": "pcs", "note": ""}
    mine = {**base, "price": 12, "note": "blue", "unit": "set"}
    theirs = {**base, "price": 11, "name": "Tea mug", "unit": "set"}

    fields = three_way(base, mine, theirs)

    assert [(each.name, each.result, each.is_conflict) for each in fields] == [
        ("name", "Tea mug", False),
        ("price", 12, True),
        ("unit", "set", False),
        ("note", "blue", False),
    ]
    assert both(base, mine, theirs, price=11) == {"name": "Tea mug", "price": 11, "unit": "set", "note": "blue"}


def test_tags_added_and_taken_away_by_both_are_merged_one_by_one() -> None:
    base, mine, theirs = {"tags": ("a", "b", "c")}, {"tags": ("b", "c", "x")}, {"tags": ("a", "b", "y")}
    (field,) = three_way(base, mine, theirs)
    assert (field.result, field.is_conflict) == (("b", "y", "x"), False)


@given(RECORD, RECORD, st.sets(st.sampled_from(NAMES)))
def test_disjoint_changes_are_both_made(base: dict[str, Any], changed: dict[str, Any], ours: set[str]) -> None:
    mine = {name: changed[name] if name in ours else base[name] for name in NAMES}
    theirs = {name: base[name] if name in ours else changed[name] for name in NAMES}
    assert both(base, mine, theirs) == changed
    assert not any(each.is_conflict for each in three_way(base, mine, theirs))


@given(RECORD, RECORD)
def test_equal_changes_are_no_conflict(base: dict[str, Any], changed: dict[str, Any]) -> None:
    assert both(base, changed, changed) == changed
    assert not any(each.is_conflict for each in three_way(base, changed, changed))


@given(RECORD, RECORD)
def test_who_changed_nothing_gets_what_stands(base: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert both(base, base, theirs) == theirs
    assert both(base, theirs, base) == theirs


@given(RECORD, RECORD, RECORD)
def test_a_conflict_is_where_three_values_meet_and_either_may_be_chosen(
    base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]
) -> None:
    conflicts = {each.name for each in three_way(base, mine, theirs) if each.is_conflict}
    assert conflicts == {name for name in NAMES if len({base[name], mine[name], theirs[name]}) == 3}
    chosen = {name: theirs[name] for name in conflicts}
    assert all(both(base, mine, theirs, **chosen)[name] == theirs[name] for name in conflicts)


@given(WORDS, WORDS, WORDS)
def test_no_word_that_one_side_added_is_lost_and_none_taken_away_comes_back(base: Any, mine: Any, theirs: Any) -> None:
    merged = set(both({"tags": base}, {"tags": mine}, {"tags": theirs})["tags"])
    assert merged == (set(base) & set(mine) & set(theirs)) | (set(mine) - set(base)) | (set(theirs) - set(base))


def test_what_was_not_seen_so_is_refused() -> None:
    refuse_changed("Main", {"name": "Main", "code": "M"}, None)
    refuse_changed("Main", {"name": "Main", "code": "M"}, {"name": "Main"})
    with pytest.raises(StaleVersion):
        refuse_changed("Main", {"name": "Main", "code": "M"}, {"name": "East"})
