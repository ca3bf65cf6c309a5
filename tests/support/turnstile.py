"""A code channel behind a turnstile: a test holds a task at a call, before it is made or with its answer in hand."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from jiuyi.domains.payments.ports import Channels, CodeChannel
from jiuyi.domains.payments.types import CloseOutcome, CodeKind, Trade
from tests.support.waiting import MOST_SECONDS

T = TypeVar("T")
Where = Literal["before", "after"]


class Held:
    """One place where a task is to stop, once: `await held.there()`, then `held.go()`."""

    def __init__(self) -> None:
        self._reached, self._may = asyncio.Event(), asyncio.Event()

    async def there(self) -> None:
        """Wait until the task stands there."""
        await asyncio.wait_for(self._reached.wait(), MOST_SECONDS)

    def go(self) -> None:
        """Let it through."""
        self._may.set()

    async def stop(self) -> None:
        """The task's side."""
        self._reached.set()
        await self._may.wait()


class Turnstile:
    """Satisfies `CodeChannel` by passing everything on. `calls`: (task, operation) in order."""

    def __init__(self, channel: CodeChannel) -> None:
        self._channel = channel
        self._held: dict[tuple[str, str, Where], list[Held | None]] = {}
        self.calls: list[tuple[str, str]] = []
        self.instead: Callable[[], Awaitable[CloseOutcome]] | None = None
        """What a reversal does instead of being passed on."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def hold(self, task: str, operation: str, where: Where, at: int = 1) -> Held:
        """Hold the task of this name at its `at`-th such call."""
        held = Held()
        self._held[task, operation, where] = [*[None] * (at - 1), held]
        return held

    async def query(self, out_trade_no: str, begun_at: Any) -> Trade:
        return await self._through("query", lambda: self._channel.query(out_trade_no, begun_at))

    async def reverse(self, out_trade_no: str, begun_at: Any) -> CloseOutcome:
        work = self.instead or (lambda: self._channel.reverse(out_trade_no, begun_at))
        return await self._through("reverse", work)

    async def _through(self, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        task = asyncio.current_task()
        name = task.get_name() if task else ""
        self.calls.append((name, operation))
        await self._stop(name, operation, "before")
        found = await work()
        await self._stop(name, operation, "after")
        return found

    async def _stop(self, name: str, operation: str, where: Where) -> None:
        places = self._held.get((name, operation, where))
        held = places.pop(0) if places else None
        if held is not None:
            await held.stop()


def put_before(channels: Channels, kind: CodeKind) -> Turnstile:
    """A turnstile before the channel that takes this kind of code."""
    channel = channels.by_code(kind)
    assert channel is not None
    made = Turnstile(channel)
    channels._by_kind[kind.value] = made
    return made
