"""Document numbers: their form, their check digit, and what they say about birth and sex."""

import re
import unicodedata
from datetime import date

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from jiuyi.domains.patients.types import DocumentType, Sex
from jiuyi.kit.problems import FieldFault

FIELD = "document_number"
_EIGHTEEN = re.compile(r"\d{17}[\dX]")
_RESIDENCE = ("81", "82", "83")
_OLD_LENGTH = 15
_FIRST_YEAR = 1900
_FORMS: dict[DocumentType, tuple[re.Pattern[str], str, str]] = {
    # 9 characters since 2013; the older booklet printed 10 digits after the letter (2 for the reissue).
    DocumentType.HK_MACAO_PERMIT: (
        re.compile(r"[HM]\d{8}(\d{2})?"),
        "请填写 H 或 M 开头加 8 位数字（旧版为 10 位数字）的通行证号码，不是身份证号码",
        "Enter the permit number: H or M and 8 digits (10 digits on older permits), not the identity card's",
    ),
    # 8 digits since 2015; the older booklet printed 10 digits and a letter in brackets.
    DocumentType.TAIWAN_PERMIT: (
        re.compile(r"\d{8}|\d{10}[A-Z]?|T\d{8}"),
        "请填写 8 位数字的台胞证号码（旧版为 10 位数字，括号里的字母可一起填）",
        "Enter the permit number: 8 digits (10 digits on older permits, with or without the letter in brackets)",
    ),
    DocumentType.PASSPORT: (
        re.compile(r"(?=.*\d)[A-Z0-9]{5,20}"),
        "请填写护照号码，5 到 20 位字母和数字",
        "Enter the passport number: 5 to 20 letters and digits",
    ),
}


def document_number(kind: DocumentType, text: str, today: date) -> str | FieldFault:
    """The number in its normal form (capital letters, no spaces or brackets), or what is wrong with it."""
    folded = unicodedata.normalize("NFKC", text).upper()
    number = "".join(
        c for c in folded if not c.isspace() and c not in "-‐‑–—()[]·." and unicodedata.category(c) != "Cf"
    )
    if not number:
        return _fault("请填写证件号码", "Please enter the document number")
    if kind in {DocumentType.MAINLAND_ID, DocumentType.RESIDENCE_PERMIT}:
        return _eighteen(kind, number, today)
    form, zh, en = _FORMS[kind]
    return number if form.fullmatch(number) else _fault(zh, en)


def _eighteen(kind: DocumentType, number: str, today: date) -> str | FieldFault:
    if not _EIGHTEEN.fullmatch(number):
        if len(number) == _OLD_LENGTH and number.isdecimal():
            return _fault(
                "这是旧版 15 位号码，请填写 18 位号码", "This is the old 15-digit number; enter the 18-digit one"
            )
        return _fault("请填写 18 位号码，最后一位可能是 X", "Enter all 18 characters; the last one may be X")
    residence = number.startswith(_RESIDENCE)
    if kind is DocumentType.MAINLAND_ID and residence:
        return _fault(
            "这是港澳台居民居住证的号码，请把证件类型改为“港澳台居民居住证”",
            "This is a residence permit's number (HK, Macao, Taiwan); please change the document type",
        )
    if kind is DocumentType.RESIDENCE_PERMIT and not residence:
        return _fault(
            "居住证号码以 81、82 或 83 开头；如是身份证，请更改证件类型",
            "A residence permit's number begins with 81, 82 or 83; for an identity card change the document type",
        )
    if number.startswith("9"):
        return _fault(
            "外国人永久居留身份证请选择“护照”，填写护照号码",
            "For a foreigner's permanent residence card choose passport and enter the passport number",
        )
    try:
        mod_11_2.validate(number)
    except ValidationError:
        return _fault("号码有误，请对照证件逐位检查", "The number is not right; please compare it with the document")
    born, _ = from_mainland_number(number)
    if born is None or born > today:
        return _fault(
            "号码里的出生日期不对，请对照证件检查", "The date of birth in the number is not right; please check it"
        )
    return number


def from_mainland_number(number: str) -> tuple[date | None, Sex]:
    """Date of birth (None when the digits are no date since 1900) and sex of an 18-character number (GB 11643)."""
    sex = Sex.MALE if int(number[16]) % 2 else Sex.FEMALE
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None, sex
    return (born if born.year >= _FIRST_YEAR else None), sex


def _fault(zh: str, en: str) -> FieldFault:
    return FieldFault(FIELD, zh, en)
