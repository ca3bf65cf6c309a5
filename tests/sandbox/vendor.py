"""A caller of the HIS contract, written from docs/contracts/his.md alone."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import secrets
import time
from typing import Any

import httpx

_numbers = itertools.count(1)


def request_no(prefix: str = "T") -> str:
    return f"{prefix}{secrets.token_hex(6).upper()}{next(_numbers):06d}"


def signed(
    secret: str,
    path: str,
    body: bytes,
    *,
    app_id: str = "jiuyi",
    timestamp: int | None = None,
    nonce: str | None = None,
    suite: str = "sha256",
) -> dict[str, str]:
    stamp, nonce = str(int(time.time()) if timestamp is None else timestamp), nonce or secrets.token_hex(16)
    digest = hashlib.new(suite, body).hexdigest()
    text = f"POST\n{path}\n{app_id}\n{stamp}\n{nonce}\n{digest}"
    headers = {
        "X-App-Id": app_id,
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Trace-Id": secrets.token_hex(8),
        "X-Content-SHA256": digest,
        "X-Signature": hmac.new(secret.encode(), text.encode(), suite).hexdigest(),
        "Content-Type": "application/json",
    }
    return headers if suite == "sha256" else headers | {"X-Signature-Type": "HMAC-SM3"}


def answer_is_signed(secret: str, answer: httpx.Response, request_nonce: str, suite: str = "sha256") -> bool:
    digest = hashlib.new(suite, answer.content).hexdigest()
    text = "\n".join(
        (str(answer.status_code), request_nonce, answer.headers["X-Timestamp"], answer.headers["X-Nonce"], digest)
    )
    expected = hmac.new(secret.encode(), text.encode(), suite).hexdigest()
    return digest == answer.headers["X-Content-SHA256"] and expected == answer.headers["X-Signature"]


class Caller:
    """Calls operations and insists on signed answers."""

    def __init__(self, http: httpx.AsyncClient, secret: str, prefix: str = "/his-esb") -> None:
        self.http, self.secret, self.prefix = http, secret, prefix

    async def raw(self, operation: str, data: Any, **signing: Any) -> httpx.Response:
        path = f"{self.prefix}/his/v1/{operation}"
        body = json.dumps(data, ensure_ascii=False).encode()
        headers = signed(self.secret, path, body, **signing)
        answer = await self.http.post(path, content=body, headers=headers)
        assert answer_is_signed(self.secret, answer, headers["X-Nonce"], signing.get("suite", "sha256"))
        return answer

    async def answer(self, operation: str, **data: Any) -> dict[str, Any]:
        """The whole answer, whatever its code."""
        found: dict[str, Any] = (await self.raw(operation, data)).json()
        return found

    async def ok(self, operation: str, **data: Any) -> dict[str, Any]:
        answer = await self.answer(operation, **data)
        assert answer["code"] == "ok", answer
        found: dict[str, Any] = answer["data"]
        return found

    async def code(self, operation: str, **data: Any) -> str:
        return str((await self.answer(operation, **data))["code"])
