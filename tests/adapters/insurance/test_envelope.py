"""The centre's envelope and notices: published vectors, a foreign library, and everything that must be refused."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from gmssl import sm2 as foreign

from jiuyi.adapters.insurance.centre import NationalCentre
from jiuyi.adapters.insurance.envelope import Envelope, Untrusted, data_key, text_to_sign
from jiuyi.adapters.wechat.medins import id_digest
from jiuyi.domains.insurance.types import CentreNotice
from jiuyi.kit import sm2
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.envelopes import Inbound, Rejected
from jiuyi.wire.http import Caller

pytestmark = pytest.mark.feature("I08")
APP, SECRET = "ABCDEF0123456789ABCDEF0123456789", "0123456789ABCDEF0123456789ABCDEF"
OURS = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
THEIRS = "128B2FA8BD433C6C068C8D803DFF79792A519A55171B1B650C23661D15897263"
ORG = "H44010100199"


def public_of(private: str) -> str:
    x, y = sm2.PrivateKey(private).public
    return f"04{x:064X}{y:064X}"


def envelope(*, mine: str = OURS, theirs: str = THEIRS) -> Envelope:
    return Envelope(app_id=APP, app_secret=SECRET, private_key=mine, platform_public_key=public_of(theirs))


def centre_says(data: dict[str, Any], at: datetime | None = None, *, key: str = THEIRS) -> bytes:
    moment = at or datetime.now(UTC)  # noqa: TID251 - the centre is another machine
    return envelope(mine=key, theirs=OURS).seal(data, moment)


def test_the_published_vectors_of_sm4() -> None:
    assert data_key(APP, SECRET) == b"F80648B90524444D"
    sealed = json.loads(envelope().seal({"a": "测试"}, datetime(2026, 11, 22, 10, tzinfo=UTC)))
    assert sealed["encData"] == "F46380FA2046511652FF85575C7A81CD"
    assert sealed["timestamp"] == "20261122180000"
    assert "data" not in sealed


def test_the_text_that_is_signed() -> None:
    fields = {
        "version": "2.0.1",
        "appId": "A",
        "signData": "x",
        "encData": "y",
        "extra": {"z": 1},
        "data": {"b": [{"d": "", "c": "1.00"}], "a": "甲", "n": None, "e": {}},
    }
    assert text_to_sign(fields, "K").decode() == 'appId=A&data={"a":"甲","b":[{"c":"1.00"}]}&version=2.0.1&key=K'


def test_a_foreign_library_verifies_ours_and_we_verify_its() -> None:
    message = b"appId=A&key=K"
    x, y = sm2.PrivateKey(OURS).public
    other = foreign.CryptSM2(private_key=OURS, public_key=f"{x:064x}{y:064x}")
    assert other.verify_with_sm3(sm2.PrivateKey(OURS).sign(message).hex(), message)
    signed = bytes.fromhex(other.sign_with_sm3(message))
    assert sm2.verify((x, y), message, signed)
    assert not sm2.verify((x, y), message + b" ", signed)
    assert not sm2.verify((x, y), message, signed, b"another user id!")
    assert not sm2.verify((x, y), message, signed[:40])


def test_keys_in_every_form_that_is_seen() -> None:
    raw = bytes.fromhex(OURS)
    texts = (OURS, base64.b64encode(raw).decode(), base64.b64encode(b"\0" + raw).decode())
    assert len({sm2.PrivateKey(text).public for text in texts}) == 1
    point = bytes.fromhex(public_of(OURS))
    assert sm2.public_key(base64.b64encode(point).decode()) == sm2.public_key(base64.b64encode(point[1:]).decode())
    for wrong in ("", "00" * 32, "FF" * 32, "zz"):
        with pytest.raises(sm2.NotAKey):
            sm2.PrivateKey(wrong)
    with pytest.raises(sm2.NotAKey):
        sm2.public_key("04" + "11" * 64)


def test_the_digest_of_an_identity_number() -> None:
    assert id_digest("44030019000101123x") == "09eb26e839ff3a2e3980352ae45ef09e"
    assert id_digest("440300900101123") == id_digest("440300199001011239"[:17] + _check("44030019900101123"))


def _check(body: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(a) * b for a, b in zip(body, weights, strict=True)) % 11]


NOTICE = {"payOrdId": "ORD4401", "medOrgOrd": "I1", "ordStas": "6", "callType": "02", "orgCode": ORG}


@pytest.fixture
def centre() -> NationalCentre:
    clock = Clock()
    caller = Caller("insurance", "http://127.0.0.1:9", Journal(), clock)
    return NationalCentre(caller, clock, envelope(), org_code=ORG)


def inbound(body: bytes, method: str = "POST") -> Inbound:
    return Inbound(method, "/callbacks/insurance", {}, {}, body)


async def test_a_true_notice_is_named_and_answered_in_the_envelope(centre: NationalCentre) -> None:
    (notice,), answer = await centre.read(inbound(centre_says(NOTICE)))
    assert msgspec.convert(notice.data, CentreNotice) == CentreNotice("I1", "ORD4401")
    assert answer.status == 200
    assert envelope(mine=THEIRS, theirs=OURS).open(json.loads(answer.body))["success"] == "true"
    (again,), _ = await centre.read(inbound(centre_says(NOTICE)))
    assert again.key == notice.key


@pytest.mark.parametrize("missing", ["payOrdId", "medOrgOrd", "ordStas"])
async def test_a_notice_without_a_field_is_refused(centre: NationalCentre, missing: str) -> None:
    with pytest.raises(Rejected):
        await centre.read(inbound(centre_says({name: text for name, text in NOTICE.items() if name != missing})))


async def test_a_forged_notice_costs_no_signature(centre: NationalCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    true = json.loads(centre_says(NOTICE))
    forged = centre_says(NOTICE, key=OURS)
    asked: list[bytes] = []

    def sign(_key: sm2.PrivateKey, message: bytes, _user: bytes) -> bytes:
        asked.append(message)
        return b""

    monkeypatch.setattr(sm2.PrivateKey, "sign", sign)
    del true["encData"]
    for body in (forged, json.dumps(true).encode(), b"{}", b"not json"):
        with pytest.raises(Rejected) as refused:
            await centre.read(inbound(body))
        assert refused.value.answer.status == 401
        assert json.loads(refused.value.answer.body)["success"] == "false"
    assert asked == []


async def test_forged_stale_foreign_and_broken_notices_are_refused(centre: NationalCentre) -> None:
    true = json.loads(centre_says(NOTICE))
    old = datetime.now(UTC) - timedelta(minutes=6)  # noqa: TID251 - the centre is another machine
    wrong = [
        centre_says(NOTICE, key=OURS),
        centre_says(NOTICE, old),
        centre_says({**NOTICE, "orgCode": "H44010199999"}),
        json.dumps({**true, "timestamp": "20200101000000"}).encode(),
        json.dumps({**true, "signData": ""}).encode(),
        json.dumps({**true, "encData": true["encData"][:-2] + "00"}).encode(),
        json.dumps({**true, "appId": "0" * 32}).encode(),
        json.dumps({**true, "code": 0}).encode(),
        b"{}",
        b"not json",
    ]
    for body in wrong:
        with pytest.raises(Rejected):
            await centre.read(inbound(body))
    with pytest.raises(Rejected):
        await centre.read(inbound(centre_says(NOTICE), "GET"))


def test_an_answer_of_somebody_else_is_not_believed() -> None:
    with pytest.raises(Untrusted):
        envelope().open(json.loads(centre_says({"payOrdId": "ORD"}, key=OURS)))
