"""What codes needs from outside."""

from typing import Protocol


class SmsSender(Protocol):
    """Sends one templated SMS."""

    async def send(self, phone: str, template: str, params: tuple[str, ...]) -> None:
        """Send `template` (`code`, `code_en`, `binding`, `stopped`), filled with `params`, to `phone` (`normal_phone`).

        Raises `Refused`, `Unreachable` or `Unanswered`.
        """
        ...
