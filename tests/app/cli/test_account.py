"""`jiuyi account`: somebody who lost a phone is helped, by somebody with a name and a reason."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar
from uuid import UUID

import msgspec
import pytest
from typer.testing import CliRunner

from jiuyi.app.cli.account import app
from jiuyi.app.cli.faults import CommandFailed
from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts import settings
from jiuyi.domains.accounts.types import Channel, ChannelUser, Joined
from jiuyi.domains.patients.repository import files
from jiuyi.domains.patients.service import proving
from jiuyi.domains.patients.types import DocumentType, HospitalFile, Relation, Sex, Way
from jiuyi.kit.crypto import Vault, parse_keys
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from tests.support.product import settings_for

pytestmark = pytest.mark.feature("F01", "I06")
T = TypeVar("T")
WHY = ["--why", "患者持身份证到窗口，手机遗失", "--by", "liang"]
NUMBER = "P0000001"
_KEYS = settings_for("").vault
VAULT = Vault(parse_keys(_KEYS.masters, _KEYS.index, _KEYS.suite))
KNOBS = Knobs(settings.KNOBS)


class Ids(msgspec.Struct):
    account: UUID
    wechat: UUID
    alipay: UUID


def called(dsn: str, *words: str) -> str:
    """What the command says on its standard output."""
    done = CliRunner().invoke(app, list(words), env={"DATABASE_URL": dsn})
    if done.exception is not None:
        raise done.exception
    return done.stdout


def inside(dsn: str, work: Callable[[Tx], Awaitable[T]]) -> T:
    async def run() -> T:
        db = Db(dsn, size=1)
        await db.open()
        try:
            async with db.tx() as tx:
                return await work(tx)
        finally:
            await db.close()

    return asyncio.run(run())


async def _sign_in(tx: Tx, channel: Channel, subject: str) -> tuple[UUID, UUID]:
    """Account and way in of somebody with a session."""
    identity = await accounts.identity_for(tx, VAULT, channel, ChannelUser(subject, "Lin"))
    opened = await accounts.open_session(tx, KNOBS, identity, carrier="bearer", device="iPhone")
    return opened.principal.account_id, identity.id


async def _patient_with_two_ways_in(tx: Tx) -> Ids:
    account, wechat = await _sign_in(tx, Channel.WECHAT_OA, "w1")
    other = await accounts.identity_for(tx, VAULT, Channel.ALIPAY_LIFE, ChannelUser("l1", "Lin"))
    by = (await accounts.open_session(tx, KNOBS, other, carrier="bearer", device="iPhone")).principal
    row = await accounts.open_joining(tx, VAULT, KNOBS, by, "13800002046", account)
    joined = Joined(account, other.account_id)
    await accounts.join(tx, VAULT, KNOBS, by, row, joined=joined, consent="account_joining@1", gains=True)
    await _sign_in(tx, Channel.ALIPAY_LIFE, "l1")
    file = HospitalFile(
        patient_id=NUMBER,
        card_no="4400012348067",
        name="陈美华",
        sex=Sex.FEMALE,
        birth_date=date(1988, 3, 12),
        document_type=DocumentType.MAINLAND_ID,
        document_number="440100198803120422",
        phone="13812342046",
        guardian=None,
        deceased=False,
    )
    binding = {
        "id": new_id(),
        "patient_id": await files.put_patient(tx, proving.patient_row(VAULT, new_id(), file)),
        "account_id": account,
        "channel": Channel.WECHAT_OA,
        "relation": Relation.SELF,
        "way": Way.COUNTER_CODE,
        "phone_index": None,
        "needs_consent": False,
        "cooling_hours": 0,
    }
    assert await files.insert_binding(tx, binding)
    return Ids(account, wechat, other.id)


async def _noted(tx: Tx) -> list[str]:
    rows = await tx.values(
        "SELECT action || ' ' || actor || ' ' || (detail->>'why') FROM audit.entry WHERE detail ? 'why' ORDER BY id"
    )
    return [str(row) for row in rows]


def test_a_lost_phone_s_way_in_is_found_and_taken_out(dsn: str) -> None:
    ids = inside(dsn, _patient_with_two_ways_in)
    found = called(dsn, "find", NUMBER, *WHY)
    assert all(str(one) in found for one in (ids.account, ids.wechat, ids.alipay))
    assert "self" in found
    assert "已登录 in: 2" in found
    assert "Lin" not in found
    assert "已解除" in called(dsn, "detach", str(ids.account), str(ids.alipay), *WHY)
    left = called(dsn, "find", NUMBER, *WHY)
    assert (str(ids.wechat) in left, str(ids.alipay) in left, "已登录 in: 1" in left) == (True, False, True)
    with pytest.raises(CommandFailed, match="no such way in"):
        called(dsn, "detach", str(ids.account), str(ids.alipay), *WHY)
    with pytest.raises(CommandFailed, match="唯一的登录入口"):
        called(dsn, "detach", str(ids.account), str(ids.wechat), *WHY)

    async def after(tx: Tx) -> tuple[list[str], int]:
        told = await tx.value(
            "SELECT count(*) FROM procrastinate_jobs WHERE args->>'identity_id' = %s", (str(ids.alipay),)
        )
        return await _noted(tx), int(told)

    noted, told = inside(dsn, after)
    assert noted == [
        f"{action} liang {WHY[1]}" for action in ("patients.holders_seen", "accounts.detached", "patients.holders_seen")
    ]
    # Both accounts are told of it by the worker.
    assert told == 1


def test_every_device_is_signed_out(dsn: str) -> None:
    ids = inside(dsn, _patient_with_two_ways_in)
    assert "signed out: 2" in called(dsn, "sign-out", str(ids.account), *WHY)
    assert "signed out: 0" in called(dsn, "sign-out", str(ids.account), *WHY)
    assert "已登录 in: 0" in called(dsn, "find", NUMBER, *WHY)
    with pytest.raises(CommandFailed, match="no such account"):
        called(dsn, "sign-out", str(new_id()), *WHY)
    assert [line.split()[0] for line in inside(dsn, _noted)] == [
        "accounts.signed_out_by_staff",
        "accounts.signed_out_by_staff",
        "patients.holders_seen",
    ]


def test_who_has_no_way_in_left_is_unbound_and_may_be_bound_anew(dsn: str) -> None:
    ids = inside(dsn, _patient_with_two_ways_in)
    assert "已解除绑定" in called(dsn, "unbind", NUMBER, str(ids.account), *WHY)
    assert "没有账户绑定" in called(dsn, "find", NUMBER, *WHY)
    with pytest.raises(CommandFailed, match="does not hold"):
        called(dsn, "unbind", NUMBER, str(ids.account), *WHY)
    with pytest.raises(CommandFailed, match="nobody has bound"):
        called(dsn, "find", "P9999999", *WHY)

    async def elsewhere(tx: Tx) -> bool:
        return await files.self_elsewhere(tx, NUMBER, new_id())

    assert inside(dsn, elsewhere) is False


@pytest.mark.parametrize("missing", [["--why", "丢", "--by", "liang"], ["--why", "手机遗失", "--by", "root"]])
def test_nobody_acts_without_a_name_and_a_reason(dsn: str, missing: list[str]) -> None:
    ids = inside(dsn, _patient_with_two_ways_in)
    with pytest.raises(CommandFailed):
        called(dsn, "sign-out", str(ids.account), *missing)
    assert "已登录 in: 2" in called(dsn, "find", NUMBER, *WHY)
