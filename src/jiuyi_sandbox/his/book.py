"""The hospital's own book of money, which the daily statement is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiuyi_sandbox.clock import moment

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital


def enter(
    hospital: Hospital,
    *,
    kind: str,
    subject: str,
    order_no: str,
    channel: str,
    transaction_id: str,
    amount_fen: int,
    registration_no: str | None = None,
    receipt_no: str | None = None,
    insurance_fen: int = 0,
    settlement_no: str | None = None,
) -> None:
    """One entry, dated now. ``amount_fen`` went through the channel, ``insurance_fen`` through an insurance."""
    now = moment(hospital.clock.now_us())
    hospital.store.execute(
        "INSERT INTO his_book (kind, subject, date, order_no, registration_no, receipt_no, channel, transaction_id, "
        "amount_fen, insurance_fen, settlement_no, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            kind,
            subject,
            now[:10],
            order_no,
            registration_no,
            receipt_no,
            channel,
            transaction_id,
            amount_fen,
            insurance_fen,
            settlement_no,
            now,
        ),
    )


def number(hospital: Hospital, prefix: str) -> str:
    """The prefix, today, and a count of that day: ``FS26112300007``."""
    day = moment(hospital.clock.now_us())[2:10].replace("-", "")
    key = f"his_number_{prefix}{day}"
    count = int(hospital.store.meta(key) or 0) + 1
    hospital.store.set_meta(key, str(count))
    return f"{prefix}{day}{count:05d}"
