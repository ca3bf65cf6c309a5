"""What a desk reads, where a settlement stands there, and what whoever stands there is told."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.insurance.types.policy import InsuranceClass
from jiuyi.domains.insurance.types.settlement import SettlementState
from jiuyi.domains.insurance.types.spoken import ConsentKind
from jiuyi.domains.insurance.types.views import WhyView
from jiuyi.domains.patients.types import DeskPatientView

DESK = "desk"
"""The column of the matrix, and `Settlement.channel`, of what a desk begins."""


class Medium(StrEnum):
    """What the patient hands over."""

    E_VOUCHER = "e_voucher"
    ID_CARD = "id_card"
    SOCIAL_CARD = "social_card"


MEDIUM_NAMES: dict[Medium, tuple[str, str]] = {
    Medium.E_VOUCHER: ("医保就医凭证", "Insurance e-voucher"),
    Medium.ID_CARD: ("身份证", "Identity card"),
    Medium.SOCIAL_CARD: ("社保卡", "Social security card"),
}
CONSENTS: dict[Medium, ConsentKind] = {
    Medium.E_VOUCHER: ConsentKind.EC_TOKEN,
    Medium.ID_CARD: ConsentKind.ID_CARD,
    Medium.SOCIAL_CARD: ConsentKind.SOCIAL_CARD,
}


class Reading(msgspec.Struct, frozen=True):
    """A settlement that was begun at a desk: which machine, who stood there, and what was read."""

    settlement_id: UUID
    device_id: UUID
    device_code: str
    shift_id: UUID | None
    operator: str | None
    medium: Medium


class DeskStanding(StrEnum):
    """How a settlement stands, as its desk reads it."""

    SPLITTING = "splitting"
    TO_CONFIRM = "to_confirm"
    UNKNOWN = "unknown"
    TO_COLLECT = "to_collect"
    DONE = "done"
    ENDING = "ending"
    STOPPED = "stopped"
    REFUSED = "refused"
    REVERSING = "reversing"
    REVERSED = "reversed"
    STUCK = "stuck"


STANDINGS: dict[SettlementState, DeskStanding] = {
    SettlementState.AUTHORISING: DeskStanding.SPLITTING,
    SettlementState.PRESETTLING: DeskStanding.SPLITTING,
    SettlementState.PRESETTLED: DeskStanding.TO_CONFIRM,
    SettlementState.SETTLING: DeskStanding.UNKNOWN,
    SettlementState.SETTLED: DeskStanding.TO_COLLECT,
    SettlementState.DONE: DeskStanding.DONE,
    SettlementState.DROPPING: DeskStanding.ENDING,
    SettlementState.DROPPED: DeskStanding.STOPPED,
    SettlementState.REFUSED: DeskStanding.REFUSED,
    SettlementState.REVERSING: DeskStanding.REVERSING,
    SettlementState.REVERSED: DeskStanding.REVERSED,
    SettlementState.STUCK: DeskStanding.STUCK,
}
MOVING = frozenset({
    DeskStanding.SPLITTING, DeskStanding.UNKNOWN, DeskStanding.ENDING, DeskStanding.REVERSING, DeskStanding.STUCK,
})  # fmt: skip
"""Standings that change by themselves: the page asks again."""
STOPPABLE = frozenset({DeskStanding.SPLITTING, DeskStanding.TO_CONFIRM, DeskStanding.TO_COLLECT})


class DeskWords(msgspec.Struct, frozen=True):
    """What happened, and what to do. `tone`: ok, wait or fault."""

    tone: str
    zh: str
    en: str
    do_zh: str
    do_en: str


DESK_WORDS: dict[DeskStanding, DeskWords] = {
    DeskStanding.SPLITTING: DeskWords(
        "wait",
        "正在医保试算",
        "The insurance is working out the split",
        "没有扣费。请稍等；一直没有结果，请再读一次卡或凭证。",
        "Nothing is charged. Please wait; if nothing comes, read the card or voucher again.",
    ),
    DeskStanding.TO_CONFIRM: DeskWords(
        "wait",
        "请患者核对后确认医保结算",
        "Have the patient check the split, then confirm",
        "还没有扣费。患者同意后再确认；不同意就取消，改自费收款。",
        "Nothing is charged yet. Confirm when the patient agrees; if not, cancel and take it all from the patient.",
    ),
    DeskStanding.UNKNOWN: DeskWords(
        "wait",
        "医保结果未知",
        "The insurance's result is not known",
        "先不要收自付，也不要再读卡。系统正在向医保查询，有结果就显示在这里。",
        "Collect nothing and do not read the card again. The insurance is being asked; the result is shown here.",
    ),
    DeskStanding.TO_COLLECT: DeskWords(
        "wait",
        "医保已结算，请收自付",
        "The insurance has settled: collect the rest",
        "请扫付款码或刷卡收自付。收不到就取消医保结算，两边都不扣。",
        "Take the patient's part by code or card. If it cannot be taken, cancel the insurance: then nobody is charged.",
    ),
    DeskStanding.DONE: DeskWords(
        "ok",
        "医保结算完成，费用已结清",
        "Settled: everything is paid",
        "可以发药、检查。要退费只能整单退：先退医保，再退自付。",
        "Go on. It can be given back whole only: the insurance first, then the patient's part.",
    ),
    DeskStanding.ENDING: DeskWords(
        "wait",
        "正在取消医保结算",
        "The insurance settlement is being cancelled",
        "先不要收款。确认医保没有扣费后会显示在这里。",
        "Collect nothing yet. It is shown here once it is certain that the insurance charged nothing.",
    ),
    DeskStanding.STOPPED: DeskWords(
        "fault",
        "已取消医保结算",
        "The insurance settlement was cancelled",
        "医保没有扣费。可以再读一次，或按自费收款。",
        "The insurance charged nothing. Read it again, or take it all from the patient.",
    ),
    DeskStanding.REFUSED: DeskWords(
        "fault",
        "医保没有结算",
        "The insurance did not settle",
        "没有扣费。请把原因告诉患者；处理好可以再读一次，患者同意也可以按自费收款。",
        "Nothing was charged. Tell the patient why; read it again once it is put right, or take it all if they agree.",
    ),
    DeskStanding.REVERSING: DeskWords(
        "wait",
        "正在撤销医保结算",
        "The insurance is being reversed",
        "先不要再收这一单。医保退回后，自付部分原路退回。",
        "Do not collect this order again yet. The patient's part goes back after the insurance's.",
    ),
    DeskStanding.REVERSED: DeskWords(
        "fault",
        "医保结算已撤销",
        "The insurance was reversed",
        "医保已退回；收过的自付部分原路退回。要再收，请重新读卡或按自费收款。",
        "The insurance has its part back; what was taken goes back as it came. To collect again, begin anew.",
    ),
    DeskStanding.STUCK: DeskWords(
        "fault",
        "医保没有撤销成功",
        "The insurance has not taken it back",
        "不要再收这一单，也不要退现金。请报医保办处理；系统会继续向医保申请撤销。",
        "Do not collect or refund by hand. Tell the insurance office; the reversal goes on being asked for.",
    ),
}


class DeskSettlementView(msgspec.Struct):
    """A settlement as its desk reads it. `may_*`: what can be done now. `settled`: nothing changes by itself.

    `subject_id`: the appointment or checkout that is paid for, to be called off or given back.
    """

    id: UUID
    order_id: UUID
    order_no: str
    order_kind: str
    subject_id: UUID
    order_title: str
    order_title_en: str
    patient: DeskPatientView | None
    device: str
    operator: str | None
    medium: Medium
    medium_name: str
    insurance_class: InsuranceClass
    class_name: str
    standing: DeskStanding
    tone: str
    title: str
    advice: str
    reason: str
    settled: bool
    may_confirm: bool
    may_stop: bool
    may_refund: bool
    total_fen: int
    pooled_fen: int | None
    personal_account_fen: int | None
    other_fen: int | None
    own_fen: int | None
    use_account: bool
    account_balance_fen: int | None
    why: list[WhyView]
    begun_at: datetime
    valid_until: datetime | None
