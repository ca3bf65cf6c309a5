"""Names, exactly as a document bears them."""

import re
import unicodedata

from jiuyi.kit.problems import FieldFault

LEAST, MOST_HAN, MOST_LATIN = 2, 30, 80
_DOTS = str.maketrans(dict.fromkeys("•‧・∙⋅･.．", "·"))
_MARKS = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-"})
_HAN_NAME = re.compile(r"[\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]+(·[^·]+)*")


def name_as_filed(text: str) -> str | FieldFault:
    """The name in its normal form, or what is wrong with it.

    Full-width letters become ordinary ones, spaces are single, `·` and apostrophes have one form. Chinese names (rare
    characters and 〇 included) and Latin names (accents, spaces, hyphens, apostrophes) are taken, one or the other.
    """
    folded = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    cleaned = " ".join(folded.split())
    if not cleaned:
        return _fault("请填写姓名", "Please enter the name")
    if any(unicodedata.category(c) == "Co" for c in cleaned):
        return _fault(
            "姓名里有电脑无法识别的字，请带证件到窗口办理",
            "The name has a character that cannot be read here; see a window",
        )
    if any(_is_han(c) for c in cleaned):
        return _chinese(cleaned.replace(" ", "").translate(_DOTS))
    return _latin(cleaned.translate(_MARKS))


def _chinese(name: str) -> str | FieldFault:
    if any(c.isascii() and c.isalpha() for c in name):
        return _fault(
            "请按证件只填中文姓名，或只填拉丁字母姓名",
            "Enter the name either in Chinese or in Latin letters, as on the document",
        )
    if not _HAN_NAME.fullmatch(name) or not all(_is_han(c) or c == "·" for c in name):
        return _fault(
            "姓名里有不能用的符号，请与证件上的一致（不含表情、数字和称呼）",
            "The name has characters that names do not have; enter it as on the document",
        )
    return _of_length(name, MOST_HAN)


def _latin(name: str) -> str | FieldFault:
    if any(unicodedata.category(c)[0] == "L" and not _is_latin(c) for c in name):
        return _fault(
            "请填写护照或证件上的拉丁字母姓名", "Please enter the name in Latin letters, as printed on the document"
        )
    if not all(_is_latin(c) or unicodedata.category(c) == "Mn" or c in " -'." for c in name) or not _is_latin(name[0]):
        return _fault(
            "姓名里有不能用的符号，请与证件上的一致（不含表情、数字和称呼）",
            "The name has characters that names do not have; enter it as on the document",
        )
    return _of_length(name, MOST_LATIN)


def _of_length(name: str, most: int) -> str | FieldFault:
    if len(name) < LEAST:
        return _fault("姓名太短，请填写完整姓名", "The name is too short; please enter the full name")
    if len(name) > most:
        return _fault(f"姓名太长，最多 {most} 个字", f"The name is too long; at most {most} characters")
    return name


def _is_han(character: str) -> bool:
    return character in "〇々" or unicodedata.name(character, "").startswith(("CJK UNIFIED", "CJK RADICAL"))


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN ")


def _fault(zh: str, en: str) -> FieldFault:
    return FieldFault("name", zh, en)
