"""RSA2: our signature on requests, Alipay's on answers and notices; by public key or by certificates.

Source: Alipay's papers. In certificate mode requests carry two serial numbers and answers name the certificate
that signed them; the signature itself is the same.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

SIGN_TYPE = "RSA2"
_RSA_SIGNATURES = "1.2.840.113549.1.1"


class Untrusted(Exception):
    """A message is not Alipay's, or not meant for us. The text is for our log."""


def content(params: Mapping[str, str], *without: str) -> str:
    """What is signed: `k=v` of all parameters but `without` and empty ones, sorted by name, joined by `&`, as it is."""
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name not in without and params[name])


@lru_cache(4)
def _opened(private_key_pem: str) -> RSAPrivateKey:
    """Opening a key proves its numbers, which takes 30 ms: once for settings, both apps and the pay channels."""
    key = load_pem_private_key(private_key_pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the app's key must be RSA")
    return key


class AppKeys:
    """One app's keys. With `certificates` (ours, Alipay's, its roots) in certificate mode, else by Alipay's public key.

    Raises `ValueError` or `TypeError` for keys that cannot be used.
    """

    def __init__(
        self,
        app_id: str,
        private_key_pem: str,
        alipay_public_key_pem: str = "",
        *,
        certificates: tuple[str, str, str] | None = None,
    ) -> None:
        key = _opened(private_key_pem)
        self.app_id = app_id
        self._key = key
        self._serials: dict[str, str] = {}
        self._alipay_serial = ""
        if certificates is None:
            alipay = load_pem_public_key(alipay_public_key_pem.encode())
        else:
            ours, theirs, roots = certificates
            own = x509.load_pem_x509_certificate(ours.encode())
            if own.public_key() != key.public_key():
                raise ValueError("the app's certificate belongs to another key")
            certificate = x509.load_pem_x509_certificate(theirs.encode())
            alipay = certificate.public_key()
            self._serials = {"app_cert_sn": certificate_serial(own), "alipay_root_cert_sn": root_serial(roots)}
            self._alipay_serial = certificate_serial(certificate)
        if not isinstance(alipay, RSAPublicKey):
            raise TypeError("Alipay's key must be RSA")
        self._alipay = alipay

    @property
    def public_key(self) -> str:
        """Our public key in one line of base64, as the gateway's activation wants it."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def request_serials(self) -> dict[str, str]:
        """The parameters by which a request names its certificates; none in public-key mode."""
        return dict(self._serials)

    def sign(self, text: str) -> str:
        """Base64 of RSA-SHA256 (PKCS#1 v1.5) over the UTF-8 text."""
        return base64.b64encode(self._key.sign(text.encode(), PKCS1v15(), SHA256())).decode()

    def check_serial(self, serial: str) -> None:
        """In certificate mode an answer must be signed by the certificate we hold. Raises `Untrusted`."""
        if self._alipay_serial and serial != self._alipay_serial:
            raise Untrusted("signed by a certificate that we do not hold")

    def verify(self, signed: bytes, signature: str) -> None:
        """Raises `Untrusted` unless `signature` (base64) is Alipay's over these exact bytes."""
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Untrusted("the signature is not base64") from error
        try:
            self._alipay.verify(raw, signed, PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise Untrusted("wrong signature") from error


def certificate_serial(certificate: x509.Certificate) -> str:
    """MD5 of issuer and serial number, as `alipay_cert_sn` has it.

    The issuer is written from the most particular name to the country: `CN=…,OU=…,O=…,C=CN`.
    """
    issuer = ",".join(
        f"{_NAMES.get(part.oid.dotted_string, part.rfc4514_attribute_name)}={part.value!s}"
        for part in reversed(list(certificate.issuer))
    )
    return hashlib.md5(f"{issuer}{certificate.serial_number}".encode()).hexdigest()  # noqa: S324 - Alipay's own


def root_serial(roots_pem: str) -> str:
    """The serials of a file's RSA root certificates, joined by `_` (SM2 roots are left out). Raises `ValueError`."""
    serials = [
        certificate_serial(certificate)
        for certificate in x509.load_pem_x509_certificates(roots_pem.encode())
        if certificate.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNATURES)
    ]
    if not serials:
        raise ValueError("no RSA root certificate")
    return "_".join(serials)


_NAMES = {"1.2.840.113549.1.9.1": "emailAddress", "2.5.4.5": "serialNumber"}
