"""Things that the hospital takes back before their money goes back."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from jiuyi.domains.payments.types.desk import Words
from jiuyi.kit.states import Transitions


class WithdrawalState(StrEnum):
    """Where a taking back is in the hospital's books. The money's own way is the refund of the order."""

    ASKING = "asking"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


_W = WithdrawalState


def withdrawal_graph(name: str) -> Transitions[WithdrawalState]:
    """The graph of one kind of withdrawal, `name` in the documentation."""
    return Transitions(
        name,
        WithdrawalState,
        WithdrawalState.ASKING,
        {
            _W.ASKING: {_W.DONE, _W.REFUSED, _W.UNKNOWN},
            _W.UNKNOWN: {_W.DONE, _W.REFUSED},
            _W.DONE: set(),
            _W.REFUSED: set(),
        },
    )


class Withdrawal(Protocol):
    """What is read of a row that asks the hospital to take something back. `owner_id`: what it is a part of."""

    id: UUID
    no: str
    owner_id: UUID
    order_id: UUID
    amount_fen: int
    state: WithdrawalState
    tries: int
    money_id: UUID | None
    requested_at: datetime


WITHDRAWAL_WORDS: dict[str, Words] = {
    "asking": Words(
        "wait",
        "等医院核对",
        "The hospital is being asked",
        "医院系统还没有回答，钱还没有退。先不要再退一次；系统会自己问到结果。",
        "The hospital's system has not answered; no money has gone back. Do not ask again: it is asked about.",
    ),
    "refunding": Words(
        "ok",
        "已受理，原路退款中",
        "Accepted, on its way back",
        "医院已收回。请告诉患者：款项原路退回，1 到 7 个工作日到账，不用再办。",
        "The hospital took it back. Tell the patient: the money goes the way it was paid, in 1 to 7 working days.",
    ),
    "refunded": Words(
        "ok",
        "已原路退回",
        "Returned",
        "支付渠道已确认退回。请患者查看付款的微信、支付宝或银行卡。",
        "The payment channel has confirmed it. The patient finds it where it was paid from.",
    ),
    "failed": Words(
        "fault",
        "医院已收回，退款没有成功",
        "Taken back, but the money did not go",
        "已转财务人工处理，不要再退一次。请患者留下联系电话。",
        "Finance looks at it now; do not ask again. Please note the patient's phone number.",
    ),
    "refused": Words(
        "fault",
        "没有退成",
        "Not refunded",
        "医院没有收回，钱没有变化。请重新读取后再选。",
        "The hospital did not take it back and no money moved. Please look again and choose anew.",
    ),
}
"""For whoever stands at the desk: tone, what happened, what to do."""
