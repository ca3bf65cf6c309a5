"""ACP 5.1.0 messages from UnionPay's side: forms, and RSA over the hex of a SHA-256 (UnionPay's papers)."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from jiuyi_sandbox.unionpay.keyring import pem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
    from cryptography.x509 import Certificate

Fields = dict[str, str]


class Refusal(Exception):
    """An answer other than success: `respCode` and a Chinese sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def digest(fields: Fields) -> bytes:
    """The ASCII of the lower-case hex that is signed."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature" and fields[name] != "")
    return hashlib.sha256(text.encode()).hexdigest().encode()


def read(body: bytes) -> Fields:
    """A request. Raises Refusal 10."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError as wrong:
        raise Refusal("10", "报文格式错误") from wrong
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refusal("10", "报文格式错误：域重复")
    return dict(pairs)


def write(fields: Fields) -> bytes:
    """An answer: values as they are, not URL-encoded."""
    return "&".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()


def check(fields: Fields, key: RSAPublicKey, cert_id: int) -> None:
    """Whether the merchant signed. Raises Refusal."""
    for name, wanted in (("version", "5.1.0"), ("encoding", "UTF-8"), ("signMethod", "01")):
        if fields.get(name) != wanted:
            raise Refusal("10", f"报文格式错误：{name}")
    if fields.get("certId") != str(cert_id):
        raise Refusal("11", "验证签名失败：证书不存在")
    try:
        signature = base64.b64decode(fields.get("signature", ""), validate=True)
        key.verify(signature, digest(fields), PKCS1v15(), SHA256())
    except (ValueError, InvalidSignature) as wrong:
        raise Refusal("11", "验证签名失败") from wrong


def signed(fields: Fields, key: RSAPrivateKey, certificate: Certificate) -> Fields:
    """A message of UnionPay's, with the certificate that it is to be checked with; nothing empty."""
    message = {name: value for name, value in fields.items() if value != ""}
    message |= {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "signPubKeyCert": pem(certificate)}
    message["signature"] = base64.b64encode(key.sign(digest(message), PKCS1v15(), SHA256())).decode()
    return message
