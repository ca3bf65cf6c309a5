"""WeChat Pay v3 signatures: ours on requests and pages, theirs on answers and notices, sealed resources opened.

Source: WeChat Pay's papers. Their key is chosen by the prefix of `Wechatpay-Serial`: `PUB_KEY_ID_…` is the
platform public key, anything else the serial of a platform certificate (both may appear while a merchant switches).
"""

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

SCHEME = "WECHATPAY2-SHA256-RSA2048"
MOST_SKEW_SECONDS = 300
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
_ALGORITHM = "AEAD_AES_256_GCM"


class Untrusted(Exception):
    """A message is not WeChat Pay's, not meant for us, or too old. The text is for our log."""


class UnknownSerial(Untrusted):
    """Signed with a key we do not hold (yet): platform certificates change."""


class Sealed(msgspec.Struct):
    """An encrypted resource: base64 of ciphertext and tag, 12 bytes of nonce as ASCII."""

    algorithm: str
    nonce: str
    ciphertext: str
    associated_data: str = ""


@lru_cache(2)
def _opened(private_key_pem: str) -> RSAPrivateKey:
    """Opening a key proves its numbers, which takes 30 ms: once for settings and channels."""
    key = load_pem_private_key(private_key_pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the merchant key must be RSA")
    return key


class MerchantKey:
    """The hospital's own key: signs requests and the parameters of the page's cashier call."""

    def __init__(self, mch_id: str, serial_no: str, private_key_pem: str) -> None:
        key = _opened(private_key_pem)
        self.mch_id = mch_id
        self._serial_no = serial_no
        self._key = key

    def sign(self, text: str) -> str:
        """Base64 of RSA-SHA256 (PKCS#1 v1.5) over the UTF-8 text."""
        return base64.b64encode(self._key.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    def authorization(self, method: str, path: str, body: bytes, at: datetime) -> str:
        """The `Authorization` header of a request; `path` with its query, exactly as sent."""
        nonce, timestamp = secrets.token_hex(16), int(at.timestamp())
        signature = self.sign(f"{method}\n{path}\n{timestamp}\n{nonce}\n{body.decode()}\n")
        return (
            f'{SCHEME} mchid="{self.mch_id}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self._serial_no}"'
        )

    def cashier_call(self, app_id: str, prepay_id: str, at: datetime) -> dict[str, str]:
        """The parameters of `getBrandWCPayRequest`; every value is a string, `timeStamp` too."""
        timestamp, nonce, package = str(int(at.timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
        return {
            "appId": app_id,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self.sign(f"{app_id}\n{timestamp}\n{nonce}\n{package}\n"),
        }


class PlatformKeys:
    """WeChat Pay's keys: verifies what it signs and opens what it seals. Fails closed on anything missing."""

    def __init__(self, *, public_key_id: str, public_key_pem: str, api_v3_key: str) -> None:
        public = load_pem_public_key(public_key_pem.encode())
        if not isinstance(public, RSAPublicKey):
            raise TypeError("the platform public key must be RSA")
        if not public_key_id.startswith(PUBLIC_KEY_PREFIX):
            raise ValueError(f"the public key id must begin with {PUBLIC_KEY_PREFIX}")
        self.public_key_id = public_key_id
        self._public = public
        self._certificates: dict[str, RSAPublicKey] = {}
        self._cipher = AESGCM(api_v3_key.encode())

    def verify(self, headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Check the five headers (lower-case names) over the exact body. Raises `Untrusted`, `UnknownSerial`."""
        timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        signature, serial = headers.get("wechatpay-signature", ""), headers.get("wechatpay-serial", "")
        if not (timestamp and nonce and signature and serial):
            raise Untrusted("a signature header is missing")
        if headers.get("wechatpay-signature-type") != SCHEME:
            raise Untrusted("another signature type, or none")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):  # noqa: PLR2004 - seconds
            raise Untrusted("the timestamp is not seconds")
        if abs(at.timestamp() - int(timestamp)) > MOST_SKEW_SECONDS:
            raise Untrusted("the timestamp is more than five minutes away")
        key = self._key(serial)
        try:
            key.verify(
                base64.b64decode(signature, validate=True),
                f"{timestamp}\n{nonce}\n".encode() + body + b"\n",
                PKCS1v15(),
                SHA256(),
            )
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise Untrusted("the signature does not hold") from error

    def _key(self, serial: str) -> RSAPublicKey:
        if serial.startswith(PUBLIC_KEY_PREFIX):
            if serial != self.public_key_id:
                raise Untrusted("signed with a public key that is not ours to trust")
            return self._public
        found = self._certificates.get(serial.upper())
        if found is None:
            raise UnknownSerial("signed with a platform certificate we do not hold")
        return found

    def seal(self, clear: str) -> str:
        """Base64 of RSA-OAEP with SHA-1 (the platform's choice) under the public key that requests name."""
        return base64.b64encode(self._public.encrypt(clear.encode(), OAEP(MGF1(SHA1()), SHA1(), None))).decode()  # noqa: S303

    def open_sealed(self, sealed: Sealed) -> bytes:
        """Decrypt a resource with the APIv3 key. Raises `Untrusted`."""
        if sealed.algorithm != _ALGORITHM:
            raise Untrusted("another cipher")
        try:
            return self._cipher.decrypt(
                sealed.nonce.encode(),
                base64.b64decode(sealed.ciphertext, validate=True),
                sealed.associated_data.encode(),
            )
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise Untrusted("the resource cannot be opened") from error

    def learn(self, sealed: Sequence[Sealed], headers: Mapping[str, str], body: bytes, at: datetime) -> None:
        """Hold the platform certificates of an answer: sealed with our APIv3 key, and the answer signed by one of them.

        Raises `Untrusted`; then nothing is held that was not before.
        """
        before = self._certificates
        found: dict[str, RSAPublicKey] = {}
        for one in sealed:
            try:
                certificate = x509.load_pem_x509_certificate(self.open_sealed(one))
            except ValueError as error:
                raise Untrusted("a platform certificate cannot be read") from error
            public = certificate.public_key()
            valid = certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc
            if isinstance(public, RSAPublicKey) and valid:
                # Serials are shown with and without leading zeros.
                found[f"{certificate.serial_number:X}"] = found[f"{certificate.serial_number:040X}"] = public
        self._certificates = found
        try:
            self.verify(headers, body, at)
        except Untrusted:
            self._certificates = before
            raise
