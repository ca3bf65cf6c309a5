"""Paged lists: keyset cursors that say nothing and cannot be forged into another query."""

import base64
import binascii
from typing import Generic, TypeVar

import msgspec

from jiuyi.kit.problems import FieldFault, InvalidRequest

T = TypeVar("T")
MOST = 100


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
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidRequest([FieldFault("cursor", "页码无效", "The cursor is not valid")]) from error
    if len(keys) != parts:
        raise InvalidRequest([FieldFault("cursor", "页码无效", "The cursor is not valid")])
    return keys
