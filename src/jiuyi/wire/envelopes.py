"""What comes in from an outside system and what it is answered, before anybody has understood it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Inbound:
    """One raw request: `headers` have lower-case names, `body` is exactly what was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Acknowledgement:
    """What the platform wants to hear."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


class Rejected(Exception):
    """The request cannot be trusted or understood. `reason` goes to our log; `answer` says no more than it must."""

    def __init__(self, reason: str, answer: Acknowledgement | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answer = answer or Acknowledgement(status=401, body=b'{"code":"FAIL","message":"rejected"}')
