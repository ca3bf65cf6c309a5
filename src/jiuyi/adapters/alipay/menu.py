"""The Life Account's menu (docs/contracts/alipay.md §3)."""

from typing import Any

import msgspec

from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.kit.outcomes import Refused

MOST_BUTTONS = 4
MOST_SUB_BUTTONS = 5
LONGEST_NAME = 5
"""Chinese characters of a button's name; UNCONFIRMED, as are the numbers above."""


class Button(msgspec.Struct, frozen=True):
    """A button that opens a page, or (with `buttons`) a list of such."""

    name: str
    url: str = ""
    buttons: tuple["Button", ...] = ()

    def wire(self) -> dict[str, Any]:
        """As Alipay wants it."""
        if self.buttons:
            return {"name": self.name, "sub_button": [button.wire() for button in self.buttons]}
        return {"name": self.name, "action_type": "link", "action_param": self.url}


def faults(menu: tuple[Button, ...]) -> list[str]:
    """What Alipay would refuse, in words; empty when nothing."""
    found = []
    if not 1 <= len(menu) <= MOST_BUTTONS:
        found.append(f"a menu has 1 to {MOST_BUTTONS} buttons")
    for button in menu:
        if len(button.buttons) > MOST_SUB_BUTTONS:
            found.append(f"{button.name!r}: at most {MOST_SUB_BUTTONS} buttons below")
        for each in (button, *button.buttons):
            if not 1 <= len(each.name) <= LONGEST_NAME:
                found.append(f"{each.name!r}: a name has 1 to {LONGEST_NAME} characters")
            if not each.buttons and not each.url.startswith(("https://", "http://")):
                found.append(f"{each.name!r}: an address is needed")
    return found


async def publish(gateway: Gateway, menu: tuple[Button, ...]) -> None:
    """Replace the account's menu, or make its first. Raises `ValueError` with its faults, or the outcomes of a call."""
    wrong = faults(menu)
    if wrong:
        raise ValueError("; ".join(wrong))
    body = {"type": "text", "button": [button.wire() for button in menu]}
    try:
        await gateway.ask("menu.modify", "alipay.open.public.menu.modify", body)
    except Refused:
        # There is none yet; the words of that refusal are not documented, so it is simply made.
        await gateway.ask("menu.create", "alipay.open.public.menu.create", body)
