"""Results of medical trades: a true one is a hint to ask, and nothing else is taken."""

import pytest

from jiuyi.adapters.alipay.medical import MedicalNotices
from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.domains.insurance.ports import MIX_NOTICE
from jiuyi.wire.envelopes import Inbound, Rejected
from tests.adapters.alipay import peer

pytestmark = pytest.mark.feature("F24")
ENDED = {
    "notify_id": "2026112200222180000000000077",
    "notify_type": "medical_trade_status_sync",
    "app_id": peer.LIFE_APP,
    "charset": "utf-8",
    "version": "1.0",
    "out_trade_no": "P26112200000177",
    "trade_no": "2026112222001400000000000077",
    "seller_id": peer.SELLER,
    "trade_status": "TRADE_SUCCESS",
    "own_pay_status": "SUCCESS",
    "medical_pay_status": "SUCCESS",
    "total_amount": "128.60",
}


def inbound(body: bytes, method: str = "POST") -> Inbound:
    return Inbound(method, "/callbacks/alipay_medical", {}, {}, body)


async def refused(pay: AlipayPay, body: bytes, method: str = "POST") -> None:
    with pytest.raises(Rejected) as rejected:
        await MedicalNotices(pay).read(inbound(body, method))
    assert rejected.value.answer.body != b"success"


async def test_a_true_one_says_which_and_how_much(pay: AlipayPay) -> None:
    [notice], answer = await MedicalNotices(pay).read(inbound(peer.notice(ENDED)))
    assert (notice.system, notice.kind, notice.key) == ("alipay_medical", MIX_NOTICE, ENDED["notify_id"])
    assert notice.data == {"out_trade_no": "P26112200000177", "total_fen": 12860}
    assert (answer.status, answer.body) == (200, b"success")


async def test_one_without_number_of_its_own_is_known_by_what_it_says(pay: AlipayPay) -> None:
    fields = {name: value for name, value in ENDED.items() if name not in {"notify_id", "total_amount", "seller_id"}}
    [notice], _ = await MedicalNotices(pay).read(inbound(peer.notice(fields)))
    assert (notice.key, notice.data["total_fen"]) == ("P26112200000177:TRADE_SUCCESS", None)


@pytest.mark.parametrize("name", ["out_trade_no", "app_id"])
@pytest.mark.parametrize("empty", [False, True], ids=["missing", "empty"])
async def test_one_without_a_field_is_refused(pay: AlipayPay, name: str, *, empty: bool) -> None:
    fields = {**ENDED, name: ""} if empty else {key: value for key, value in ENDED.items() if key != name}
    await refused(pay, peer.notice(fields))


@pytest.mark.parametrize(
    "other",
    [
        {"app_id": "2021000000000009"},
        {"seller_id": "2088000000000099"},
        {"total_amount": "0.00"},
        {"total_amount": "-1.00"},
        {"total_amount": "128.601"},
        {"total_amount": "many"},
    ],
    ids=str,
)
async def test_a_true_signature_does_not_excuse_wrong_facts(pay: AlipayPay, other: dict[str, str]) -> None:
    await refused(pay, peer.notice(ENDED | other))


async def test_forgeries_are_refused(pay: AlipayPay) -> None:
    true = peer.notice(ENDED)
    for body in (
        peer.notice(ENDED, by="stranger"),
        peer.notice(ENDED, by="app"),
        true.replace(b"total_amount=128.60", b"total_amount=1.00"),
        true.replace(b"sign_type=RSA2&", b""),
        true.partition(b"&sign=")[0],
        true + b"&out_trade_no=P26112200000178",
        b"",
        b"{}",
        b"\xff" + true,
    ):
        await refused(pay, body)
    await refused(pay, true, "GET")
