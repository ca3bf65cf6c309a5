"""Locking, confirming, cancelling and finding places (contracts/his.md §2.4)."""

from typing import Any

import msgspec

from jiuyi.domains.booking.ports import Registration
from jiuyi.domains.payments.types import Proof
from jiuyi.kit.clock import local
from jiuyi.kit.outcomes import Garbled, Refused
from jiuyi.wire.hospital import Door

SECONDS = 3.0


class HisRegistrations:
    """`booking.ports.Registrations` over the hospital's door."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def lock(
        self,
        *,
        request_no: str,
        slot_code: str,
        his_patient_id: str,
        channel: str,
        hold_seconds: int,
        mdt_application_no: str | None,
    ) -> Registration:
        """Lock a place."""
        request = {
            "request_no": request_no,
            "slot_code": slot_code,
            "patient_id": his_patient_id,
            "channel": channel,
            "hold_seconds": hold_seconds,
            "mdt_application_no": mdt_application_no,
        }
        return await self._registration("registrations.lock", request)

    async def confirm(self, *, request_no: str, lock_no: str, payment: Proof | None) -> Registration:
        """Confirm a locked place."""
        told = None
        if payment is not None:
            told = {**msgspec.structs.asdict(payment), "paid_at": local(payment.paid_at)}
        request = {"request_no": request_no, "lock_request_no": lock_no, "payment": told}
        return await self._registration("registrations.confirm", request)

    async def cancel(self, *, request_no: str, lock_no: str, reason: str, note: str) -> Registration:
        """Release a lock or cancel a confirmed place."""
        request = {"request_no": request_no, "lock_request_no": lock_no, "reason": reason, "note": note}
        return await self._registration("registrations.cancel", request)

    async def find(self, lock_no: str) -> Registration | None:
        """What became of a lock."""
        try:
            return await self._registration("registrations.find", {"lock_request_no": lock_no})
        except Refused as error:
            if error.code == "registration_not_found":
                return None
            raise

    async def _registration(self, operation: str, request: dict[str, Any]) -> Registration:
        data = await self._door.call(operation, request, timeout=SECONDS)
        try:
            return msgspec.convert(data, Registration)
        except msgspec.ValidationError as error:
            raise Garbled("his", operation, str(error)) from error
