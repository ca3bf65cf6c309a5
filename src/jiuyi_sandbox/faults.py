"""Faults a person or a test may set: what goes wrong, where, and how often."""

from __future__ import annotations

import itertools
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

SYSTEMS = ("his", "wechat_api", "wechat_pay", "alipay", "sms", "insurance", "wecity", "unionpay")

TRANSPORT_KINDS = ("latency", "late_answer", "cut_before", "cut_after", "status", "garbled")
"""Played by the sandbox's front door for every system alike."""

NOTICE_KINDS = ("drop_notify", "duplicate_notify", "forge_notify", "notify_before_response", "reorder")
"""Played by the system that sends the notice."""

_numbers = itertools.count(1)


@dataclass
class Fault:
    """One fault. ``value``: seconds for latency and late_answer, status for status. ``times`` None: until removed."""

    system: str
    kind: str
    match: str = ""
    value: Any = None
    times: int | None = None
    id: int = field(default_factory=lambda: next(_numbers))
    hits: int = 0

    def fits(self, what: str) -> bool:
        """Whether ``match`` is part of an operation or path; with ``$`` behind it, its end."""
        return what.endswith(self.match[:-1]) if self.match.endswith("$") else self.match in what


class Faults:
    """The faults in force, in the order they were set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, data: dict[str, Any]) -> Fault:
        """Set one fault from its JSON form. Raises ValueError naming what is wrong."""
        unknown = set(data) - {"system", "kind", "match", "value", "times"}
        if unknown:
            raise ValueError(f"unknown field: {', '.join(sorted(unknown))}")
        if data.get("system") not in SYSTEMS:
            raise ValueError(f"system must be one of {', '.join(SYSTEMS)}")
        if data.get("kind") not in TRANSPORT_KINDS + NOTICE_KINDS:
            raise ValueError(f"kind must be one of {', '.join(TRANSPORT_KINDS + NOTICE_KINDS)}")
        times = data.get("times")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times must be a positive number or null")
        if data["kind"] in ("latency", "late_answer") and not isinstance(data.get("value"), int | float):
            raise ValueError("value of latency and late_answer must be seconds")
        fault = Fault(data["system"], data["kind"], str(data.get("match") or ""), data.get("value"), times)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, system: str, what: str, *kinds: str) -> Fault | None:
        """The first fault in force for this call, counted down. ``what`` is the operation or path."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.system == system and fault.kind in kinds and fault.fits(what):
                    fault.hits += 1
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times == 0:
                            self._faults.remove(fault)
                    return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        """JSON form of every fault in force."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def clear(self, fault_id: int | None = None, system: str | None = None) -> None:
        """Remove one fault, those of one system, or all."""
        with self._lock:
            self._faults = [
                f
                for f in self._faults
                if (fault_id is not None and f.id != fault_id) or (system is not None and f.system != system)
            ]
