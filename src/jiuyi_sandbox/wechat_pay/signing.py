"""WeChat Pay v3 cryptography, seen from WeChat's side.

Checks the merchant's `Authorization` (RSA-SHA256 over five lines), signs answers and notices (three lines), seals
notice resources and certificates (AES-256-GCM) and reads sensitive request fields (RSA-OAEP).
"""

import base64
import json
import re
import secrets
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

SCHEME = "WECHATPAY2-SHA256-RSA2048"
SIGNATURE_PROBE = "WECHATPAY/SIGNTEST/"
MAX_SKEW_SECONDS = 300

Mode = Literal["public_key", "certificate"]

_FIELD = re.compile(r'([a-z_]+)="([^"]*)"')
_SECONDS = re.compile(r"^[0-9]{1,12}$")
_WANTED = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


class Unsigned(Exception):
    """The request's signature does not hold. The text says why, as WeChat's `detail.issue` does."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The five fields of the `Authorization` header."""

    mchid: str
    nonce_str: str
    signature: str
    timestamp: int
    serial_no: str


def read_authorization(header: str) -> Authorization:
    """Parse `WECHATPAY2-SHA256-RSA2048 mchid="…",nonce_str="…",…`. Raises Unsigned."""
    scheme, _, rest = header.partition(" ")
    if scheme != SCHEME:
        msg = f"authorization scheme must be {SCHEME}"
        raise Unsigned(msg)
    fields = dict(_FIELD.findall(rest))
    missing = _WANTED - fields.keys()
    if missing:
        msg = f"authorization lacks {', '.join(sorted(missing))}"
        raise Unsigned(msg)
    if not _SECONDS.match(fields["timestamp"]):
        msg = "timestamp must be unix seconds"
        raise Unsigned(msg)
    if not 1 <= len(fields["nonce_str"]) <= 32:  # noqa: PLR2004 - the protocol's bound
        msg = "nonce_str must have 1 to 32 characters"
        raise Unsigned(msg)
    return Authorization(
        fields["mchid"],
        fields["nonce_str"],
        fields["signature"],
        int(fields["timestamp"]),
        fields["serial_no"],
    )


def request_text(method: str, target: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """The five signed lines; `target` is path and raw query exactly as sent."""
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def verify(key: RSAPublicKey, signature: str, text: bytes) -> bool:
    """Whether the base64 RSA-SHA256 signature holds over the text."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def sign(key: RSAPrivateKey, text: bytes) -> str:
    """Base64 RSA-SHA256 signature over the text."""
    return base64.b64encode(key.sign(text, PKCS1v15(), SHA256())).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """One of the two keys WeChat Pay signs with, and the serial it is known by."""

    serial: str
    key: RSAPrivateKey

    def headers(self, body: bytes, *, timestamp: int, probe: bool = False) -> dict[str, str]:
        """The signature headers of an answer or a notice; `probe` makes the deliberately invalid one."""
        nonce = secrets.token_hex(16)
        signature = sign(self.key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n")
        if probe:
            signature = SIGNATURE_PROBE + signature[len(SIGNATURE_PROBE) :]
        return {
            "Wechatpay-Timestamp": str(timestamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": signature,
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature-Type": SCHEME,
        }


def seal_resource(plain: bytes, *, api_v3_key: str, associated_data: str) -> dict[str, str]:
    """AES-256-GCM under the merchant's APIv3 key: algorithm, nonce, associated data and ciphertext with its tag."""
    nonce = secrets.token_hex(6)
    sealed = AESGCM(api_v3_key.encode()).encrypt(nonce.encode(), plain, associated_data.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce,
        "associated_data": associated_data,
    }


def compact(value: object) -> bytes:
    """JSON the way WeChat sends it: no spaces, UTF-8 unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def pay_text(app_id: str, timestamp: str, nonce: str, package: str) -> bytes:
    """The four lines under a page's `paySign`."""
    return f"{app_id}\n{timestamp}\n{nonce}\n{package}\n".encode()
