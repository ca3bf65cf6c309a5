"""Who is bound to me: seeing, confirming, ending; and every door tried by somebody else."""

from typing import Any
from uuid import uuid4

import pytest

from jiuyi.domains.patients import settings
from jiuyi.domains.patients.service import sealing
from tests.domains.patients.conftest import Desk
from tests.domains.patients.hospital_files import file
from tests.support.product import Person

pytestmark = pytest.mark.feature("F01")


async def family(desk: Desk) -> tuple[Person, dict[str, Any], Person, dict[str, Any]]:
    """陈美华 herself, and somebody who bound her as a parent."""
    own, other = await desk.sign_in(nickname="Meihua"), await desk.sign_in(nickname="Lin")
    mine = await desk.bound(own)
    theirs = await desk.bound(other, relation="parent")
    assert mine["id"] == theirs["id"]
    return own, mine, other, theirs


async def test_the_patient_sees_who_is_bound_and_ends_it_at_once(desk: Desk) -> None:
    own, mine, other, _ = await family(desk)
    page = (await own.get(f"/api/patients/{mine['id']}/bindings")).json()
    assert page["notify_on_binding"] is True
    assert [(row["account_label"], row["is_me"], row["relation"], row["confirmed"]) for row in page["items"]] == [
        ("微信用户 M*****", True, "self", True),
        ("微信用户 L**", False, "parent", False),
    ]
    binding = page["items"][1]["id"]
    path = f"/api/patients/{mine['id']}/bindings/{binding}"
    assert (await own.post(f"{path}/confirm")).status_code == 204
    page = (await own.get(f"/api/patients/{mine['id']}/bindings")).json()
    assert page["items"][1]["confirmed"] is True
    assert (await other.get(f"/api/patients/{mine['id']}")).status_code == 200
    assert (await own.call("DELETE", path)).status_code == 204
    assert (await other.get(f"/api/patients/{mine['id']}")).status_code == 404
    assert (await other.get("/api/patients")).json()["items"] == []
    assert (await own.call("DELETE", path)).status_code == 404


async def test_others_are_told_of_a_new_binding_once(desk: Desk) -> None:
    own, mine, other, _ = await family(desk)
    parts = desk.product.parts
    await parts.jobs.drain(parts.db)
    async with parts.db.tx() as tx:
        told = await tx.values("SELECT account_id FROM notifications.message WHERE kind = 'binding'")
        texts = await tx.value("SELECT count(*) FROM notifications.delivery WHERE way = 'sms'")
    assert told == [own.principal.account_id]
    assert texts == 2
    assert other.principal.account_id not in told
    messages = (await own.get("/api/messages")).json()["items"]
    assert messages[0]["link"] == {"page": "patient_bindings", "id": mine["id"]}


async def test_only_the_patient_oversees(desk: Desk) -> None:
    own, mine, other, _ = await family(desk)
    base = f"/api/patients/{mine['id']}"
    binding = (await own.get(f"{base}/bindings")).json()["items"][0]["id"]
    for method, path in (
        ("GET", f"{base}/bindings"),
        ("GET", f"{base}/accesses"),
        ("POST", f"{base}/bindings/{binding}/confirm"),
        ("DELETE", f"{base}/bindings/{binding}"),
    ):
        answer = await other.call(method, path)
        assert (answer.status_code, answer.json()["code"]) == (403, "patients.not_theirs"), path
    assert (await own.get(base)).status_code == 200


async def test_a_parent_oversees_a_minor(desk: Desk) -> None:
    today = desk.product.parts.clock.today()
    born = today.replace(year=today.year - 8, day=1)
    desk.files.add(file(patient_id="P3", document_number="C7654321", card_no="3", birth_date=born))
    minor = {
        "document_number": "C7654321",
        "birth_date": born.isoformat(),
        "consents": ["patient_agreement@1", "minor_guardian@1"],
    }
    mother, uncle = await desk.sign_in(), await desk.sign_in()
    child = await desk.bound(mother, **minor, relation="child")
    await desk.bound(uncle, **minor, relation="other")
    assert (await mother.get(f"/api/patients/{child['id']}/bindings")).status_code == 200
    assert (await uncle.get(f"/api/patients/{child['id']}/bindings")).status_code == 403
    changed = await uncle.call("PATCH", f"/api/patients/{child['id']}", {"relation": "child"})
    assert (changed.status_code, changed.json()["code"]) == (409, "patients.relation_fixed")
    async with desk.product.parts.db.tx() as tx:
        given = await tx.value("SELECT count(*) FROM patients.consent WHERE document = 'minor_guardian@1'")
    assert given == 2


