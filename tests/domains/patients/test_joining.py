"""One person who comes in through two channels: joining the accounts, and taking a way in out again."""

import asyncio
import contextvars
from typing import Any
from uuid import UUID

import httpx
import pytest

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts import settings as account_settings
from jiuyi.domains.accounts.repository import joining as rows
from jiuyi.domains.accounts.types import Channel, ChannelUser
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.patients import flows, settings
from jiuyi.domains.patients.repository import files, proofs
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knob
from tests.domains.patients.conftest import PASSPORT, Desk
from tests.domains.patients.hospital_files import file
from tests.support.product import Person
from tests.support.waiting import until

pytestmark = pytest.mark.feature("F01", "I06")
PHONE = "13800002046"
OWN = str(PASSPORT["document_number"])
LIFE = Channel.ALIPAY_LIFE
CONSENT = {"consent": "account_joining@1"}


async def alipay(desk: Desk, subject: str = "life-1", channel: Channel = LIFE) -> Person:
    return await desk.sign_in(nickname="Mei", channel=channel, subject=subject)


async def begin(desk: Desk, person: Person, phone: str = PHONE) -> str:
    """Prove a phone; the joining's id."""
    sent = await person.post("/api/account/joinings/code", {"phone": phone})
    assert sent.status_code == 200, sent.text
    await desk.clock.forward(seconds=61)
    body = {"code_id": sent.json()["code_id"], "code": desk.sms.last_code(phone)}
    begun = await person.post("/api/account/joinings", body)
    assert begun.status_code == 201, begun.text
    # Nothing of anybody else is told for a phone alone.
    assert set(begun.json()) == {"id", "expires_at"}
    return str(begun.json()["id"])


async def name(person: Person, joining: str, document: str = OWN) -> httpx.Response:
    return await person.post(f"/api/account/joinings/{joining}/document", {"document_number": document})


async def agree(desk: Desk, person: Person, joining: str) -> httpx.Response:
    answer = await person.post(f"/api/account/joinings/{joining}/consent", CONSENT)
    await desk.product.parts.sessions.hear("")
    return answer


async def joined(desk: Desk, person: Person, document: str = OWN) -> dict[str, Any]:
    joining = await begin(desk, person)
    offered = await name(person, joining, document)
    assert offered.status_code == 200, offered.text
    done = await agree(desk, person, joining)
    assert done.status_code == 200, done.text
    offer: dict[str, Any] = offered.json()
    return offer


async def names(person: Person) -> list[tuple[str, str, bool]]:
    items = (await person.get("/api/patients")).json()["items"]
    return [(one["name"], one["relation"], one["is_default"]) for one in items]


async def tell(desk: Desk) -> None:
    """What the worker does with the news."""
    parts = desk.product.parts
    async with parts.db.tx() as tx:
        for joining in await tx.values("SELECT id FROM accounts.joining WHERE state = 'joined'"):
            row = await rows.locked(tx, joining)
            assert row is not None
            assert row.kept_account_id is not None
            for _ in range(2):
                await notifications.tell_of_joining(tx, parts.vault, row.id, row.kept_account_id, row.identity_id)


async def test_the_two_accounts_see_the_same_patients(desk: Desk) -> None:
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    there = await alipay(desk)
    offer = await joined(desk, there)
    assert offer["ways"] == ["微信用户 L**"]
    assert offer["patients"] == [{"name": "陈*华", "relation": "self", "side": "there"}]
    # Whoever asked signs in anew, silently, and is the same person in the other channel.
    assert (await there.get("/api/patients")).status_code == 401
    again = await alipay(desk)
    assert again.principal.account_id == wechat.principal.account_id
    assert await names(again) == await names(wechat) == [("陈*华", "self", True)]
    ways = (await again.get("/api/account/identities")).json()["items"]
    assert [(one["channel"], one["is_me"], one["can_detach"]) for one in ways] == [
        ("wechat_oa", False, True),
        ("alipay_life", True, True),
    ]
    # The one who came lately waits for reports; the other one goes on as before.
    assert (await again.get("/api/patients")).json()["items"][0]["reports_open_at"] is not None


async def test_adding_oneself_where_one_is_bound_elsewhere_offers_to_join(desk: Desk) -> None:
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    there = await alipay(desk)
    refused = await desk.bind(there)
    assert (refused.status_code, refused.json()["code"]) == (409, "patients.self_held_elsewhere")
    joining = refused.json()["params"]["joining"]
    shown = await there.get(f"/api/account/joinings/{joining}")
    assert [one["name"] for one in shown.json()["patients"]] == ["陈*华"]
    assert (await agree(desk, there, joining)).json() == {"patients_count": 1}
    assert await names(await alipay(desk)) == [("陈*华", "self", True)]


