"""The external integration platform's envelope: signatures on requests, answers and events (contract §1)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jiuyi_sandbox.world import World

APP_ID = "jiuyi"
WINDOW_SECONDS = 300
NONCE_KEPT_SECONDS = 600
_NONCE = re.compile(r"[0-9A-Za-z_-]{16,64}")
_SUITES = {"HMAC-SHA256": "sha256", "HMAC-SM3": "sm3"}


class Refused(Exception):
    """An answer other than ``ok``: code and message of contract §4, and the HTTP status it travels with."""

    def __init__(self, code: str, message: str, status: int = 200) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def digest(suite: str, data: bytes) -> str:
    """Lower-case hexadecimal SHA-256 or SM3."""
    return hashlib.new(suite, data).hexdigest()


def mac(suite: str, secret: str, text: str) -> str:
    """Lower-case hexadecimal HMAC."""
    return hmac.new(secret.encode(), text.encode(), suite).hexdigest()


class Door:
    """Checks what comes in and signs what goes out, with one caller's secret."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._nonces: dict[str, float] = {}

    @property
    def secret(self) -> str:
        """The secret shared with the product."""
        return self._world.keys.get("his.secret")

    def check(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raise Refused (HTTP 401) unless every header is there and right. A nonce counts only when all else is."""
        named = {
            name: headers.get(name, "")
            for name in (
                "X-App-Id",
                "X-Timestamp",
                "X-Nonce",
                "X-Trace-Id",
                "X-Content-SHA256",
                "X-Signature",
            )
        }
        for name, value in named.items():
            if not value:
                raise Refused("bad_signature", f"{name} is missing", 401)
        if named["X-App-Id"] != APP_ID:
            raise Refused("unknown_app", "no such app id", 401)
        if not named["X-Timestamp"].isdigit() or not self._world.clock.near(int(named["X-Timestamp"]), WINDOW_SECONDS):
            raise Refused("stale_timestamp", f"our clock says {int(self._world.clock.time())}", 401)
        if not _NONCE.fullmatch(named["X-Nonce"]):
            raise Refused("bad_signature", "X-Nonce must be 16 to 64 characters of 0-9 A-Z a-z _ -", 401)
        suite = suite_of(headers)
        if not hmac.compare_digest(digest(suite, body), named["X-Content-SHA256"]):
            raise Refused("bad_signature", "X-Content-SHA256 is not the digest of the body", 401)
        text = "\n".join((method, path, APP_ID, named["X-Timestamp"], named["X-Nonce"], named["X-Content-SHA256"]))
        if not hmac.compare_digest(mac(suite, self.secret, text), named["X-Signature"]):
            raise Refused("bad_signature", "X-Signature does not match", 401)
        self._remember(named["X-Nonce"])

    def sign_answer(self, status: int, request_nonce: str, suite: str, body: bytes) -> dict[str, str]:
        """Headers of an answer."""
        stamp, nonce, summary = str(int(self._world.clock.time())), secrets.token_hex(16), digest(suite, body)
        text = "\n".join((str(status), request_nonce, stamp, nonce, summary))
        headers = {
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Content-SHA256": summary,
            "X-Signature": mac(suite, self.secret, text),
        }
        return headers if suite == "sha256" else headers | {"X-Signature-Type": "HMAC-SM3"}

    def sign_event(self, path: str, body: bytes) -> dict[str, str]:
        """Headers of an event sent to the product; signed like a request."""
        stamp, nonce, summary = (
            str(int(self._world.clock.time())),
            secrets.token_hex(16),
            digest("sha256", body),
        )
        text = f"POST\n{path}\n{APP_ID}\n{stamp}\n{nonce}\n{summary}"
        return {
            "X-App-Id": APP_ID,
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Trace-Id": secrets.token_hex(8),
            "X-Content-SHA256": summary,
            "X-Signature": mac("sha256", self.secret, text),
            "Content-Type": "application/json",
        }

    def _remember(self, nonce: str) -> None:
        now = self._world.clock.time()
        with self._lock:
            if self._nonces.get(nonce, 0.0) > now:
                raise Refused("nonce_reused", "X-Nonce was used before", 401)
            self._nonces[nonce] = now + NONCE_KEPT_SECONDS
            # Insertion order is expiry order while the clock runs forward: drop the expired head.
            for old in list(self._nonces)[:4]:
                if self._nonces[old] > now:
                    break
                del self._nonces[old]


def suite_of(headers: Mapping[str, str]) -> str:
    """The hash of ``X-Signature-Type``; absent means SHA-256. Raises Refused for another one."""
    wanted = headers.get("X-Signature-Type", "HMAC-SHA256")
    if wanted not in _SUITES:
        raise Refused("bad_signature", "X-Signature-Type must be HMAC-SHA256 or HMAC-SM3", 401)
    return _SUITES[wanted]
