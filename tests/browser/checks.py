"""What must be true of every screen: reached, silent console, no foreign host, no sideways scroll, accessible."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request

AXE = Path(__file__).resolve().parents[2] / "web/patient/node_modules/axe-core/axe.min.js"
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SERIOUS = {"serious", "critical"}
OURS = ("localhost", "127.0.0.1")
# A refused call is written to the console by the browser itself; screens of refusals may do that.
REFUSED = "Failed to load resource"


@dataclass
class Watch:
    """Notes what a page says and loads, from before its first request on."""

    page: Page
    may_refuse: bool = False
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"error on the page: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type != "error" or (self.may_refuse and REFUSED in message.text):
            return
        where = message.location.get("url", "")
        self.faults.append(f"console: {message.text[:300]} {where}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        host = parts.hostname or ""
        if parts.scheme in {"http", "https", "ws", "wss"} and not (host in OURS or host.endswith(".localhost")):
            self.faults.append(f"loads from another host: {request.url[:200]}")


def sideways(page: Page) -> list[str]:
    """A fault when the page can be scrolled sideways, with the widest elements."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth
          if (document.documentElement.scrollWidth <= width) return []
          return [...document.querySelectorAll('body *')]
            .filter((one) => one.getBoundingClientRect().right > width + 1)
            .slice(0, 3).map((one) => `${one.tagName.toLowerCase()}.${one.className}`.slice(0, 80))
        }"""
    )
    return [f"scrolls sideways: {', '.join(found)}"] if found else []


def inaccessible(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, which the context brought in (the pages' own policy forbids it)."""
    result: dict[str, Any] = page.evaluate(
        "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", list(AXE_TAGS)
    )
    return [
        f"axe {one['id']} ({one['impact']}): {one['help']}: {one['nodes'][0]['html'][:160]}"
        for one in result["violations"]
        if one["impact"] in SERIOUS
    ]
