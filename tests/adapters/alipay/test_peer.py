"""The product's signatures under PyPI `python-alipay-sdk`, an independent reading of the protocol, and the reverse."""

from urllib.parse import parse_qsl

import pytest
from alipay import AliPay, DCAliPay
from cryptography import x509

from jiuyi.adapters.alipay.keys import AppKeys, Untrusted, certificate_serial, content, root_serial
from jiuyi.adapters.alipay.pay import AlipayPay
from tests.adapters.alipay import peer
from tests.adapters.alipay.test_gateway import certificate

pytestmark = pytest.mark.feature("I06")
FIELDS = {
    "app_id": peer.LIFE_APP,
    "biz_content": '{"subject":"挂号费 /=&"}',
    "empty": "",
    "method": "alipay.trade.query",
    "sign_type": "RSA2",
}


def _theirs(private: str, public: str) -> AliPay:
    return AliPay(
        appid=peer.LIFE_APP,
        app_notify_url=None,
        app_private_key_string=peer.private_pem(private),
        alipay_public_key_string=peer.public_pem(public),
        sign_type="RSA2",
    )


def test_each_verifies_what_the_other_signed() -> None:
    keys = AppKeys(peer.LIFE_APP, peer.private_pem("app"), peer.public_pem("alipay"))
    text = content(FIELDS)
    assert _theirs("alipay", "app")._verify(text, keys.sign(text))
    signed = _theirs("alipay", "app")._sign(text)
    keys.verify(text.encode(), signed)
    with pytest.raises(Untrusted):
        keys.verify(text.encode() + b" ", signed)


def test_notices_of_these_tests_are_notices_to_it(pay: AlipayPay) -> None:
    body = peer.notice(peer.PAID)
    fields = dict(parse_qsl(body.decode()))
    assert _theirs("app", "alipay").verify(fields, fields.pop("sign"))
    assert pay.read_notice({}, body).data["total_fen"] == 1500


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_certificates_have_the_same_serial_numbers() -> None:
    ours, roots = certificate("app", 7), certificate("root", 9) + "\n" + certificate("other", 2**80)
    assert certificate_serial(x509.load_pem_x509_certificate(ours.encode())) == DCAliPay.get_cert_sn(ours)
    assert root_serial(roots) == DCAliPay.get_root_cert_sn(roots)
    assert root_serial(roots).count("_") == 1
