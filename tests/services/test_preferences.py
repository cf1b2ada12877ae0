"""Preferences, kept views and habits: each person's own, taken along as a file, and never half brought in."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from core.accounts.errors import (
    LookNameTaken,
    LookNeedsName,
    NoPreferences,
    PreferencesTooLarge,
    TooManyLooks,
    UnknownPreference,
)
from core.accounts.habits import Hint, count_picks, forget_habits, habit_hint, mark_hint
from core.accounts.preference_rules import Choices, Density, NumberStyle, Preferences, Theme, kept
from core.accounts.preferences import (
    drop_look,
    keep_look,
    own_looks,
    own_preferences,
    preferences_file,
    publish_look,
    rename_look,
    reset_own_preferences,
    set_own_preferences,
    take_preferences,
    team_looks,
)
from core.audit.models import AuditEntry
from core.base.errors import NotFound
from core.security.actor import SYSTEM, VISITOR, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import a_user

CHOICES = Choices({"products": ("unit", "category")}, ("sales/orders", "stock/levels"), ("newest", "menu"))
LIKED = Preferences(
    Theme.DARK,
    Density.DENSE,
    NumberStyle.FULL,
    {"products": ("category", "unit")},
    ("stock/levels", "sales/orders"),
    ("menu",),
    hints=False,
)
EAST = {"period": ["30d"], "compare": ["previous"], "region": ["华东"]}


def somebody(store: Store, username: str) -> Actor:
    roles = frozenset({Role.SALES})
    return Actor(a_user(store, Role.SALES, username=username), username, roles, permissions_of(roles))


def preferences_of(store: Store, actor: Actor) -> Preferences:
    with store.viewing(actor) as view:
        return own_preferences(view)


def looks_of(store: Store, actor: Actor, board: str = "") -> list[tuple[str, str, Any]]:
    with store.viewing(actor) as view:
        return [(look.board, look.name, look.words) for look in own_looks(view, board)]


def file_of(store: Store, actor: Actor) -> bytes:
    with store.viewing(actor) as view:
        return preferences_file(view)


def hint_of(store: Store, actor: Actor, board: str = "dashboard") -> Hint | None:
    with store.viewing(actor) as view:
        return habit_hint(view, board)


def pick(store: Store, actor: Actor, label: str = "华东", times: int = 1, board: str = "dashboard") -> None:
    for _time in range(times):
        store.run(actor, count_picks, None, board, [("region", label)])


def test_everybody_has_their_own_and_the_usual_ones_come_back(any_store: Store) -> None:
    store = any_store
    ann, bob = somebody(store, "ann"), somebody(store, "bob")

    store.run(ann, set_own_preferences, None, LIKED)

    assert preferences_of(store, ann) == LIKED
    assert preferences_of(store, bob) == Preferences()
    store.run(ann, set_own_preferences, None, LIKED.showing("products", ()).showing("orders", ("late", "late")))
    assert preferences_of(store, ann).columns == {"orders": ("late",)}
    store.run(ann, reset_own_preferences, None)
    assert preferences_of(store, ann) == Preferences()
    with store.viewing(SYSTEM) as view:
        tags = select(AuditEntry.tag, AuditEntry.facts).where(AuditEntry.tag.like("user.preferences%"))
        recorded = [(tag, facts) for tag, facts in view.session.execute(tags.order_by(AuditEntry.id))]
    everything = ["theme", "density", "numbers", "columns", "pinned", "hidden_blocks", "hints"]
    assert recorded == [
        ("user.preferences_set", {"preferences": everything}),
        ("user.preferences_set", {"preferences": ["columns"]}),
        ("user.preferences_reset", {}),
    ]


def test_a_file_brings_them_to_another_installation(store: Store) -> None:
    ann, bob = somebody(store, "ann"), somebody(store, "bob")
    store.run(ann, set_own_preferences, None, LIKED)
    store.run(ann, keep_look, None, "dashboard", "East", EAST)
    store.run(ann, keep_look, None, "products", "=Cups", {"category": ["7"]})
    store.run(bob, keep_look, None, "dashboard", "East", {"period": ["today"]})

    assert store.run(bob, take_preferences, None, file_of(store, ann), CHOICES) == 2

    assert preferences_of(store, bob) == LIKED
    assert looks_of(store, bob) == [("products", "=Cups", {"category": ["7"]}), ("dashboard", "East", EAST)]
    assert file_of(store, bob) == file_of(store, ann)


def said(**changed: Any) -> bytes:
    facts = {"kind": "salesbook preferences", "version": 1, "preferences": {}, "looks": [], **changed}
    return json.dumps(facts).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"number,name\r\n1,a",
        b"[]",
        b"[" * 100_000,
        said(kind="another"),
        said(version=2),
        said(preferences=[]),
        said(looks={}),
        said(looks=[{"board": "dashboard"}]),
        said(looks=[{"board": "dashboard", "name": "", "words": {}}]),
        said(looks=[{"board": "dashboard", "name": "a", "words": {"period": [1]}}]),
        said(preferences={"pinned": "sales/orders"}),
        said(preferences={"hints": "yes"}),
        said(preferences={"columns": {"products": "unit"}}),
    ],
)
def test_a_file_of_another_kind_is_refused_and_changes_nothing(store: Store, content: bytes) -> None:
    ann = somebody(store, "ann")
    store.run(ann, set_own_preferences, None, LIKED)
    with pytest.raises(NoPreferences, match="holds no preferences"):
        store.run(ann, take_preferences, None, content, CHOICES)
    assert preferences_of(store, ann) == LIKED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"themes": "dark"}, "a preference that does not exist here: themes"),
        ({"theme": "pink"}, "a theme that does not exist here: pink"),
        ({"columns": {"stock": []}}, "a list that does not exist here: stock"),
        ({"columns": {"products": ["purchase_price"]}}, "a column that does not exist here: purchase_price"),
        ({"pinned": ["admin/users"]}, "a screen that does not exist here: admin/users"),
        ({"hidden_blocks": ["x"]}, "a block that does not exist here: x"),
    ],
)
def test_what_one_cannot_choose_is_named_and_nothing_changes(store: Store, words: Any, sentence: str) -> None:
    ann = somebody(store, "ann")
    with pytest.raises(UnknownPreference, match=sentence):
        store.run(ann, take_preferences, None, said(preferences=words), CHOICES)
    assert preferences_of(store, ann) == Preferences()


def test_a_file_that_is_far_too_large_is_not_read(store: Store) -> None:
    with pytest.raises(PreferencesTooLarge, match="larger than 256 KB"):
        store.run(somebody(store, "ann"), take_preferences, None, b" " * 300_000, CHOICES)


def test_what_an_older_version_kept_is_read_as_far_as_it_is_understood() -> None:
    words = {"theme": "pink", "density": "dense", "columns": {"products": ["unit", 3]}, "pinned": 7, "new": True}
    assert kept(words) == Preferences(density=Density.DENSE, columns={"products": ("unit",)})


def test_views_have_names_of_their_own_on_each_board(store: Store) -> None:
    ann, bob = somebody(store, "ann"), somebody(store, "bob")
    first = store.run(ann, keep_look, None, "dashboard", "  East \n China ", EAST)
    store.run(ann, keep_look, None, "products", "East China", EAST)
    store.run(bob, keep_look, None, "dashboard", "East China", EAST)

    assert looks_of(store, ann, "dashboard") == [("dashboard", "East China", EAST)]
    with pytest.raises(LookNameTaken, match="a view named East China on this board"):
        store.run(ann, keep_look, None, "dashboard", "East China", EAST)
    for name in ("", "   ", "x" * 81):
        with pytest.raises(LookNeedsName):
            store.run(ann, keep_look, None, "dashboard", name, EAST)
    store.run(ann, rename_look, None, first, "East")
    store.run(ann, rename_look, None, first, "East")
    with pytest.raises(NotFound):
        store.run(bob, rename_look, None, first, "Mine")
    with pytest.raises(NotFound):
        store.run(bob, drop_look, None, first)
    store.run(ann, drop_look, None, first)
    assert looks_of(store, ann) == [("products", "East China", EAST)]


def test_a_view_for_the_team_is_found_by_all_and_changed_by_its_owner_alone(any_store: Store) -> None:
    ann, bob = somebody(any_store, "ann"), somebody(any_store, "bob")
    roles = frozenset({Role.MANAGER})
    boss = Actor(a_user(any_store, Role.MANAGER, username="mo"), "mo", roles, permissions_of(roles))
    kept_for_all = any_store.run(boss, keep_look, None, "dashboard", "East", EAST)
    own = any_store.run(ann, keep_look, None, "dashboard", "Mine", EAST)

    def found(actor: Actor, board: str = "dashboard") -> list[str]:
        with any_store.viewing(actor) as view:
            return [row.name for row in team_looks(view, board)]

    assert found(ann) == []
    any_store.run(boss, publish_look, None, kept_for_all, True)
    assert (found(ann), found(bob), found(boss), found(ann, "products")) == (["East"], ["East"], [], [])
    with any_store.viewing(boss) as view:
        assert [row.is_team for row in own_looks(view)] == [True]
    with pytest.raises(NotAllowed):
        any_store.run(ann, publish_look, None, own, True)
    for act, words in ((publish_look, (own, True)), (drop_look, (own,))):
        with pytest.raises(NotFound):
            any_store.run(boss, act, None, *words)
    with pytest.raises(NotFound):
        any_store.run(ann, drop_look, None, kept_for_all)
    any_store.run(boss, publish_look, None, kept_for_all, False)
    assert (found(ann), looks_of(any_store, ann)) == ([], [("dashboard", "Mine", EAST)])


def test_so_many_views_are_enough(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.accounts.preferences.MOST_LOOKS", 1)
    ann = somebody(store, "ann")
    store.run(ann, keep_look, None, "dashboard", "a", EAST)
    with pytest.raises(TooManyLooks, match="You keep 1 views"):
        store.run(ann, keep_look, None, "dashboard", "b", EAST)
    two = said(looks=[{"board": "dashboard", "name": "b", "words": {}}])
    with pytest.raises(TooManyLooks):
        store.run(ann, take_preferences, None, two, CHOICES)
    assert looks_of(store, ann) == [("dashboard", "a", EAST)]


def test_the_fifth_time_in_a_month_is_a_habit(any_store: Store) -> None:
    store = any_store
    ann, bob = somebody(store, "ann"), somebody(store, "bob")
    pick(store, ann, times=4)
    assert hint_of(store, ann) is None

    pick(store, ann)
    pick(store, ann, "华北", 6, board="products")

    assert hint_of(store, ann) == Hint("region", "华东", 5)
    assert hint_of(store, bob) is None
    store.run(ann, mark_hint, None, "dashboard", "region", "华东")
    pick(store, ann)
    assert hint_of(store, ann) is None
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(AuditEntry).where(AuditEntry.command.like("%count_picks"))).all() == []


def test_a_new_month_begins_anew_but_never_stays_never(store: Store, clock: Any) -> None:
    ann = somebody(store, "ann")
    pick(store, ann, "华东", 5)
    pick(store, ann, "华北", 5)
    store.run(ann, mark_hint, None, "dashboard", "region", "华东")
    store.run(ann, mark_hint, None, "dashboard", "region", "华北", never=True)

    clock.moment = clock.moment.replace(month=clock.moment.month % 12 + 1)
    pick(store, ann, "华东", 4)
    pick(store, ann, "华北", 9)

    assert hint_of(store, ann) is None
    pick(store, ann, "华东")
    assert hint_of(store, ann) == Hint("region", "华东", 5)
    store.run(ann, forget_habits, None)
    assert hint_of(store, ann) is None


def test_whoever_wants_no_hints_is_not_counted(store: Store) -> None:
    ann = somebody(store, "ann")
    store.run(ann, set_own_preferences, None, Preferences(hints=False))
    pick(store, ann, times=9)
    store.run(ann, set_own_preferences, None, Preferences())
    assert hint_of(store, ann) is None


def test_nobody_has_no_preferences(store: Store) -> None:
    for command, words in (
        (set_own_preferences, (LIKED,)),
        (take_preferences, (said(), CHOICES)),
        (keep_look, ("dashboard", "a", EAST)),
    ):
        for actor in (VISITOR, SYSTEM):
            with pytest.raises(NotAllowed):
                store.run(actor, command, None, *words)
