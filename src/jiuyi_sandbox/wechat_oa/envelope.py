"""The official account's message envelope: signatures, AES mode and the XML inside it.

Own implementation of the callback protocol (AES-256-CBC with a 32-byte PKCS#7 block, SHA-1 over sorted
strings); the product has its own, and the two must agree.
"""

import base64
import binascii
import hashlib
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_RANDOM = 16


class EnvelopeError(Exception):
    """The envelope cannot be opened: wrong key, wrong padding or another app id."""


def sha1_of_sorted(*parts: str) -> str:
    """Lower-case hex SHA-1 over the parts, sorted and joined without separator."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def aes_key(encoding_aes_key: str) -> bytes:
    """The 32 key bytes behind a 43-character EncodingAESKey."""
    return base64.b64decode(encoding_aes_key + "=")


def encrypt(text: str, *, key: bytes, app_id: str, random: bytes | None = None) -> str:
    """Seal one message: base64 of AES-CBC(16 random bytes | length | text | app id)."""
    body = text.encode()
    plain = (random or secrets.token_bytes(_RANDOM)) + struct.pack(">I", len(body)) + body + app_id.encode()
    fill = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def decrypt(sealed: str, *, key: bytes, app_id: str) -> str:
    """Open what `encrypt` (or WeChat) sealed. Raises EnvelopeError."""
    try:
        cipher = base64.b64decode(sealed, validate=True)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(cipher) + decryptor.finalize()
    except (binascii.Error, ValueError) as error:
        raise EnvelopeError(str(error)) from error
    fill = plain[-1] if plain else 0
    if not 1 <= fill <= _BLOCK:
        msg = "padding"
        raise EnvelopeError(msg)
    plain = plain[:-fill]
    (length,) = struct.unpack(">I", plain[_RANDOM : _RANDOM + 4])
    text, owner = plain[_RANDOM + 4 : _RANDOM + 4 + length], plain[_RANDOM + 4 + length :]
    if owner != app_id.encode():
        msg = "app id"
        raise EnvelopeError(msg)
    return text.decode()


def xml(fields: dict[str, str | int]) -> str:
    """WeChat's flat XML: numbers bare, everything else as CDATA."""
    inner = "".join(
        f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{_cdata(value)}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>"


def _cdata(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")


@dataclass(frozen=True, slots=True)
class Sealed:
    """One POST to the product: query string parameters and the XML body."""

    query: dict[str, str]
    body: str


def seal(
    message: str,
    *,
    token: str,
    key: bytes,
    app_id: str,
    to_user: str,
    open_id: str,
    mode: str,
    timestamp: int,
) -> Sealed:
    """Sign a message the way WeChat posts it; `mode` is plain, aes, or compat (both texts in one body)."""
    stamp, nonce = str(timestamp), str(secrets.randbelow(10**10))
    query = {"signature": sha1_of_sorted(token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": open_id}
    if mode == "plain":
        return Sealed(query, message)
    sealed = encrypt(message, key=key, app_id=app_id)
    query |= {"encrypt_type": "aes", "msg_signature": sha1_of_sorted(token, stamp, nonce, sealed)}
    if mode == "compat":
        return Sealed(query, message.removesuffix("</xml>") + f"<Encrypt><![CDATA[{sealed}]]></Encrypt></xml>")
    return Sealed(
        query,
        f"<xml><ToUserName><![CDATA[{to_user}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>",
    )
