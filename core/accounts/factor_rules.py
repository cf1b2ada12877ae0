"""Codes of a second factor: the time steps of authenticator apps, and recovery codes for whoever lost theirs."""

import base64
import hmac
import secrets
from datetime import datetime

import pyotp

ISSUER = "Salesbook"
STEP_SECONDS = 30
AROUND = 1
RECOVERY_CODES = 10


def new_secret() -> str:
    """160 random bits, as authenticator apps take them."""
    return pyotp.random_base32()


def address_of(secret: str, username: str, company: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=company or ISSUER)


def step_of(secret: str, typed: str, now: datetime, after: int) -> int | None:
    """The time step whose code was typed: of now or one beside it, later than `after`; None where there is none."""
    code = plain_code(typed)
    here = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(here - AROUND, here + AROUND + 1):
        if hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), code.encode()) and step > after:
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes of 80 random bits, in groups that one can copy by hand."""
    return tuple(_grouped(base64.b32encode(secrets.token_bytes(10)).decode()) for _ in range(RECOVERY_CODES))


def plain_code(typed: str) -> str:
    """A code without what people type between its signs."""
    return "".join(sign for sign in typed.upper() if sign.isalnum())


def _grouped(code: str) -> str:
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))
