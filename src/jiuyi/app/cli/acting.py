"""People who act from a command line: who they are, why they do it, and the transaction it is done in."""

import asyncio
import os
import pwd
import re
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from jiuyi.app import wiring
from jiuyi.app.cli import database
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.audit.types import Actor
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.problems import Problem

T = TypeVar("T")
REASON = range(4, 501)
_NAME = re.compile(r"[\w.·-]{1,40}")
_NOT_A_PERSON = frozenset({"root", "postgres", "nobody", "daemon", "jiuyi"})
By = Annotated[str | None, typer.Option(help="本人姓名或工号 who you are; else the system's user")]
Why = Annotated[str, typer.Option(help="理由 reason, 4 to 500 characters")]


def done(data: Path, work: Callable[[Tx, Knobs], Awaitable[T]], *, subscriptions: Subscriptions | None = None) -> T:
    """Do one piece of work on the environment's database, else on the embedded one. A refusal is told in one line.

    `subscriptions`: who hears of what the work makes known; the worker does their jobs.
    """

    async def run(dsn: str) -> T:
        db = Db(dsn, subscriptions=subscriptions, size=1)
        await db.open()
        try:
            knobs = Knobs(wiring.KNOBS)
            await knobs.load(db)
            async with db.tx() as tx:
                return await work(tx, knobs)
        finally:
            await db.close()

    try:
        with database.reached(data) as dsn:
            return asyncio.run(run(dsn))
    except Problem as problem:
        raise CommandFailed(f"{problem.title('zh')} {problem.title('en')}. {problem.detail('en')}") from problem


def person(given: str | None) -> Actor:
    """Who acts. One person has one spelling, so that capitals or wide letters do not make two people of them."""
    name = unicodedata.normalize("NFKC", user() if given is None else given).strip().casefold()
    if name in _NOT_A_PERSON:
        raise CommandFailed(
            f"{name} 不是具体的人，请写明本人 --by {name} is nobody: say who you are with --by", status=2
        )
    if not _NAME.fullmatch(name):
        raise CommandFailed("--by: 姓名或工号，不含空格 a name or staff number without spaces", status=2)
    return Actor("staff", name)


def user() -> str:
    """The system's user by its number: the environment's names can be set by anybody."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid-{os.getuid()}"


def place() -> str:
    """Where something is done, for the audit log: the name that is given is believed, the machine's account is not."""
    return f"cli:{user()}"


def reason(why: str) -> str:
    """The reason, without blanks around it. Raises `CommandFailed` when it says nothing or too much."""
    stripped = why.strip()
    if len(stripped) not in REASON:
        raise CommandFailed("--why: 理由 4–500 字 a reason of 4 to 500 characters", status=2)
    return stripped
