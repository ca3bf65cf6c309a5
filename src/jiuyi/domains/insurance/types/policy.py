"""Classes of settlement, the capability matrix, and how an insured person is mapped to a class."""

from enum import StrEnum

import msgspec


class InsuranceClass(StrEnum):
    """A way of being settled. Employee and resident schemes of Guangzhou are rows of their own."""

    GZ_EMPLOYEE = "gz_employee"
    GZ_ORDINARY = "gz_ordinary"
    CITY_DIRECT = "city_direct"
    PROVINCE_DIRECT = "province_direct"
    IN_PROVINCE = "in_province"
    CHRONIC = "chronic"
    SPECIAL_DISEASE = "special_disease"
    OUT_OF_PROVINCE = "out_of_province"


CLASS_NAMES: dict[InsuranceClass, tuple[str, str]] = {
    InsuranceClass.GZ_EMPLOYEE: ("广州职工医保 · 普通门诊", "Guangzhou employee insurance, outpatient"),
    InsuranceClass.GZ_ORDINARY: ("广州居民医保 · 普通门诊", "Guangzhou resident insurance, outpatient"),
    InsuranceClass.CITY_DIRECT: ("市直医保", "City-direct insurance"),
    InsuranceClass.PROVINCE_DIRECT: ("省直医保", "Province-direct insurance"),
    InsuranceClass.IN_PROVINCE: ("省内异地医保", "Insurance of another city in Guangdong"),
    InsuranceClass.CHRONIC: ("门诊慢性病（门慢）", "Chronic-disease outpatient insurance"),
    InsuranceClass.SPECIAL_DISEASE: ("门诊特定病种（门特）", "Special-disease outpatient insurance"),
    InsuranceClass.OUT_OF_PROVINCE: ("省外异地医保", "Insurance of another province"),
}
CHANNELS = ("wechat_oa", "alipay_life", "alipay_mini", "desk")
"""Columns of the matrix: the patients' channels, and the hospital's desk."""


class VisitKind(StrEnum):
    """What is being paid for, as an insurance sees it."""

    OUTPATIENT = "outpatient"
    REGISTRATION = "registration"
    CHRONIC_SPECIAL = "chronic_special"


class Need(StrEnum):
    """What a class asks of the patient, said before anything is begun."""

    E_VOUCHER = "e_voucher"
    HOSPITAL_CHOSEN = "hospital_chosen"
    FILED = "filed"
    ENTITLEMENT = "entitlement"
    DISEASE_ON_ORDER = "disease_on_order"


NEED_TEXTS: dict[Need, tuple[str, str]] = {
    Need.E_VOUCHER: ("已激活医保电子凭证", "an activated insurance e-voucher"),
    Need.HOSPITAL_CHOSEN: ("已选定本院为门诊定点", "this hospital chosen as outpatient clinic"),
    Need.FILED: ("已办理异地就医备案", "treatment away from home registered"),
    Need.ENTITLEMENT: ("病种待遇已认定并在有效期内", "a recognised and valid disease entitlement"),
    Need.DISEASE_ON_ORDER: ("医生开单时注明了病种", "the disease stated on the doctor's order"),
}


class Capability(msgspec.Struct, frozen=True):
    """One cell of the matrix. `payer`: who settles it (`national_centre`, `his`). `home_only`: Guangzhou's only."""

    insurance_class: InsuranceClass
    channel: str
    on: bool
    payer: str = "national_centre"
    own_person_only: bool = True
    home_only: bool = False
    needs: tuple[Need, ...] = (Need.E_VOUCHER,)
    off_zh: str = ""
    off_en: str = ""
    instead_zh: str = "请到门诊收费窗口用医保结算"
    instead_en: str = "Please settle with insurance at an outpatient payment window"


class Mapping(msgspec.Struct, frozen=True):
    """Insured place (a code or its beginning) and scheme → class. `*` is any; the longest place wins."""

    place: str
    scheme: str
    insurance_class: InsuranceClass
    person_kind: str = "*"


class MedTypes(msgspec.Struct, frozen=True):
    """The national code of each kind of visit."""

    outpatient: str = "11"
    registration: str = "12"
    chronic_special: str = "14"