async def test_another_phone_in_the_other_account_is_no_offer(desk: Desk) -> None:
    desk.files.counter_codes["P0000001", "123456"] = False
    wechat = await desk.sign_in()
    verification = (await desk.verify(wechat)).json()["id"]
    assert (await desk.prove(wechat, verification, "counter_code", "123456")).status_code == 201
    refused = await desk.bind(await alipay(desk))
    assert refused.json()["code"] == "patients.self_held_elsewhere"
    assert "joining" not in refused.json().get("params", {})


async def test_the_other_channel_is_told_and_can_take_the_newcomer_out(desk: Desk) -> None:
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    await joined(desk, await alipay(desk))
    await tell(desk)
    there = await alipay(desk)
    news = (await wechat.get("/api/messages")).json()["items"]
    assert [one["kind"] for one in news] == ["joined"]
    assert "支付宝用户 M**" in news[0]["body"]
    async with desk.product.parts.db.tx() as tx:
        ways = await tx.values(
            "SELECT channel FROM notifications.delivery WHERE template = 'binding' AND way = 'template'"
        )
    assert ways == ["wechat_oa"]
    ids = {one["channel"]: one["id"] for one in (await wechat.get("/api/account/identities")).json()["items"]}
    # The newcomer cannot put the owner out.
    early = await there.call("DELETE", f"/api/account/identities/{ids['wechat_oa']}")
    assert (early.status_code, early.json()["code"]) == (403, "accounts.too_new")
    gone = await wechat.call("DELETE", f"/api/account/identities/{ids['alipay_life']}")
    assert gone.status_code == 204, gone.text
    await desk.product.parts.sessions.hear("")
    assert (await there.get("/api/patients")).status_code == 401
    anew = await alipay(desk)
    assert anew.principal.account_id != wechat.principal.account_id
    assert await names(anew) == []
    assert await names(wechat) == [("陈*华", "self", True)]
    last = (await wechat.get("/api/account/identities")).json()["items"]
    assert [one["can_detach"] for one in last] == [False]
    refused = await wechat.call("DELETE", f"/api/account/identities/{ids['wechat_oa']}")
    assert refused.json()["code"] == "accounts.last_way_in"


async def test_patients_of_both_sides_are_folded(desk: Desk) -> None:
    child = file(patient_id="P0000002", document_number="E2222222", name="陈小宝", card_no="2")
    father = file(patient_id="P0000003", document_number="E3333333", name="陈建国", card_no="3")
    desk.files.add(child, father)
    wechat, there = await desk.sign_in(), await alipay(desk)
    await desk.bound(wechat)
    await desk.bound(wechat, document_number="E2222222", name="陈小宝", relation="child")
    await desk.bound(there, document_number="E2222222", name="陈小宝", relation="child")
    await desk.bound(there, document_number="E3333333", name="陈建国", relation="parent")
    offer = await joined(desk, there)
    assert [(one["name"], one["side"]) for one in offer["patients"]] == [
        ("陈*华", "there"),
        ("陈*宝", "both"),
        ("陈*国", "here"),
    ]
    both = [("陈*华", "self", True), ("陈*宝", "child", False), ("陈*国", "parent", False)]
    assert await names(wechat) == both
    assert await names(await alipay(desk)) == both
    async with desk.product.parts.db.tx() as tx:
        assert await tx.value("SELECT count(*) FROM patients.binding WHERE ended_at IS NULL") == 3
        assert await tx.value("SELECT count(*) FROM patients.binding WHERE ended_by = 'joined'") == 2


async def test_whoever_is_oneself_stays(desk: Desk) -> None:
    """The empty account is absorbed, whichever side asks."""
    wechat, there = await desk.sign_in(), await alipay(desk)
    desk.files.add(file(patient_id="P0000003", document_number="E3333333", name="陈建国", card_no="3"))
    await desk.bound(there)
    await desk.bound(wechat, document_number="E3333333", name="陈建国", relation="parent", phone=PHONE)
    sent = await wechat.post("/api/account/phone/code", {"phone": PHONE})
    await desk.clock.forward(seconds=61)
    body = {"code_id": sent.json()["code_id"], "code": desk.sms.last_code(PHONE)}
    assert (await wechat.call("PUT", "/api/account/phone", body)).status_code == 200
    await joined(desk, there, "E3333333")
    again = await alipay(desk)
    assert again.principal.account_id == there.principal.account_id
    assert await names(again) == [("陈*华", "self", True), ("陈*国", "parent", False)]


