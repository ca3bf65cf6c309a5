"""Contract §1: what is refused at the door, and that answers cannot be taken for another request's."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from pathlib import Path

import pytest

from tests.sandbox.vendor import Caller, answer_is_signed, signed
from tests.support.sandbox import Sandbox

PATH = "/his-esb/his/v1/patients.get"
BODY = b'{"patient_id": "P0000001"}'


async def refused(sandbox: Sandbox, headers: dict[str, str], body: bytes = BODY) -> str:
    answer = await sandbox.http.post(PATH, content=body, headers=headers)
    assert answer.status_code == 401
    suite = "sm3" if headers.get("X-Signature-Type") == "HMAC-SM3" else "sha256"
    assert answer_is_signed(sandbox.keys["his"]["secret"], answer, headers.get("X-Nonce", ""), suite)
    return str(answer.json()["code"])


@pytest.mark.parametrize(
    "missing", ["X-App-Id", "X-Timestamp", "X-Nonce", "X-Trace-Id", "X-Content-SHA256", "X-Signature"]
)
async def test_a_missing_header_is_refused(sandbox: Sandbox, missing: str) -> None:
    headers = signed(sandbox.keys["his"]["secret"], PATH, BODY)
    del headers[missing]
    assert await refused(sandbox, headers) == "bad_signature"


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("X-App-Id", "somebody", "unknown_app"),
        ("X-Timestamp", "yesterday", "stale_timestamp"),
        ("X-Nonce", "short", "bad_signature"),
        ("X-Nonce", "has spaces and more than 16", "bad_signature"),
        ("X-Content-SHA256", "0" * 64, "bad_signature"),
        ("X-Signature", "0" * 64, "bad_signature"),
        ("X-Signature-Type", "HMAC-MD5", "bad_signature"),
        ("X-Signature-Type", "HMAC-SM3", "bad_signature"),
    ],
)
async def test_a_wrong_header_is_refused(sandbox: Sandbox, header: str, value: str, code: str) -> None:
    headers = signed(sandbox.keys["his"]["secret"], PATH, BODY) | {header: value}
    assert await refused(sandbox, headers) == code


@pytest.mark.parametrize("away", [-301, 301])
async def test_a_stale_timestamp_is_refused(sandbox: Sandbox, away: int) -> None:
    headers = signed(sandbox.keys["his"]["secret"], PATH, BODY, timestamp=int(time.time()) + away)
    assert await refused(sandbox, headers) == "stale_timestamp"


async def test_another_body_path_or_secret_is_refused(sandbox: Sandbox) -> None:
    secret = sandbox.keys["his"]["secret"]
    assert await refused(sandbox, signed(secret, PATH, BODY), b'{"patient_id": "P0000002"}') == "bad_signature"
    assert await refused(sandbox, signed(secret, PATH + "x", BODY)) == "bad_signature"
    assert await refused(sandbox, signed(secret, "/his/v1/patients.get", BODY)) == "bad_signature"
    assert await refused(sandbox, signed("0" * 32, PATH, BODY)) == "bad_signature"


async def test_a_nonce_works_once(sandbox: Sandbox) -> None:
    secret = sandbox.keys["his"]["secret"]
    headers = signed(secret, PATH, BODY)
    assert (await sandbox.http.post(PATH, content=BODY, headers=headers)).status_code == 200
    assert await refused(sandbox, headers) == "nonce_reused"


async def test_a_forged_call_does_not_burn_the_nonce(sandbox: Sandbox) -> None:
    headers = signed(sandbox.keys["his"]["secret"], PATH, BODY)
    assert await refused(sandbox, headers | {"X-Signature": "0" * 64}) == "bad_signature"
    assert (await sandbox.http.post(PATH, content=BODY, headers=headers)).status_code == 200


async def test_sm3_signs_both_ways(sandbox: Sandbox, his: Caller) -> None:
    answer = await his.raw("patients.get", {"patient_id": "P0000001"}, suite="sm3")
    assert answer.json()["code"] == "ok"
    assert answer.headers["X-Signature-Type"] == "HMAC-SM3"
    assert sandbox.keys["his"]["app_id"] == "jiuyi"


async def test_a_moved_clock_accepts_both_times(sandbox: Sandbox, his: Caller) -> None:
    await sandbox.move_clock(7200, only_sandbox=True)
    assert (await his.raw("patients.get", {"patient_id": "P0000001"})).status_code == 200
    moved = await his.raw("patients.get", {"patient_id": "P0000001"}, timestamp=int(time.time()) + 7200)
    assert moved.status_code == 200


def test_the_worked_example_of_the_contract_is_right() -> None:
    """The numbers in docs/contracts/his.md are recomputed, so that a vendor can trust them."""
    page = Path("docs/contracts/his.md").read_text("utf-8")
    example = page[page.index("### 1.4") : page.index("## 2.")]
    secret = re.search(r"secret `([^`]+)`", example)
    body = re.search(r"```json\n(\{.*?\})\n```", example)
    blocks = re.findall(r"```text\n(.*?)\n```", example, re.DOTALL)
    assert secret
    assert body
    digest = hashlib.sha256(body[1].encode()).hexdigest()
    request_text, answer_text = blocks
    assert request_text.split("\n")[5] == digest
    request_mac = hmac.new(secret[1].encode(), request_text.encode(), "sha256").hexdigest()
    answer_mac = hmac.new(secret[1].encode(), answer_text.encode(), "sha256").hexdigest()
    answer_body = re.search(r"answer body is `(\{.*?\})`", example)
    assert answer_body
    assert answer_text.split("\n")[4] == hashlib.sha256(answer_body[1].encode()).hexdigest()
    assert answer_text.split("\n")[1] == request_text.split("\n")[4]
    assert f"`{request_mac}`" in example
    assert f"`{answer_mac}`" in example
    sm3 = hashlib.new("sm3", body[1].encode()).hexdigest()
    assert f"`{sm3}`" in example
    with_sm3 = "\n".join([*request_text.split("\n")[:5], sm3])
    assert f"`{hmac.new(secret[1].encode(), with_sm3.encode(), 'sm3').hexdigest()}`" in example
