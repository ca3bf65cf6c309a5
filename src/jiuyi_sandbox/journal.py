"""What was received and sent, newest last; secrets blanked. Kept in memory, a few thousand entries."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jiuyi_sandbox.clock import Clock

KEPT = 5000
_LONG = 2000
_SECRET_WORDS = (
    "secret",
    "password",
    "sign",
    "token",
    "authorization",
    "private",
    "api_v3",
    "cookie",
    "ciphertext",
    "content_base64",
    "code_verifier",
)


def redact(value: Any) -> Any:
    """A copy of a JSON value with secrets blanked and long texts shortened."""
    if isinstance(value, dict):
        return {k: "***" if v and any(w in k.lower() for w in _SECRET_WORDS) else redact(v) for k, v in value.items()}
    if isinstance(value, list):
        return [redact(v) for v in value[:50]]
    if isinstance(value, str) and len(value) > _LONG:
        return value[:_LONG] + "…"
    return value


class Journal:
    """A ring of entries with increasing ids, and counters that do not forget."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._ids = itertools.count(1)
        self.counters: Counter[str] = Counter()

    def add(self, system: str, what: str, **fields: Any) -> None:
        """Write an entry. ``what`` is the operation or path; ``direction`` is ``in`` unless given.

        Usual fields: status, ms, request, answer, note, fault. They are redacted when they are read.
        """
        with self._lock:
            entry = {
                "id": next(self._ids),
                "at": self._clock.now().isoformat(timespec="milliseconds"),
                "system": system,
                "direction": "in",
                "what": what,
                **fields,
            }
            self._entries.append(entry)
            self.counters[f"{system} {what} {fields.get('code', fields.get('status', ''))}".strip()] += 1

    def since(self, system: str | None = None, since: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """The last ``limit`` entries with an id above ``since``, oldest first."""
        with self._lock:
            found = [e for e in self._entries if e["id"] > since and (system is None or e["system"] == system)]
        return [redact(e) for e in found[-limit:]]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.counters.clear()
