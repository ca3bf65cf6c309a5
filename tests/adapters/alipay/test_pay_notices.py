"""Notices of Alipay: what is believed, and that nothing else is."""

import pytest

from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.domains.payments.ports import PAYMENT_NOTICE, REFUND_NOTICE, NoticeRefused
from jiuyi.wire.envelopes import Inbound, Rejected
from tests.adapters.alipay import peer

pytestmark = pytest.mark.feature("I06")

NEEDED = [
    "notify_id",
    "notify_type",
    "notify_time",
    "app_id",
    "seller_id",
    "out_trade_no",
    "trade_no",
    "trade_status",
    "total_amount",
    "charset",
    "version",
]


def _inbound(body: bytes, method: str = "POST") -> Inbound:
    return Inbound(method, "/callbacks/alipay_pay", {}, {}, body)


@pytest.mark.parametrize("keep_sign_type", [False, True])
def test_a_payment_is_told_in_our_words(pay: AlipayPay, *, keep_sign_type: bool) -> None:
    found = pay.read_notice({}, peer.notice(peer.PAID, keep_sign_type=keep_sign_type))
    assert (found.system, found.kind, found.key) == ("alipay_pay", PAYMENT_NOTICE, peer.PAID["notify_id"])
    assert found.data == {
        "out_trade_no": "P26112200000101",
        "state": "paid",
        "merchant_id": peer.SELLER,
        "app_id": peer.LIFE_APP,
        "transaction_id": "2026112222001400000000000001",
        "total_fen": 1500,
        "currency": "CNY",
        "paid_at": "2026-11-22T18:00:00+08:00",
    }


def test_a_refund_is_told_without_its_amount(pay: AlipayPay) -> None:
    for status in ("TRADE_SUCCESS", "TRADE_CLOSED"):
        found = pay.read_notice({}, peer.notice(peer.REFUNDED | {"trade_status": status}))
        assert (found.kind, found.data["out_refund_no"]) == (REFUND_NOTICE, "R2611220000010101")
        assert (found.data["total_fen"], found.data["refund_fen"], found.data["state"]) == (1500, None, "success")


@pytest.mark.parametrize("name", [*NEEDED, "gmt_payment"])
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
async def test_a_payment_notice_without_a_field_is_refused(pay: AlipayPay, name: str, *, empty: bool) -> None:
    fields = {**peer.PAID, name: ""} if empty else {key: value for key, value in peer.PAID.items() if key != name}
    with pytest.raises(NoticeRefused):
        pay.read_notice({}, peer.notice(fields))
    with pytest.raises(Rejected) as rejected:
        await pay.read(_inbound(peer.notice(fields)))
    assert rejected.value.answer.body != b"success"


@pytest.mark.parametrize("name", [*NEEDED, "out_biz_no", "refund_fee", "gmt_refund"])
def test_a_refund_notice_without_a_field_is_refused(pay: AlipayPay, name: str) -> None:
    with pytest.raises(NoticeRefused):
        pay.read_notice({}, peer.notice({key: value for key, value in peer.REFUNDED.items() if key != name}))


@pytest.mark.parametrize(
    "other",
    [
        {"app_id": "2021000000000009"},
        {"seller_id": "2088000000000099"},
        {"notify_type": "something_else"},
        {"trade_status": "TRADE_PENDING"},
        {"total_amount": "15.001"},
        {"total_amount": "0.00"},
        {"total_amount": "-15.00"},
        {"total_amount": "1e3"},
        {"gmt_payment": "yesterday"},
        {"notify_time": "now"},
        {"charset": "utf-16"},
        {"refund_fee": "15.01", "gmt_refund": "2026-11-22 18:05:00.1", "out_biz_no": "R1"},
    ],
    ids=str,
)
def test_true_signatures_do_not_excuse_wrong_facts(pay: AlipayPay, other: dict[str, str]) -> None:
    with pytest.raises(NoticeRefused):
        pay.read_notice({}, peer.notice(peer.PAID | other))


def test_forgeries_are_refused(pay: AlipayPay) -> None:
    true = peer.notice(peer.PAID)
    assert pay.read_notice({}, true).kind == PAYMENT_NOTICE
    for body in (
        peer.notice(peer.PAID, by="stranger"),
        peer.notice(peer.PAID, by="app"),
        true.replace(b"total_amount=15.00", b"total_amount=16.00"),
        true.replace(b"sign_type=RSA2", b"sign_type=RSA"),
        true.replace(b"sign_type=RSA2&", b""),
        true.partition(b"&sign=")[0],
        true + b"&total_amount=15.00",
        true + b"&new=1",
        true + b" ",
        b"",
        b"{}",
        b"\xff" + true,
        b"a=b&" * 20000 + true,
    ):
        with pytest.raises(NoticeRefused):
            pay.read_notice({}, body)


async def test_what_is_answered(pay: AlipayPay) -> None:
    notices, taken = await pay.read(_inbound(peer.notice(peer.PAID)))
    assert ([one.kind for one in notices], taken.status, taken.body) == ([PAYMENT_NOTICE], 200, b"success")
    # A trade that was closed unpaid moved no money: acknowledged, and nothing to be done.
    closed = {name: value for name, value in peer.PAID.items() if name != "gmt_payment"}
    told = peer.notice(closed | {"trade_status": "TRADE_CLOSED", "gmt_close": "2026-11-22 18:15:00"})
    notices, taken = await pay.read(_inbound(told))
    assert (notices, taken.body) == ([], b"success")
    with pytest.raises(NoticeRefused):
        pay.read_notice({}, told)
    with pytest.raises(Rejected):
        await pay.read(_inbound(peer.notice(peer.PAID), "GET"))
