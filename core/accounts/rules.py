"""What a user name and a password must be, and how long failed attempts keep the door closed."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from core.accounts.errors import BadUsername, CommonPassword, LongPassword, NameMissing, WeakPassword

SHORTEST = 8
LONGEST = 1024
FAILURES = 5
WINDOW = timedelta(minutes=15)
COMMON = frozenset((Path(__file__).parent / "common_passwords.txt").read_text().split())


def username_of(typed: str) -> str:
    """The user name as it is kept, the same however it is typed; `BadUsername` where it cannot be one."""
    username = unicodedata.normalize("NFKC", typed).strip().casefold().lower()
    if not 1 <= len(username) <= 64 or any(sign.isspace() or not sign.isprintable() for sign in username):
        raise BadUsername
    return username


def name_of(typed: str) -> str:
    """The name as it is kept; `NameMissing` where it is empty or too long."""
    name = " ".join(typed.split())
    if not 1 <= len(name) <= 64:
        raise NameMissing
    return name


def check_password(password: str, username: str) -> None:
    """Refuse a password that is short, common or the user name itself."""
    if len(password) < SHORTEST:
        raise WeakPassword(least=SHORTEST)
    if len(password) > LONGEST:
        raise LongPassword(most=LONGEST)
    plain = unicodedata.normalize("NFKC", password).casefold()
    if plain in COMMON or plain == username or len(set(plain)) == 1:
        raise CommonPassword


def closed_until(failures: Sequence[datetime], now: datetime, most: int = FAILURES) -> datetime | None:
    """When sign-in opens again after these failures; None while it is open."""
    recent = sorted(at for at in failures if at > now - WINDOW)
    if len(recent) < most:
        return None
    return recent[-most] + WINDOW
