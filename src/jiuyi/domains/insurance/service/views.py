"""Classes and settlements as patients see them."""

from uuid import UUID

from jiuyi.domains.accounts.types import CHANNEL_NAMES as ACCOUNT_CHANNELS
from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.insurance import repository, rules, settings
from jiuyi.domains.insurance.service import sealing
from jiuyi.domains.insurance.service.steps import CALLED_OFF
from jiuyi.domains.insurance.types import (
    CLASS_NAMES,
    DESK,
    NEED_TEXTS,
    Capability,
    ClassesView,
    ClassView,
    FactsView,
    InsuranceClass,
    Insured,
    Need,
    NeedView,
    Remedy,
    Settlement,
    SettlementState,
    SettlementView,
    WayView,
    WhyView,
)
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import Relation
from jiuyi.domains.payments import service as payments
from jiuyi.domains.payments.types import CHANNEL_NAMES
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs

_S = SettlementState


def _in(language: str, zh: str, en: str) -> str:
    return en if language == "en" else zh


async def classes_view(
    tx: Tx, vault: Vault, knobs: Knobs, order_id: UUID, by: Principal, *, language: str
) -> ClassesView:
    """Every class with whether it may be chosen here, and why not. Raises `NotFound`."""
    order = await payments.access_order(tx, order_id, by)
    patient = await patients.access_patient(tx, order.patient_id, by)
    names = await patients.masked_names(tx, vault, [order.patient_id])
    own = patient.relation is Relation.SELF
    classes = _classes(knobs, by.channel.value, own_person=own, language=language)
    return ClassesView(
        order_id=order.id,
        total_fen=order.total_fen,
        patient_name=names.get(order.patient_id, ""),
        own_person=own,
        chosen=await _chosen(tx, by, order.patient_id, classes),
        classes=classes,
    )


async def way_view(tx: Tx, vault: Vault, knobs: Knobs, patient_id: UUID, by: Principal, *, language: str) -> WayView:
    """With what the registrations of a patient may be paid, and what was chosen last. Raises `NotFound`.

    A registration has no disease yet: classes that go by the disease on a doctor's order are left out.
    """
    patient = await patients.access_patient(tx, patient_id, by)
    names = await patients.masked_names(tx, vault, [patient_id])
    own = patient.relation is Relation.SELF
    shown = _classes(knobs, by.channel.value, own_person=own, language=language)
    classes = [one for one in shown if all(need.code != Need.DISEASE_ON_ORDER for need in one.needs)]
    chosen = await _chosen(tx, by, patient_id, classes)
    return WayView(patient_name=names.get(patient_id, ""), own_person=own, chosen=chosen, classes=classes)


def _classes(knobs: Knobs, channel: str, *, own_person: bool, language: str) -> list[ClassView]:
    matrix = knobs.get(settings.CAPABILITIES)
    return [
        _class_view(which, rules.cell(matrix, which, channel), own_person=own_person, language=language)
        for which in InsuranceClass
    ]


async def _chosen(tx: Tx, by: Principal, patient_id: UUID, classes: list[ClassView]) -> InsuranceClass | None:
    """What the hospital has closed since, or another channel only offers, is not chosen here."""
    found = await repository.chosen(tx, by.accounts, patient_id)
    return next((one.code for one in classes if one.on and one.code == found), None)


def _class_view(which: InsuranceClass, cell: Capability | None, *, own_person: bool, language: str) -> ClassView:
    why = rules.closed(cell, own_person=own_person)
    needs = cell.needs if cell else ()
    return ClassView(
        code=which,
        name=_in(language, *CLASS_NAMES[which]),
        on=why is None,
        reason=_in(language, why.zh, why.en) if why else "",
        instead=_in(language, cell.instead_zh, cell.instead_en) if cell and why else "",
        needs=[NeedView(need.value, _in(language, *NEED_TEXTS[need])) for need in needs],
    )


async def settlement_view(
    tx: Tx, vault: Vault, knobs: Knobs, row: Settlement, *, language: str, authorise_url: str | None = None
) -> SettlementView:
    """A settlement of the asking account (the caller went through its door)."""
    order = await payments.order(tx, row.order_id)
    names = await patients.masked_names(tx, vault, [row.patient_id])
    insured = sealing.insured_of(vault, row)
    cell = rules.cell(knobs.get(settings.CAPABILITIES), row.insurance_class, row.channel)
    channel = _channel_name(row.channel, language)
    return SettlementView(
        id=row.id,
        order_id=row.order_id,
        state=row.state,
        insurance_class=row.insurance_class,
        class_name=_in(language, *CLASS_NAMES[row.insurance_class]),
        disease=_disease(row, insured),
        title=_in(language, order.title_zh, order.title_en),
        patient_name=names.get(row.patient_id, ""),
        total_fen=row.total_fen,
        pooled_fen=row.pooled_fen,
        personal_account_fen=row.personal_account_fen,
        other_fen=row.other_fen,
        own_fen=row.own_fen,
        use_account=row.use_account,
        account_balance_fen=insured.account_fen if insured else None,
        why=[WhyView(one.name, one.fen, _in(language, one.zh, one.en)) for one in row.why_not],
        presettled_at=row.presettled_at,
        valid_until=row.valid_until,
        channel_name=channel,
        own_by_channel=row.payer != "national_centre",
        facts=_facts(row, channel, language),
        instead=_in(language, cell.instead_zh, cell.instead_en) if cell else "",
        remedy=rules.remedy(row.fault, row.reason) if row.state is _S.REFUSED else None,
        authorise_url=authorise_url,
    )


