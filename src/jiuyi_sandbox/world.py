"""The one object every part of the sandbox receives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from jiuyi_sandbox.clock import Clock
from jiuyi_sandbox.faults import Faults
from jiuyi_sandbox.journal import Journal
from jiuyi_sandbox.keys import Keys
from jiuyi_sandbox.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Where the sandbox is reached, where the product is, and where state lies. URLs have no trailing slash."""

    port: int
    data_dir: Path
    base_url: str
    product_url: str
    seed: int = 20261122


class Outgoing(httpx.AsyncClient):
    """A client that knows whether calls are under way."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.idle = asyncio.Event()
        self.idle.set()
        self._under_way = 0

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """As the library's, counted."""
        self._under_way += 1
        self.idle.clear()
        try:
            return await super().send(request, **how)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self.idle.set()


@dataclass(eq=False)
class World:
    """Store, clock, faults, journal and keys of one sandbox process."""

    config: Config
    store: Store = field(init=False)
    clock: Clock = field(init=False)
    faults: Faults = field(init=False)
    journal: Journal = field(init=False)
    keys: Keys = field(init=False)
    _http: Outgoing | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.config.data_dir.mkdir(parents=True, exist_ok=True)
        self.store = Store(self.config.data_dir / "sandbox.sqlite3")
        self.clock = Clock(self.store)
        self.faults = Faults()
        self.journal = Journal(self.clock)
        self.keys = Keys(self.config.data_dir / "keys.json")

    @property
    def http(self) -> httpx.AsyncClient:
        """The client for calls to the product (notices, events); proxies of the environment are not used."""
        if self._http is None:
            # No connection is kept: a product that was restarted would make the next notice fail.
            limits = httpx.Limits(max_keepalive_connections=0)
            self._http = Outgoing(timeout=5.0, trust_env=False, limits=limits)
        return self._http

    async def told(self) -> None:
        """Return when no call to the product is under way; each ends within its time limit."""
        if self._http is not None:
            await self._http.idle.wait()

    async def close(self) -> None:
        """Release the client and the store."""
        if self._http is not None:
            await self._http.aclose()
        self.store.close()
