"""The demo's counter: a registered device and an operator, so that the cashier's page opens for whoever tries it."""

import asyncio
import os
from pathlib import Path

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.staff import service
from jiuyi.domains.staff import settings as staff_settings
from jiuyi.domains.staff.errors import DeviceExists
from jiuyi.domains.staff.types import Role
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.knobs import Knobs

CODE = "window-3"
OPERATOR = "1027"
PIN = "250318"
"""Of the demo's sample cashier alone; it is printed at every start."""
_BY = Actor.system("demo")


def key_of(dsn: str, file: Path) -> str:
    """The counter's key. It is kept in `file`; where that or the database is new, a new one is issued."""
    kept = file.read_text().strip() if file.exists() else ""
    key = asyncio.run(_valid(dsn, kept))
    if key != kept:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as written:
            written.write(key)
    return key


async def _valid(dsn: str, kept: str) -> str:
    db = Db(dsn, size=1)
    await db.open()
    try:
        knobs = Knobs(staff_settings.KNOBS)
        await knobs.load(db)
        async with db.tx() as tx:
            await _operator(tx)
            if kept and await service.known_by_key(tx, kept) is not None:
                return kept
            return await _issue(tx, knobs)
    finally:
        await db.close()


async def _operator(tx: Tx) -> None:
    """The sample cashier with the PIN that is printed, unless somebody chose another one."""
    found = next((each for each in await service.operators(tx) if each.code == OPERATOR), None)
    if found is None:
        await service.put_operator(tx, code=OPERATOR, name="区慧敏", active=True, by=_BY)
    if found is None or not found.has_pin:
        await service.set_pin(tx, code=OPERATOR, pin=PIN, by=_BY, temporary=False)


async def _issue(tx: Tx, knobs: Knobs) -> str:
    try:
        return await service.register(
            tx, code=CODE, name_zh="收费处 3 号窗", name_en="Cashier window 3", role=Role.CASHIER, by=_BY
        )
    except DeviceExists:
        return await service.rotate(tx, knobs, code=CODE, by=_BY, at_once=True)
