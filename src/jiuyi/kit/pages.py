"""Paged lists: keyset cursors that say nothing and cannot be forged into another query."""

import base64
import binascii
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from jiuyi.kit.problems import FieldFault, InvalidRequest

T = TypeVar("T")
MOST = 100
_YEARS = range(1900, 9999)


class Page(msgspec.Struct, Generic[T]):
    """One page of items; `next_cursor` is None on the last."""

    items: list[T]
    next_cursor: str | None = None


class Items(msgspec.Struct, Generic[T]):
    """A whole list."""

    items: list[T]


def encode(*keys: str) -> str:
    """An opaque cursor of the last row's sort keys."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).decode().rstrip("=")


def decode(cursor: str, parts: int) -> list[str]:
    """The sort keys of a cursor. Raises `InvalidRequest`."""
    try:
        keys = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str])
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError) as error:
        raise _invalid() from error
    if len(keys) != parts:
        raise _invalid()
    return keys


def decode_place(cursor: str) -> tuple[datetime, UUID]:
    """The moment (with its offset) and id of a cursor made by `encode(at.isoformat(), str(id))`.

    Raises `InvalidRequest`, also for what only the database would refuse.
    """
    at, last = decode(cursor, 2)
    try:
        place = datetime.fromisoformat(at), UUID(last)
    except ValueError as error:
        raise _invalid() from error
    if place[0].tzinfo is None or place[0].year not in _YEARS:
        raise _invalid()
    return place


def decode_id(cursor: str) -> UUID:
    """The id of a cursor made by `encode(str(id))`. Raises `InvalidRequest`."""
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise _invalid() from error


def _invalid() -> InvalidRequest:
    return InvalidRequest([FieldFault("cursor", "页码无效", "The cursor is not valid")])
