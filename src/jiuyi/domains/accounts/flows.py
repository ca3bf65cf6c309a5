"""Signing in through a channel, and finding who is behind a token (with a small memory in each process)."""

import asyncio
import time
from uuid import UUID

import msgspec

from jiuyi.domains.accounts import service, settings
from jiuyi.domains.accounts.errors import SignInFailed
from jiuyi.domains.accounts.ports import SignIn
from jiuyi.domains.accounts.repository import people
from jiuyi.domains.accounts.types import Channel, NewSession, Principal
from jiuyi.kit.crypto import Vault, digest
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Refused
from jiuyi.kit.problems import OutsideDown

REMEMBER_SECONDS = 30.0
MOST_REMEMBERED = 50_000
"""About 1 kB each. Once more people come than are remembered, every request of a rush reads its session again."""


async def sign_in(
    db: Db, vault: Vault, knobs: Knobs, sign_in_port: SignIn, *, channel: Channel, code: str, carrier: str, device: str
) -> NewSession:
    """Redeem the channel's one-use code and open a session.

    Raises `SignInFailed` (the channel refused the code), `OutsideDown` (it does not answer) or `SnapshotUser`.
    """
    try:
        user = await sign_in_port.exchange(code)
    except Refused as error:
        raise SignInFailed from error
    except NotDone as error:
        raise OutsideDown from error
    async with db.tx() as tx:
        identity = await service.identity_for(tx, vault, channel, user)
        return await service.open_session(tx, knobs, identity, carrier=carrier, device=device)


class _Remembered(msgspec.Struct):
    principal: Principal
    read_at: float


class _Memory:
    """Token → principal in two generations: the older goes as a whole when the younger is full, or has had its time.

    So nothing is looked for to be forgotten, and what is forgotten gives its memory back.
    """

    def __init__(self) -> None:
        self._young = _Generation(time.monotonic())
        self._old = _Generation(time.monotonic())

    def get(self, key: bytes, now: float) -> Principal | None:
        for generation in (self._young, self._old):
            found = generation.known.get(key)
            if found is not None and now - found.read_at < REMEMBER_SECONDS:
                return found.principal
        return None

    def put(self, key: bytes, principal: Principal, now: float) -> None:
        if len(self._young.known) >= MOST_REMEMBERED // 2 or now - self._young.began >= REMEMBER_SECONDS:
            self._old, self._young = self._young, _Generation(now)
        self._young.known[key] = _Remembered(principal, now)
        self._young.tokens[principal.session_id] = key

    def drop_session(self, session_id: UUID) -> None:
        for generation in (self._young, self._old):
            key = generation.tokens.pop(session_id, None)
            if key is not None:
                generation.known.pop(key, None)

    def drop(self, key: bytes) -> None:
        for generation in (self._young, self._old):
            gone = generation.known.pop(key, None)
            if gone is not None:
                generation.tokens.pop(gone.principal.session_id, None)


class _Generation:
    def __init__(self, began: float) -> None:
        self.began = began
        self.known: dict[bytes, _Remembered] = {}
        self.tokens: dict[UUID, bytes] = {}


class Sessions:
    """Token → principal, remembered for 30 s in this process; a revoked session is forgotten on NOTIFY."""

    def __init__(self, db: Db, knobs: Knobs) -> None:
        self._db = db
        self._knobs = knobs
        self._memory = _Memory()
        self._news = 0
        self._wanted: dict[bytes, asyncio.Future[Principal | None]] = {}
        self._reading = False
        self._reader: asyncio.Task[None] | None = None

    async def principal(self, token: str) -> Principal | None:
        """Who is behind `token`, or None when it is unknown, revoked, expired or was idle too long."""
        key = digest(token)
        return self._memory.get(key, time.monotonic()) or await self._gathered(key)

    async def _gathered(self, key: bytes) -> Principal | None:
        """Read a token from the database, together with all others that are asked for at the same time."""
        wanted = self._wanted.get(key)
        if wanted is None:
            wanted = self._wanted[key] = asyncio.get_running_loop().create_future()
            if not self._reading:
                self._reading = True
                self._reader = asyncio.create_task(self._read_wanted())
        return await asyncio.shield(wanted)

    async def _read_wanted(self) -> None:
        await asyncio.sleep(0)
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted, {}
                try:
                    found = await self._read(list(wanted))
                except Exception as error:  # noqa: BLE001 - whoever waits is told
                    for answer in wanted.values():
                        answer.set_exception(error)
                    continue
                for key, answer in wanted.items():
                    answer.set_result(found.get(key))
        finally:
            # Said here and not when the task is done: nobody may come between the last look and this.
            self._reading = False

    async def _read(self, keys: list[bytes]) -> dict[bytes, Principal]:
        now, news, found, used = time.monotonic(), self._news, dict[bytes, Principal](), list[UUID]()
        async with self._db.autocommit() as tx:
            rows = await people.sessions_by_tokens(tx, keys, self._knobs.get(settings.IDLE_MINUTES))
            for key in keys:
                row = rows.get(key)
                if row is None or row.idle:
                    self._memory.drop(key)
                    continue
                if row.unnoted:
                    used.append(row.id)
                found[key] = Principal(
                    row.account_id,
                    row.identity_id,
                    row.id,
                    row.channel,
                    row.csrf,
                    joined=tuple(row.joined),
                    new_until=row.new_until,
                )
                # What was revoked while it was read must not be remembered.
                if news == self._news:
                    self._memory.put(key, found[key], now)
            if used:
                await people.seen(tx, used)
        return found

    async def hear(self, payload: str) -> None:
        """A session was revoked somewhere (`""` means that news may have been missed: forget all)."""
        self._news += 1
        if payload:
            self._memory.drop_session(UUID(payload))
        else:
            self._memory = _Memory()
