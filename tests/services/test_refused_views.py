"""Every command of views and links refuses what cannot be, and leaves every row as it was."""

from core.analytics.explorer.links import make_view_link, open_view_link, revoke_view_link
from core.analytics.explorer.rules import LONGEST_WORDS
from core.analytics.explorer.service import (
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
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import a_user
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten
from tests.views import TOKEN, WORDS, who

GONE = 999


def test_refused_commands_of_views_and_links_change_not_one_row(any_store: Store) -> None:
    boss = who(any_store, a_user(any_store, Role.MANAGER))
    mine = any_store.run(boss, save_view, None, "Mine", WORDS)
    team = any_store.run(boss, save_team_view, None, "Team", WORDS)
    gone = any_store.run(boss, save_team_view, None, "Gone", WORDS)
    any_store.run(boss, delete_view, None, gone)
    link = any_store.run(boss, make_view_link, None, TOKEN, name="Link", words=WORDS)
    any_store.run(boss, revoke_view_link, None, link)
    long = {"measures": ["x" * LONGEST_WORDS]}

    refused: Calls = [
        *((save, ("New", WORDS), {}) for save in (save_view, save_team_view)),
        *((save, (name, WORDS), {}) for save in (save_view, save_team_view) for name in ("", "x" * 81)),
        (save_team_view, ("team", WORDS), {}),
        (save_view, ("New", WORDS), {"description": "x" * 301}),
        *((save_view, ("New", words), {}) for words in ({}, long, {"rows": [1]}, {"rows": {"a": "b"}})),
        *((change_view, (view, WORDS), {}) for view in (mine, gone, GONE)),
        (change_view, (team, {}), {}),
        (rename_view, (team,), {"name": " "}),
        *((rename_view, (view,), {"name": "Other"}) for view in (mine, gone, GONE)),
        *((delete_view, (view,), {}) for view in (mine, gone, GONE)),
        *((restore_view, (view,), {}) for view in (mine, team, GONE)),
        *((choose_default_view, (view,), {}) for view in (None, mine, team, gone, GONE)),
        *((pin_view, (view,), {}) for view in (mine, team, gone, GONE)),
        (unpin_view, (team,), {}),
        (keep_last_look, (WORDS,), {}),
        *((make_view_link, (token,), {"name": "Link", "words": WORDS}) for token in ("short", TOKEN[::-1])),
        *((make_view_link, (TOKEN[::-1],), {"name": "L", "words": WORDS, "days": days}) for days in (0, 367)),
        (make_view_link, (TOKEN[::-1],), {"name": "L", "words": {"rows": ["category"]}}),
        *((revoke_view_link, (each,), {}) for each in (link, GONE)),
        *((open_view_link, (token,), {}) for token in (TOKEN, "", TOKEN[:-1])),
    ]
    assert SYSTEM.id is None
    assert_each_refused(any_store, refused)
    assert_none_forgotten(refused, "core.analytics.explorer.", but=set())
