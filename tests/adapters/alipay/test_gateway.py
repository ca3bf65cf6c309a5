"""The gateway: requests that Alipay can verify, answers believed only as they were signed, every outcome told apart."""

import hashlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from jiuyi.adapters.alipay.gateway import BuyerAsked, Gateway
from jiuyi.adapters.alipay.keys import AppKeys, Untrusted, certificate_serial
from jiuyi.kit.clock import Clock
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable
from tests.adapters.alipay import peer
from tests.adapters.alipay.conftest import gateways_at
from tests.support.listener import Heard, Listener
from tests.support.waiting import MOST_SECONDS

pytestmark = pytest.mark.feature("I06")
QUERY = "alipay.trade.query"


async def test_a_request_is_signed_over_everything_and_the_answer_read_as_it_is(
    alipay: Listener, gateways: dict[str, Gateway]
) -> None:
    node = {"code": "10000", "msg": "Success", "qr": "https://qr.alipay.com/bax", "subject": "挂号费 {“一”}"}
    alipay.answer = lambda _: (200, peer.answer(QUERY, node))
    found = await gateways["alipay_life"].ask("query", QUERY, {"out_trade_no": "P1", "note": "中文/&="})
    assert found == node
    heard = alipay.heard[0]
    asked = peer.asked(heard.path, heard.body)
    assert (asked["app_id"], asked["method"], asked["sign_type"], asked["version"]) == (
        peer.LIFE_APP,
        QUERY,
        "RSA2",
        "1.0",
    )
    assert asked["biz"] == {"out_trade_no": "P1", "note": "中文/&="}
    assert "biz_content" not in heard.path
    assert "app_cert_sn" not in asked


@pytest.mark.parametrize(
    ("node", "outcome"),
    [
        ({"code": "10003", "msg": "order success pay inprocess"}, BuyerAsked),
        ({"code": "20000", "sub_code": "isp.unknow-error"}, Unanswered),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, Unanswered),
        ({"code": "40004", "sub_code": "aop.ACQ.SYSTEM_ERROR"}, Unanswered),
        ({"code": "40005", "sub_code": "isv.app-call-limited"}, Unreachable),
        ({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "sub_msg": "交易不存在"}, Refused),
        ({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"}, Refused),
        ({"code": "20001", "sub_code": "aop.invalid-auth-token"}, Refused),
    ],
    ids=str,
)
async def test_each_code_is_an_outcome(
    alipay: Listener, gateways: dict[str, Gateway], node: dict[str, str], outcome: type[Exception]
) -> None:
    alipay.answer = lambda _: (200, peer.answer(QUERY, node))
    with pytest.raises(outcome) as raised:
        await gateways["alipay_life"].ask("query", QUERY, {})
    assert type(raised.value) is outcome
    if isinstance(raised.value, Refused):
        assert raised.value.code == node["sub_code"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, peer.answer(QUERY, {"code": "10000"}, by="stranger")), Garbled),
        ((200, peer.answer(QUERY, {"code": "10000", "n": "1"}).replace('"n":"1"', '"n":"2"')), Garbled),
        ((200, peer.answer(QUERY, {"code": "10000"}).replace('"code":', '"code": ')), Garbled),
        ((200, '{"alipay_trade_query_response":{"code":"10000"}}'), Garbled),
        ((200, '{"alipay_trade_query_response":{"code":"40004","sub_code":"ACQ.TRADE_NOT_EXIST"}}'), Garbled),
        ((200, peer.answer("alipay.trade.close", {"code": "10000"})), Garbled),
        ((200, peer.answer("error", {"msg": "no code"})), Garbled),
        ((200, "<html>"), Garbled),
        ((200, "[]"), Garbled),
        ((404, ""), Garbled),
        ((429, ""), Unreachable),
        ((500, ""), Unanswered),
        ((502, "<html>"), Unanswered),
    ],
    ids=range(13),
)
async def test_an_answer_that_cannot_be_believed_is_no_answer(
    alipay: Listener, gateways: dict[str, Gateway], answer: tuple[int, str], outcome: type[Exception]
) -> None:
    alipay.answer = lambda _: answer
    with pytest.raises(outcome) as raised:
        await gateways["alipay_life"].ask("query", QUERY, {})
    assert type(raised.value) is outcome


async def test_only_refusals_of_the_gateway_itself_may_come_unsigned(
    alipay: Listener, gateways: dict[str, Gateway]
) -> None:
    alipay.answer = lambda _: (200, '{"error_response":{"code":"40002","sub_code":"isv.code-invalid"}}')
    with pytest.raises(Refused, match=r"isv\.code-invalid"):
        await gateways["alipay_life"].ask("oauth.token", "alipay.system.oauth.token", fields={"code": "c"})


async def test_silence(alipay: Listener, port: int, clock: Clock) -> None:
    given_up = threading.Event()

    def silent(_: Heard) -> tuple[int, str]:
        given_up.wait(MOST_SECONDS)  # in the listener's own thread
        return 200, ""

    alipay.answer = silent
    async with gateways_at(port, clock, timeout=2) as hasty:
        with pytest.raises(Unanswered):
            await hasty["alipay_life"].ask("query", QUERY, {})
    given_up.set()


async def test_nobody_there(gateways: dict[str, Gateway]) -> None:
    with pytest.raises(Unreachable):
        await gateways["alipay_life"].ask("query", QUERY, {})


def certificate(name: str, serial: int) -> str:
    issuer = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ant Financial"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Ant Financial Class 2 R1"),
        ]
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(issuer)
        .issuer_name(issuer)
        .public_key(peer.key(name).public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .sign(peer.key(name), SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def test_certificate_mode_names_both_sides() -> None:
    ours, theirs, root = certificate("app", 7), certificate("alipay", 8), certificate("root", 9)
    keys = AppKeys(peer.LIFE_APP, peer.private_pem("app"), certificates=(ours, theirs, root + root))
    issuer = "CN=Ant Financial Class 2 R1,OU=Certification Authority,O=Ant Financial,C=CN"
    expected = [hashlib.md5(f"{issuer}{serial}".encode()).hexdigest() for serial in (7, 8, 9)]  # noqa: S324
    assert keys.request_serials() == {
        "app_cert_sn": expected[0],
        "alipay_root_cert_sn": f"{expected[2]}_{expected[2]}",
    }
    assert certificate_serial(x509.load_pem_x509_certificate(theirs.encode())) == expected[1]
    keys.check_serial(expected[1])
    keys.verify(b"text", peer.signature("text"))
    for other in ("", expected[0]):
        with pytest.raises(Untrusted):
            keys.check_serial(other)
    with pytest.raises(ValueError, match="another key"):
        AppKeys(peer.LIFE_APP, peer.private_pem("stranger"), certificates=(ours, theirs, root))
