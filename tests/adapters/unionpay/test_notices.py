"""UnionPay's notices: forged, another merchant's, without a field, replayed; certificates that are not UnionPay's."""

from collections.abc import Callable

import pytest

from jiuyi.adapters.unionpay.acp import Signer, Trust, digest
from jiuyi.adapters.unionpay.codes import UnionPayCodes
from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, NoticeRefused
from jiuyi.domains.payments.types import CodeKind
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.envelopes import Inbound, Rejected
from jiuyi.wire.http import Caller
from tests.support import unionpay_peer as peer

pytestmark = pytest.mark.feature("I06")

PAID = {
    "txnType": "01",
    "txnSubType": "07",
    "bizType": "000000",
    "accessType": "0",
    "merId": peer.MER,
    "orderId": "P06H0000000000000001",
    "txnTime": "20261122183000",
    "txnAmt": "5050",
    "currencyCode": "156",
    "queryId": "202611221830001234567",
    "traceNo": "123456",
    "traceTime": "1122183005",
    "settleDate": "1122",
    "respCode": "00",
    "respMsg": "成功[0000000]",
    "settleAmt": "5050",
}


@pytest.fixture
def reader() -> UnionPayCodes:
    house, clock = peer.house(), Clock()
    caller = Caller("unionpay", "http://127.0.0.1:9", Journal(), clock)
    return UnionPayCodes(
        caller,
        clock,
        kind=CodeKind.UNIONPAY_SHOWN,
        mer_id=peer.MER,
        signer=Signer(peer.pfx(), peer.PASSWORD),
        trust=Trust(peer.pem(house["root"]), peer.pem(house["middle"]), "中国银联股份有限公司"),
        notify_url="http://localhost/callbacks/unionpay",
        files=caller,
    )


def test_a_true_notice_says_what_was_paid(reader: UnionPayCodes) -> None:
    notice = reader.read_notice({}, peer.form(peer.signed(PAID)))
    assert (notice.system, notice.kind, notice.key) == ("unionpay", PAYMENT_NOTICE, "01:202611221830001234567")
    assert notice.data["out_trade_no"] == PAID["orderId"]
    assert (notice.data["total_fen"], notice.data["currency"]) == (5050, "CNY")
    assert (notice.data["merchant_id"], notice.data["app_id"]) == (peer.MER, peer.MER)
    assert notice.data["paid_at"] == "2026-11-22T18:30:05+08:00"
    again = reader.read_notice({}, peer.form(peer.signed(PAID)))
    assert again.key == notice.key


def test_a_refund_s_notice_is_a_hint(reader: UnionPayCodes) -> None:
    fields = {**PAID, "txnType": "04", "txnSubType": "00", "orderId": "R06H0000000000000001", "origQryId": "1"}
    notice = reader.read_notice({}, peer.form(peer.signed(fields)))
    assert (notice.kind, notice.data["out_refund_no"]) == (REFUND_NOTICE, "R06H0000000000000001")
    assert notice.data["refund_fen"] is None


@pytest.mark.parametrize(
    "missing",
    [
        "version",
        "encoding",
        "signMethod",
        "signPubKeyCert",
        "txnType",
        "txnSubType",
        "bizType",
        "accessType",
        "merId",
        "orderId",
        "txnTime",
        "txnAmt",
        "currencyCode",
        "queryId",
        "traceNo",
        "traceTime",
        "settleDate",
        "respCode",
    ],
)
@pytest.mark.parametrize("how", ["left out", "empty"])
def test_a_signed_notice_without_a_field_is_refused(reader: UnionPayCodes, missing: str, how: str) -> None:
    fields = peer.signed(PAID)
    if how == "empty":
        fields[missing] = ""
    else:
        del fields[missing]
    with pytest.raises(NoticeRefused):
        reader.read_notice({}, peer.form(peer.resigned(fields, peer.house()["sign"])))


