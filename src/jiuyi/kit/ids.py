"""Ids: UUIDv7, so that they sort by the time they were made, and short human numbers."""

import os
import time
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _CROCKFORD for low in _CROCKFORD]
_RANDOM = 10


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits.

    Its time part is the machine's clock, not the app's clock: ids order rows, they never decide anything.
    """
    return UUID(int=_fresh(os.urandom(_RANDOM)))


def new_hex() -> str:
    """Return a fresh id of the same kind as 32 hex digits."""
    return f"{_fresh(os.urandom(_RANDOM)):032x}"


def new_bytes(count: int) -> list[bytes]:
    """Return so many fresh ids of the same kind, 16 bytes each."""
    random = os.urandom(_RANDOM * count)
    return [_fresh(random[at : at + _RANDOM]).to_bytes(16, "big") for at in range(0, len(random), _RANDOM)]


def _fresh(random: bytes) -> int:
    bits = int.from_bytes(random, "big")
    value = (time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= ((bits >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= bits & 0x3FFF_FFFF_FFFF_FFFF
    return value


def number_from(prefix: str, made: UUID) -> str:
    """Return a number people can read out, `prefix` and 16 characters of Crockford base 32 (no I, L, O, U).

    It is a function of the id, so the same row always has the same number; 80 of the id's bits are kept
    (the 48 of time and 32 random ones).
    """
    value = ((made.int >> 80) << 32) | (made.int & 0xFFFF_FFFF)
    return prefix + "".join([_PAIRS[value >> shift & 0x3FF] for shift in range(70, -1, -10)])
