"""Views that are kept and links that share them: whose they are, what they hold, and who may open them."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core.analytics.explorer.errors import (
    NameTaken,
    TooManyPins,
    ViewGone,
    ViewLinkEnded,
    ViewLinkInvalid,
)
from core.analytics.explorer.links import make_view_link, open_view_link, revoke_view_link
from core.analytics.explorer.models import ViewLink
from core.analytics.explorer.queries import (
    default_view,
    get_view,
    last_look,
    link_openings,
    linked_view,
    pinned_views,
    view_links,
    views,
)
from core.analytics.explorer.rules import Chart, Shape, is_word, may_see, read_shape, write_shape
from core.analytics.explorer.service import (
    MOST_PINS,
    change_view,
    choose_default_view,
    delete_view,
    keep_last_look,
    pin_view,
    rename_view,
    restore_view,
    save_team_view,
    save_view,
    unpin_view,
)
from core.analytics.explorer.words import find_dimensions, find_measures
from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.security.actor import Actor, NotAllowed
from core.security.permissions import Role
from core.work.store import Store
from tests.moments import NOON
from tests.pages.app import a_user
from tests.views import TOKEN, WORDS, who

KEPT = {name: [word] for name, word in WORDS.items()}


@dataclass(frozen=True)
class People:
    """A manager, two sellers and somebody of the warehouse."""

    boss: Actor
    sue: Actor
    tom: Actor
    bob: Actor


@pytest.fixture
def people(any_store: Store) -> People:
    return People(
        who(any_store, a_user(any_store, Role.MANAGER, username="boss")),
        who(any_store, a_user(any_store, Role.SALES, username="sue")),
        who(any_store, a_user(any_store, Role.SALES, username="tom")),
        who(any_store, a_user(any_store, Role.WAREHOUSE, username="bob")),
    )


def names(store: Store, actor: Actor) -> list[str]:
    with store.viewing(actor) as view:
        return [row.name for row in views(view)]


def test_views_are_ones_own_or_the_teams(any_store: Store, people: People) -> None:
    any_store.run(people.sue, save_view, None, "By channel", WORDS, description="Every Monday")
    team = any_store.run(people.boss, save_team_view, None, "Margins", {"measures": ["margin"], "rows": ["brand"]})

    assert names(any_store, people.sue) == ["By channel", "Margins"]
    assert names(any_store, people.tom) == ["Margins"]
    with any_store.viewing(people.sue) as view:
        (mine, shared) = views(view)
    assert (mine.words, mine.description, mine.owner) == (KEPT, "Every Monday", "Sue")
    assert (mine.is_mine, mine.is_team, mine.is_editable) == (True, False, True)
    assert (shared.is_mine, shared.is_team, shared.is_editable) == (False, True, False)
    with pytest.raises(NotAllowed):
        any_store.run(people.sue, save_team_view, None, "For all", WORDS)
    for command in (delete_view, restore_view):
        with pytest.raises(ViewGone):
            any_store.run(people.sue, command, None, team)
    for query in (get_view, default_view):
        with any_store.viewing(people.bob) as view, pytest.raises(NotAllowed):
            query(view)
    with any_store.viewing(people.tom) as view, pytest.raises(ViewGone):
        get_view(view, mine.id)


def test_a_view_is_changed_renamed_deleted_and_brought_back(any_store: Store, people: People) -> None:
    view_id = any_store.run(people.sue, save_view, None, "First", WORDS)
    any_store.run(people.sue, save_view, None, "Second", WORDS)
    any_store.run(people.tom, save_view, None, "First", WORDS)
    with pytest.raises(NameTaken):
        any_store.run(people.sue, rename_view, None, view_id, name="SECOND")

    any_store.run(people.sue, change_view, None, view_id, {"rows": ["brand"]})
    any_store.run(people.sue, rename_view, None, view_id, name="Brands", description="")
    with any_store.viewing(people.sue) as view:
        row = get_view(view, view_id)
    assert (row.name, row.words) == ("Brands", {"rows": ["brand"]})

    any_store.run(people.sue, pin_view, None, view_id)
    any_store.run(people.sue, choose_default_view, None, view_id)
    any_store.run(people.sue, delete_view, None, view_id)
    with any_store.viewing(people.sue) as view:
        assert (default_view(view), pinned_views(view)) == (None, [])
        assert [row.name for row in views(view, deleted=True)] == ["Brands"]
    other = any_store.run(people.sue, save_view, None, "Brands", WORDS)
    with pytest.raises(NameTaken):
        any_store.run(people.sue, restore_view, None, view_id)
    any_store.run(people.sue, rename_view, None, other, name="Others")
    any_store.run(people.sue, restore_view, None, view_id)
    with any_store.viewing(people.sue) as view:
        assert default_view(view).name == "Brands"
        assert [row.id for row in pinned_views(view)] == [view_id]
    with any_store.viewing(people.sue) as view:
        tags = view.session.scalars(select(AuditEntry.tag).where(AuditEntry.subject_id == view_id)).all()
    told = ("saved", "changed", "renamed", "pinned", "default_chosen", "deleted", "restored")
    assert [tag for tag in tags if tag.startswith("saved_view")] == [f"saved_view.{each}" for each in told]


def test_a_home_has_room_for_so_many_views_and_shows_each_once(any_store: Store, people: People) -> None:
    made = [any_store.run(people.boss, save_team_view, None, f"View {n}", WORDS) for n in range(MOST_PINS + 1)]
    for view_id in (*made[:MOST_PINS], made[0]):
        any_store.run(people.tom, pin_view, None, view_id)
    with pytest.raises(TooManyPins):
        any_store.run(people.tom, pin_view, None, made[-1])

    any_store.run(people.tom, unpin_view, None, made[0])
    any_store.run(people.tom, pin_view, None, made[-1])
    with any_store.viewing(people.tom) as view:
        assert [row.id for row in pinned_views(view)] == made[1:]
    with any_store.viewing(people.boss) as view:
        assert pinned_views(view) == []


def test_what_one_looked_at_last_is_ones_own(any_store: Store, people: People) -> None:
    any_store.run(people.sue, keep_last_look, None, WORDS)
    any_store.run(people.sue, keep_last_look, None, {"rows": ["brand"]})
    with any_store.viewing(people.sue) as view:
        assert last_look(view) == {"rows": ["brand"]}
    with any_store.viewing(people.tom) as view:
        assert last_look(view) is None


def test_a_link_shows_what_it_froze_to_who_is_signed_in_and_writes_down_who_opened_it(
    any_store: Store, people: People
) -> None:
    link_id = any_store.run(people.sue, make_view_link, None, TOKEN, name="March", words=WORDS, days=7)

    assert any_store.run(people.tom, open_view_link, None, TOKEN) == link_id
    any_store.run(people.boss, open_view_link, None, TOKEN)
    with any_store.viewing(people.tom) as view:
        found = linked_view(view, TOKEN)
        assert (found.name, found.words, found.made_by) == ("March", KEPT, "Sue")
        assert (view_links(view), link_openings(view, link_id)) == ([], [])
    with any_store.viewing(people.sue) as view:
        assert [(row.name, row.at) for row in link_openings(view, link_id)] == [("Boss", NOON), ("Tom", NOON)]
        assert [(row.openings, row.is_live) for row in view_links(view)] == [(2, True)]
        stored = view.session.scalars(select(ViewLink)).one()
        assert TOKEN not in (stored.token_hash, stored.seal)
    with pytest.raises(NotAllowed):
        any_store.run(people.bob, open_view_link, None, TOKEN)


def test_a_link_that_expired_was_withdrawn_or_was_tampered_with_opens_nothing(
    any_store: Store, people: People, clock: FixedClock
) -> None:
    others = [f"{TOKEN}-{n}" for n in range(3)]
    any_store.run(people.sue, make_view_link, None, others[0], name="Week", words=WORDS, days=7)
    withdrawn = any_store.run(people.sue, make_view_link, None, others[1], name="Gone", words=WORDS)
    forged = any_store.run(people.sue, make_view_link, None, others[2], name="Forged", words=WORDS)
    any_store.run(people.boss, revoke_view_link, None, withdrawn)
    with pytest.raises(ViewLinkEnded):
        any_store.run(people.boss, revoke_view_link, None, withdrawn)
    with any_store.engine.begin() as connection:
        wider = {**KEPT, "since": ["2020-01-01"]}
        connection.execute(update(ViewLink).where(ViewLink.id == forged).values(words=wider))

    later = Store(any_store.settings, FixedClock(NOON + timedelta(days=7)))
    any_store.run(people.tom, open_view_link, None, others[0])
    tries = ((later, others[0]), (any_store, others[1]), (any_store, others[2]), (any_store, others[0][:-1]))
    for store, token in tries:
        with pytest.raises(ViewLinkInvalid):
            store.run(people.tom, open_view_link, None, token)
        with store.viewing(people.tom) as view, pytest.raises(ViewLinkInvalid):
            linked_view(view, token)
    later.engine.dispose()
    with any_store.viewing(people.boss) as view:
        assert [(row.name, row.is_live, row.openings) for row in view_links(view)] == [
            ("Forged", True, 0),
            ("Gone", False, 0),
            ("Week", True, 1),
        ]


def test_words_say_a_shape_and_what_makes_no_sense_is_left_out() -> None:
    shape = Shape(
        measures=("margin/orders%", "net_sales"),
        rows=("brand", "month"),
        columns=("channel",),
        chart=Chart.HEAT,
        top=10,
        rank="net_sales",
        smallest_first=True,
        ratios={"margin/orders%": "Margin, per order: mine"},
    )
    words = {name: word for name, word in write_shape(shape).items() if word}

    assert read_shape(words) == shape
    assert all(is_word(name, word) for name, word in words.items())
    assert read_shape(write_shape(replace(Shape(), rows=()))).rows == ()
    assert read_shape({}) == Shape()
    wrong = {"measures": "secret", "rows": "brand,nothing", "chart": "pie", "top": "7", "ratio1": "a/b:x"}
    assert [name for name, word in wrong.items() if is_word(name, word)] == []
    assert read_shape(wrong) == Shape(rows=("brand",))


def test_whoever_may_not_see_costs_is_told_which_measures_are_hidden(any_store: Store, people: People) -> None:
    shape = Shape(measures=("net_sales", "margin", "net_sales/cost%", "orders"))
    assert shape.seen_by(people.sue) == (
        replace(shape, measures=("net_sales", "orders")),
        ("margin", "net_sales/cost%"),
    )
    assert shape.seen_by(people.boss) == (shape, ())
    assert not may_see(people.sue, "cogs")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("利润率", "margin_rate"),
        ("毛利", "margin"),
        ("profit", "margin"),
        ("客单价", "average_order"),
        ("revenue", "net_sales"),
    ],
)
def test_measures_are_found_by_the_words_people_use(typed: str, first: str) -> None:
    assert find_measures(typed)[0] == first


def test_dimensions_are_found_in_both_languages() -> None:
    assert find_dimensions("店铺")[0] == find_dimensions("channel")[0] == "channel"
    assert find_dimensions("monday")[:2] == ["week", "weekday"]
    assert find_dimensions("no such thing") == []
    assert find_measures("", ["orders"]) == ["orders"]
