"""Catalogue and schedules (contract §2.1, §2.2)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import microseconds, moment

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

_PAGE = 500


def catalog(hospital: Hospital, _request: dict[str, Any]) -> dict[str, Any]:
    return hospital.catalog


def schedules(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """One page in the order of codes. The cursor is the last code of the page before."""
    hospital.roll()
    limit = request.get("limit") or _PAGE
    since = request.get("changed_since")
    as_of = hospital.stamp_us()
    rows = hospital.store.all(
        "SELECT * FROM his_schedule WHERE date BETWEEN ? AND ? AND code > ? AND updated_us > ? ORDER BY code LIMIT ?",
        (
            request["from"],
            request["to"],
            request.get("cursor") or "",
            microseconds(since) if since else -1,
            limit + 1,
        ),
    )
    page = rows[:limit]
    slots: dict[str, list[dict[str, Any]]] = {}
    if page:
        for slot in hospital.store.all(
            "SELECT * FROM his_slot WHERE schedule_code BETWEEN ? AND ? ORDER BY code",
            (page[0]["code"], page[-1]["code"]),
        ):
            slots.setdefault(slot["schedule_code"], []).append(_slot(slot))
    return {
        "items": [_schedule(row, slots.get(row["code"], [])) for row in page],
        "next_cursor": page[-1]["code"] if len(rows) > limit else None,
        "as_of": moment(as_of),
    }


def _schedule(row: Row, slots: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **json.loads(row["data"]),
        "state": row["state"],
        "stop_reason": row["stop_reason"],
        "updated_at": moment(row["updated_us"]),
        "slots": slots,
    }


def _slot(row: Row) -> dict[str, Any]:
    # A stopped slot of a running clinic offers nothing.
    return {
        "code": row["code"],
        "start": row["start"],
        "end": row["end"],
        "online_quota": 0 if row["stopped"] else row["online_quota"],
        "reserved": 0 if row["stopped"] else row["reserved"],
        "reserved_until": row["reserved_until"],
    }
