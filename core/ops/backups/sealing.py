"""The sealed form of a backup: compressed, then in pieces that are each encrypted, authenticated and in their order.

A file begins with a magic line, the length of its head and the head, which can be read by anybody. Behind it
stand pieces of one size and a last one, AES-256-GCM under a key of this file alone. The nonce of a piece is its
number and whether it is the last, so that none can be changed, moved, left out or added (the construction is
STREAM). The head goes into the key: whoever changes it can open nothing.
"""

import hashlib
import json
import os
import struct
import zlib
from functools import lru_cache
from io import RawIOBase
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.ops.backups.errors import DamagedBackup, NotABackup, WeakKey, WrongKey

MAGIC = b"SALESBOOK BACKUP 1\n"
PIECE = 1 << 20
TAG = 16
MOST_OPENED = 4 << 20
LONGEST_HEAD = 4096
LEAST_KEY = 16
COST = 1 << 15
"""What a guess at a key costs (scrypt's n, 32 MB and a tenth of a second); a file says which one it was made with."""

_COSTS = {1 << power for power in range(1, 18)}
_HEAD = ("at", "version", "revision", "database", "key", "salt", "cost")
_NAMING = b"the name of a backup key"
_LENGTH = struct.Struct(">I")


def key_name(key: str, cost: int = 0) -> str:
    """By which people tell keys apart; says nothing about the key itself."""
    return _stretched(key, _NAMING, cost or COST)[:4].hex()


class SealedWriter(RawIOBase):
    """Writes a backup: what is written here is compressed and sealed on its way into the file."""

    def __init__(self, file: BinaryIO, key: str, **facts: str) -> None:
        super().__init__()
        salt = os.urandom(16)
        known = {"key": key_name(key), "salt": salt.hex(), "cost": str(COST)}
        head = json.dumps({**facts, **known}, ensure_ascii=False).encode()
        self._file = file
        self._cipher = AESGCM(_key_of_file(key, salt, COST, head))
        self._packer = zlib.compressobj(6)
        self._waiting = bytearray()
        self._number = 0
        self._is_finished = False
        self.size = 0
        self._sum = hashlib.sha256()
        self._put(MAGIC + _LENGTH.pack(len(head)) + head)

    @property
    def sha256(self) -> str:
        """The check sum of the whole file, once it is closed."""
        return self._sum.hexdigest()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, part: Any) -> int:
        """Take the next bytes."""
        self._take(self._packer.compress(part))
        return len(part)

    def finish(self) -> None:
        """Write what is left, and that it is the end; a file without that is damaged."""
        if not self._is_finished:
            self._is_finished = True
            self._take(self._packer.flush())
            self._seal(bytes(self._waiting), is_last=True)

    def _take(self, packed: bytes) -> None:
        self._waiting += packed
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, is_last), piece, None))
        self._number += 1

    def _put(self, part: bytes) -> None:
        self._file.write(part)
        self._sum.update(part)
        self.size += len(part)


class SealedReader(RawIOBase):
    """Reads a backup, refusing with a sentence as soon as one byte is not what was written."""

    def __init__(self, file: BinaryIO, key: str, name: str) -> None:
        super().__init__()
        self._file, self._name = file, name
        self.head, raw = read_head(file, name)
        cost = int(self.head["cost"])
        given = key_name(key, cost)
        if self.head["key"] != given:
            raise WrongKey(file=name, needed=self.head["key"], given=given)
        self._cipher = AESGCM(_key_of_file(key, bytes.fromhex(self.head["salt"]), cost, raw))
        self._unpacker = zlib.decompressobj()
        self._number = 0
        self._next = file.read(PIECE + TAG)
        self._ready = self._packed = b""
        self._is_over = False

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, as they were before they were compressed."""
        parts, missing = [], size
        while size < 0 or missing > 0:
            if not self._ready:
                if self._is_over and not self._packed:
                    break
                self._ready = self._open()
                continue
            part = self._ready if size < 0 else self._ready[:missing]
            self._ready = self._ready[len(part) :]
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    def drain(self) -> None:
        """Read to the end, so that everything was looked at."""
        while self.read(PIECE):
            pass
        if not self._unpacker.eof:
            raise DamagedBackup(file=self._name, place=f"{self._number}")

    def _open(self) -> bytes:
        try:
            if not self._packed:
                piece, self._next = self._next, self._file.read(PIECE + TAG)
                self._is_over = not self._next
                self._packed = self._cipher.decrypt(_nonce(self._number, self._is_over), piece, None)
                self._number += 1
            opened = self._unpacker.decompress(self._packed, MOST_OPENED)
            self._packed = self._unpacker.unconsumed_tail
            return opened
        except (InvalidTag, zlib.error, ValueError) as error:
            raise DamagedBackup(file=self._name, place=f"{self._number + 1}") from error


def read_head(file: BinaryIO, name: str) -> tuple[dict[str, str], bytes]:
    """What a backup says of itself to anybody, and the bytes that say it; not yet known to be true."""
    start = file.read(len(MAGIC) + _LENGTH.size)
    if len(start) < len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise NotABackup(file=name)
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    if length > LONGEST_HEAD:
        raise NotABackup(file=name)
    raw = file.read(length)
    try:
        head = json.loads(raw)
        wanted = {each: str(head[each]) for each in _HEAD}
        bytes.fromhex(wanted["salt"])
        if int(wanted["cost"]) not in _COSTS:
            raise NotABackup(file=name)
    except (ValueError, KeyError, TypeError) as error:
        raise NotABackup(file=name) from error
    return wanted, raw


def _key_of_file(key: str, salt: bytes, cost: int, head: bytes) -> bytes:
    return HKDF(SHA256(), 32, None, b"salesbook backup\n" + head).derive(_stretched(key, salt, cost))


@lru_cache(maxsize=64)
def _stretched(key: str, salt: bytes, cost: int) -> bytes:
    if len(key) < LEAST_KEY:
        raise WeakKey(length=LEAST_KEY)
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(key.encode())


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
