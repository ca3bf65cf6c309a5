"""Events to the product (contract §3): signed, repeated until acknowledged, with faults on request."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import httpx

from jiuyi_sandbox.his.hospital import Hospital, of
from jiuyi_sandbox.his.registrations import release_expired

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.world import World

PATH = "/callbacks/his"
_SECOND = 1_000_000
BACKOFF_SECONDS = (5, 30, 120, 600)
HOURLY_SECONDS, GIVE_UP_SECONDS = 3600, 86400
_REORDER_SECONDS = 3
_EVERY, _HOUSEKEEPING_TURNS = 0.25, 8
_log = logging.getLogger(__name__)


async def background(world: World) -> None:
    """Send what is due; every two seconds release expired locks and make new days."""
    hospital = of(world)
    turn = 0
    while True:
        try:
            await send_due(hospital)
            if turn % _HOUSEKEEPING_TURNS == 0:
                release_expired(hospital, hospital.clock.now_us())
                hospital.roll()
        except Exception:  # noqa: BLE001 - the loop must outlive any one failure, which is logged
            _log.exception("the hospital's background work failed and goes on")
        turn += 1
        await asyncio.sleep(_EVERY)


async def send_due(hospital: Hospital) -> int:
    """Send every event that is due once; returns how many were acknowledged."""
    rows = hospital.store.all(
        "SELECT * FROM his_event WHERE next_us <= ? ORDER BY next_us LIMIT 50", (hospital.clock.now_us(),)
    )
    acknowledged = await asyncio.gather(*(_send(hospital, row) for row in rows))
    return sum(acknowledged)


async def _send(hospital: Hospital, row: Row) -> bool:
    faults, body = hospital.world.faults, row["body"].encode()
    if row["attempts"] == 0 and faults.take("his", row["kind"], "reorder"):
        _later(hospital, row, _REORDER_SECONDS, "reordered on request")
        return False
    if faults.take("his", row["kind"], "drop_notify"):
        _later(hospital, row, _pause(row["attempts"]), "dropped on request")
        return False
    if faults.take("his", row["kind"], "forge_notify"):
        await _post(hospital, row["kind"], body, forged=True)
    answer = await _post(hospital, row["kind"], body)
    if answer == "ok" and faults.take("his", row["kind"], "duplicate_notify"):
        answer = await _post(hospital, row["kind"], body)
    if answer == "ok":
        hospital.store.execute(
            "UPDATE his_event SET attempts = attempts + 1, next_us = NULL, delivered_us = ?, "
            "last_answer = 'ok' WHERE event_id = ?",
            (hospital.clock.now_us(), row["event_id"]),
        )
        return True
    pause = _pause(row["attempts"])
    if hospital.clock.now_us() - row["created_us"] + pause * _SECOND > GIVE_UP_SECONDS * _SECOND:
        hospital.store.execute(
            "UPDATE his_event SET attempts = attempts + 1, next_us = NULL, last_answer = ? WHERE event_id = ?",
            (f"given up: {answer}", row["event_id"]),
        )
    else:
        _later(hospital, row, pause, answer)
    return False


def _pause(attempts: int) -> int:
    return BACKOFF_SECONDS[attempts] if attempts < len(BACKOFF_SECONDS) else HOURLY_SECONDS


def _later(hospital: Hospital, row: Row, seconds: int, why: str) -> None:
    hospital.store.execute(
        "UPDATE his_event SET attempts = attempts + 1, next_us = ?, last_answer = ? WHERE event_id = ?",
        (hospital.clock.now_us() + seconds * _SECOND, why, row["event_id"]),
    )


async def _post(hospital: Hospital, kind: str, body: bytes, *, forged: bool = False) -> str:
    """Send once; ``ok`` when acknowledged, else what went wrong."""
    headers = hospital.door.sign_event(PATH, body)
    if forged:
        headers["X-Signature"] = headers["X-Signature"][::-1]
    try:
        answer = await hospital.world.http.post(hospital.world.config.product_url + PATH, content=body, headers=headers)
        status: int | None = answer.status_code
        outcome = "ok" if answer.is_success and answer.json().get("code") == "ok" else f"HTTP {answer.status_code}"
    except (httpx.HTTPError, ValueError, AttributeError) as wrong:
        status, outcome = None, type(wrong).__name__
    hospital.world.journal.add(
        "his",
        kind,
        direction="out",
        status=status,
        code=outcome,
        request=json.loads(body),
        **({"note": "forged on request"} if forged else {}),
    )
    return outcome
