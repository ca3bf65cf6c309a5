"""A registration settled with insurance over real HTTP: consent, split, both parts, refund; on every channel."""

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import msgspec
import pytest

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.insurance import rules, settings
from jiuyi.domains.insurance.service import change_capability
from jiuyi.domains.insurance.types import InsuranceClass
from jiuyi.kit.ids import new_id
from tests.support import waiting
from tests.support.holders import HOLDERS, bind_self
from tests.support.live import AlipayPhone, Live, MiniPhone, Phone
from tests.support.sandbox import Sandbox
from tests.support.visits import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.feature("I08", "I02")]
C = InsuranceClass


async def person(live: Live, sandbox: Sandbox, which: InsuranceClass, kind: type[Phone]) -> Visitor:
    """The sandbox's insured person of this class, at their phone, bound as themselves."""
    phone = live.phone(HOLDERS[which].number, kind)
    await phone.sign_in()
    return Visitor(live, phone, UUID(await bind_self(sandbox, phone, HOLDERS[which])))


async def consent(sandbox: Sandbox, who: Visitor, shown: dict[str, Any], which: InsuranceClass) -> str:
    """The patient goes to the channel's page and agrees; the code they come back with."""
    url = urlsplit(shown["authorise_url"])
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    if who.phone.channel == "wechat_oa":
        body = {"person": who.phone.key, "patient_id": HOLDERS[which].patient_id}
        given = await sandbox.http.post("/_control/wecity/authorise", json=body)
        assert "redirectUrl" in query
        code: str = given.raise_for_status().json()["authCode"]
        return code
    agreed = await sandbox.http.post(f"{url.path}?id={query['id']}&agree=yes")
    assert agreed.status_code == 303, agreed.text
    return ""


async def presettled(sandbox: Sandbox, who: Visitor, order: str, which: InsuranceClass) -> dict[str, Any]:
    """Choose, consent, and read the split."""
    key = {"Idempotency-Key": str(new_id())}
    begun = await who.phone.post(f"/api/orders/{order}/settlements", {"insurance_class": which.value}, **key)
    assert begun.status_code == 200, begun.text
    code = await consent(sandbox, who, begun.json(), which)
    answer = await who.phone.post(f"/api/settlements/{begun.json()['id']}/consent", {"code": code})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def confirm(sandbox: Sandbox, who: Visitor, settlement: str) -> None:
    """Agree to the split, and confirm in the channel's cashier."""
    answer = await who.phone.post(f"/api/settlements/{settlement}/settle", {})
    assert answer.status_code == 200, answer.text
    invoke = answer.json()["invoke"]
    if who.phone.channel == "wechat_oa":
        done = await sandbox.http.post(f"/_control/medins/{invoke['mixTradeNo']}/confirm", json={})
    else:
        done = await sandbox.http.post(f"{urlsplit(invoke['payUrl']).path}?trade_no={invoke['tradeNO']}&act=pay")
    assert done.status_code < 400, done.text


async def until(live: Live, who: Visitor, settlement: str, state: str) -> dict[str, Any]:
    """Let the worker work until the settlement reads so."""

    async def look() -> dict[str, Any]:
        shown: dict[str, Any] = (await who.phone.post(f"/api/settlements/{settlement}/check", {})).json()
        return shown

    return await waiting.until(look, lambda shown: shown["state"] == state, lambda: live.idle(1))


ONLINE = [
    (kind, which)
    for kind in (Phone, AlipayPhone, MiniPhone)
    for which in (C.GZ_EMPLOYEE, C.GZ_ORDINARY, C.CITY_DIRECT, C.PROVINCE_DIRECT, C.IN_PROVINCE)
    if (kind, which) != (Phone, C.GZ_ORDINARY)
]


