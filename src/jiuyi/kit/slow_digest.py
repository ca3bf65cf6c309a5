"""Digests of what people can remember: slow on purpose, salted, Argon2id (RFC 9106)."""

import hmac
import secrets

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_SALT = 16
_LENGTH = 32
_MEMORY_KIB = 19 * 1024
_PASSES = 2
"""19 MiB and two passes: OWASP's password storage cheat sheet; about 30 ms of one core."""


def made_of(secret: str) -> bytes:
    """Salt and digest, to be stored. Takes tens of milliseconds: call it in a thread."""
    salt = secrets.token_bytes(_SALT)
    return salt + _digest(secret, salt)


def matches(secret: str, stored: bytes | None) -> bool:
    """Whether `stored` was made of `secret`. Takes as long where nothing is stored, and says False."""
    if stored is None:
        _digest(secret, bytes(_SALT))
        return False
    return hmac.compare_digest(_digest(secret, stored[:_SALT]), stored[_SALT:])


def _digest(secret: str, salt: bytes) -> bytes:
    slow = Argon2id(salt=salt, length=_LENGTH, iterations=_PASSES, lanes=1, memory_cost=_MEMORY_KIB)
    return slow.derive(secret.encode())
