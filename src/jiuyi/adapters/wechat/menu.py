"""The Official Account's custom menu (WeChat's papers: custom menu)."""

from typing import Any

import msgspec

from jiuyi.adapters.wechat.account import OfficialAccount

MOST_BUTTONS = 3
MOST_SUB_BUTTONS = 5
LONGEST_NAME = 16
"""Bytes of a button's name in UTF-8: five Chinese characters."""
LONGEST_SUB_NAME = 60


class Button(msgspec.Struct, frozen=True):
    """A button that opens a page, or (with `buttons`) a list of such."""

    name: str
    url: str = ""
    buttons: tuple["Button", ...] = ()

    def wire(self) -> dict[str, Any]:
        """As WeChat wants it."""
        if self.buttons:
            return {"name": self.name, "sub_button": [button.wire() for button in self.buttons]}
        return {"type": "view", "name": self.name, "url": self.url}


def faults(menu: tuple[Button, ...]) -> list[str]:
    """What WeChat would refuse, in words; empty when nothing."""
    found = []
    if not 1 <= len(menu) <= MOST_BUTTONS:
        found.append(f"a menu has 1 to {MOST_BUTTONS} buttons")
    for button in menu:
        if not 1 <= len(button.name.encode()) <= LONGEST_NAME:
            found.append(f"{button.name!r}: a name has 1 to {LONGEST_NAME} bytes")
        if len(button.buttons) > MOST_SUB_BUTTONS:
            found.append(f"{button.name!r}: at most {MOST_SUB_BUTTONS} buttons below")
        for leaf in button.buttons or (button,):
            if not leaf.url.startswith(("https://", "http://")):
                found.append(f"{leaf.name!r}: an address is needed")
            if not 1 <= len(leaf.name.encode()) <= LONGEST_SUB_NAME:
                found.append(f"{leaf.name!r}: a name below has 1 to {LONGEST_SUB_NAME} bytes")
    return found


async def publish(account: OfficialAccount, menu: tuple[Button, ...]) -> None:
    """Replace the account's menu. Raises `ValueError` with its faults, or the outcomes of a call."""
    wrong = faults(menu)
    if wrong:
        raise ValueError("; ".join(wrong))
    await account.post("menu.create", "/cgi-bin/menu/create", {"button": [button.wire() for button in menu]})
