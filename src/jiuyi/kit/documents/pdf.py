"""PDF by typst, with fonts that travel with the program: the same paper on every machine, without a network.

typst prints boxes for what its fonts lack and says nothing: texts are looked through first, and a character that is not
in the fonts (GB 2312, Latin, punctuation) becomes 〓, the printer's mark for a missing letter.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FONTS = Path(__file__).with_name("fonts")
FAMILY = "Noto Sans SC"
MISSING = "〓"
_LATIN_END = 0x180
_OTHERS = frozenset("〓−–—‘’“”…·•≠≤≥×→←√✓□■●￥€℃№")
_PUNCTUATION = ((0x3000, 0x301F), (0xFF01, 0xFF5E), (0x2010, 0x203F))


class FontsMissing(Exception):
    """The program was installed without its fonts: no paper can be made."""


@cache
def _fonts() -> Any:
    """Our own fonts and no others: neither the machine's nor typst's, which have no Chinese."""
    import typst  # only papers need it: a web process that makes none does not carry it

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    if [font.family for font in fonts.fonts()].count(FAMILY) < 2:  # noqa: PLR2004 - regular and bold
        raise FontsMissing(str(FONTS))
    return fonts


@cache
def covered(character: str) -> bool:
    """Whether the fonts have it."""
    code = ord(character)
    if code < _LATIN_END or character in _OTHERS or any(low <= code <= high for low, high in _PUNCTUATION):
        return True
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """The text as it can be printed."""
    return "".join(character if covered(character) else MISSING for character in text)


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def pdf(template: str, data: dict[str, Any]) -> bytes:
    """Typeset `template` (typst source); it reads `data` with `json(bytes(sys.inputs.data))`.

    Data never becomes source, so no text of anybody can run. Raises `FontsMissing`.
    """
    import typst  # as above

    made = typst.compile(
        template.encode(),
        font_paths=_fonts(),
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        format="pdf",
    )
    if not isinstance(made, bytes):
        raise TypeError("one PDF was expected")
    return made
