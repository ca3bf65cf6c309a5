"""What the contract says of one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jiuyi_sandbox.his.shapes import Schema


class Operation:
    """One operation: its request, its answer's data, its own refusals, and whether it changes anything."""

    def __init__(self, title: str, request: Schema, data: Schema, *refusals: str) -> None:
        self.title, self.request, self.data, self.refusals = title, request, data, refusals

    @property
    def changes(self) -> bool:
        """Whether the operation carries a ``request_no`` and is idempotent by it."""
        return "request_no" in self.request["properties"]
