"""RSA2 seen from Alipay's side, and the serial numbers by which certificates are named.

Signed text: the parameters without `sign` and without empty values, sorted by name, `name=value` joined by `&`, values
raw. A request and a message of the gateway keep `sign_type` in it; a trade notice leaves it out.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

RSA_SIGNATURES = "1.2.840.113549.1.1"
"""Root certificates with another algorithm (Alipay's file has elliptic ones too) do not count in the root's serial."""

_ISSUER = (
    ("CN", NameOID.COMMON_NAME),
    ("OU", NameOID.ORGANIZATIONAL_UNIT_NAME),
    ("O", NameOID.ORGANIZATION_NAME),
    ("C", NameOID.COUNTRY_NAME),
)


def text_of(params: Mapping[str, str], *, without: tuple[str, ...] = ("sign",)) -> str:
    """The text under a signature."""
    kept = sorted((name, value) for name, value in params.items() if name not in without and value != "")
    return "&".join(f"{name}={value}" for name, value in kept)


def sign(key: RSAPrivateKey, text: str, charset: str = "utf-8") -> str:
    """Base64 RSA-SHA256 (PKCS#1 v1.5)."""
    return base64.b64encode(key.sign(text.encode(charset), PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, text: str, charset: str = "utf-8") -> bool:
    """Whether the base64 signature holds over the text."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(charset), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def certificate_number(certificate: x509.Certificate) -> str:
    """`app_cert_sn`, `alipay_cert_sn`: MD5 of the issuer's name and the serial in decimal."""
    parts = []
    for short, oid in _ISSUER:
        found = certificate.issuer.get_attributes_for_oid(oid)
        parts.append(f"{short}={found[0].value!s}" if found else f"{short}=None")
    text = ",".join(parts) + str(certificate.serial_number)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def root_number(pem: str) -> str:
    """`alipay_root_cert_sn`: the numbers of the RSA-signed certificates of the file, joined by `_`."""
    return "_".join(
        certificate_number(one)
        for one in x509.load_pem_x509_certificates(pem.encode())
        if one.signature_algorithm_oid.dotted_string.startswith(RSA_SIGNATURES)
    )


def compact(value: Any, *, escape_slashes: bool = False) -> str:
    r"""JSON as Alipay writes it: no spaces, characters unescaped, and (mostly) `\/` for a slash."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("/", "\\/") if escape_slashes else text
