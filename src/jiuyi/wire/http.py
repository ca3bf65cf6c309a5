"""The HTTP client of every adapter: time limits, the four outcomes, and the call journal.

It refuses to call while a database transaction is open in this task (design: never hold a transaction while waiting
for someone else). Bodies are never logged.
"""

import os
import ssl
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import httpx
import structlog
from prometheus_client import Histogram

from jiuyi.kit import db
from jiuyi.kit.clock import Clock
from jiuyi.kit.ids import new_id
from jiuyi.kit.journal import Call, Journal
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered, Unreachable

_log = structlog.get_logger("jiuyi.outside")
CALLS = Histogram(
    "jiuyi_outside_seconds",
    "Outside calls",
    ["system", "operation", "outcome"],
    buckets=(0.02, 0.1, 0.3, 1, 3, 10),
)
MOST_ANSWER = 8 * 1024 * 1024
_MOST_FILE = 512 * 1024 * 1024


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this process believes: one context for all systems. Reading the list takes 20 ms and 1 MB each time."""
    return httpx.create_ssl_context(trust_env=False)


def _shown(certificate: tuple[str, str]) -> ssl.SSLContext:
    """A TLS context that shows a certificate. OpenSSL reads it from a file only: one that lives for this moment."""
    context = ssl.create_default_context()
    with tempfile.TemporaryDirectory(prefix="jiuyi-") as folder:
        place = Path(folder) / "certificate.pem"
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(certificate))
        context.load_cert_chain(place)
    return context


class CalledInTransaction(RuntimeError):
    """Code called out while it held a transaction. A fault of ours."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers (lower-case names) and the exact bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Caller:
    """One outside system. `timeout` is in seconds, for the whole call.

    `certificate` is (certificate, private key) in PEM, for a system that asks who is calling.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        journal: Journal,
        clock: Clock,
        *,
        timeout: float = 5.0,
        connections: int = 32,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self.system = system
        self.base_url = base_url.rstrip("/")
        self._journal = journal
        self._clock = clock
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=20)
        self._client = httpx.AsyncClient(
            timeout=timeout,
            limits=limits,
            follow_redirects=False,
            trust_env=False,
            verify=_shown(certificate) if certificate else _trusted(),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        trace_id: str | None = None,
        timeout: float | None = None,
        most: int = MOST_ANSWER,
    ) -> Answer:
        """Send one request and return the answer, whatever its status.

        `path` is appended to the base URL as it is (already encoded, with its query). Raises `Unreachable` when no
        connection was made (nothing was sent), `Unanswered` when it broke or timed out after that, and `Garbled` for
        an answer of more than `most` bytes.
        """
        if db.in_transaction():
            msg = f"{self.system} {operation} was called inside a transaction"
            raise CalledInTransaction(msg)
        url = self.base_url + path
        request = self._client.build_request(
            method, url, headers=dict(headers or {}), content=body, timeout=timeout or self._client.timeout
        )
        call = _Started(self, operation, trace_id or new_id().hex, len(body))
        try:
            response = await self._client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            call.ended("unreachable", None, type(error).__name__, 0)
            raise Unreachable(self.system, operation, type(error).__name__) from error
        except httpx.HTTPError as error:
            call.ended("unanswered", None, type(error).__name__, 0)
            raise Unanswered(self.system, operation, type(error).__name__) from error
        if len(response.content) > most:
            call.ended("garbled", response.status_code, "too large", len(response.content))
            raise Garbled(self.system, operation, "the answer is too large")
        call.ended("done", response.status_code, "", len(response.content))
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)

    async def save(
        self,
        operation: str,
        path: str,
        file: IO[bytes],
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> int:
        """GET a file that may be larger than memory wants and write it to `file`; return its size in bytes.

        Raises `Unreachable`, `Unanswered` (also for a status of 500 and more), and `Garbled` for any other status but
        200 and for a file beyond all measure.
        """
        if db.in_transaction():
            msg = f"{self.system} {operation} was called inside a transaction"
            raise CalledInTransaction(msg)
        call, size = _Started(self, operation, new_id().hex, 0), 0
        try:
            async with self._client.stream(
                "GET", self.base_url + path, headers=dict(headers or {}), timeout=timeout
            ) as response:
                if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                    call.ended("unanswered", response.status_code, "not the file", 0)
                    raise Unanswered(self.system, operation, f"HTTP {response.status_code}")
                if response.status_code != httpx.codes.OK:
                    call.ended("garbled", response.status_code, "not the file", 0)
                    raise Garbled(self.system, operation, f"HTTP {response.status_code}")
                async for part in response.aiter_bytes():
                    size += len(part)
                    if size > _MOST_FILE:
                        call.ended("garbled", response.status_code, "too large", size)
                        raise Garbled(self.system, operation, "the file is too large")
                    file.write(part)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            call.ended("unreachable", None, type(error).__name__, 0)
            raise Unreachable(self.system, operation, type(error).__name__) from error
        except httpx.HTTPError as error:
            call.ended("unanswered", None, type(error).__name__, size)
            raise Unanswered(self.system, operation, type(error).__name__) from error
        call.ended("done", httpx.codes.OK, "", size)
        return size

    def note_outcome(self, operation: str, trace_id: str, error: NotDone) -> None:
        """Record that an answer turned out to be a refusal or unusable (the send itself was journalled as done)."""
        outcome = _WORDS.get(type(error), "unanswered")
        detail = error.code if isinstance(error, Refused) else error.detail
        _tell(self.system, operation, trace_id, outcome, detail)
        self._journal.note(
            Call(self.system, operation, trace_id, outcome, None, detail[:200], 0, 0, 0, self._clock.now())
        )


_WORDS: dict[type[NotDone], str] = {
    Refused: "refused",
    Unreachable: "unreachable",
    Unanswered: "unanswered",
    Garbled: "garbled",
}


def _tell(system: str, operation: str, trace_id: str, outcome: str, detail: str) -> None:
    """Log a call that failed: beside the request or job that made it, so that one leads to the other."""
    tell = _log.info if outcome == "refused" else _log.warning
    tell(
        "an outside call failed",
        system=system,
        operation=operation,
        trace_id=trace_id,
        outcome=outcome,
        why=detail[:60],
    )


class _Started:
    """A call under way: notes how it ended."""

    def __init__(self, caller: Caller, operation: str, trace_id: str, request_bytes: int) -> None:
        self._caller = caller
        self._operation = operation
        self._trace_id = trace_id
        self._request_bytes = request_bytes
        self._started = time.perf_counter()

    def ended(self, outcome: str, status: int | None, detail: str, answer_bytes: int) -> None:
        seconds = time.perf_counter() - self._started
        caller = self._caller
        CALLS.labels(caller.system, self._operation, outcome).observe(seconds)
        if outcome != "done":
            _tell(caller.system, self._operation, self._trace_id, outcome, detail)
        caller._journal.note(  # noqa: SLF001 - this class is the caller's own
            Call(
                caller.system,
                self._operation,
                self._trace_id,
                outcome,
                status,
                detail[:200],
                int(seconds * 1000),
                self._request_bytes,
                answer_bytes,
                caller._clock.now(),  # noqa: SLF001
            )
        )
