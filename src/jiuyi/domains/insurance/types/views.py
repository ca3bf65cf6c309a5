"""What patients see."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from jiuyi.domains.insurance.types.policy import InsuranceClass
from jiuyi.domains.insurance.types.settlement import SettlementState


class NeedView(msgspec.Struct):
    code: str
    text: str


class ClassView(msgspec.Struct):
    """One class on P3. `on` false: `reason` says why, `instead` what to do."""

    code: InsuranceClass
    name: str
    on: bool
    reason: str
    instead: str
    needs: list[NeedView]


class ClassesView(msgspec.Struct):
    """What an order can be settled with in this channel."""

    order_id: UUID
    total_fen: int
    patient_name: str
    own_person: bool
    chosen: InsuranceClass | None
    """What was chosen for this patient last, if it may still be chosen here."""
    classes: list[ClassView]


class WayView(msgspec.Struct):
    """With what a patient's registrations may be paid in this channel. `chosen` none: by the patient."""

    patient_name: str
    own_person: bool
    chosen: InsuranceClass | None
    classes: list[ClassView]


class WhyView(msgspec.Struct):
    """Why something is paid by the patient; `name` is empty for what concerns the whole bill."""

    name: str
    fen: int
    text: str


class Remedy(StrEnum):
    """What a patient can do about a refusal, before trying again."""

    CHOOSE_HOSPITAL = "choose_hospital"
    REGISTER_ELSEWHERE = "register_elsewhere"


class FactsView(msgspec.Struct):
    """What happened, whether money moved, what next."""

    happened: str
    charged: str
    next: str


class SettlementView(msgspec.Struct):
    """A settlement, for its owner. `authorise_url`: send the patient there first."""

    id: UUID
    order_id: UUID
    state: SettlementState
    insurance_class: InsuranceClass
    class_name: str
    disease: str
    """The disease for which a chronic or special bill is settled, as the insurance calls it; empty for other bills."""
    title: str
    patient_name: str
    total_fen: int
    pooled_fen: int | None
    personal_account_fen: int | None
    other_fen: int | None
    own_fen: int | None
    use_account: bool
    account_balance_fen: int | None
    why: list[WhyView]
    presettled_at: datetime | None
    valid_until: datetime | None
    channel_name: str
    own_by_channel: bool
    """The own part is paid in the ordinary cashier, after the insurance has settled."""
    facts: FactsView | None
    instead: str
    remedy: Remedy | None = None
    authorise_url: str | None = None


class CashierView(msgspec.Struct):
    """What opens the channel's cashier. `invoke` is None when there is nothing to open there."""

    settlement: SettlementView
    invoke: dict[str, str] | None