async def test_two_people_with_one_phone_are_not_joined(desk: Desk) -> None:
    desk.files.add(file(patient_id="P0000003", document_number="E3333333", name="陈建国", card_no="3"))
    wechat, there = await desk.sign_in(), await alipay(desk)
    await desk.bound(wechat)
    await desk.bound(there, document_number="E3333333", name="陈建国")
    refused = await name(there, await begin(desk, there))
    assert (refused.status_code, refused.json()["code"]) == (409, "accounts.of_two_people")


async def set_to(desk: Desk, knob: Knob[int], value: int) -> None:
    parts = desk.product.parts
    async with parts.db.tx() as tx:
        await parts.knobs.set(tx, knob, value, who="test", why="test")
    await parts.knobs.load(parts.db)


async def test_no_more_patients_than_one_account_may_hold(desk: Desk) -> None:
    await set_to(desk, settings.DEPENDANTS_MAX, 2)
    wechat, there = await desk.sign_in(), await alipay(desk)
    await desk.bound(wechat)
    for number, holder in enumerate((wechat, there, there)):
        document = f"E900000{number}"
        desk.files.add(file(patient_id=f"P000090{number}", document_number=document, card_no=str(number)))
        await desk.bound(holder, document_number=document, relation="other")
    refused = await name(there, await begin(desk, there))
    assert refused.json()["code"] == "patients.too_many_to_join"
    assert len(await names(wechat)) == len(await names(there)) == 2


async def test_a_stranger_with_the_phone_learns_nothing_without_a_document(desk: Desk) -> None:
    await desk.bound(await desk.sign_in())
    stranger = await alipay(desk)
    joining = await begin(desk, stranger)
    for left in (4, 3, 2, 1, 0):
        wrong = await name(stranger, joining, f"E999999{left}")
        assert (wrong.status_code, wrong.json()["code"]) == (422, "accounts.nothing_to_join")
        assert wrong.json()["params"] == {"left": left}
    assert (await name(stranger, joining)).json()["code"] == "accounts.joining_tries_used_up"
    # A phone that nobody has, a joining that is not theirs, and one that was never found look alike.
    nobody = await begin(desk, stranger, "13800007777")
    assert (await name(stranger, nobody)).json()["code"] == "accounts.nothing_to_join"
    assert (await agree(desk, stranger, nobody)).json()["code"] == "accounts.joining_ended"
    other = await alipay(desk, "life-2")
    for past in (nobody, joining):
        assert (await name(other, past)).json()["code"] == "accounts.joining_ended"
        assert (await other.get(f"/api/account/joinings/{past}")).json()["code"] == "accounts.joining_ended"
    # Whoever began it, and nobody else, learns that its time is over.
    await desk.clock.forward(minutes=16)
    late = await name(stranger, nobody)
    assert (late.status_code, late.json()["code"], late.json()["params"]) == (
        404,
        "accounts.joining_expired",
        {"minutes": 15},
    )
    assert (await name(other, nobody)).json()["code"] == "accounts.joining_ended"


async def test_a_number_that_was_verified_long_ago_joins_nothing(desk: Desk) -> None:
    await desk.bound(await desk.sign_in())
    await desk.clock.forward(days=366)
    there = await alipay(desk)
    assert (await name(there, await begin(desk, there))).json()["code"] == "accounts.nothing_to_join"


async def test_two_of_one_channel_are_not_joined(desk: Desk) -> None:
    await desk.bound(await desk.sign_in())
    second = await desk.sign_in()
    assert (await name(second, await begin(desk, second))).json()["code"] == "accounts.nothing_to_join"


async def test_tries_are_counted_for_the_number_and_the_account(desk: Desk) -> None:
    await set_to(desk, account_settings.JOININGS_PER_DAY, 2)
    first, second = await alipay(desk), await alipay(desk, "life-2")
    await begin(desk, first)
    await begin(desk, second)
    sent = await first.post("/api/account/joinings/code", {"phone": PHONE})
    body = {"code_id": sent.json()["code_id"], "code": desk.sms.last_code(PHONE)}
    refused = await first.post("/api/account/joinings", body)
    assert (refused.status_code, refused.json()["code"]) == (429, "accounts.joinings_used_up")


