"""ACP messages: forms signed with RSA over the hex of a SHA-256, and certificates that come with every answer.

Source: UnionPay ACP 5.1.0. Answers are forms whose values are *not* URL-encoded; notices are ordinary ones.
"""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

VERSION = "5.1.0"
_MOST_BYTES = 65536
_LEAST_BITS = 2048
_MOST_KNOWN = 16


class Untrusted(Exception):
    """A message that is not UnionPay's, or not in its form. The text is for our log."""


def digest(fields: Mapping[str, str]) -> bytes:
    """What is signed: the lower-case hex of the SHA-256 of every non-empty field but `signature`, sorted."""
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if name != "signature" and fields[name])
    return hashlib.sha256(text.encode()).hexdigest().encode()


def read_answer(body: bytes) -> dict[str, str]:
    """A synchronous answer: split at `&` and at the first `=`, values as they stand. Raises `Untrusted`."""
    return _whole([tuple(part.split("=", 1)) for part in _text(body).strip().split("&") if part])


def read_form(body: bytes) -> dict[str, str]:
    """A notice: an ordinary form. Raises `Untrusted`."""
    try:
        return _whole(list(parse_qsl(_text(body), keep_blank_values=True, strict_parsing=True, errors="strict")))
    except ValueError as error:
        raise Untrusted("not a form") from error


def _text(body: bytes) -> str:
    if len(body) > _MOST_BYTES:
        raise Untrusted("too large")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Untrusted("not UTF-8") from error


def _whole(pairs: list[tuple[str, ...]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        if len(pair) != 2:  # noqa: PLR2004 - a name and a value
            raise Untrusted("not a form")
        if pair[0] in found:
            raise Untrusted("a field comes twice")
        found[pair[0]] = pair[1]
    return found


@lru_cache(2)
def _opened(pfx_base64: str, password: str) -> tuple[RSAPrivateKey, x509.Certificate]:
    """Opening a key proves its numbers, which takes 40 ms: once for settings and channels."""
    key, certificate, _ = pkcs12.load_key_and_certificates(base64.b64decode(pfx_base64), password.encode() or None)
    if not isinstance(key, RSAPrivateKey) or certificate is None:
        raise ValueError("the .pfx holds no RSA key with its certificate")
    return key, certificate


class Signer:
    """The merchant's key and certificate, from its .pfx. Raises ValueError when it cannot be opened."""

    def __init__(self, pfx_base64: str, password: str) -> None:
        self._key, certificate = _opened(pfx_base64, password)
        self.cert_id = str(certificate.serial_number)

    def signed(self, fields: Mapping[str, str]) -> dict[str, str]:
        """A message with its frame and signature; empty values are left out."""
        message = {
            "version": VERSION,
            "encoding": "UTF-8",
            "signMethod": "01",
            "certId": self.cert_id,
            **{name: value for name, value in fields.items() if value},
        }
        message["signature"] = base64.b64encode(self._key.sign(digest(message), PKCS1v15(), SHA256())).decode()
        return message


class Trust:
    """Whose certificates are believed: those that the middle certificate signed, whose owner is named `owner`."""

    def __init__(self, root_pem: str, middle_pem: str, owner: str) -> None:
        self._root = x509.load_pem_x509_certificate(root_pem.encode())
        self._middle = x509.load_pem_x509_certificate(middle_pem.encode())
        self._middle.verify_directly_issued_by(self._root)
        self._owner = owner
        self._known: dict[str, x509.Certificate] = {}

    def verify(self, fields: Mapping[str, str], now: datetime) -> None:
        """Check version, method, certificate and signature of a message. Raises `Untrusted`."""
        if fields.get("version") != VERSION or fields.get("signMethod") != "01" or fields.get("encoding") != "UTF-8":
            raise Untrusted("another version or way of signing")
        certificate = self._certificate(fields.get("signPubKeyCert", ""), now)
        key = certificate.public_key()
        if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_BITS:
            raise Untrusted("a weak key")
        try:
            signature = base64.b64decode(fields.get("signature", ""), validate=True)
            key.verify(signature, digest(fields), PKCS1v15(), SHA256())
        except (ValueError, InvalidSignature) as error:
            raise Untrusted("the signature does not hold") from error

    def _certificate(self, pem: str, now: datetime) -> x509.Certificate:
        """The certificate that came with a message, if the chain, its owner and its time are right."""
        found = self._known.get(pem) or self._issued(pem)
        for each in (found, self._middle, self._root):
            if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
                raise Untrusted("a certificate out of its time")
        return found

    def _issued(self, pem: str) -> x509.Certificate:
        try:
            found = x509.load_pem_x509_certificate(pem.encode())
            found.verify_directly_issued_by(self._middle)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise Untrusted("a certificate that UnionPay did not issue") from error
        names = [str(name.value) for name in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        if not any(self._owner in name for name in names):
            raise Untrusted("another owner's certificate")
        if len(self._known) < _MOST_KNOWN:
            self._known[pem] = found
        return found
