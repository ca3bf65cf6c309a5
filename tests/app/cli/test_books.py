"""`jiuyi books …`: the finance department acts from a command line; two people, and no figure is broken in a pipe."""

import asyncio
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from jiuyi.app.cli import books_paper, reconcile
from jiuyi.app.cli.books import app
from jiuyi.app.cli.demo import Options
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.reconciliation.types import DayReport
from jiuyi.kit.clock import local
from jiuyi.kit.db import Db
from tests.domains.reconciliation.ledger_room import Room
from tests.support.ports import free_port

pytestmark = pytest.mark.feature("I06")

WHY = ["--why", "药房确认未发药"]


def called(dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn, "COLUMNS": "60"})
    if done.exception is not None:
        raise done.exception
    return done.stdout


@pytest.fixture
def long(dsn: str) -> DayReport:
    """A day with a large sum that the HIS refuses to enter: for two people."""

    async def happen() -> DayReport:
        db = Db(dsn, size=4)
        await db.open()
        try:
            room = Room(db)
            await room.at(12)
            day = local(await room.now()).date()
            await room.paid(1_234_567_85, entered=False)
            room.his.tells = "refuses"
            await room.at(10, 31)
            await room.compare(day)
            await room.mend()
            return await room.report(day)
        finally:
            await db.close()

    return asyncio.run(happen())


def audited(dsn: str) -> list[tuple[str, str, str]]:
    async def look() -> list[tuple[str, str, str]]:
        db = Db(dsn, size=1)
        await db.open()
        try:
            async with db.tx() as tx:
                words: list[str] = await tx.values(
                    "SELECT concat_ws(' ', actor_kind, actor, action) FROM audit.entry"
                    " WHERE action LIKE 'reconciliation.%%' ORDER BY at, id",
                    {},
                )
        finally:
            await db.close()
        return [(kind, who, what) for kind, who, what in (word.split() for word in words)]

    return asyncio.run(look())


def test_two_people_end_a_difference(dsn: str, long: DayReport) -> None:
    no, order = long.items[0].no, long.items[0].order_no or "none"
    listed = called(dsn, "list")
    assert all(
        word in listed for word in (no, "长款 Long", order, "1234567.85", "refund", "repost", "explain", "无 none")
    )
    assert max(cell_len(line) for line in listed.splitlines()) <= 80
    assert "须由另一位同事复核" in called(dsn, "propose", no, "explain", *WHY, "--by", "liang")
    assert "liang" in called(dsn, "list")
    with pytest.raises(CommandFailed, match="proposed already by liang"):
        called(dsn, "propose", no, "explain", *WHY, "--by", "xian")
    for same in ("liang", "Liang", " ｌiang "):
        with pytest.raises(CommandFailed, match="a colleague has to check it"):
            called(dsn, "decide", no, "approve", *WHY, "--by", same)
    with pytest.raises(CommandFailed, match="only the maker"):
        called(dsn, "decide", no, "withdraw", *WHY, "--by", "xian")
    called(dsn, "decide", no, "return", *WHY, "--by", "xian")
    called(dsn, "propose", no.lower(), "explain", *WHY, "--by", "liang")
    assert "已批准" in called(dsn, "decide", no, "approve", *WHY, "--by", "xian")
    assert "没有待人工的差异" in called(dsn, "list")
    by_people = [entry for entry in audited(dsn) if entry[0] == "staff"]
    assert [(who, what.partition(".")[2]) for _, who, what in by_people] == [
        ("liang", "proposed"),
        ("xian", "returned"),
        ("liang", "proposed"),
        ("xian", "approved"),
    ]
    assert sum(entry[2] == "reconciliation.at_command_line" for entry in audited(dsn)) == 4


def test_an_approved_repair_is_left_to_the_worker(dsn: str, long: DayReport) -> None:
    no = long.items[0].no
    called(dsn, "propose", no, "refund", *WHY, "--by", "梁")
    assert "后台任务随即处理" in called(dsn, "decide", no, "approve", *WHY, "--by", "冼")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["propose", "D0101-77", "explain", *WHY, "--by", "liang"], "no difference waits"),
        (["propose", "{no}", "return", *WHY, "--by", "liang"], "may only be: refund"),
        (["propose", "{no}", "explain", "--why", " no ", "--by", "liang"], "4 to 500"),
        (["propose", "{no}", "explain", *WHY, "--by", "root"], "is nobody"),
        (["propose", "{no}", "explain", *WHY, "--by", "two words"], "without spaces"),
        (["decide", "{no}", "approve", *WHY, "--by", "liang"], "nothing is proposed yet"),
    ],
)
def test_what_cannot_be_done_is_one_line(dsn: str, long: DayReport, words: list[str], told: str) -> None:
    with pytest.raises(CommandFailed, match=told) as found:
        called(dsn, *(word.format(no=long.items[0].no) for word in words))
    assert "\n" not in str(found.value)


def test_the_table_of_a_day_fits_80_columns(long: DayReport) -> None:
    written = StringIO()
    books_paper.report(long, Console(file=written, width=books_paper.NARROWEST, highlight=False))
    lines = written.getvalue().splitlines()
    assert max(cell_len(line) for line in lines) <= 80
    assert any("微信" in line and "1 笔" in line for line in lines)
    assert any("1234567.85" in line and "-1234567.85" in line for line in lines)
    assert "…" not in written.getvalue()


def test_no_demo_on_these_ports_names_what_is_wanted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JIUYI_HIS_BASE_URL", raising=False)
    port = free_port()
    with pytest.raises(CommandFailed, match="PORT, SANDBOX_PORT and DATA are wanted"):
        reconcile.environment(Options(port=port, sandbox_port=port, data=tmp_path))
