"""What is said to insurances, to the hospital's insurance desk and to the channels' cashiers, in our words.

Personal data here is in clear: it lives inside a call, or sealed.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from jiuyi.domains.insurance.types.policy import VisitKind


class Entitlement(msgspec.Struct, frozen=True):
    """A disease that a person is entitled to be treated for. `kind`: chronic (门慢) or special (门特)."""

    kind: str
    code: str
    name: str
    valid: bool = True


class Insured(msgspec.Struct, frozen=True):
    """An insured person, as identified (1101). `hospital_chosen`, `filed`: None where the insurance does not say.

    `account_fen` is the balance of the personal account, None when unknown.
    """

    psn_no: str
    name: str
    document_number: str
    scheme: str
    place: str
    person_kind: str = ""
    account_fen: int | None = None
    hospital_chosen: bool | None = None
    filed: bool | None = None
    entitlements: list[Entitlement] = []


class ConsentKind(StrEnum):
    PAY_AUTH = "pay_auth"
    """`payAuthNo`: given online, in the channel."""
    EC_TOKEN = "ec_token"  # noqa: S105 - the kind of a token
    """`ecToken`: the e-voucher shown at the desk."""
    ID_CARD = "id_card"
    SOCIAL_CARD = "social_card"
    """A card read by the desk's terminal: it has a number and a name, and no token."""


class Consent(msgspec.Struct, frozen=True):
    """What the patient consented with: single use, minutes long. Who it is, where the channel says so.

    A card has no `token`; it says who by `document_type`, `document_number` and `name`.
    """

    kind: ConsentKind
    token: str
    name: str | None = None
    document_number: str | None = None
    city: str | None = None
    location: str | None = None
    document_type: str | None = None


class Diagnosis(msgspec.Struct, frozen=True):
    code: str
    name: str
    main: bool = False


class FeeLine(msgspec.Struct, frozen=True):
    """A line of a bill. `quantity`, `price` (yuan) and `self_pay_ratio` (0 to 1) are decimal texts.

    `insurance_class`: A (甲), B (乙), C (丙, outside).
    """

    no: str
    code: str
    name: str
    med_list_code: str
    category: str
    quantity: str
    price: str
    amount_fen: int
    insurance_class: str = "A"
    self_pay_ratio: str = "0"


class Bill(msgspec.Struct, frozen=True):
    """What is to be settled, from the HIS at the moment of use. The lines add up to the order's total."""

    visit_no: str
    kind: VisitKind
    begun_at: datetime
    department_code: str
    department_name: str
    doctor_code: str
    doctor_name: str
    lines: list[FeeLine]
    diagnoses: list[Diagnosis] = []
    disease_code: str | None = None
    disease_name: str | None = None

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


class PresettleAsk(msgspec.Struct, frozen=True):
    """A bill to be split. `no` is ours (`medOrgOrd`), `visit_id` the insurance's number of the visit (`mdtrtId`)."""

    no: str
    insured: Insured
    consent: Consent
    bill: Bill
    visit_id: str
    med_type: str
    use_account: bool


class Announced(msgspec.Struct, frozen=True):
    """The insurance's own number of the order and its token. Kept before anything else is asked."""

    centre_no: str
    token: str


class Split(msgspec.Struct, frozen=True):
    """Who pays what, in fen."""

    total_fen: int
    pooled_fen: int
    personal_account_fen: int
    own_fen: int
    other_fen: int = 0


class SettlementKey(msgspec.Struct, frozen=True):
    """Everything with which an insurance is asked about one settlement."""

    no: str
    centre_no: str
    token: str
    insured: Insured
    split: Split
    settle_no: str = ""
    reverse_token: str = ""


class PayerState(StrEnum):
    ABSENT = "absent"
    OPEN = "open"
    """Uploaded or pre-settled: nothing has been paid."""
    SETTLING = "settling"
    SETTLED = "settled"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXCEPTION = "exception"
    """The insurance itself does not know: people look, we go on asking."""


class Found(msgspec.Struct, frozen=True):
    """How a settlement stands at the insurance. Amounts are there when it is settled."""

    no: str
    state: PayerState
    centre_no: str = ""
    settle_no: str = ""
    reverse_token: str = ""
    split: Split | None = None
    at: datetime | None = None
    """When it settled, by its own clock, where it says so."""


class ReverseState(StrEnum):
    DONE = "done"
    UNSURE = "unsure"
    """It says that something went wrong on its side: ask again with the same number."""
    FAILED = "failed"


class AuthoriseAsk(msgspec.Struct, frozen=True):
    """The patient is to consent. `return_url` is where the channel sends them back, with its code."""

    no: str
    subject: str
    name: str
    document_number: str
    return_url: str
    city: str


class Authorisation(msgspec.Struct, frozen=True):
    """`url`: send the patient there. `consent`: nothing more is needed."""

    url: str | None = None
    consent: Consent | None = None


class MixAsk(msgspec.Struct, frozen=True):
    """A payment that insurance and patient make together in the channel. `own_token`: the own part's prepayment."""

    no: str
    out_trade_no: str
    subject: str
    centre_no: str
    consent: Consent
    insured: Insured
    split: Split
    visit_kind: VisitKind
    title: str
    own_token: str | None
    return_url: str
    created_at: datetime
    expires_at: datetime


class MixState(StrEnum):
    ABSENT = "absent"
    WAITING = "waiting"
    """Also every word of the channel that we do not know."""
    PAID = "paid"
    FAILED = "failed"


class Mix(msgspec.Struct, frozen=True):
    """How a mixed payment stands in the channel."""

    out_trade_no: str
    state: MixState
    mix_no: str = ""
    fault: str = ""


class MixRefund(msgspec.Struct, frozen=True):
    """The channel is told that an insurance took its part back."""

    mix_no: str
    out_refund_no: str
    split: Split
    at: datetime


class MixNotice(msgspec.Struct, frozen=True):
    """A verified notice of a mixed payment: which one, over how much where it says so. What it came to is asked."""

    out_trade_no: str
    total_fen: int | None = None


class CentreNotice(msgspec.Struct, frozen=True):
    """A verified notice of an insurance (6302): which settlement. What it came to is asked."""

    no: str
    centre_no: str
