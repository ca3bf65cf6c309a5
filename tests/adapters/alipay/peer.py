"""Alipay's side written a second time for these tests: it signs answers and notices with a key of its own."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

LIFE_APP, MINI_APP, SELLER = "2021000000000001", "2021000000000002", "2088000000000011"


@cache
def key(name: str) -> RSAPrivateKey:
    """One key for each name: `app`, `alipay`, `stranger`."""
    assert name
    return generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(name: str) -> str:
    return key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str) -> str:
    return key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signature(text: str, by: str = "alipay", charset: str = "utf-8") -> str:
    return base64.b64encode(key(by).sign(text.encode(charset), PKCS1v15(), SHA256())).decode()


def joined(fields: Mapping[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)


def answer(method: str, node: Mapping[str, Any], *, by: str = "alipay", escaped: bool = True) -> str:
    """A signed answer, with the slashes escaped as Alipay writes them."""
    text = json.dumps(node, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("/", "\\/") if escaped else text
    name = method.replace(".", "_") + "_response"
    return f'{{"{name}":{text},"sign":"{signature(text, by)}"}}'


def asked(path: str, body: bytes) -> dict[str, Any]:
    """What a request asks: its parameters, checked against our signature, with its content as `biz`."""
    fields = dict(parse_qsl(path.partition("?")[2])) | dict(parse_qsl(body.decode()))
    given = base64.b64decode(fields.pop("sign"))
    key("app").public_key().verify(given, joined(fields).encode(), PKCS1v15(), SHA256())
    return {**fields, "biz": json.loads(fields.get("biz_content", "{}"))}


PAID = {
    "notify_time": "2026-11-22 18:00:01",
    "notify_type": "trade_status_sync",
    "notify_id": "2026112200222180000000000001",
    "app_id": LIFE_APP,
    "charset": "utf-8",
    "version": "1.0",
    "trade_no": "2026112222001400000000000001",
    "out_trade_no": "P26112200000101",
    "buyer_open_id": "074a1CcTG1LelxKe4xQC0zgNdId0nxi95b5lsNpazWYoCo5",
    "buyer_logon_id": "138****2046",
    "seller_id": SELLER,
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "15.00",
    "receipt_amount": "15.00",
    "subject": "心血管内科 普通门诊挂号费",
    "gmt_create": "2026-11-22 17:59:40",
    "gmt_payment": "2026-11-22 18:00:00",
    "fund_bill_list": '[{"amount":"15.00","fundChannel":"ALIPAYACCOUNT"}]',
}
REFUNDED = PAID | {
    "notify_id": "2026112200222180000000000002",
    "out_biz_no": "R2611220000010101",
    "refund_fee": "4.00",
    "gmt_refund": "2026-11-22 18:05:00.123",
}


def notice(fields: Mapping[str, str], *, by: str = "alipay", keep_sign_type: bool = False) -> bytes:
    """A posted notice. Empty fields are neither signed nor left out by anybody who reads the guide."""
    text = joined({**fields, "sign_type": "RSA2"} if keep_sign_type else fields)
    return urlencode({**fields, "sign_type": "RSA2", "sign": signature(text, by)}).encode()
