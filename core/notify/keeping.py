"""Secrets of channels, encrypted in the database with a key that is kept beside it, and never shown again."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken

from core.base.settings import Settings
from core.notify.errors import SecretLost

KEY = "notices"
SHOWN = 4


def locked_away(settings: Settings, words: str) -> str:
    """The words encrypted; nothing stays nothing."""
    return _box(settings).encrypt(words.encode()).decode() if words else ""


def brought_back(settings: Settings, stored: str) -> str:
    """The words that were encrypted; `SecretLost` where the key is another one."""
    if not stored:
        return ""
    try:
        return _box(settings).decrypt(stored.encode()).decode()
    except InvalidToken:
        raise SecretLost from None


def hint_of(address: str) -> str:
    """Enough of an address to tell it from others: its host, and the last signs of what is secret."""
    if "://" not in address:
        return address[:80]
    parts = urlsplit(address)
    shown = parts.hostname or "" if parts.scheme in {"http", "https"} else parts.scheme
    tail = address.rstrip("/")[-SHOWN:] if len(address) > len(shown) + 4 * SHOWN else ""
    return f"{shown} …{tail}"[:80]


def _box(settings: Settings) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(settings.secret(KEY).encode()).digest()))
