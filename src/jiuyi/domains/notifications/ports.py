"""What notifications needs from outside."""

from collections.abc import Mapping
from typing import Protocol

from jiuyi.domains.notifications.types import Receipt


class ChannelSender(Protocol):
    """Carries a message through one channel."""

    async def send(
        self, to: str, template: str, values: Mapping[str, str], url: str, number: str, permit: str
    ) -> Receipt:
        """Send `template` with `values` by role to the channel's subject `to`; tapping it opens `url`.

        `number` (at most 32 characters) makes a repetition harmless where the channel knows such numbers. `permit` is
        what lets a mini program write, empty where none is needed or there is none. Raises `Refused` (blocked, no
        such template, bad value), `Unreachable` or `Unanswered`.
        """
        ...


class PhoneSender(Protocol):
    """Sends one templated SMS."""

    async def send(self, phone: str, template: str, params: tuple[str, ...]) -> None:
        """Send `template` with `params` in its order. Raises `Refused`, `Unreachable` or `Unanswered`."""
        ...
