"""Flat XML messages, read with DTDs, entities and outside references refused, and written with everything escaped."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

_MOST_BYTES = 65536


class XmlRefused(Exception):
    """Not a flat XML document, too large, or it declares a DTD or entities."""


def read_flat(body: bytes) -> dict[str, str]:
    """Child element → text of a document with one level of children (deeper ones are left out).

    Raises `XmlRefused`. An element that comes twice is refused: two readers could understand different things.
    """
    if len(body) > _MOST_BYTES:
        raise XmlRefused("too large")
    try:
        root = defusedxml.ElementTree.fromstring(body, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except (defusedxml.ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise XmlRefused(type(error).__name__) from error
    found: dict[str, str] = {}
    for child in root:
        if child.tag in found:
            raise XmlRefused(f"{child.tag} twice")
        if len(child) == 0:
            found[child.tag] = child.text or ""
    return found


def write_flat(values: Mapping[str, str], root: str = "xml") -> bytes:
    """A document of one level, in UTF-8; the keys are our own names, the values are escaped."""
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return f"<{root}>{inside}</{root}>".encode()
