"""Masks for personal data that leaves the server (customary masks; docs/rules.md, masks and the settled name mask).

Each function takes clear text and returns what a screen may show. They never fail: an odd value is masked more.
"""

_FIRST_HAN = 0x2E80


def name(clear: str) -> str:
    """`陈建华` → `陈*华`, `陈华` → `陈*`, `Jane Smith` → `J*** S****`."""
    text = clear.strip()
    if not text:
        return ""
    if all(ord(c) < _FIRST_HAN for c in text):
        return " ".join(word[0] + "*" * (len(word) - 1) for word in text.split())
    if len(text) <= 2:  # noqa: PLR2004 - two characters: the settled mask 陈*
        return text[0] + "*" * (len(text) - 1)
    return text[0] + "*" * (len(text) - 2) + text[-1]


def _ends(clear: str, first: int, last: int) -> str:
    if len(clear) <= first + last:
        return "*" * len(clear)
    return clear[:first] + "*" * (len(clear) - first - last) + clear[-last:]


def document(clear: str, kind: str = "mainland_id") -> str:
    """Mask a document number by its kind: ID `4401**********1234`, permit `H******78`, passport `E*****678`."""
    if kind in {"mainland_id", "residence_permit"}:
        return _ends(clear, 4, 4)
    if kind == "passport":
        return _ends(clear, 1, 3)
    return _ends(clear, 1, 2)


def phone(clear: str) -> str:
    """`13812342046` → `138****2046`; a number with a country code keeps its last four digits."""
    if len(clear) == 11 and clear.isdigit():  # noqa: PLR2004 - a mainland mobile number
        return clear[:3] + "****" + clear[-4:]
    return _ends(clear, 0, 4)


def card(clear: str) -> str:
    """`4400012348067` → `*********8067`."""
    return _ends(clear, 0, 4)