async def test_joins_are_few_in_a_month(desk: Desk) -> None:
    await set_to(desk, account_settings.CHANGES_PER_30_DAYS, 1)
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    await joined(desk, await alipay(desk))
    mini = await alipay(desk, "mini-1", Channel.ALIPAY_MINI)
    joining = await begin(desk, mini)
    assert (await name(mini, joining)).status_code == 200
    assert (await agree(desk, mini, joining)).json()["code"] == "accounts.joinings_used_up"
    assert await names(mini) == []


async def test_what_was_used_up_in_one_account_is_used_up_in_both(desk: Desk) -> None:
    await set_to(desk, settings.LOOKUPS_PER_ACCOUNT_DAY, 2)
    await set_to(desk, account_settings.JOININGS_PER_DAY, 1)
    wechat, there = await desk.sign_in(), await alipay(desk)
    await desk.bound(wechat)
    for number in (1, 2):
        looked = await desk.verify(there, document_number=f"E800000{number}", relation="other")
        assert looked.status_code != 429, looked.text
    await joined(desk, there)
    refused = await desk.verify(wechat, document_number="E8000003", relation="other")
    assert (refused.status_code, refused.json()["code"]) == (429, "patients.lookups_used_up")
    sent = await wechat.post("/api/account/joinings/code", {"phone": "13800007777"})
    body = {"code_id": sent.json()["code_id"], "code": desk.sms.last_code("13800007777")}
    again = await wechat.post("/api/account/joinings", body)
    assert (again.status_code, again.json()["code"]) == (429, "accounts.joinings_used_up")


async def test_three_ways_in_are_one_account(desk: Desk) -> None:
    """The account that stays may itself be absorbed: whatever was part of it goes with it."""
    wechat, life = await desk.sign_in(), await alipay(desk)
    mini = await alipay(desk, "mini-1", Channel.ALIPAY_MINI)
    desk.files.add(file(patient_id="P0000003", document_number="E3333333", name="陈建国", card_no="3"))
    await desk.bound(life, document_number="E3333333", name="陈建国", relation="parent")
    sent = await life.post("/api/account/phone/code", {"phone": PHONE})
    await desk.clock.forward(seconds=61)
    body = {"code_id": sent.json()["code_id"], "code": desk.sms.last_code(PHONE)}
    assert (await life.call("PUT", "/api/account/phone", body)).status_code == 200
    await joined(desk, mini, "E3333333")
    life = await alipay(desk)
    await desk.bound(wechat)
    await joined(desk, life)
    people = [await alipay(desk), await alipay(desk, "mini-1", Channel.ALIPAY_MINI), wechat]
    assert {person.principal.account_id for person in people} == {wechat.principal.account_id}
    for person in people:
        assert await names(person) == [("陈*华", "self", True), ("陈*国", "parent", False)]
    async with desk.product.parts.db.tx() as tx:
        roots = await tx.values("SELECT joined_into FROM accounts.account WHERE state = 'joined'")
    assert roots == [wechat.principal.account_id] * 2


async def test_two_joins_at_once_end_in_one_account(desk: Desk) -> None:
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    asking = [await alipay(desk), await alipay(desk, "mini-1", Channel.ALIPAY_MINI)]
    waiting = [await begin(desk, person) for person in asking]
    for person, joining in zip(asking, waiting, strict=True):
        assert (await name(person, joining)).status_code == 200
    tries = [
        person.post(f"/api/account/joinings/{joining}/consent", CONSENT)
        for person, joining in zip(asking * 2, waiting * 2, strict=True)
    ]
    answers = await asyncio.gather(*tries)
    assert [one.status_code for one in answers if one.status_code >= 500] == []
    assert sum(one.status_code == 200 for one in answers) == 2
    await desk.product.parts.sessions.hear("")
    again = [await alipay(desk), await alipay(desk, "mini-1", Channel.ALIPAY_MINI)]
    assert {person.principal.account_id for person in again} == {wechat.principal.account_id}


