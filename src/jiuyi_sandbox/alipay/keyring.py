"""Every key of the sandbox's Alipay: the application's, the platform's, and the certificates around them."""

import datetime as dt
import secrets
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from jiuyi_sandbox.alipay import signing
from jiuyi_sandbox.keys import Keys

_VALID_FROM = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_VALID_TO = dt.datetime(2044, 1, 1, tzinfo=dt.UTC)


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"


def _new_key() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _load(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("an RSA key was expected")
    return key


def _name(common: str, unit: str = "Certification Authority") -> x509.Name:
    """Country, organisation, unit, name: the order in which the serial's text is then read backwards."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Jiuyi sandbox"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name, public: RSAPublicKey | ec.EllipticCurvePublicKey, issuer: x509.Name,
    signer: RSAPrivateKey | ec.EllipticCurvePrivateKey, *, authority: bool,
) -> str:  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(secrets.randbits(126) | 1 << 126)
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_TO)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(signer, SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


class Keyring:
    """Made at first start, kept in the data folder; a reset keeps them.

    One application key serves both applications, as a hospital with one developer account would have it.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.life_app_id = keys.get("alipay.life_app_id", lambda: f"2021004{_digits(9)}")
        self.mini_app_id = keys.get("alipay.mini_app_id", lambda: f"2021005{_digits(9)}")
        self.seller_id = keys.get("alipay.seller_id", lambda: f"2088{_digits(12)}")

    @cached_property
    def app_key_pem(self) -> str:
        """The application's private key, PKCS#8 PEM."""
        return self._keys.get("alipay.app_private_key", _new_key)

    @cached_property
    def app_public(self) -> RSAPublicKey:
        """What Alipay knows of the application's key."""
        return _load(self.app_key_pem).public_key()

    @cached_property
    def app_public_base64(self) -> str:
        """The application's public key as it is pasted into Alipay's page: base64 DER on one line."""
        pem = self.app_public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        return "".join(pem.splitlines()[1:-1])

    @cached_property
    def platform(self) -> RSAPrivateKey:
        """Alipay's own key: it signs answers, notices and messages in both modes."""
        return _load(self._keys.get("alipay.platform_private_key", _new_key))

    @cached_property
    def foreign(self) -> RSAPrivateKey:
        """A key nobody knows: what a forger would have."""
        return generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def alipay_public_pem(self) -> str:
        """Alipay's public key, as merchants in key mode get it."""
        public = self.platform.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @cached_property
    def _root_key(self) -> RSAPrivateKey:
        return _load(self._keys.get("alipay.root_private_key", _new_key))

    @cached_property
    def root_cert_pem(self) -> str:
        """The root file: an RSA root, and an elliptic one that callers must leave out of the root's serial."""
        key = self._root_key  # made first: a secret cannot be made while another one is

        def make() -> str:
            curve = ec.generate_private_key(ec.SECP256R1())
            other, root = _name("Sandbox Payment Root E1"), _name("Sandbox Payment Root R1")
            first = _certificate(root, key.public_key(), root, key, authority=True)
            return first + _certificate(other, curve.public_key(), other, curve, authority=True)

        return self._keys.get("alipay.root_cert", make)

    def _issued(self, name: str, common: str, public: RSAPublicKey) -> str:
        key, issuer = self._root_key, _name("Sandbox Payment Root R1")

        def make() -> str:
            return _certificate(_name(common, "Applications"), public, issuer, key, authority=False)

        return self._keys.get(name, make)

    @cached_property
    def app_cert_pem(self) -> str:
        """The certificate of the application's key."""
        return self._issued("alipay.app_cert", "Affiliated Hospital of Lingnan University", self.app_public)

    @cached_property
    def alipay_cert_pem(self) -> str:
        """The certificate of Alipay's key."""
        return self._issued("alipay.alipay_cert", "Sandbox Payment Platform", self.platform.public_key())

    @cached_property
    def app_cert_number(self) -> str:
        """`app_cert_sn`."""
        return signing.certificate_number(x509.load_pem_x509_certificate(self.app_cert_pem.encode()))

    @cached_property
    def alipay_cert_number(self) -> str:
        """`alipay_cert_sn`."""
        return signing.certificate_number(x509.load_pem_x509_certificate(self.alipay_cert_pem.encode()))

    @cached_property
    def root_cert_number(self) -> str:
        """`alipay_root_cert_sn`."""
        return signing.root_number(self.root_cert_pem)

    def app_ids(self) -> tuple[str, str]:
        """Life account, mini program."""
        return self.life_app_id, self.mini_app_id
