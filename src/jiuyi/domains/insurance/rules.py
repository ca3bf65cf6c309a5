"""Pure decisions about insurance."""

from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

import msgspec

from jiuyi.domains.insurance.types import (
    CLASS_NAMES,
    Bill,
    Capability,
    Consent,
    Found,
    InsuranceClass,
    Insured,
    Mapping,
    MixState,
    Need,
    PayerState,
    Remedy,
    Split,
    VisitKind,
    WhyOwn,
)

HOME = frozenset({InsuranceClass.GZ_EMPLOYEE, InsuranceClass.GZ_ORDINARY})


class Why(msgspec.Struct, frozen=True):
    """A reason in words."""

    code: str
    zh: str
    en: str


def answered(code: str | None, said: str | None) -> Why:
    """What the insurance said. Its words are Chinese: an English sentence names its code instead of quoting them."""
    zh = f"医保中心回复：{said or code or '未说明原因'}"
    if said and said.isascii():
        return Why(code or "", zh, f"The insurance answered: {said}")
    return Why(code or "", zh, f"The insurance refused it (its code: {code})" if code else "The insurance refused it")


def mapped(table: list[Mapping], insured: Insured) -> InsuranceClass | None:
    """The class of a person's ordinary visits, or None: then nobody guesses. The longest place wins."""
    fitting = [
        row
        for row in table
        if insured.place.startswith(row.place)
        and row.scheme in {"*", insured.scheme}
        and (row.person_kind == "*" or insured.person_kind.startswith(row.person_kind))
    ]
    best = max(fitting, key=lambda row: (len(row.place), row.scheme != "*", row.person_kind != "*"), default=None)
    return None if best is None else best.insurance_class


def cell(matrix: list[Capability], which: InsuranceClass, channel: str) -> Capability | None:
    """The capability of a class in a channel."""
    return next((one for one in matrix if (one.insurance_class, one.channel) == (which, channel)), None)


def closed(capability: Capability | None, *, own_person: bool) -> Why | None:
    """Why a class cannot be chosen here, before anything is asked; None when it can."""
    if capability is None or not capability.on:
        zh, en = (capability.off_zh, capability.off_en) if capability else ("", "")
        return Why("off", zh or "医院暂未在这里开通", en or "The hospital has not opened it here")
    if capability.own_person_only and not own_person:
        return Why(
            "not_own_person",
            "医保线上结算只限本人，不能替家人使用",
            "Online insurance is for the account's own person only",
        )
    return None


def class_at_desk(table: list[Mapping], insured: Insured, bill: Bill) -> InsuranceClass | Why:
    """The class that settles this bill of this person: at a desk nobody chooses one. A reason when there is none."""
    base = mapped(table, insured)
    if base is None:
        return Why(
            "unmapped",
            f"参保地 {insured.place} 不在本院的医保对照表里，无法判断类别，请报医保办",
            f"The insured place {insured.place} is not in this hospital's table: tell the insurance office",
        )
    if bill.kind is not VisitKind.CHRONIC_SPECIAL:
        return base
    entitled = next((one for one in insured.entitlements if one.code == bill.disease_code and one.valid), None)
    if entitled is None:
        return Why(
            "no_entitlement", "没有查到这个病种的有效待遇认定", "No valid entitlement for this disease was found"
        )
    return InsuranceClass.CHRONIC if entitled.kind == "chronic" else InsuranceClass.SPECIAL_DISEASE


def misfit(
    wanted: InsuranceClass, capability: Capability, insured: Insured, bill: Bill, table: list[Mapping]
) -> Why | None:
    """Why this person and this bill are not of the class that was chosen; None when they are."""
    base = mapped(table, insured)
    if base is None:
        return Why(
            "unmapped",
            "您的参保地还没有接入本院线上结算，无法判断类别",
            "The place where you are insured is not connected for online settlement here",
        )
    if wanted in {InsuranceClass.CHRONIC, InsuranceClass.SPECIAL_DISEASE}:
        return _disease_misfit(wanted, capability, insured, bill, base)
    if bill.kind is VisitKind.CHRONIC_SPECIAL:
        return Why(
            "disease_bill", "这张单按病种开具，请选门慢或门特", "This bill is for a listed disease: choose that class"
        )
    if base is not wanted:
        zh, en = CLASS_NAMES[base]
        return Why(
            "other_class", f"查询到您的参保类别是“{zh}”，请改选", f"You are insured under “{en}”: choose that class"
        )
    return _missing(capability, insured)


def _disease_misfit(
    wanted: InsuranceClass, capability: Capability, insured: Insured, bill: Bill, base: InsuranceClass
) -> Why | None:
    if capability.home_only and base not in HOME:
        return Why("home_only", "这里的门慢、门特只限广州医保", "Here this class is for Guangzhou's insurance only")
    if bill.kind is not VisitKind.CHRONIC_SPECIAL or bill.disease_code is None:
        return Why("no_disease", "这张单没有注明门慢或门特病种", "No chronic or special disease is stated on this bill")
    kind = "chronic" if wanted is InsuranceClass.CHRONIC else "special"
    entitled = next((one for one in insured.entitlements if one.code == bill.disease_code), None)
    if entitled is None or not entitled.valid:
        return Why(
            "no_entitlement", "没有查到这个病种的有效待遇认定", "No valid entitlement for this disease was found"
        )
    if entitled.kind != kind:
        zh, en = CLASS_NAMES[InsuranceClass.CHRONIC if entitled.kind == "chronic" else InsuranceClass.SPECIAL_DISEASE]
        return Why("other_class", f"这个病种属于“{zh}”，请改选", f"This disease belongs to “{en}”: choose that class")
    return _missing(capability, insured)


