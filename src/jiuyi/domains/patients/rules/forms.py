"""The form with which a file is bound or opened: every fault of every field at once."""

import re
import unicodedata
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from jiuyi.domains.patients.rules.documents import FIELD, document_number, from_mainland_number
from jiuyi.domains.patients.rules.names import name_as_filed
from jiuyi.domains.patients.rules.people import age_on
from jiuyi.domains.patients.types import ADULT_AGE, GUARDIAN_CONSENT_BELOW, Claim, DocumentType, Relation, Sex
from jiuyi.kit.problems import FieldFault, InvalidRequest

AGREEMENT = "patient_agreement@1"
MINOR_AGREEMENT = "minor_guardian@1"
_EIGHTEEN = {DocumentType.MAINLAND_ID, DocumentType.RESIDENCE_PERMIT}
_CARD = re.compile(r"[0-9A-Z]{6,24}")
_OLDEST = 130
_OLDEST_WITHOUT_DOCUMENT = ADULT_AGE - 1
_Short = Annotated[str, msgspec.Meta(max_length=200)]


class GuardianIn(msgspec.Struct, forbid_unknown_fields=True):
    """The adult patient of this account who answers for the minor."""

    patient_id: UUID


class FormIn(msgspec.Struct, forbid_unknown_fields=True):
    """What somebody typed, as it came."""

    document_type: DocumentType
    name: _Short
    relation: Relation
    phone: _Short
    document_number: _Short | None = None
    birth_date: date | None = None
    sex: Sex | None = None
    card_no: _Short | None = None
    guardian: GuardianIn | None = None
    consents: Annotated[list[_Short], msgspec.Meta(max_length=10)] = []


def check_form(form: FormIn, today: date, phone: str | FieldFault) -> Claim:
    """The claim in normal form. `phone` was read by `codes`. Raises `InvalidRequest` with every fault."""
    faults: list[FieldFault] = []

    def keep(value: str | FieldFault) -> str:
        if isinstance(value, FieldFault):
            faults.append(value)
            return ""
        return value

    name, number = keep(name_as_filed(form.name)), ""
    card = keep(_card(form.card_no)) if form.card_no and form.card_no.strip() else None
    child = form.document_type is DocumentType.NONE_CHILD
    if form.document_number and form.document_number.strip() and not child:
        number = keep(document_number(form.document_type, form.document_number, today))
    elif not child and card is None:
        faults.append(FieldFault(FIELD, "请填写证件号码", "Please enter the document number"))
    number_is_good = bool(number) and form.document_type in _EIGHTEEN
    born, sex = from_mainland_number(number) if number_is_good else (form.birth_date, form.sex)
    faults += _birth_faults(form, born, sex, today, bound_by_card=card is not None and not number)
    faults += _guardian_faults(form, born, today)
    number_phone = keep(phone)
    if faults:
        raise InvalidRequest(faults)
    return Claim(form.document_type, number or None, name, form.relation, number_phone, sex, born, card)


def _card(text: str) -> str | FieldFault:
    number = "".join(unicodedata.normalize("NFKC", text).upper().split()).replace("-", "")
    if _CARD.fullmatch(number):
        return number
    return FieldFault("card_no", "请填写卡面上的号码，6 到 24 位", "Enter the number on the card: 6 to 24 characters")


def _birth_faults(
    form: FormIn, born: date | None, sex: Sex | None, today: date, *, bound_by_card: bool
) -> list[FieldFault]:
    """Where the number does not say when somebody was born, and of which sex, the form must."""
    if form.document_type in _EIGHTEEN or bound_by_card:
        return []
    faults = []
    if born is None:
        faults.append(FieldFault("birth_date", "请选择出生日期", "Please choose the date of birth"))
    elif born > today:
        faults.append(FieldFault("birth_date", "出生日期不能晚于今天", "The date of birth is in the future"))
    elif age_on(born, today) > _OLDEST:
        faults.append(FieldFault("birth_date", "请检查出生日期的年份", "Please check the year of birth"))
    elif form.document_type is DocumentType.NONE_CHILD and age_on(born, today) > _OLDEST_WITHOUT_DOCUMENT:
        faults.append(
            FieldFault("birth_date", "成年人请使用有效证件", "An adult needs a document; please choose its type")
        )
    if sex is None or sex is Sex.UNKNOWN:
        faults.append(FieldFault("sex", "请选择性别", "Please choose the sex"))
    return faults


def _guardian_faults(form: FormIn, born: date | None, today: date) -> list[FieldFault]:
    faults = []
    if AGREEMENT not in form.consents:
        faults.append(
            FieldFault("consents", "请先阅读并同意就诊人服务协议", "Please read and accept the patient agreement first")
        )
    child = form.document_type is DocumentType.NONE_CHILD
    young = child or (born is not None and born <= today and age_on(born, today) < GUARDIAN_CONSENT_BELOW)
    if young and MINOR_AGREEMENT not in form.consents:
        faults.append(
            FieldFault(
                "consents",
                "未满 14 周岁，请监护人阅读并单独同意儿童个人信息保护规则",
                "Under 14: a guardian must separately accept the rules for children's personal data",
            )
        )
    if child and form.guardian is None:
        faults.append(
            FieldFault("guardian", "请选择一位成年就诊人作为监护人", "Please choose an adult patient as the guardian")
        )
    if child and form.relation is Relation.SELF:
        faults.append(
            FieldFault("relation", "没有证件的儿童不能是本人", "A child without a document cannot be “myself”")
        )
    return faults
