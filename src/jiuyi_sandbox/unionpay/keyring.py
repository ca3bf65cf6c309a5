"""UnionPay's certificates, made at the first start: a root, a middle one, UnionPay's own and the merchant's."""

from __future__ import annotations

import base64
import datetime as dt
import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable

    from jiuyi_sandbox.keys import Keys

_FROM, _TO = dt.datetime(2024, 1, 1, tzinfo=dt.UTC), dt.datetime(2044, 1, 1, tzinfo=dt.UTC)
OWNER = "041@Z12@中国银联股份有限公司@00000001"
_MERCHANT = "Sandbox merchant of UnionPay"


def new_key() -> RSAPrivateKey:
    """An RSA key of 2,048 bits."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Jiuyi sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def issue(
    common_name: str, key: RSAPublicKey, issuer: x509.Name | None, by: RSAPrivateKey, *, ca: bool
) -> x509.Certificate:
    """A certificate over `key`, signed by `by`."""
    name = _name(common_name)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer or name)
        .public_key(key)
        .serial_number(secrets.randbits(60) | 1 << 60)
        .not_valid_before(_FROM)
        .not_valid_after(_TO)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(by, SHA256())
    )


class Keyring:
    """Kept in the data folder; a reset keeps them."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.mer_id = keys.get("unionpay.mer_id", lambda: f"8984401{secrets.randbelow(10**8):08d}")
        self.password = keys.get("unionpay.sign_cert_password", lambda: f"{secrets.randbelow(10**6):06d}")

    def _key(self, name: str) -> RSAPrivateKey:
        def make() -> str:
            return new_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

        found = load_pem_private_key(self._keys.get(f"unionpay.{name}_key", make).encode(), None)
        if not isinstance(found, RSAPrivateKey):
            raise TypeError("an RSA key was expected")
        return found

    @cached_property
    def root(self) -> x509.Certificate:
        """The self-signed one at the top."""
        key = self._key("root")
        return self._kept("root", lambda: issue("Sandbox UnionPay root", key.public_key(), None, key, ca=True))

    @cached_property
    def middle(self) -> x509.Certificate:
        """Issued by the root; issues UnionPay's and the merchants' certificates."""
        key, by, issuer = self._key("middle").public_key(), self._key("root"), self.root.subject
        return self._kept("middle", lambda: issue("Sandbox UnionPay middle", key, issuer, by, ca=True))

    def _kept(self, name: str, make: Callable[[], x509.Certificate]) -> x509.Certificate:
        # What is made inside must not ask for keys of its own: the file of keys has one lock.
        return x509.load_pem_x509_certificate(self._keys.get(f"unionpay.{name}_cert", lambda: pem(make())).encode())

    @cached_property
    def platform(self) -> x509.Certificate:
        """UnionPay's own, which travels with every answer."""
        return self._end("platform", OWNER)

    @cached_property
    def merchant(self) -> x509.Certificate:
        """The merchant's, whose serial number is `certId`."""
        return self._end("merchant", _MERCHANT)

    def _end(self, name: str, common_name: str) -> x509.Certificate:
        key, by, issuer = self._key(name).public_key(), self._key("middle"), self.middle.subject
        return self._kept(name, lambda: issue(common_name, key, issuer, by, ca=False))

    @cached_property
    def platform_key(self) -> RSAPrivateKey:
        """What UnionPay signs with."""
        return self._key("platform")

    @cached_property
    def merchant_public_key(self) -> RSAPublicKey:
        """What the merchant's signatures are checked with."""
        return self._key("merchant").public_key()

    @cached_property
    def foreign(self) -> tuple[RSAPrivateKey, x509.Certificate]:
        """A forger's key, with a certificate that names UnionPay and that UnionPay did not issue."""
        key = new_key()
        return key, issue(OWNER, key.public_key(), None, key, ca=False)

    @cached_property
    def pfx(self) -> str:
        """The merchant's key and certificate as base64 of a .pfx."""
        key, certificate = self._key("merchant"), self.merchant

        def make() -> str:
            locked = BestAvailableEncryption(self.password.encode())
            packed = pkcs12.serialize_key_and_certificates(b"merchant", key, certificate, None, locked)
            return base64.b64encode(packed).decode()

        return self._keys.get("unionpay.pfx", make)


def pem(certificate: x509.Certificate) -> str:
    """PEM text."""
    return certificate.public_bytes(Encoding.PEM).decode()
