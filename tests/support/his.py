"""The signed door to the sandbox's HIS, as the product opens it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.hospital import Door, Signer
from jiuyi.wire.http import Caller
from tests.support.sandbox import Sandbox


@asynccontextmanager
async def door_to(sandbox: Sandbox, *, timeout: float = 5.0) -> AsyncIterator[Door]:
    keys, clock = sandbox.keys["his"], Clock()
    caller = Caller("his", keys["base_url"], Journal(), clock, timeout=timeout)
    try:
        yield Door(caller, keys["app_id"], Signer(keys["secret"]), clock)
    finally:
        await caller.close()
