"""`jiuyi device …`: a machine gets its key, a new one, and loses it; who may stand there."""

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiuyi.app.cli import counter
from jiuyi.app.cli.device import app
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit import slow_digest
from jiuyi.kit.db import Db

pytestmark = pytest.mark.feature("I07")

WINDOW = ["add", "window-3", "--name", "收费处 3 号窗", "--name-en", "Window 3"]


def called(dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn})
    if done.exception is not None:
        raise done.exception
    return done.stdout


def known(dsn: str, key: str) -> AtDesk | None:
    async def look() -> AtDesk | None:
        db = Db(dsn, size=1)
        await db.open()
        try:
            async with db.tx() as tx:
                return await staff.known_by_key(tx, key)
        finally:
            await db.close()

    return asyncio.run(look())


def key_of(output: str) -> str:
    return next(line for line in output.splitlines() if line.startswith("jyd_"))


def test_a_machine_from_registration_to_its_end(dsn: str) -> None:
    first = key_of(called(dsn, *WINDOW))
    at = known(dsn, first)
    assert at is not None
    assert (at.device_code, at.role) == ("window-3", "cashier")
    second = key_of(called(dsn, "rotate", "window-3", "--at-once"))
    assert known(dsn, first) is None
    assert known(dsn, second) is not None
    assert "收费处 3 号窗" in called(dsn, "list")
    assert first not in called(dsn, "list")
    called(dsn, "revoke", "window-3")
    assert known(dsn, second) is None
    with pytest.raises(CommandFailed, match="revoked"):
        called(dsn, "rotate", "window-3")
    with pytest.raises(CommandFailed, match="exists"):
        called(dsn, *WINDOW)


def test_an_operator(dsn: str) -> None:
    added = called(dsn, "operator", "1027", "--name", "区慧敏")
    assert "启用" in added
    assert re.search(r"^\d{6}$", added, re.MULTILINE)
    again = called(dsn, "operator", "1027", "--name", "区慧敏")
    assert not re.search(r"^\d{6}$", again, re.MULTILINE)
    assert re.search(r"^\d{6}$", called(dsn, "pin", "1027"), re.MULTILINE)
    assert "停用" in called(dsn, "operator", "1027", "--name", "区慧敏", "--inactive")


def test_the_demo_s_cashier_keeps_a_pin_of_their_own(dsn: str, tmp_path: Path) -> None:
    kept = tmp_path / "counter.key"
    key = counter.key_of(dsn, kept)

    async def pin() -> bytes:
        db = Db(dsn, size=1)
        await db.open()
        try:
            async with db.tx() as tx:
                return bytes(await tx.value("SELECT pin FROM staff.operator WHERE code = %s", [counter.OPERATOR]))
        finally:
            await db.close()

    assert slow_digest.matches(counter.PIN, asyncio.run(pin()))
    called(dsn, "pin", counter.OPERATOR)
    assert counter.key_of(dsn, kept) == key
    assert not slow_digest.matches(counter.PIN, asyncio.run(pin()))
