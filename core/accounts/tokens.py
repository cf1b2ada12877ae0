"""Tokens and codes: made at random, and kept as a hash only."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token or code: whoever reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()
