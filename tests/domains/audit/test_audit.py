"""The audit log: kept, chained, and every change is found."""

import psycopg
import pytest

from jiuyi.domains.audit import service
from jiuyi.domains.audit.types import Actor
from jiuyi.kit.db import Db


async def _write(db: Db, count: int) -> None:
    async with db.tx() as tx:
        for number in range(count):
            await service.note(
                tx,
                actor=Actor.system("test"),
                action="test.done",
                subject_kind="thing",
                subject=str(number),
                detail={"n": number, "名": "值"},
            )


async def test_entries_are_sealed_in_order_and_verify(db: Db) -> None:
    await _write(db, 5)
    async with db.tx() as tx:
        assert await service.seal_new(tx) == 5
    await _write(db, 3)
    async with db.tx() as tx:
        assert await service.seal_new(tx) == 3
        assert await service.seal_new(tx) == 0
        verdict = await service.verify(tx)
    assert (verdict.sealed, verdict.broken_at, verdict.unsealed_over_a_minute) == (8, None, 0)


async def _try(db: Db, statement: str) -> None:
    async with db.tx() as tx:
        await tx.run(statement.encode())  # type: ignore[arg-type]


@pytest.mark.parametrize("statement", ["UPDATE audit.entry SET action = 'x'", "DELETE FROM audit.entry"])
async def test_rows_cannot_be_changed_or_deleted(db: Db, statement: str) -> None:
    await _write(db, 1)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await _try(db, statement)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit.entry SET detail = '{\"n\": 99}' WHERE subject = '3'",
        "UPDATE audit.entry SET at = at + interval '1 microsecond' WHERE subject = '3'",
        "UPDATE audit.seal SET hash = decode(repeat('00', 32), 'hex') WHERE seq = 4",
        "DELETE FROM audit.seal WHERE seq = 4",
    ],
)
async def test_tampering_behind_the_triggers_is_found(db: Db, tampering: str) -> None:
    await _write(db, 6)
    async with db.tx() as tx:
        await service.seal_new(tx)
    async with db.tx() as tx:
        # As the tables' owner could, who need not be the server's.
        await tx.run("ALTER TABLE audit.entry DISABLE TRIGGER USER")
        await tx.run("ALTER TABLE audit.seal DISABLE TRIGGER USER")
        # Entries of one moment are sealed in any order among themselves.
        third = await tx.value(
            "SELECT seq FROM audit.seal s JOIN audit.entry e ON e.id = s.entry WHERE e.subject = '3'"
        )
        assert await tx.run(tampering.encode()) == 1  # type: ignore[arg-type]
        verdict = await service.verify(tx)
    assert verdict.broken_at in ({third} if "audit.entry" in tampering else {4, 5})


async def test_what_waits_too_long_is_reported(db: Db) -> None:
    await _write(db, 2)
    async with db.tx() as tx:
        await tx.run("UPDATE kit.clock SET offset_seconds = 120")
        assert (await service.verify(tx)).unsealed_over_a_minute == 2
