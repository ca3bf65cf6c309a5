"""What outpatient needs from outside. Every call raises `Refused`, `Unreachable` or `Unanswered` (kit.outcomes)."""

from typing import Protocol

from jiuyi.domains.outpatient.types import ConfirmAsk, FeeRefund, FeeVisit, LineState, Receipt, RefundAsk, Visits


class Fees(Protocol):
    """The hospital's fee system."""

    async def unpaid(self, his_patient_id: str) -> Visits:
        """What the patient has to pay now; bills without lines."""
        ...

    async def detail(self, visit_no: str) -> FeeVisit | None:
        """A visit with every line; None when there is none of that number."""
        ...

    async def confirm(self, ask: ConfirmAsk) -> Receipt:
        """Enter a payment."""
        ...

    async def find(self, confirm_no: str) -> Receipt | None:
        """What became of a confirm; None = it never arrived."""
        ...

    async def refundable(self, receipt_no: str) -> list[LineState]:
        """Every line of a receipt, as it stands at this moment."""
        ...

    async def refund(self, ask: RefundAsk) -> FeeRefund:
        """Take lines back."""
        ...

    async def find_refund(self, refund_no: str) -> FeeRefund | None:
        """What became of a refund; None = it never arrived."""
        ...
