"""Ids: UUIDv7, so that they sort by the time they were made, and short human numbers."""

import os
import time
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random bits.

    Its time part is the machine's clock, not the app's clock: ids order rows, they never decide anything.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= ((random >> 62) & 0xFFF) << 64
    value |= 0b10 << 62
    value |= random & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=value)


def number_from(prefix: str, made: UUID) -> str:
    """Return a number people can read out, `prefix` and 16 characters of Crockford base 32 (no I, L, O, U).

    It is a function of the id, so the same row always has the same number; 80 of the id's bits are kept
    (the 48 of time and 32 random ones).
    """
    value = ((made.int >> 80) << 32) | (made.int & 0xFFFF_FFFF)
    digits = ""
    for _ in range(16):
        value, rest = divmod(value, 32)
        digits = _CROCKFORD[rest] + digits
    return prefix + digits
