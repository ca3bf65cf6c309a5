"""What is thrown away in time, and what is not."""

import base64
from datetime import timedelta

from jiuyi.app import housekeeping
from jiuyi.kit import blobs, inbox
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import parse_keys
from jiuyi.kit.db import Db
from jiuyi.kit.inbox import Notice, Routes
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.journal import Call, Journal
from tests.support.clock import AppClock


async def test_what_is_old_and_done_goes_and_nothing_else(db: Db, time: AppClock) -> None:
    jobs, journal = Jobs(), Journal()
    housekeeping.register(jobs, db=db)
    key = base64.b64encode(bytes(range(32))).decode()
    keys = parse_keys(f"1:{key}", key, "intl")
    routes = Routes({("bank", "*"): "bank.told"})
    for name in ("done", "waiting"):
        await inbox.receive(db, routes, Notice("bank", name, "paid", {}, b""))
    journal.note(Call("bank", "old", "t", "done", 200, "", 1, 1, 1, Clock().now() - timedelta(days=1)))
    await journal.flush(db)
    async with db.tx() as tx:
        await tx.run("UPDATE kit.inbox SET handled_at = app_now() WHERE key = 'done'")
        for days in (housekeeping.NOTICE_DAYS, housekeeping.NOTICE_DAYS + 60):
            await blobs.write(tx, keys, owner="a.test", content_type="text/plain", body=b"x", keep_days=days)
    await time.forward(days=housekeeping.NOTICE_DAYS + 1)
    for _ in range(2):
        await jobs.rounds[0].work()
    async with db.tx() as tx:
        assert await tx.values("SELECT key FROM kit.inbox") == ["waiting"]
        assert await tx.value("SELECT count(*) FROM kit.call") == 0
        assert await tx.value("SELECT count(*) FROM kit.blob") == 1
