"""The hospital's one door: four outcomes, answers that verify, events that cannot be forged."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import structlog.testing

from jiuyi.adapters.his.events import RAW, HisEvents
from jiuyi.domains.booking.ports import REVIEW_NOTE
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault, parse_keys
from jiuyi.kit.db import Db
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered, Unreachable
from jiuyi.wire.envelopes import Inbound, Rejected
from jiuyi.wire.hospital import Door, Signer
from jiuyi.wire.http import CalledInTransaction, Caller
from tests.support.ports import free_port
from tests.support.sandbox import Sandbox
from tests.support.waiting import MOST_SECONDS

SECRET = "s" * 32
_KEY = base64.b64encode(bytes(range(32))).decode()
VAULT = Vault(parse_keys(f"1:{_KEY}", _KEY, "intl"))
UNKNOWN = {"patient_id": "P9999999"}


async def _opened(base_url: str, app_id: str, secret: str, journal: Journal) -> AsyncIterator[Door]:
    caller = Caller("his", base_url, journal, Clock())
    yield Door(caller, app_id, Signer(secret), Clock())
    await caller.close()


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest_asyncio.fixture
async def door(sandbox: Sandbox, journal: Journal) -> AsyncIterator[Door]:
    his = sandbox.keys["his"]
    async for one in _opened(his["base_url"], his["app_id"], his["secret"], journal):
        yield one


async def test_done_and_refused(door: Door) -> None:
    assert len((await door.call("catalog.list", {}))["departments"]) >= 45
    with pytest.raises(Refused) as refused:
        await door.call("patients.get", UNKNOWN)
    assert refused.value.code == "patient_not_found"


@pytest.mark.parametrize(
    ("kind", "value", "outcome"),
    [
        ("cut_after", None, Unanswered),
        ("cut_before", None, Unanswered),
        ("status", 500, Unanswered),
        ("status", 502, Unanswered),
        ("garbled", None, Garbled),
        ("latency", 3, Unanswered),
    ],
)
async def test_what_is_not_a_trusted_answer(
    door: Door, sandbox: Sandbox, kind: str, value: int | None, outcome: type[NotDone]
) -> None:
    more = {} if value is None else {"value": value}
    await sandbox.fault("his", kind, "patients.get", times=1, **more)
    with pytest.raises(outcome):
        await door.call("patients.get", UNKNOWN, timeout=1.0 if kind == "latency" else MOST_SECONDS)
    with pytest.raises(Refused):
        await door.call("patients.get", UNKNOWN)


async def test_nobody_listening_is_unreachable(journal: Journal) -> None:
    async for door in _opened(f"http://127.0.0.1:{free_port()}", "jiuyi", SECRET, journal):
        with pytest.raises(Unreachable):
            await door.call("catalog.list", {})


async def test_a_wrong_secret_is_never_mistaken_for_an_answer(sandbox: Sandbox, journal: Journal) -> None:
    his = sandbox.keys["his"]
    async for door in _opened(his["base_url"], his["app_id"], "another secret", journal):
        with pytest.raises(Garbled):
            await door.call("catalog.list", {})


async def test_calls_are_refused_while_a_transaction_is_open(door: Door, db: Db) -> None:
    async with db.tx():
        with pytest.raises(CalledInTransaction):
            await door.call("catalog.list", {})


async def test_the_journal_says_how_it_ended_and_nothing_personal(door: Door, db: Db, journal: Journal) -> None:
    with pytest.raises(Refused):
        await door.call(
            "patients.find", {"document_type": "passport", "document_number": "E99999999", "name": "NO ONE"}
        )
    assert await journal.flush(db) == 2
    async with db.tx() as tx:
        rows = await tx.values("SELECT c::text FROM kit.call c ORDER BY c.outcome")
    assert "done" in rows[0]
    assert "refused" in rows[1]
    assert not any("E99999999" in row or "NO ONE" in row for row in rows)


def _event(**changes: Any) -> Inbound:
    """A well-signed event, then changed."""
    body = changes.pop(
        "body", b'{"event_id":"e1","kind":"catalog.changed","occurred_at":"2026-11-22T10:00:00+08:00","data":{}}'
    )
    signed = changes.pop("signed", body)
    headers = {
        "x-app-id": "jiuyi",
        "x-timestamp": str(int(Clock().now().timestamp())),
        "x-nonce": "0123456789abcdef",
        "x-content-sha256": hashlib.sha256(signed).hexdigest(),
    }
    headers |= {name.replace("_", "-"): value for name, value in changes.items() if name.startswith("x_") and value}
    lines = (
        "POST",
        "/callbacks/his",
        headers["x-app-id"],
        headers["x-timestamp"],
        headers["x-nonce"],
        headers["x-content-sha256"],
    )
    headers["x-signature"] = hmac.new(SECRET.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    for name in [name for name, value in changes.items() if value is None]:
        del headers[name.replace("_", "-")]
    if changes.get("x_signature"):
        headers["x-signature"] = changes["x_signature"]
    return Inbound("POST", "/callbacks/his", {}, headers, body)


@pytest_asyncio.fixture
async def events(journal: Journal) -> AsyncIterator[HisEvents]:
    async for door in _opened("http://127.0.0.1:9", "jiuyi", SECRET, journal):
        yield HisEvents(door, VAULT)


async def test_a_signed_event_is_named(events: HisEvents) -> None:
    notices, acknowledgement = await events.read(_event())
    assert [(one.key, one.kind) for one in notices] == [("e1", "catalog.changed")]
    assert acknowledgement.status == 200


async def test_what_doctors_wrote_is_sealed_as_it_comes(events: HisEvents) -> None:
    said = {"application_no": "M1", "decision": "declined", "note": "肺结节，随诊"}
    event = {"event_id": "e2", "kind": "mdt.reviewed", "occurred_at": "2026-11-22T10:00:00+08:00", "data": said}
    body = json.dumps(event, ensure_ascii=False).encode()
    (notice,), _ = await events.read(_event(body=body))
    assert (notice.data["application_no"], "note" in notice.data) == ("M1", False)
    assert VAULT.open(base64.b64decode(notice.data["note_sealed"]), REVIEW_NOTE) == said["note"]
    assert "肺结节".encode() not in notice.raw
    assert VAULT.open(notice.raw, RAW).encode() == body


@pytest.mark.parametrize(
    "changes",
    [
        {"x_app_id": None},
        {"x_timestamp": None},
        {"x_nonce": None},
        {"x_content_sha256": None},
        {"x_signature": None},
        {"x_app_id": "someone"},
        {"x_timestamp": "1700000000"},
        {"x_timestamp": "soon"},
        {"x_nonce": "short"},
        {"x_signature": "0" * 64},
        {"x_signature": "é" * 64},
        {"x_content_sha256": "é" * 64},
        {"x_timestamp": "²³"},
        {"x_timestamp": "9" * 400},
        {"x_timestamp": "9" * 5000},
        {"signed": b"another body"},
    ],
)
async def test_forged_events_are_rejected_part_by_part(events: HisEvents, changes: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as rejected:
        await events.read(_event(**changes))
    assert rejected.value.answer.status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"event_id":"","kind":"catalog.changed","occurred_at":""}',
        b'{"event_id":"e","kind":"made.up","occurred_at":""}',
        b'{"event_id":"e\\u0000","kind":"catalog.changed","occurred_at":""}',
        b'{"event_id":"e","kind":"catalog.changed","occurred_at":"","data":{"a":"\\u0000"}}',
    ],
)
async def test_signed_nonsense_is_malformed_not_forged(events: HisEvents, body: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        await events.read(_event(body=body))
    assert rejected.value.answer.status == 400


async def test_a_call_that_failed_is_in_the_log_with_the_journal_s_trace(journal: Journal, door: Door) -> None:
    with structlog.testing.capture_logs() as lines, pytest.raises(Refused):
        await door.call("patients.get", UNKNOWN)
    (line,) = [line for line in lines if line["event"] == "an outside call failed"]
    assert (line["operation"], line["outcome"], line["why"]) == ("patients.get", "refused", "patient_not_found")
    assert {call.trace_id for call in journal._calls} == {line["trace_id"]}