def _missing(capability: Capability, insured: Insured) -> Why | None:
    if Need.HOSPITAL_CHOSEN in capability.needs and insured.hospital_chosen is False:
        return Why(
            "not_chosen",
            "今年还没有选定本院为普通门诊定点",
            "This hospital has not been chosen as your outpatient clinic this year",
        )
    if Need.FILED in capability.needs and insured.filed is False:
        return Why("not_filed", "还没有办理异地就医备案", "Treatment away from home has not been registered")
    return None


def remedy(fault: str | None, reason: str | None) -> Remedy | None:
    """What the patient can put right by themselves, so that the same bill passes; None for every other refusal.

    The insurance's own codes differ by place: what it says is looked at, too.
    """
    said = reason or ""
    if fault == "not_chosen" or ("定点" in said and "选" in said):
        return Remedy.CHOOSE_HOSPITAL
    if fault == "not_filed" or "备案" in said:
        return Remedy.REGISTER_ELSEWHERE
    return None


def other_person(consent: Consent, insured: Insured, document_number: str | None) -> bool:
    """Whether who consented, who is insured and whose bill it is are not one person."""
    numbers = {one.upper() for one in (consent.document_number, insured.document_number, document_number) if one}
    return len(numbers) > 1 or document_number is None


def split_faults(split: Split, total_fen: int) -> list[str]:
    """What is wrong with a split; empty when its parts are a partition of the order's total."""
    parts = (split.pooled_fen, split.personal_account_fen, split.own_fen, split.other_fen)
    faults = ["total"] if split.total_fen != total_fen else []
    if min(parts) < 0:
        faults.append("negative")
    if sum(parts) != total_fen:
        faults.append("sum")
    return faults


def settled_faults(found: Found, agreed: Split) -> list[str]:
    """Which facts of a settlement differ from what the patient agreed to."""
    if found.split is None:
        return ["amounts"]
    names = ("total_fen", "pooled_fen", "personal_account_fen", "own_fen", "other_fen")
    faults = [name for name in names if getattr(found.split, name) != getattr(agreed, name)]
    return faults if found.settle_no else [*faults, "settle_no"]


def why_own(bill: Bill, split: Split) -> list[WhyOwn]:
    """Where the own part comes from: lines outside insurance, what is paid first, and the rest in one sum."""
    left, found = split.own_fen, []
    for line in bill.lines:
        ratio = Decimal(line.self_pay_ratio or "0")
        if line.insurance_class == "C" or ratio >= 1:
            fen = min(left, line.amount_fen)
            zh, en = "不在医保目录内，全部自付", "Outside the insurance's list: paid by the patient"
        elif ratio > 0:
            fen = min(left, int((line.amount_fen * ratio).quantize(Decimal(1), ROUND_HALF_UP)))
            zh, en = f"乙类先自付 {ratio:.0%}", f"Class B: {ratio:.0%} is paid by the patient first"
        else:
            continue
        if fen:
            found.append(WhyOwn(line.no, line.name, fen, zh, en))
            left -= fen
    if left:
        found.append(WhyOwn(None, "", left, "起付、比例和限额以外", "Deductible, rate and limits of the insurance"))
    return found


class Step(StrEnum):
    """What is to be done about a settlement whose outcome was asked for."""

    WAIT = "wait"
    LEG_IN = "leg_in"
    GIVE_UP = "give_up"
    """It did not settle: end the own part, withdraw it, and let the order be the patient's again."""
    LOOK = "look"
    """The insurance itself does not know: people look, we go on asking."""


class Standing(msgspec.Struct, frozen=True):
    """Everything that decides about a settlement in hand. `mix` is None where no channel settles with it.

    `own_open`: the own part may still be paid in the channel. `ending`: the order is being closed, or its time is over.
    `stale`: the claim on it is old, so that nobody is working on it.
    """

    payer: PayerState
    mix: MixState | None
    own_open: bool
    own_paid: bool
    ending: bool
    stale: bool


def next_step(now: Standing) -> Step:
    """Decide. Only the insurance's own word makes its leg paid, and only a final word gives up."""
    if now.payer is PayerState.SETTLED:
        return Step.LEG_IN
    if now.payer is PayerState.EXCEPTION:
        return Step.LOOK
    if now.payer in {PayerState.FAILED, PayerState.CANCELLED, PayerState.RETURNED}:
        return Step.GIVE_UP
    if now.payer is PayerState.SETTLING:
        return Step.WAIT
    # Open or absent: the insurance has paid nothing, and will not unless the patient confirms.
    if now.mix is None:
        return Step.GIVE_UP if now.stale and now.payer is PayerState.ABSENT else Step.WAIT
    if now.mix is MixState.FAILED or (now.mix is MixState.ABSENT and now.stale):
        return Step.GIVE_UP
    if now.mix is MixState.PAID or now.own_paid:
        return Step.WAIT
    return Step.GIVE_UP if now.ending else Step.WAIT
