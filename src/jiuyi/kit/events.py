"""Events: frozen facts with ids only, published in the transaction that made them true.

A subscriber is a job; so an event reaches it if and only if its cause was committed, also after a crash.
"""

from collections import defaultdict
from typing import ClassVar

import msgspec


class Event(msgspec.Struct, frozen=True):
    """A fact. Fields are ids and dates only, never personal data; they become the job's arguments."""

    name: ClassVar[str] = "event"


class Subscriptions:
    """Which jobs want which events. Filled once, in `app.wiring`."""

    def __init__(self) -> None:
        self._jobs: dict[type[Event], list[str]] = defaultdict(list)

    def subscribe(self, event: type[Event], job: str) -> None:
        """Run `job` with the event's fields whenever `event` is published."""
        self._jobs[event].append(job)

    def jobs_for(self, event: type[Event]) -> tuple[str, ...]:
        """The jobs of one event."""
        return tuple(self._jobs.get(event, ()))

    def table(self) -> dict[str, list[str]]:
        """Event name → job names (for the docs and the meta-tests)."""
        return {event.name: list(jobs) for event, jobs in self._jobs.items()}
