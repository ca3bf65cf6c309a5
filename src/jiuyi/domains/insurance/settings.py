"""Run-time settings of insurance: the matrix, the mapping, and what the national specification leaves open."""

import msgspec

from jiuyi.domains.insurance.types import CHANNELS, DESK, Capability, InsuranceClass, Mapping, MedTypes, Need
from jiuyi.kit.knobs import Knob

_SOURCE = "docs/insurance.md"
_C = InsuranceClass
_DESK_ONLY_ZH = "省外异地医保目前只能在窗口通过医院系统结算"
_DESK_ONLY_EN = "Insurance of other provinces can be settled at a window only, through the hospital's system"
_NOT_ASKED_ZH = "医院暂未在微信开通居民医保"
_NOT_ASKED_EN = "The hospital has not opened resident insurance on WeChat"
_AT_DESK_ZH = "请患者到医保办咨询"
_AT_DESK_EN = "Please send the patient to the insurance office"
_NEEDS: dict[InsuranceClass, tuple[Need, ...]] = {
    _C.GZ_EMPLOYEE: (Need.E_VOUCHER, Need.HOSPITAL_CHOSEN),
    _C.GZ_ORDINARY: (Need.E_VOUCHER, Need.HOSPITAL_CHOSEN),
    _C.CITY_DIRECT: (Need.E_VOUCHER,),
    _C.PROVINCE_DIRECT: (Need.E_VOUCHER,),
    _C.IN_PROVINCE: (Need.E_VOUCHER, Need.FILED),
    _C.CHRONIC: (Need.E_VOUCHER, Need.ENTITLEMENT, Need.DISEASE_ON_ORDER),
    _C.SPECIAL_DISEASE: (Need.E_VOUCHER, Need.ENTITLEMENT, Need.HOSPITAL_CHOSEN, Need.DISEASE_ON_ORDER),
    _C.OUT_OF_PROVINCE: (Need.E_VOUCHER, Need.FILED),
}


def _cell(which: InsuranceClass, channel: str) -> Capability:
    if channel == DESK:
        needs = tuple(need for need in _NEEDS[which] if need is not Need.E_VOUCHER)
        return Capability(
            which, channel, on=True, payer="his", needs=needs, instead_zh=_AT_DESK_ZH, instead_en=_AT_DESK_EN
        )
    if which is _C.OUT_OF_PROVINCE:
        off = (_DESK_ONLY_ZH, _DESK_ONLY_EN)
        return Capability(which, channel, on=False, payer="his", needs=_NEEDS[which], off_zh=off[0], off_en=off[1])
    if which is _C.GZ_ORDINARY and channel == "wechat_oa":
        return Capability(which, channel, on=False, needs=_NEEDS[which], off_zh=_NOT_ASKED_ZH, off_en=_NOT_ASKED_EN)
    home = which in {_C.CHRONIC, _C.SPECIAL_DISEASE} and channel in {"alipay_life", "alipay_mini"}
    return Capability(which, channel, on=True, home_only=home, needs=_NEEDS[which])


CAPABILITIES = Knob(
    "insurance.capabilities",
    list[Capability],
    [_cell(which, channel) for which in InsuranceClass for channel in CHANNELS],
    "医保类别在各渠道的开通情况",
    "Which class of insurance may be used in which channel",
    "docs/requirements.md, F04 and F22 to F26",
)
# Place codes begin with the province's division code (GB/T 2260): 44 is Guangdong, 4401 Guangzhou.
_PROVINCES = (
    *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43"),
    *("45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65"),
)
_GUANGDONG = (*(f"440{city}" for city in "23456789"), *(f"44{city}" for city in range(12, 21)), "445")
MAPPING = Knob(
    "insurance.mapping",
    list[Mapping],
    [
        Mapping("4401", "310", _C.GZ_EMPLOYEE),
        Mapping("4401", "390", _C.GZ_ORDINARY),
        Mapping("440199", "*", _C.CITY_DIRECT),
        Mapping("449900", "*", _C.PROVINCE_DIRECT),
        Mapping("440000", "*", _C.PROVINCE_DIRECT),
        *(Mapping(place, "*", _C.IN_PROVINCE) for place in _GUANGDONG),
        *(Mapping(place, "*", _C.OUT_OF_PROVINCE) for place in _PROVINCES),
    ],
    "参保地和险种对应的结算类别（市直 440199、省直 449900 或 440000 待医保办确认）",
    "Insured place and scheme → class (440199 city-direct and 449900 or 440000 province-direct are unconfirmed: ask "
    "the insurance office)",
    _SOURCE,
)
MED_TYPES = Knob(
    "insurance.med_types",
    MedTypes,
    MedTypes(),
    "医疗类别代码（哪些可用于移动支付待确认）",
    "National codes of the kinds of visit (which of them mobile payment admits is unconfirmed)",
    _SOURCE,
)
VALID_MINUTES = Knob(
    "insurance.valid_minutes",
    int,
    15,
    "试算有效分钟数",
    "Minutes that a pre-settlement may be agreed to",
    _SOURCE,
    2,
    60,
)
ASK_FIRST_SECONDS = Knob(
    "insurance.ask_first_seconds",
    int,
    5,
    "首次主动查询医保结果（秒）",
    "First question to the insurance about an open settlement (seconds)",
    _SOURCE,
    1,
    300,
)
ASK_MOST_SECONDS = Knob(
    "insurance.ask_most_seconds",
    int,
    300,
    "主动查询医保结果最长间隔（秒）",
    "Longest gap between questions to the insurance (seconds)",
    _SOURCE,
    5,
    3600,
)
CLAIM_SECONDS = Knob(
    "insurance.claim_seconds",
    int,
    40,
    "医保调用多久没有结果算中断（秒）",
    "After how long a call to the insurance counts as interrupted (seconds)",
    _SOURCE,
    10,
    300,
)
REVERSE_TRIES = Knob(
    "insurance.reverse_tries",
    int,
    8,
    "医保撤销几次没有结果后转人工",
    "Unsure answers to a reversal before people must act",
    _SOURCE,
    1,
    50,
)


class RegistrationItem(msgspec.Struct, frozen=True):
    """The line that a registration fee is to the insurance, and the diagnosis where no doctor has seen anybody."""

    med_list_code: str = "001101000010000"
    name: str = "普通门诊诊察费"
    category: str = "01"
    diagnosis_code: str = "Z76.900"
    diagnosis_name: str = "未特指的情况下与保健机构接触的人"


REGISTRATION_ITEM = Knob(
    "insurance.registration_item",
    RegistrationItem,
    RegistrationItem(),
    "挂号费的医保目录编码和默认诊断（待医保办确认）",
    "National item and default diagnosis of a registration fee (unconfirmed: ask the insurance office)",
    _SOURCE,
)
KNOBS = (
    CAPABILITIES,
    MAPPING,
    MED_TYPES,
    VALID_MINUTES,
    ASK_FIRST_SECONDS,
    ASK_MOST_SECONDS,
    CLAIM_SECONDS,
    REVERSE_TRIES,
    REGISTRATION_ITEM,
)
