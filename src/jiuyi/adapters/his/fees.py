"""Outpatient fees (docs/contracts/his.md §2.7)."""

from typing import Any, TypeVar

import msgspec

from jiuyi.domains.outpatient.types import ConfirmAsk, FeeRefund, FeeVisit, LineState, Receipt, RefundAsk, Visits
from jiuyi.kit.clock import local
from jiuyi.kit.outcomes import Garbled, Refused
from jiuyi.wire.hospital import Door

SECONDS = 5.0
_T = TypeVar("_T")


class _Detail(msgspec.Struct):
    visit: FeeVisit


class _Lines(msgspec.Struct):
    lines: list[LineState]


class HisFees:
    """`outpatient.ports.Fees` over the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def unpaid(self, his_patient_id: str) -> Visits:
        """What the patient has to pay now."""
        return await self._call("fees.unpaid", {"patient_id": his_patient_id}, Visits)

    async def detail(self, visit_no: str) -> FeeVisit | None:
        """A visit with every line."""
        found = await self._find("fees.detail", {"visit_no": visit_no}, _Detail, "visit_not_found")
        return None if found is None else found.visit

    async def confirm(self, ask: ConfirmAsk) -> Receipt:
        """Enter a payment."""
        payment = None
        if ask.payment is not None:
            payment = {**msgspec.structs.asdict(ask.payment), "paid_at": local(ask.payment.paid_at)}
        request = {
            "request_no": ask.request_no,
            "patient_id": ask.his_patient_id,
            "visit_no": ask.visit_no,
            "order_no": ask.order_no,
            "lines": [{"bill_no": bill, "line_no": line, "amount_fen": fen} for bill, line, fen in ask.lines],
            "amount_fen": ask.amount_fen,
            "payment": payment,
            "insurance": None if ask.insurance is None else msgspec.structs.asdict(ask.insurance),
        }
        return await self._call("fees.confirm", request, Receipt)

    async def find(self, confirm_no: str) -> Receipt | None:
        """What became of a confirm."""
        return await self._find("fees.find", {"confirm_request_no": confirm_no}, Receipt, "fees_not_found")

    async def refundable(self, receipt_no: str) -> list[LineState]:
        """Every line of a receipt, as it stands at this moment."""
        return (await self._call("fees.refundable", {"receipt_no": receipt_no}, _Lines)).lines

    async def refund(self, ask: RefundAsk) -> FeeRefund:
        """Take lines back."""
        return await self._call("fees.refund", msgspec.to_builtins(ask), FeeRefund)

    async def find_refund(self, refund_no: str) -> FeeRefund | None:
        """What became of a refund."""
        return await self._find("fees.refund_find", {"refund_request_no": refund_no}, FeeRefund, "refund_not_found")

    async def _find(self, operation: str, request: dict[str, Any], kind: type[_T], absent: str) -> _T | None:
        try:
            return await self._call(operation, request, kind)
        except Refused as error:
            if error.code == absent:
                return None
            raise

    async def _call(self, operation: str, request: dict[str, Any], kind: type[_T]) -> _T:
        data = await self._door.call(operation, request, timeout=SECONDS)
        try:
            return msgspec.convert(data, kind)
        except msgspec.ValidationError as error:
            # The message names a path and a type, never a value.
            raise Garbled("his", operation, str(error)) from error
