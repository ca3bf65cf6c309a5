"""The sandbox as a test sees it: its keys, its faults, its clock, its journal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from jiuyi_sandbox.journal import KEPT
from tests.support.plain import NO_TLS
from tests.support.waiting import MOST_SECONDS, until

NOBODY = "ConnectError"
"""What the sandbox says of a product that does not listen: many tests have none."""


@asynccontextmanager
async def opened(url: str, product_port: int) -> AsyncIterator["Sandbox"]:
    """The sandbox at `url`, as new; it sends its notices to `product_port`."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, verify=NO_TLS, timeout=MOST_SECONDS) as http:
        keys = (await http.get("/_control/keys")).raise_for_status().json()
        found = Sandbox(url, f"http://localhost:{product_port}", http, keys)
        await found.reset()
        yield found


class Sandbox:
    """One running sandbox. `http` calls it directly; `keys` is its `/_control/keys`."""

    def __init__(self, base_url: str, product_url: str, http: httpx.AsyncClient, keys: dict[str, Any]) -> None:
        self.base_url = base_url
        self.product_url = product_url
        self.http = http
        self.keys = keys

    @property
    def product_port(self) -> int:
        """Where its notices go. Whoever listens there has the sandbox as new before: nobody else's notice comes."""
        return int(self.product_url.rpartition(":")[2])

    async def reset(self) -> None:
        """Back to the seed: no faults, no offset, no journal, nothing on its way to the product."""
        (await self.http.post("/_control/reset")).raise_for_status()
        await self.move_clock(0, only_sandbox=True)

    async def fault(self, system: str, kind: str, match: str = "", **more: Any) -> None:
        """Set a fault (`latency`, `cut_before`, `cut_after`, `status`, `garbled`, `drop_notify`, …)."""
        body = {"system": system, "kind": kind, "match": match, **more}
        (await self.http.put("/_control/faults", json=body)).raise_for_status()

    async def no_faults(self) -> None:
        (await self.http.delete("/_control/faults")).raise_for_status()

    async def move_clock(self, offset_seconds: float, *, only_sandbox: bool = False) -> None:
        """Both clocks, the sandbox's and the product's where one listens, stand so when this returns."""
        body = {"offset_seconds": offset_seconds, "only_sandbox": only_sandbox}

        async def move() -> str:
            answer = (await self.http.put("/_control/clock", json=body)).raise_for_status()
            return str(answer.json()["product"])

        # A busy product may answer when the sandbox no longer listens; the offset is absolute, so it is said again.
        await until(move, lambda product: not product.startswith("not reached: ") or product.endswith(NOBODY))

    async def forward(self, seconds: float) -> None:
        """Both clocks go on from where they are."""
        at = (await self.http.get("/_control/clock")).raise_for_status().json()["offset_seconds"]
        await self.move_clock(at + seconds)

    async def journal(self, system: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        """What the outside systems received since the reset, oldest first: all that is kept, not a page of it."""
        query: dict[str, str | int] = {"since": since, "limit": KEPT} | ({"system": system} if system else {})
        answer = (await self.http.get("/_journal", params=query)).raise_for_status()
        entries: list[dict[str, Any]] = answer.json()["entries"]
        return entries

    async def counters(self) -> dict[str, int]:
        answer = (await self.http.get("/_control/counters")).raise_for_status()
        counted: dict[str, int] = answer.json()["counters"]
        return counted

    async def sms(self) -> list[dict[str, Any]]:
        """The text messages sent so far, newest last."""
        answer = (await self.http.get("/_control/sms")).raise_for_status().json()
        sent: list[dict[str, Any]] = answer["messages"] if isinstance(answer, dict) else answer
        return sent