def _disease(row: Settlement, insured: Insured | None) -> str:
    known = insured.entitlements if insured else ()
    return next((one.name for one in known if one.code == row.disease_code), "")


def _channel_name(channel: str, language: str) -> str:
    if channel == DESK:
        return _in(language, "窗口", "the desk")
    pay = {"wechat_oa": "wechat", "wechat_mini": "wechat"}.get(channel, "alipay")
    names = CHANNEL_NAMES.get(pay) or ACCOUNT_CHANNELS[Channel(channel)]
    return _in(language, *names)


OUR_WORDS = {
    "unmapped": "The place where you are insured is not connected for online settlement here",
    "other_class": "You are insured under another class: please choose that one",
    "disease_bill": "This bill is for a listed disease: choose the chronic or special class",
    "home_only": "Here this class is for Guangzhou's insurance only",
    "no_disease": "No chronic or special disease is stated on this bill",
    "no_entitlement": "No valid entitlement for this disease was found",
    "not_chosen": "This hospital has not been chosen as your outpatient clinic this year",
    "not_filed": "Treatment away from home has not been registered",
    "other_person": "The person who consented is not the patient",
    "no_identity": "WeChat did not say who consented, so it cannot be known to be the patient",
    "masked_identity": "WeChat gave only a part of the document number, so it cannot be known to be the patient",
    "off": "The hospital has not opened this class here",
    "pays_nothing": "The insurance pays nothing of this bill",
    "amount_changed": "The charges have changed; please go back and refresh",
    "own_not_begun": "Your own part could not be begun",
    "called_off": "You cancelled this insurance settlement",
}
"""Our own reasons in English, by code; every other is the insurance's."""


_OUR_WORD = {Remedy.CHOOSE_HOSPITAL: "not_chosen", Remedy.REGISTER_ELSEWHERE: "not_filed"}


def happened(row: Settlement) -> tuple[str, str]:
    """What happened, in Chinese and English. What the insurance said is quoted in Chinese as it said it."""
    if row.reason and row.fault in OUR_WORDS:
        return row.reason, OUR_WORDS[row.fault]
    if row.reason:
        why, known = rules.answered(row.fault, row.reason), rules.remedy(row.fault, row.reason)
        return why.zh, OUR_WORDS[_OUR_WORD[known]] if known else why.en
    return "医保没有结算成功", "The insurance did not settle"


def _facts(row: Settlement, channel: str, language: str) -> FactsView | None:
    """What happened, whether money moved, what next: for every end that is not the one that was wished for."""
    if row.state is _S.DROPPING and row.fault == CALLED_OFF:
        return FactsView(
            happened=_in(language, "正在取消这次医保结算", "This insurance settlement is being cancelled"),
            charged=_in(
                language,
                f"正在向医保和{channel}核对；如已付款，结算照常完成，不会重复扣费。",
                f"The insurance and {channel} are being asked. If you had paid after all, it stands and counts once.",
            ),
            next=_in(language, "一般几秒内完成，请勿重复支付。", "It takes a few seconds; please do not pay again."),
        )
    if row.state in {_S.REFUSED, _S.DROPPED, _S.DROPPING}:
        return FactsView(
            happened=_in(language, *happened(row)),
            charged=_in(
                language,
                f"没有扣费。医保和{channel}都没有扣；如已支付自付部分，会自动原路退回。",
                f"You were not charged, by the insurance or by {channel}. A part you had paid goes back by itself.",
            ),
            next=_in(
                language,
                "可以重新试算、到窗口用医保结算，或改为自费。",
                "Try again, go to a window, or pay it yourself.",
            ),
        )
    if row.state in {_S.SETTLING, _S.SETTLED}:
        return FactsView(
            happened=_in(language, "医保结果正在核对", "The insurance's answer is being checked"),
            charged=_in(language, "核对完成前请勿重复支付。", "Please do not pay again until it is known."),
            next=_in(language, "结果出来会通知您。", "We will tell you the result."),
        )
    if row.state in {_S.REVERSING, _S.STUCK, _S.REVERSED}:
        back = row.state is _S.REVERSED
        return FactsView(
            happened=_in(
                language,
                "医保结算已撤销" if back else "医保结算正在撤销",
                "The insurance settlement was reversed" if back else "The insurance settlement is being reversed",
            ),
            charged=_in(
                language, "先撤回医保，再原路退自付部分。", "The insurance first, then your own part goes back."
            ),
            next=_in(language, "不用您来窗口。", "There is no need to come to a window."),
        )
    return None
