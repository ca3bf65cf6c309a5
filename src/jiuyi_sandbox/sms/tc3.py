"""Tencent Cloud API v3 signatures (TC3-HMAC-SHA256), verified from the received headers and `SignedHeaders` list."""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"
MAX_SKEW_SECONDS = 300

_SECONDS = re.compile(r"^[0-9]{1,12}$")
_HEADER = re.compile(
    r"^TC3-HMAC-SHA256 Credential=(?P<id>[^/,\s]+)/(?P<date>\d{4}-\d{2}-\d{2})/(?P<service>[a-z]+)/tc3_request,"
    r"\s*SignedHeaders=(?P<signed>[a-z0-9;\-]+),\s*Signature=(?P<signature>[0-9a-f]{64})$"
)


class Unauthenticated(Exception):
    """A signature failure; `code` is Tencent's `AuthFailure.*` code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Received:
    """What arrived: method, path, raw query, lower-case headers and the exact body."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(received: Received, *, signed: list[str], date: str, service: str, secret_key: str) -> str:
    """Compute the signature that the caller must have sent."""
    lines = "".join(f"{name}:{received.headers[name].strip().lower()}\n" for name in signed)
    canonical = "\n".join(
        [
            received.method,
            received.path,
            received.query,
            lines,
            ";".join(signed),
            hashlib.sha256(received.body).hexdigest(),
        ]
    )
    timestamp = received.headers["x-tc-timestamp"]
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{timestamp}\n{date}/{service}/tc3_request\n{digest}"
    key = _hmac(_hmac(_hmac(b"TC3" + secret_key.encode(), date), service), "tc3_request")
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def verify(
    received: Received, *, service: str, secret_id: str, secret_key: str, near: Callable[[float, float], bool]
) -> None:
    """Refuse a request whose signature does not hold; `near(timestamp, seconds)` knows the clock.

    Raises Unauthenticated with Tencent's own code.
    """
    found = _HEADER.match(received.headers.get("authorization", ""))
    if found is None:
        code = "AuthFailure.SignatureFailure"
        raise Unauthenticated(code, "The Authorization header is missing or malformed.")
    stamp = received.headers.get("x-tc-timestamp", "")
    if not _SECONDS.match(stamp):
        code = "MissingParameter"
        raise Unauthenticated(code, "X-TC-Timestamp is required.")
    if not near(int(stamp), MAX_SKEW_SECONDS):
        code = "AuthFailure.SignatureExpire"
        raise Unauthenticated(code, "The signature has expired: X-TC-Timestamp is more than 300 s away.")
    if found["id"] != secret_id:
        code = "AuthFailure.SecretIdNotFound"
        raise Unauthenticated(code, "The SecretId is not found.")
    signed = found["signed"].split(";")
    if not {"content-type", "host"} <= set(signed) or any(name not in received.headers for name in signed):
        code = "AuthFailure.SignatureFailure"
        raise Unauthenticated(
            code, "SignedHeaders must name content-type and host, and every header it names must be sent."
        )
    date = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    right = signature(received, signed=signed, date=date, service=service, secret_key=secret_key)
    if found["date"] != date or found["service"] != service or not hmac.compare_digest(right, found["signature"]):
        code = "AuthFailure.SignatureFailure"
        raise Unauthenticated(code, "The provided credentials could not be validated.")
