"""Stays and their deposits (docs/contracts/his.md §2.8)."""

from typing import Any, TypeVar

import msgspec

from jiuyi.domains.inpatient.types import (
    DepositBack,
    DepositGone,
    DepositReceipt,
    DepositTelling,
    Question,
    Refundable,
    Stay,
)
from jiuyi.kit.clock import local
from jiuyi.kit.outcomes import Garbled, Refused
from jiuyi.wire.hospital import Door

SECONDS = 5.0
_T = TypeVar("_T")


class _Stays(msgspec.Struct):
    stays: list[Stay]


class HisWards:
    """`inpatient.ports.Wards` over the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def find(self, question: Question) -> list[Stay]:
        """Stays that fit."""
        try:
            return (await self._call("inpatient.find", msgspec.to_builtins(question), _Stays)).stays
        except Refused as error:
            if error.code == "stay_not_found":
                return []
            raise

    async def deposit(self, telling: DepositTelling) -> DepositReceipt:
        """Enter a deposit."""
        payment = {**msgspec.structs.asdict(telling.payment), "paid_at": local(telling.payment.paid_at)}
        request = {**msgspec.structs.asdict(telling), "payment": payment}
        return await self._call("inpatient.deposit", request, DepositReceipt)

    async def find_deposit(self, deposit_no: str) -> DepositReceipt | None:
        """What became of a deposit."""
        try:
            return await self._call("inpatient.deposit_find", {"deposit_request_no": deposit_no}, DepositReceipt)
        except Refused as error:
            if error.code == "deposit_not_found":
                return None
            raise

    async def refundable(self, receipt_no: str) -> Refundable:
        """How much of a deposit goes back at this moment."""
        return await self._call("inpatient.deposit_refundable", {"receipt_no": receipt_no}, Refundable)

    async def give_back(self, ask: DepositBack) -> DepositGone:
        """Enter money of a deposit as given back."""
        return await self._call("inpatient.deposit_refund", msgspec.structs.asdict(ask), DepositGone)

    async def find_given_back(self, refund_no: str) -> DepositGone | None:
        """What became of that."""
        try:
            return await self._call("inpatient.deposit_refund_find", {"refund_request_no": refund_no}, DepositGone)
        except Refused as error:
            if error.code == "refund_not_found":
                return None
            raise

    async def _call(self, operation: str, request: dict[str, Any], kind: type[_T]) -> _T:
        data = await self._door.call(operation, request, timeout=SECONDS)
        try:
            return msgspec.convert(data, kind)
        except msgspec.ValidationError as error:
            raise Garbled("his", operation, str(error)) from error