@pytest.mark.parametrize("change", ["join", "detach"])
async def test_signing_in_while_the_accounts_change_waits_for_nobody_who_waits_for_it(desk: Desk, change: str) -> None:
    wechat, parts = await desk.sign_in(), desk.product.parts
    await desk.bound(wechat)
    there = await alipay(desk)
    joining = await begin(desk, there)
    assert (await name(there, joining)).status_code == 200
    if change == "detach":
        assert (await agree(desk, there, joining)).status_code == 200
        ways = (await wechat.get("/api/account/identities")).json()["items"]
        gone = next(one["id"] for one in ways if one["channel"] == LIFE)

    async def changing() -> httpx.Response:
        if change == "join":
            return await agree(desk, there, joining)
        return await wechat.call("DELETE", f"/api/account/identities/{gone}")

    async def waiting() -> int:
        async with parts.db.autocommit() as look:
            return int(
                await look.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock'"
                )
            )

    async with parts.db.tx() as tx:
        identity = await accounts.identity_for(tx, parts.vault, LIFE, ChannelUser("life-1", "Mei"))
        other = asyncio.create_task(changing(), context=contextvars.Context())
        await until(waiting, bool)
        opened = await accounts.open_session(tx, parts.knobs, identity, carrier="bearer", device="iPhone")
    assert (await other).is_success, (await other).text
    # It was opened on the account as it had been, and ended with the others.
    await parts.sessions.hear("")
    assert await parts.sessions.principal(opened.token) is None


async def test_a_binding_that_was_proved_before_the_join_ends_in_the_account_that_stays(desk: Desk) -> None:
    child = file(patient_id="P0000002", document_number="E2222222", name="陈小宝", card_no="2")
    desk.files.add(child)
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    there = await alipay(desk)
    asked = {"document_number": "E2222222", "name": "陈小宝", "relation": "child"}
    verification = (await desk.verify(there, **asked)).json()["id"]
    sent = await desk.code(there, verification)
    await desk.clock.forward(seconds=61)
    desk.files.down = True
    code = desk.sms.last_code(PHONE)
    pending = await desk.prove(there, verification, "sms_on_file", code, sent.json()["code_id"])
    assert pending.json()["state"] == "pending"
    desk.files.down = False
    await joined(desk, there)
    parts = desk.product.parts
    await desk.clock.forward(seconds=40)
    async with parts.db.tx() as tx:
        waiting = await proofs.stuck(tx, flows.STUCK_SECONDS)
    for verification in waiting:
        await flows.settle_again(parts.db, desk.files, parts.vault, parts.knobs, verification)
    assert await names(wechat) == [("陈*华", "self", True), ("陈*宝", "child", False)]


async def test_a_binding_that_waits_for_the_join_goes_where_the_join_goes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The accounts are joined while the last step of a binding waits for its account."""
    desk.files.add(file(patient_id="P0000002", document_number="E2222222", name="陈小宝", card_no="2"))
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    there = await alipay(desk)
    asked = {"document_number": "E2222222", "name": "陈小宝", "relation": "child"}
    verification = (await desk.verify(there, **asked)).json()["id"]
    sent = await desk.code(there, verification)
    await desk.clock.forward(seconds=61)
    desk.files.down = True
    await desk.prove(there, verification, "sms_on_file", desk.sms.last_code(PHONE), sent.json()["code_id"])
    desk.files.down = False
    joining = await begin(desk, there)
    assert (await name(there, joining)).status_code == 200
    parts, lock = desk.product.parts, files.lock_account

    async def joined_meanwhile(tx: Tx, account_id: UUID) -> None:
        monkeypatch.setattr(files, "lock_account", lock)
        other = asyncio.create_task(agree(desk, there, joining), context=contextvars.Context())
        assert (await other).status_code == 200
        await lock(tx, account_id)

    async with parts.db.tx() as tx:
        waiting = await proofs.stuck(tx, 0)
    monkeypatch.setattr(files, "lock_account", joined_meanwhile)
    for one in waiting:
        await flows.settle_again(parts.db, desk.files, parts.vault, parts.knobs, one)
    assert await names(wechat) == [("陈*华", "self", True), ("陈*宝", "child", False)]


async def test_favourites_and_messages_of_both_are_seen(desk: Desk) -> None:
    wechat = await desk.sign_in()
    await desk.bound(wechat)
    there = await alipay(desk)
    async with desk.product.parts.db.tx() as tx:
        await notifications.tell(
            tx, there.principal.account_id, "fees_waiting", "fees_of", there.principal.account_id, {}
        )
    await joined(desk, there)
    await tell(desk)
    again = await alipay(desk)
    kinds = [one["kind"] for one in (await again.get("/api/messages")).json()["items"]]
    assert kinds == ["joined", "fees_waiting"]
    assert (await again.post("/api/messages/read", {"all": True})).status_code == 204
    me = (await again.get("/api/bootstrap", channel="alipay_life")).json()["me"]
    assert (me["unread_messages"], me["patients_count"], me["phone"]) == (0, 1, "138****2046")
