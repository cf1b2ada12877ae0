"""Who was signed in before the upgrade still is, and types the password again where that is asked."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.accounts.attempts import closed_doors
from core.accounts.service import reset_password, set_own_language
from core.accounts.sessions import actor_of, sign_in
from core.accounts.tokens import hash_of
from core.base.clock import FixedClock
from core.db.migrate import migrate
from core.security.actor import SYSTEM, NotRecent
from core.security.passwords import hash_password
from tests.pages.app import PASSWORD
from tests.upgrading import old_database

TOKEN = "of a cookie"  # noqa: S105 - nobody's


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sign_ins_and_attempts_of_before_are_there_after_the_upgrade(
    request: pytest.FixtureRequest, kind: str, clock: FixedClock, tmp_path: Path
) -> None:
    with old_database(request, kind, "0038", clock, tmp_path) as old:
        now, later = clock.moment.replace(tzinfo=None), clock.moment.replace(tzinfo=None) + timedelta(days=14)
        if kind == "postgresql":
            now, later = clock.moment, clock.moment + timedelta(days=14)
        facts = {"now": now, "later": later, "password": hash_password(PASSWORD), "token": hash_of(TOKEN), "no": False}
        with old.engine.begin() as connection:
            for statement in (
                "INSERT INTO app_user (username, name, password_hash, is_demo, created_at, password_changed_at) "
                "VALUES ('boss', 'Boss', :password, :no, :now, :now)",
                "INSERT INTO user_role (user_id, role) VALUES (1, 'administrator')",
                "INSERT INTO auth_session (token_hash, user_id, created_at, seen_at, expires_at, user_agent) "
                "VALUES (:token, 1, :now, :now, :later, 'Firefox')",
                *["INSERT INTO sign_in_attempt (username, at, succeeded) VALUES ('li', :now, :no)"] * 5,
            ):
                connection.execute(text(statement), facts)
        migrate(old.engine)

        boss = actor_of(old, TOKEN)
        assert boss is not None
        old.run(boss, set_own_language, None, "en")
        with pytest.raises(NotRecent):
            old.run(boss, reset_password, None, 1, password=PASSWORD)
        with old.viewing(SYSTEM) as view:
            assert [(door.username, door.address, door.failures) for door in closed_doors(view)] == [("li", "", 5)]
        assert actor_of(old, sign_in(old, "boss", PASSWORD)) is not None
