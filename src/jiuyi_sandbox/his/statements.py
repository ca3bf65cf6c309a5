"""The daily statement (contract §2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital


def daily(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Everything the ledger has for one day, in the order it was entered; totals are of the whole day."""
    limit = request.get("limit") or 1000
    rows = hospital.store.all(
        "SELECT * FROM his_book WHERE date = ? AND id > ? ORDER BY id LIMIT ?",
        (request["date"], int(request.get("cursor") or 0), limit + 1),
    )
    page = rows[:limit]
    totals = hospital.store.one(
        "SELECT coalesce(sum(amount_fen) FILTER (WHERE kind = 'payment'), 0) AS payment_fen, "
        "coalesce(sum(amount_fen) FILTER (WHERE kind = 'refund'), 0) AS refund_fen, count(*) AS count "
        "FROM his_book WHERE date = ?",
        (request["date"],),
    )
    return {
        "items": [
            {
                "entry_no": f"L{row['id']:010d}",
                "kind": row["kind"],
                "subject": row["subject"],
                "order_no": row["order_no"],
                "registration_no": row["registration_no"],
                "receipt_no": row["receipt_no"],
                "channel": row["channel"],
                "transaction_id": row["transaction_id"],
                "amount_fen": row["amount_fen"],
                "insurance_fen": row["insurance_fen"],
                "settlement_no": row["settlement_no"],
                "at": row["at"],
            }
            for row in page
        ],
        "next_cursor": str(page[-1]["id"]) if len(rows) > limit else None,
        "totals": dict(totals) if totals else {},
    }