@pytest.mark.feature("F04", "F22", "F23", "F24", "F26")
@pytest.mark.parametrize(("kind", "which"), ONLINE, ids=lambda one: getattr(one, "channel", None) or str(one))
async def test_a_place_is_paid_with_insurance_and_everything_comes_back(
    hospital: Live, sandbox: Sandbox, kind: type[Phone], which: InsuranceClass
) -> None:
    who = await person(hospital, sandbox, which, kind)
    slot = await who.slot()
    appointment = await who.until((await who.book(slot["id"]))["id"], "awaiting_payment")
    shown = await presettled(sandbox, who, appointment["order_id"], which)
    assert shown["state"] == "presettled", shown["facts"]
    parts = (shown["pooled_fen"], shown["personal_account_fen"], shown["other_fen"], shown["own_fen"])
    assert sum(parts) == shown["total_fen"] == appointment["fee_fen"]
    if which not in {C.GZ_ORDINARY, C.IN_PROVINCE}:
        # Without the personal account there is an own part, so that both payers take part.
        answer = await who.phone.post(f"/api/settlements/{shown['id']}/account", {"use": False})
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert (shown["personal_account_fen"], shown["state"]) == (0, "presettled")
    assert sum(one["fen"] for one in shown["why"]) == shown["own_fen"]
    await confirm(sandbox, who, shown["id"])
    await until(hospital, who, shown["id"], "done")
    booked = await who.until(appointment["id"], "booked")
    assert (booked["pay_state"], booked["insurance_fen"]) == ("paid", shown["total_fen"] - shown["own_fen"])
    cancelled = await who.phone.post(f"/api/appointments/{appointment['id']}/cancel", {"reason": "time"})
    assert cancelled.status_code in {200, 202}, cancelled.text
    await who.until_paid_back(appointment["id"])
    assert (await who.phone.get(f"/api/settlements/{shown['id']}")).json()["state"] == "reversed"
    async with hospital.parts.db.tx() as tx:
        left = await tx.values("SELECT account FROM payments.entry GROUP BY account HAVING sum(amount_fen) <> 0")
    assert left == []


@pytest.mark.parametrize(("kind", "which"), [(Phone, C.GZ_EMPLOYEE), (AlipayPhone, C.IN_PROVINCE)])
async def test_a_pair_that_is_switched_off_is_refused_in_words(
    hospital: Live, sandbox: Sandbox, kind: type[Phone], which: InsuranceClass
) -> None:
    who = await person(hospital, sandbox, which, kind)
    knobs = hospital.parts.knobs
    cell = rules.cell(knobs.get(settings.CAPABILITIES), which, who.phone.channel)
    assert cell is not None
    off = msgspec.structs.replace(cell, on=False, off_zh="医保系统年终结转", off_en="Year-end closing")
    async with hospital.parts.db.tx() as tx:
        await change_capability(tx, knobs, off, actor=Actor.system("test"), why="year end")
    await knobs.load(hospital.parts.db)
    appointment = await who.until((await who.book((await who.slot())["id"]))["id"], "awaiting_payment")
    classes = (await who.phone.get(f"/api/orders/{appointment['order_id']}/insurance")).json()["classes"]
    shown = next(one for one in classes if one["code"] == which.value)
    assert (shown["on"], shown["reason"]) == (False, "医保系统年终结转")
    body = {"insurance_class": which.value}
    key = {"Idempotency-Key": str(new_id())}
    answer = await who.phone.post(f"/api/orders/{appointment['order_id']}/settlements", body, **key)
    assert answer.status_code == 409
    assert "医保系统年终结转" in answer.json()["detail"]


@pytest.mark.feature("I02")
async def test_who_is_insured_in_another_province_is_sent_to_the_desk(hospital: Live, sandbox: Sandbox) -> None:
    who = await person(hospital, sandbox, C.OUT_OF_PROVINCE, AlipayPhone)
    appointment = await who.until((await who.book((await who.slot())["id"]))["id"], "awaiting_payment")
    classes = (await who.phone.get(f"/api/orders/{appointment['order_id']}/insurance")).json()["classes"]
    shown = next(one for one in classes if one["code"] == "out_of_province")
    assert not shown["on"]
    assert "窗口" in shown["reason"]
    refused = await presettled(sandbox, who, appointment["order_id"], C.IN_PROVINCE)
    assert refused["state"] == "refused"
    assert "省外异地" in refused["facts"]["happened"]
    assert "没有扣费" in refused["facts"]["charged"]
