"""v2 messages: flat XML, signed with MD5 or HMAC-SHA256 and the APIv2 key (WeChat's papers)."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping

MD5, HMAC = "MD5", "HMAC-SHA256"
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


class Malformed(Exception):
    """Not a flat XML document."""


def read(body: bytes) -> dict[str, str]:
    """Element → text. Raises Malformed; documents with a DTD are not read at all."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Malformed("a DTD is not allowed")
    try:
        root = ET.fromstring(body)  # noqa: S314 - no DTD, hence no entities
    except ET.ParseError as wrong:
        raise Malformed("not XML") from wrong
    if root.tag != "xml" or any(len(child) for child in root):
        raise Malformed("not a flat <xml> document")
    return {child.tag: child.text or "" for child in root}


def write(values: Mapping[str, str]) -> bytes:
    """The document as WeChat writes it, values in CDATA."""
    parts = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items() if _NAME.match(name))
    return f"<xml>{parts}</xml>".encode()


def sign(values: Mapping[str, str], key: str, kind: str = MD5) -> str:
    """Upper-case hexadecimal over the sorted non-empty values and the key."""
    text = "&".join(f"{name}={values[name]}" for name in sorted(values) if name != "sign" and values[name])
    closed = f"{text}&key={key}".encode()
    if kind == HMAC:
        return hmac.new(key.encode(), closed, hashlib.sha256).hexdigest().upper()
    return hashlib.md5(closed, usedforsecurity=False).hexdigest().upper()
