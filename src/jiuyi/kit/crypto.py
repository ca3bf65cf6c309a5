"""Encryption of fields at rest, blind indexes, and digests, in two suites: international and commercial (SM).

A sealed value says which suite and key made it, so keys rotate without a big bang:
`version(1) | suite(1) | key id(2) | nonce(12) | ciphertext and tag`.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field
from typing import NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as chmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Sealed = NewType("Sealed", bytes)
"""An encrypted column. A Struct that has one never leaves the server (a meta-test holds it)."""

_VERSION = 1
_HEAD = 4
_NONCE = 12
_TAG = 16
_SUITES = {"intl": 1, "sm": 2}


class Unreadable(Exception):
    """A sealed value cannot be opened: wrong key, wrong context, or it was altered."""


@dataclass(frozen=True)
class Keys:
    """Key material: 32-byte master keys by id (1–65535), the active id, the suite, and the index key."""

    masters: dict[int, bytes]
    active: int
    index: bytes
    suite: str = "intl"
    _derived: dict[tuple[int, str], bytes] = field(default_factory=dict, compare=False, repr=False)

    def key(self, key_id: int, suite: str) -> bytes:
        """The field key of a master key: 32 bytes for AES-256, 16 for SM4 (which knows no longer key)."""
        cached = self._derived.get((key_id, suite))
        if cached is None:
            master = self.masters.get(key_id)
            if master is None:
                msg = f"no key {key_id}"
                raise Unreadable(msg)
            digest = hmac.new(master, f"jiuyi field {suite}".encode(), hashlib.sha256).digest()
            cached = digest if suite == "intl" else digest[:16]
            self._derived[(key_id, suite)] = cached
        return cached


def parse_keys(masters: str, index: str, suite: str) -> Keys:
    """Read keys from settings: `masters` is `1:<base64 of 32 bytes>,2:…`, the highest id is active.

    Raises ValueError when a part is malformed or a key is not 32 bytes.
    """
    parsed: dict[int, bytes] = {}
    for part in masters.split(","):
        number, _, text = part.strip().partition(":")
        parsed[int(number)] = base64.b64decode(text, validate=True)
    index_key = base64.b64decode(index, validate=True)
    if any(len(key) != 32 for key in (*parsed.values(), index_key)):  # noqa: PLR2004 - 256 bits
        msg = "every key must be 32 bytes"
        raise ValueError(msg)
    if suite not in _SUITES:
        msg = f"suite must be one of {sorted(_SUITES)}"
        raise ValueError(msg)
    return Keys(masters=parsed, active=max(parsed), index=index_key, suite=suite)


class Vault:
    """Seals and opens fields. `context` (`schema.table.column`) is authenticated: a value cannot be moved elsewhere."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, clear: str, context: str) -> Sealed:
        """Encrypt `clear` for `context` with the active key."""
        suite = self._keys.suite
        head = bytes([_VERSION, _SUITES[suite]]) + self._keys.active.to_bytes(2, "big")
        nonce = os.urandom(_NONCE)
        body = _encrypt(suite, self._keys.key(self._keys.active, suite), nonce, clear.encode(), head + context.encode())
        return Sealed(head + nonce + body)

    def open(self, sealed: bytes, context: str) -> str:
        """Decrypt. Raises `Unreadable`."""
        if len(sealed) < _HEAD + _NONCE + _TAG or sealed[0] != _VERSION:
            msg = "not a sealed value"
            raise Unreadable(msg)
        suite = next((name for name, number in _SUITES.items() if number == sealed[1]), None)
        if suite is None:
            msg = f"unknown suite {sealed[1]}"
            raise Unreadable(msg)
        head, nonce, body = sealed[:_HEAD], sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        key = self._keys.key(int.from_bytes(head[2:4], "big"), suite)
        try:
            return _decrypt(suite, key, nonce, body, head + context.encode()).decode()
        except InvalidTag as error:
            raise Unreadable(context) from error

    def index(self, clear: str, context: str) -> bytes:
        """A blind index: equal clear texts give equal 32 bytes, which say nothing without the key."""
        message = f"{context}\x00{clear}".encode()
        if self._keys.suite == "sm":
            mac = chmac.HMAC(self._keys.index, hashes.SM3())
            mac.update(message)
            return mac.finalize()
        return hmac.new(self._keys.index, message, hashlib.sha256).digest()


def _encrypt(suite: str, key: bytes, nonce: bytes, clear: bytes, aad: bytes) -> bytes:
    if suite == "intl":
        return AESGCM(key).encrypt(nonce, clear, aad)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return encryptor.update(clear) + encryptor.finalize() + encryptor.tag


def _decrypt(suite: str, key: bytes, nonce: bytes, body: bytes, aad: bytes) -> bytes:
    if suite == "intl":
        return AESGCM(key).decrypt(nonce, body, aad)
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, body[-_TAG:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    return decryptor.update(body[:-_TAG]) + decryptor.finalize()


def digest(text: str) -> bytes:
    """SHA-256 of `text`: for tokens with 128 random bits or more, which need no slow hash."""
    return hashlib.sha256(text.encode()).digest()
