"""Every key of the sandbox's WeChat Pay: the merchant's, the platform public key and the platform certificate."""

import datetime as dt
import secrets
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from jiuyi_sandbox.keys import Keys
from jiuyi_sandbox.wechat_pay.signing import Signer

_VALID_FROM = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_VALID_TO = dt.datetime(2044, 1, 1, tzinfo=dt.UTC)


def _new_key() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _load(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key was expected")
    return key


def _new_serial() -> str:
    return f"{secrets.randbits(156) | 1 << 158:040X}"


def _self_signed(key: RSAPrivateKey, serial: str, common_name: str) -> str:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Jiuyi sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int(serial, 16))
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


class Keyring:
    """Made at first start, kept in the data folder; a reset keeps them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.mch_id = keys.get("wechat_pay.mch_id", lambda: f"16{secrets.randbelow(10**8):08d}")
        self.merchant_serial = keys.get("wechat_pay.merchant_serial_no", _new_serial)
        self.api_v3_key = keys.get("wechat_pay.api_v3_key", lambda: secrets.token_hex(16))
        self.public_key_id = keys.get(
            "wechat_pay.public_key_id", lambda: f"PUB_KEY_ID_0{secrets.randbits(128):040d}"[:42]
        )
        self.certificate_serial = keys.get("wechat_pay.certificate_serial_no", _new_serial)

    @cached_property
    def merchant_key_pem(self) -> str:
        """The merchant's private key, PKCS#8 PEM."""
        return self._keys.get("wechat_pay.merchant_private_key", _new_key)

    @cached_property
    def merchant_key(self) -> RSAPrivateKey:
        """The merchant's key; WeChat knows only its public half."""
        return _load(self.merchant_key_pem)

    @cached_property
    def by_public_key(self) -> Signer:
        """Signs as `PUB_KEY_ID_…`."""
        return Signer(self.public_key_id, _load(self._keys.get("wechat_pay.platform_private_key", _new_key)))

    @cached_property
    def by_certificate(self) -> Signer:
        """Signs with the platform certificate."""
        return Signer(self.certificate_serial, _load(self._keys.get("wechat_pay.certificate_private_key", _new_key)))

    @cached_property
    def foreign(self) -> Signer:
        """A key nobody knows, under the true public key's name: what a forger would have."""
        return Signer(self.public_key_id, generate_private_key(public_exponent=65537, key_size=2048))

    @cached_property
    def public_key_pem(self) -> str:
        """The platform public key that merchants download."""
        public = self.by_public_key.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @cached_property
    def merchant_certificate_pem(self) -> str:
        """The merchant's API certificate, which v2 wants to see before it reverses or refunds."""
        return _self_signed(self.merchant_key, self.merchant_serial, "Sandbox merchant")

    @cached_property
    def certificate_pem(self) -> str:
        """The platform certificate, self-signed."""
        return _self_signed(self.by_certificate.key, self.certificate_serial, "Sandbox payment platform")

    @property
    def validity(self) -> tuple[dt.datetime, dt.datetime]:
        """From when and until when the platform certificate holds."""
        return _VALID_FROM, _VALID_TO