async def test_every_door_is_closed_to_strangers_and_to_odd_ids(desk: Desk) -> None:
    own, mine, _, _ = await family(desk)
    stranger = await desk.sign_in()
    binding = (await own.get(f"/api/patients/{mine['id']}/bindings")).json()["items"][0]["id"]
    verification = (await desk.verify(own, document_number="Z1234567", relation="parent")).json()["id"]
    doors: list[tuple[str, str, Any]] = [
        ("GET", "/api/patients/{p}", None),
        ("PATCH", "/api/patients/{p}", {"is_default": True}),
        ("PATCH", "/api/patients/{p}", {"relation": "spouse"}),
        ("DELETE", "/api/patients/{p}", None),
        ("GET", "/api/patients/{p}/bindings", None),
        ("POST", "/api/patients/{p}/bindings/{b}/confirm", None),
        ("DELETE", "/api/patients/{p}/bindings/{b}", None),
        ("GET", "/api/patients/{p}/accesses", None),
        ("GET", "/api/patients/{p}/card", None),
        ("POST", "/api/patients/verifications/{v}/code", {"way": "sms_new_phone"}),
        ("POST", "/api/patients/verifications/{v}/proof", {"way": "sms_new_phone", "code": "123456"}),
    ]
    for method, path, body in doors:
        for p, b, v in ((mine["id"], binding, verification), (uuid4(), uuid4(), uuid4()), ("1", "x", "' OR 1=1")):
            target = path.format(p=p, b=b, v=v)
            answer = await stranger.call(method, target, body)
            assert answer.status_code == 404, (method, target, answer.text)
            assert (await desk.product.visitor().request(method, target, json=body)).status_code in {401, 404}
    assert (await own.get(f"/api/patients/{mine['id']}")).json()["relation"] == "self"
    # One's own patient does not open somebody else's binding.
    their_patient = await desk.bound(stranger, document_number="K1234567", phone="13800007777")
    crossed = f"/api/patients/{their_patient['id']}/bindings/{binding}"
    assert (await stranger.post(f"{crossed}/confirm")).status_code == 404
    assert (await stranger.call("DELETE", crossed)).status_code == 404
    assert (await own.get(f"/api/patients/{mine['id']}")).status_code == 200


async def test_the_default_moves_and_relations_change(desk: Desk) -> None:
    person = await desk.sign_in()
    first = await desk.bound(person)
    second = await desk.bound(person, document_number="Z0000001", relation="parent", phone="13800007777")
    assert second["is_default"] is False
    path = f"/api/patients/{second['id']}"
    assert (await person.call("PATCH", path, {"is_default": True})).json()["is_default"] is True
    assert (await person.call("PATCH", path, {"relation": "spouse"})).json()["relation"] == "spouse"
    assert (await person.call("PATCH", path, {"relation": "self"})).status_code == 409
    listed = (await person.get("/api/patients")).json()["items"]
    assert [(row["id"], row["is_default"]) for row in listed] == [(second["id"], True), (first["id"], False)]
    assert (await person.call("DELETE", path)).status_code == 204
    listed = (await person.get("/api/patients")).json()["items"]
    assert [(row["id"], row["is_default"]) for row in listed] == [(first["id"], True)]
    async with desk.product.parts.db.tx() as tx:
        open_consents = await tx.value("SELECT count(*) FROM patients.consent WHERE withdrawn_at IS NULL")
    assert open_consents == 1


async def test_a_patient_who_was_unbound_can_be_bound_again_under_the_same_id(desk: Desk) -> None:
    person = await desk.sign_in()
    first = await desk.bound(person)
    await person.call("DELETE", f"/api/patients/{first['id']}")
    assert (await desk.bound(person))["id"] == first["id"]
    again = await desk.verify(person, relation="parent")
    assert again.json()["code"] == "patients.already_bound"


async def test_the_card_is_shown_in_clear_and_noted(desk: Desk) -> None:
    own, mine, other, _ = await family(desk)
    shown = await other.get(f"/api/patients/{mine['id']}/card")
    assert (shown.json()["card_no"], shown.json()["qr"]) == ("4400012340015", "4400012340015")
    assert shown.headers["cache-control"] == "no-store"
    seen = (await own.get(f"/api/patients/{mine['id']}/accesses")).json()["items"]
    assert [(row["who"], row["what"], row["count"], row["is_me"]) for row in seen] == [
        ("微信用户 L**", "card", 1, False)
    ]
    async with desk.product.parts.db.tx() as tx:
        noted = await tx.value("SELECT count(*) FROM audit.entry WHERE action = 'patients.card_shown'")
    assert noted == 1
    page = (await own.get(f"/api/patients/{mine['id']}/bindings")).json()
    assert page["items"][1]["last_seen_at"] is not None


async def test_with_consent_required_a_binding_waits_for_the_patient(desk: Desk) -> None:
    parts = desk.product.parts
    async with parts.db.tx() as tx:
        await parts.knobs.set(tx, settings.REQUIRE_CONSENT, value=True, who="test", why="test")
    await parts.knobs.load(parts.db)
    own, other = await desk.sign_in(), await desk.sign_in()
    mine = await desk.bound(own)
    waiting = await desk.bound(other, relation="spouse")
    assert waiting["state"] == "pending"
    assert (await other.get(f"/api/patients/{mine['id']}")).status_code == 404
    page = (await own.get(f"/api/patients/{mine['id']}/bindings")).json()
    assert page["require_consent"] is True
    await own.post(f"/api/patients/{mine['id']}/bindings/{page['items'][1]['id']}/confirm")
    assert (await other.get(f"/api/patients/{mine['id']}")).status_code == 200


def test_sealed_values_cannot_be_moved_between_columns() -> None:
    names = {sealing.NAME, sealing.DOCUMENT, sealing.PHONE, sealing.CARD, sealing.GUARDIAN, sealing.CLAIM}
    assert len(names | {sealing.TARGET, sealing.IP}) == 8
