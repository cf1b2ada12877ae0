"""Hashing passwords, and checking them in the same time whether the user exists or not."""

import base64
import hashlib
import unicodedata
from functools import cache

import bcrypt

ROUNDS = 12


def hash_password(password: str) -> str:
    """A salted bcrypt hash; passphrases of any length and script count in full."""
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(ROUNDS)).decode()


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether the password has this hash. None, for a user that is not there, takes as long and is never right."""
    right = bcrypt.checkpw(_digest(password), (password_hash or nobodys_hash(ROUNDS)).encode())
    return right and password_hash is not None


@cache
def nobodys_hash(rounds: int) -> str:
    """A hash to compare with where there is no user; made once, before the first sign-in."""
    return bcrypt.hashpw(_digest("nobody"), bcrypt.gensalt(rounds)).decode()


def _digest(password: str) -> bytes:
    """44 bytes for bcrypt, which takes no more than 72 and none that is nought."""
    normal = unicodedata.normalize("NFKC", password).encode()
    return base64.b64encode(hashlib.sha256(normal).digest())
