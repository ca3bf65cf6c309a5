"""A settlement: its states, its row, and a task for the desk."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.insurance.types.policy import InsuranceClass, VisitKind
from jiuyi.kit.crypto import Sealed
from jiuyi.kit.states import Transitions


class SettlementState(StrEnum):
    AUTHORISING = "authorising"
    """The patient consents in the channel."""
    PRESETTLING = "presettling"
    PRESETTLED = "presettled"
    """The split is known and shown; nothing has been charged."""
    SETTLING = "settling"
    """Agreed. Until the insurance says how it ended, nobody knows."""
    SETTLED = "settled"
    """The insurance's leg is in, the patient's own part is awaited."""
    DONE = "done"
    DROPPING = "dropping"
    """Nothing will come of it: withdrawn at the insurance, if it got there."""
    DROPPED = "dropped"
    REFUSED = "refused"
    """The insurance said no. The patient may choose to pay themselves."""
    REVERSING = "reversing"
    REVERSED = "reversed"
    STUCK = "stuck"
    """The insurance does not take it back: people must act."""


_S = SettlementState
SETTLEMENT_GRAPH: Transitions[SettlementState] = Transitions(
    "settlement",
    SettlementState,
    SettlementState.AUTHORISING,
    {
        _S.AUTHORISING: {_S.PRESETTLING, _S.DROPPED, _S.REFUSED},
        _S.PRESETTLING: {_S.PRESETTLED, _S.REFUSED, _S.DROPPING, _S.DROPPED},
        # Back to presettling: the patient changed whether the personal account is used.
        _S.PRESETTLED: {_S.SETTLING, _S.PRESETTLING, _S.DROPPING},
        _S.SETTLING: {_S.SETTLED, _S.DROPPING},
        _S.SETTLED: {_S.DONE, _S.REVERSING},
        _S.DONE: {_S.REVERSING},
        # The insurance would not withdraw it because it had settled meanwhile.
        _S.DROPPING: {_S.DROPPED, _S.REFUSED, _S.SETTLED, _S.STUCK},
        _S.REVERSING: {_S.REVERSED, _S.STUCK},
        _S.STUCK: {_S.REVERSING, _S.REVERSED},
        _S.DROPPED: set(),
        _S.REFUSED: set(),
        _S.REVERSED: set(),
    },
)
ENDED = frozenset({_S.DROPPED, _S.REFUSED, _S.REVERSED})


class WhyOwn(msgspec.Struct, frozen=True):
    """Why a part of the total is not paid by insurance. `line_no` is None for what concerns the bill as a whole."""

    line_no: str | None
    name: str
    fen: int
    zh: str
    en: str


class Settlement(msgspec.Struct, frozen=True):
    """One settlement, as the program reads it. Sealed columns hold who is insured and the one-time authorisation."""

    id: UUID
    no: str
    order_id: UUID
    account_id: UUID
    patient_id: UUID
    idem_key: str
    channel: str
    insurance_class: InsuranceClass
    payer: str
    visit_kind: VisitKind
    disease_code: str | None
    use_account: bool
    total_fen: int
    state: SettlementState
    insured_sealed: Sealed | None
    proof_sealed: Sealed | None
    place: str | None
    scheme: str | None
    visit_no: str | None
    centre_no: str | None
    centre_token: str | None
    pooled_fen: int | None
    personal_account_fen: int | None
    other_fen: int | None
    own_fen: int | None
    why_not: list[WhyOwn]
    presettled_at: datetime | None
    valid_until: datetime | None
    mix_no: str | None
    out_trade_no: str | None
    settle_no: str | None
    reverse_token: str | None
    refund_no: str | None
    fault: str | None
    reason: str | None
    asks: int
    created_at: datetime
    seconds_claimed: float
    over: bool
    """The time in which the patient could agree is over."""

    @property
    def insured_fen(self) -> int:
        """What the insurance pays in all."""
        return (self.pooled_fen or 0) + (self.personal_account_fen or 0) + (self.other_fen or 0)


class TaskKind(StrEnum):
    EXCEPTION = "exception"
    REVERSE_FAILED = "reverse_failed"
    OWN_REFUND_FAILED = "own_refund_failed"


TASK_NAMES: dict[TaskKind, tuple[str, str]] = {
    TaskKind.EXCEPTION: ("医保结果异常，须向医保中心核对", "the insurance's result is odd: ask the insurance"),
    TaskKind.REVERSE_FAILED: ("医保撤销没有成功，自付部分等待中", "the reversal failed, and the own part waits for it"),
    TaskKind.OWN_REFUND_FAILED: (
        "医保已撤销，自付部分没有退成",
        "reversed, but the own part's refund failed",
    ),
}
"""For people: what happened, in Chinese and English."""


class Task(msgspec.Struct, frozen=True):
    """Something that people at the desk must do about a settlement."""

    id: UUID
    settlement_id: UUID
    order_id: UUID
    kind: TaskKind
    detail: str
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
