"""What insurance needs from outside: the insurances, the hospital's own insurance desk, and the channels' cashiers."""

from collections.abc import Mapping
from typing import Protocol

from jiuyi.domains.insurance.types import (
    Announced,
    Authorisation,
    AuthoriseAsk,
    Bill,
    Consent,
    Found,
    Insured,
    Mix,
    MixAsk,
    MixRefund,
    PresettleAsk,
    ReverseState,
    SettlementKey,
    Split,
)
from jiuyi.domains.payments.types import Order

CENTRE_NOTICE = "settlement"
"""`Notice.kind` of an insurance's notice; its `data` is a `CentreNotice` in JSON types."""
MIX_NOTICE = "mixed_payment"
"""`Notice.kind` of a channel's notice of a mixed payment; its `data` is a `MixNotice` in JSON types."""


class Payer(Protocol):
    """An insurance. Every call may raise `Refused`, `Unreachable`, `Unanswered` or `Garbled` (kit.outcomes).

    Each is safe to repeat with the same numbers.
    """

    @property
    def name(self) -> str:
        """Its word in the ledger: `national_centre`, `his`."""
        ...

    @property
    def with_channel(self) -> bool:
        """Whether it settles when the patient confirms in the channel's cashier (else when `settle` is called)."""
        ...

    async def announce(self, ask: PresettleAsk) -> Announced:
        """Tell it the bill (6201). Nothing is charged."""
        ...

    async def presettle(self, ask: PresettleAsk, announced: Announced) -> Split:
        """Have the bill split (6202). Nothing is charged."""
        ...

    async def settle(self, key: SettlementKey, ask: PresettleAsk) -> Found:
        """Settle the bill of `ask` as agreed. Where the channel does that, this only asks how it stands."""
        ...

    async def find(self, key: SettlementKey) -> Found:
        """How it stands; an unknown number is `ABSENT`."""
        ...

    async def withdraw(self, key: SettlementKey) -> None:
        """Take a bill back that was not settled (6401). `Refused` when it was."""
        ...

    async def reverse(self, key: SettlementKey, refund_no: str) -> ReverseState:
        """Take a settlement back, all of it (6203). The same `refund_no` is the same reversal."""
        ...


class InsuredPeople(Protocol):
    """The hospital's connection to the core system: who is insured, and the visit's number there."""

    async def identify(self, his_patient_id: str, consent: Consent) -> Insured:
        """Who is insured (1101). Raises `Refused` with the insurance's words when nobody is."""
        ...

    async def open_visit(
        self, his_patient_id: str, insured: Insured, bill: Bill, med_type: str, consent: Consent
    ) -> str:
        """The insurance's number of the visit (2201, `mdtrtId`). The same visit gets the same number."""
        ...


class BillSource(Protocol):
    """Where the lines of one kind of order come from: the HIS, at the moment of use."""

    async def bill(self, order: Order) -> Bill:
        """The bill of an order. Raises `Refused` when the HIS has none."""
        ...


class MedicalCashier(Protocol):
    """A channel's way of letting an insurance and the patient pay together."""

    @property
    def own_method(self) -> str:
        """The method of payments with which the own part is paid beside the insurance."""
        ...

    async def authorise(self, ask: AuthoriseAsk) -> Authorisation:
        """Begin the patient's consent: a page to go to, or the consent where it was given before."""
        ...

    async def exchange(self, ask: AuthoriseAsk, code: str) -> Consent:
        """The consent behind the code with which the patient came back. Raises `Refused` when there is none."""
        ...

    async def open(self, ask: MixAsk) -> Mix:
        """Announce the mixed payment; the same number again is the same payment."""
        ...

    def invoke(self, mix_no: str, own: Mapping[str, str] | None) -> dict[str, str]:
        """What opens the cashier, with the own part's parameters where there is one. No I/O."""
        ...

    async def find(self, out_trade_no: str) -> Mix:
        """How the mixed payment stands; an unknown number is `ABSENT`."""
        ...

    async def end(self, out_trade_no: str) -> None:
        """Nobody may begin to pay it any more, where the channel can see to that. `Refused` when it is paid."""
        ...

    async def tell_refunded(self, told: MixRefund) -> None:
        """Say that the insurance has taken its part back; said twice is said once."""
        ...


class Houses:
    """Everything outside that a settlement needs, by name. `bills`: kind of subject → where its lines come from."""

    def __init__(
        self,
        *,
        payers: Mapping[str, Payer],
        cashiers: Mapping[str, MedicalCashier],
        people: InsuredPeople,
        bills: Mapping[str, BillSource],
    ) -> None:
        self.payers = dict(payers)
        self.cashiers = dict(cashiers)
        self.people = people
        self.bills = dict(bills)