def test_a_notice_without_its_signature_is_refused(reader: UnionPayCodes) -> None:
    fields = peer.signed(PAID)
    del fields["signature"]
    for told in (fields, {**fields, "signature": ""}, {**fields, "signature": "AAAA"}):
        with pytest.raises(NoticeRefused):
            reader.read_notice({}, peer.form(told))


@pytest.mark.parametrize(
    "change",
    [
        {"txnAmt": "5051"},
        {"orderId": "P06H0000000000000002"},
        {"merId": "777290058110098"},
        {"respCode": "A6"},
        {"queryId": "202611221830001234568"},
    ],
)
def test_a_notice_that_was_touched_is_refused(reader: UnionPayCodes, change: dict[str, str]) -> None:
    with pytest.raises(NoticeRefused, match="signature"):
        reader.read_notice({}, peer.form({**peer.signed(PAID), **change}))


@pytest.mark.parametrize(
    "change",
    [
        {"merId": "777290058110098"},
        {"bizType": "000201"},
        {"accessType": "1"},
        {"txnAmt": "50.50"},
        {"txnAmt": "-1"},
        {"txnTime": "yesterday"},
        {"traceTime": "9999999999"},
        {"txnType": "02"},
    ],
)
def test_a_signed_notice_of_something_else_is_refused(reader: UnionPayCodes, change: dict[str, str]) -> None:
    with pytest.raises(NoticeRefused):
        reader.read_notice({}, peer.form(peer.signed({**PAID, **change})))


_STRANGERS: dict[str, Callable[[], peer.Issued]] = {
    "self-signed": lambda: peer.issue(peer.OWNER + "1"),
    "another owner": lambda: peer.issue("somebody", peer.house()["middle"]),
    "the merchant's own": lambda: peer.house()["merchant"],
    "another chain": lambda: peer.issue(peer.OWNER + "2", peer.issue("CFCA TEST OCA1 copy")),
    "the same names, another chain": lambda: peer.issue(
        peer.OWNER + "3", (peer.house()["middle"][0], peer.issue("other")[1])
    ),
    "out of its time": lambda: peer.issue(peer.OWNER + "4", peer.house()["middle"], days=-100),
}


@pytest.mark.parametrize("who", _STRANGERS)
def test_a_certificate_that_is_not_unionpay_s_is_refused(reader: UnionPayCodes, who: str) -> None:
    with pytest.raises(NoticeRefused):
        reader.read_notice({}, peer.form(peer.signed(PAID, _STRANGERS[who]())))


@pytest.mark.parametrize("body", [b"", b"{}", b"a=1&a=2", b"\xff\xfe", b"<xml/>", b"x" * 70000])
def test_what_is_no_form_is_refused(reader: UnionPayCodes, body: bytes) -> None:
    with pytest.raises(NoticeRefused):
        reader.read_notice({}, body)


async def test_the_door_refuses_with_401_and_takes_a_void_without_a_word(reader: UnionPayCodes) -> None:
    def inbound(body: bytes, method: str = "POST") -> Inbound:
        return Inbound(method, "/callbacks/unionpay", {}, {}, body)

    for wrong in (inbound(b"a=1"), inbound(peer.form(peer.signed(PAID)), "GET")):
        with pytest.raises(Rejected) as refused:
            await reader.read(wrong)
        assert refused.value.answer.status == 401
    notices, taken = await reader.read(inbound(peer.form(peer.signed(PAID))))
    assert (len(notices), taken.status) == (1, 200)
    void = peer.form(peer.signed({**PAID, "txnType": "31", "txnSubType": "00"}))
    assert await reader.read(inbound(void)) == ([], taken)
    failed = peer.form(peer.signed({**PAID, "respCode": "01"}))
    assert await reader.read(inbound(failed)) == ([], taken)


def test_what_is_signed_is_the_hex_of_the_digest() -> None:
    # SHA-256 of "a=1&b=2": empty fields and the signature itself are left out.
    expected = b"8e85be58c1c372ac29fe7bfa80d8ddcbd04a4032c7b51c1c026d67c55b1ab23f"
    assert digest({"b": "2", "a": "1", "c": "", "signature": "x"}) == expected
