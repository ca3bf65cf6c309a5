"""What a web process remembers of sessions: for half a minute, so many, and nothing that was revoked meanwhile."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from jiuyi.domains.accounts import flows, settings
from jiuyi.domains.accounts.flows import Sessions
from jiuyi.domains.accounts.repository import people
from jiuyi.domains.accounts.types import Channel
from jiuyi.kit.crypto import digest
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs

pytestmark = pytest.mark.feature("F01")
_SESSION = """
WITH account AS (INSERT INTO accounts.account (id, created_at) VALUES (%(account)s, app_now())),
identity AS (INSERT INTO accounts.identity (id, account_id, channel, subject_sealed, subject_index, created_at)
  VALUES (%(identity)s, %(account)s, %(channel)s, '\\x00', uuid_send(%(account)s), app_now()))
INSERT INTO accounts.session (id, token_digest, account_id, identity_id, channel, carrier, csrf, device, created_at,
  last_seen_at, expires_at)
VALUES (%(id)s, %(digest)s, %(account)s, %(identity)s, %(channel)s, 'cookie', 'c', 'test', app_now(), app_now(),
  app_now() + interval '1 day')
"""
_REVOKE = "UPDATE accounts.session SET revoked_at = app_now() WHERE id = %s"
Read = Callable[..., Awaitable[dict[bytes, Any]]]


class Looks:
    """Counts what is read from the database; can hold the reader after it has read."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self.keys = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.has_read = asyncio.Event()

    async def __call__(self, tx: Any, keys: list[bytes], idle: int) -> dict[bytes, Any]:
        self.keys += len(keys)
        found = await self._read(tx, keys, idle)
        self.has_read.set()
        await self.go_on.wait()
        return found


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    made = Looks(people.sessions_by_tokens)
    monkeypatch.setattr(people, "sessions_by_tokens", made)
    return made


@pytest.fixture
def sessions(db: Db) -> Sessions:
    return Sessions(db, Knobs(settings.KNOBS))


async def _signed_in(db: Db, token: str) -> UUID:
    made = new_id()
    row = {"id": made, "digest": digest(token), "account": new_id(), "identity": new_id(), "channel": Channel.WECHAT_OA}
    async with db.tx() as tx:
        await tx.run(_SESSION, row)
    return made


async def _revoke(db: Db, session: UUID) -> None:
    async with db.tx() as tx:
        await tx.run(_REVOKE, [session])


async def _known(sessions: Sessions, token: str) -> bool:
    return await sessions.principal(token) is not None


async def test_a_session_is_read_once_in_half_a_minute(
    db: Db, sessions: Sessions, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _signed_in(db, "one")
    now = time.monotonic()
    for later, read in ((0.0, 1), (29.0, 1), (31.0, 2), (60.0, 2), (62.0, 3)):
        monkeypatch.setattr(time, "monotonic", lambda at=now + later: at)
        assert await _known(sessions, "one")
        assert looks.keys == read


async def test_more_people_than_are_remembered_push_out_the_oldest(
    db: Db, sessions: Sessions, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "MOST_REMEMBERED", 4)
    for token in "abcdef":
        await _signed_in(db, token)
        assert await _known(sessions, token)
    assert looks.keys == 6
    # Two generations of two: `e` and `f` are the young, `c` and `d` the old.
    for token in "fedc":
        assert await _known(sessions, token)
    assert looks.keys == 6
    assert await _known(sessions, "a")
    assert looks.keys == 7


async def test_a_revoked_session_is_forgotten_at_once_in_either_generation(
    db: Db, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flows, "MOST_REMEMBERED", 4)
    made = {token: await _signed_in(db, token) for token in "abc"}
    for token in made:
        assert await _known(sessions, token)
    for token in ("a", "c"):
        await _revoke(db, made[token])
        assert await _known(sessions, token), "nobody has said so yet"
        await sessions.hear(str(made[token]))
        assert not await _known(sessions, token)
    assert await _known(sessions, "b")


async def test_when_news_may_have_been_missed_everything_is_read_again(
    db: Db, sessions: Sessions, looks: Looks
) -> None:
    await _signed_in(db, "one")
    assert await _known(sessions, "one")
    await sessions.hear("")
    assert await _known(sessions, "one")
    assert looks.keys == 2


async def test_what_was_revoked_while_it_was_read_is_not_remembered(db: Db, sessions: Sessions, looks: Looks) -> None:
    session = await _signed_in(db, "one")
    looks.go_on.clear()
    asked = asyncio.create_task(_known(sessions, "one"))
    await looks.has_read.wait()
    await _revoke(db, session)
    await sessions.hear(str(session))
    looks.go_on.set()
    await asked
    assert not await _known(sessions, "one")
