"""Flat XML messages, read with DTDs, entities and outside references refused."""

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
