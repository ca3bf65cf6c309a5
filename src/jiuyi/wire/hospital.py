"""The hospital's one door (外联平台): the signed envelope of every adapter behind it (contracts/his.md §1)."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as chmac

from jiuyi.kit.clock import Clock
from jiuyi.kit.ids import new_id
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered, Unreachable
from jiuyi.wire.http import Answer, Caller

MOST_SKEW_SECONDS = 300
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_NOTHING_DONE = frozenset({"busy", "maintenance"})
_OK = 200
_UNAVAILABLE = 503


class Forged(Exception):
    """A message that claims to come from the hospital does not verify. `reason` is for our log only."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Envelope(msgspec.Struct):
    code: str
    message: str = ""
    data: dict[str, Any] | None = None


def _same(expected: str, given: str) -> bool:
    """Compared in constant time; as bytes, because a header may hold what is not ASCII."""
    return hmac.compare_digest(expected.encode(), given.encode())


class Signer:
    """Digests and signatures of the envelope; `suite` is `HMAC-SHA256` or `HMAC-SM3`."""

    def __init__(self, secret: str, suite: str = "HMAC-SHA256") -> None:
        self._secret = secret.encode()
        self.suite = suite

    def digest(self, body: bytes) -> str:
        """Lower-case hex digest of the exact body bytes."""
        if self.suite == "HMAC-SM3":
            sm3 = hashes.Hash(hashes.SM3())
            sm3.update(body)
            return sm3.finalize().hex()
        return hashlib.sha256(body).hexdigest()

    def sign(self, *lines: str) -> str:
        """Lower-case hex HMAC over the lines joined by line feeds."""
        message = "\n".join(lines).encode()
        if self.suite == "HMAC-SM3":
            mac = chmac.HMAC(self._secret, hashes.SM3())
            mac.update(message)
            return mac.finalize().hex()
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()


class Door:
    """Calls operations of the HIS contract and verifies what comes back."""

    def __init__(self, caller: Caller, app_id: str, signer: Signer, clock: Clock) -> None:
        self._caller = caller
        self._app_id = app_id
        self._signer = signer
        self._clock = clock
        self._prefix = re.sub(r"^https?://[^/]*", "", caller.base_url)

    async def call(self, operation: str, data: Mapping[str, Any], *, timeout: float = 5.0) -> dict[str, Any]:
        """Carry out `operation` and return its `data`.

        Raises `Refused` (final, with the contract's code), `Unreachable` (nothing was done), `Unanswered` (unknown)
        or `Garbled` (the answer does not verify).
        """
        body = msgspec.json.encode(data)
        path = f"/his/v1/{operation}"
        nonce, trace_id = secrets.token_urlsafe(18), new_id().hex
        timestamp, sha = str(int(self._clock.now().timestamp())), self._signer.digest(body)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-app-id": self._app_id,
            "x-timestamp": timestamp,
            "x-nonce": nonce,
            "x-trace-id": trace_id,
            "x-content-sha256": sha,
            "x-signature": self._signer.sign("POST", self._prefix + path, self._app_id, timestamp, nonce, sha),
        }
        if self._signer.suite != "HMAC-SHA256":
            headers["x-signature-type"] = self._signer.suite
        answer = await self._caller.send(
            operation, "POST", path, headers=headers, body=body, trace_id=trace_id, timeout=timeout
        )
        try:
            return self._read(operation, nonce, answer)
        except NotDone as error:
            self._caller.note_outcome(operation, trace_id, error)
            raise

    def _read(self, operation: str, nonce: str, answer: Answer) -> dict[str, Any]:
        system = self._caller.system
        headers = answer.headers
        expected = self._signer.sign(
            str(answer.status),
            nonce,
            headers.get("x-timestamp", ""),
            headers.get("x-nonce", ""),
            self._signer.digest(answer.body),
        )
        if not _same(expected, headers.get("x-signature", "")):
            if answer.status >= 500:  # noqa: PLR2004 - a gateway in between answers unsigned
                raise Unanswered(system, operation, f"unsigned HTTP {answer.status}")
            raise Garbled(system, operation, "the answer's signature is wrong")
        try:
            envelope = msgspec.json.decode(answer.body, type=_Envelope)
        except msgspec.MsgspecError as error:
            raise Garbled(system, operation, "the answer is not the contract's JSON") from error
        if answer.status == _OK and envelope.code == "ok":
            return envelope.data or {}
        if answer.status == _UNAVAILABLE and envelope.code in _NOTHING_DONE:
            raise Unreachable(system, operation, envelope.code)
        if answer.status >= 500:  # noqa: PLR2004
            raise Unanswered(system, operation, f"HTTP {answer.status} {envelope.code}")
        raise Refused(system, operation, envelope.code, envelope.message)

    def verify_event(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Check an event that the HIS sent us. Raises `Forged`. Replays are caught by the inbox (`event_id`)."""
        timestamp, nonce = headers.get("x-timestamp", ""), headers.get("x-nonce", "")
        if headers.get("x-app-id") != self._app_id:
            raise Forged("unknown app id")
        if (
            _SECONDS.fullmatch(timestamp) is None
            or abs(self._clock.now().timestamp() - int(timestamp)) > MOST_SKEW_SECONDS
        ):
            raise Forged("stale or missing timestamp")
        if _NONCE.fullmatch(nonce) is None:
            raise Forged("missing or odd nonce")
        sha = self._signer.digest(body)
        if not _same(sha, headers.get("x-content-sha256", "")):
            raise Forged("the body digest is wrong")
        expected = self._signer.sign("POST", path, self._app_id, timestamp, nonce, sha)
        if not _same(expected, headers.get("x-signature", "")):
            raise Forged("the signature is wrong")
