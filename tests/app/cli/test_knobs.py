"""`jiuyi knobs`, `jiuyi insurance`: the hospital changes a rule from a command line; the log says who and why."""

import asyncio
from typing import Any

import pytest
from typer.testing import CliRunner

from jiuyi.app import wiring
from jiuyi.app.cli import capabilities, knobs
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.booking import settings as booking
from jiuyi.kit.db import Db

pytestmark = pytest.mark.feature("F04")
HOLD = booking.HOLD_MINUTES
WHY = ["--why", "院务会议决定", "--by", "liang"]


def called(app: Any, dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn})
    if done.exception is not None:
        raise done.exception
    return done.stdout


def audited(dsn: str) -> list[tuple[str, str, str]]:
    async def look() -> list[tuple[str, str, str]]:
        db = Db(dsn, size=1)
        await db.open()
        try:
            async with db.tx() as tx:
                words: list[str] = await tx.values(
                    "SELECT concat_ws(' ', actor, action, subject) FROM audit.entry ORDER BY at, id"
                )
        finally:
            await db.close()
        return [(who, what, which) for who, what, which in (word.split() for word in words)]

    return asyncio.run(look())


def test_a_rule_is_changed_and_set_back(dsn: str) -> None:
    assert f"  {HOLD.name} = {HOLD.default}" in called(knobs.app, dsn, "list", HOLD.zh)
    said = called(knobs.app, dsn, "set", HOLD.name, str(HOLD.default + 5), *WHY)
    assert f"{HOLD.default} → {HOLD.default + 5}（liang）" in said
    assert f"* {HOLD.name} = {HOLD.default + 5}" in called(knobs.app, dsn, "list", HOLD.name)
    shown = called(knobs.app, dsn, "show", HOLD.name)
    assert all(word in shown for word in (f"默认 default: {HOLD.default}", "院务会议决定", "liang", HOLD.source))
    called(knobs.app, dsn, "reset", HOLD.name, "--why", "试行结束", "--by", "xian")
    assert f"  {HOLD.name} = {HOLD.default}" in called(knobs.app, dsn, "list", HOLD.name)
    assert audited(dsn) == [
        ("liang", "settings.changed", HOLD.name),
        ("xian", "settings.changed", HOLD.name),
    ]


def test_every_rule_is_listed_and_shown(dsn: str) -> None:
    listed = called(knobs.app, dsn, "list")
    assert all(f"{name} = " in listed for name in (knob.name for knob in wiring.KNOBS))
    assert "440199" in called(knobs.app, dsn, "show", "insurance.mapping")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["set", "booking.hold_minute", "5", *WHY], "booking.hold_minutes"),
        (["set", HOLD.name, "many", *WHY], "cannot be used"),
        (["set", HOLD.name, "100000", *WHY], "cannot be used"),
        (["set", HOLD.name, "7", "--why", "no", "--by", "liang"], "4 to 500"),
        (["set", HOLD.name, "7", "--why", "院务会议决定", "--by", "root"], "is nobody"),
        (["list", "没有这样的"], "no knob has this"),
    ],
)
def test_what_cannot_be_set_is_one_line(dsn: str, words: list[str], told: str) -> None:
    with pytest.raises(CommandFailed, match=told) as found:
        called(knobs.app, dsn, *words)
    assert "\n" not in str(found.value)
    assert audited(dsn) == []


def test_a_class_of_insurance_is_closed_with_words_and_opened_again(dsn: str) -> None:
    app = capabilities.app
    place = ["city_direct", "alipay_life"]
    assert "out_of_province" in called(app, dsn, "list")
    closed = ["--told-zh", "市直接口升级", "--told-en", "The connection is being renewed"]
    assert "关 closed · 市直接口升级" in called(app, dsn, "close", *place, *closed, *WHY)
    assert "The connection is being renewed" in called(app, dsn, "list")
    assert "开 open" in called(app, dsn, "open", *place, *WHY)
    assert "being renewed" not in called(app, dsn, "list")
    assert [what for _, what, _ in audited(dsn)] == ["insurance.capability_changed"] * 2
    with pytest.raises(CommandFailed, match="no channel telegram"):
        called(app, dsn, "open", "city_direct", "telegram", *WHY)
    with pytest.raises(CommandFailed, match="have to read why"):
        called(app, dsn, "close", *place, "--told-zh", " ", "--told-en", "x", *WHY)
    assert len(audited(dsn)) == 2
