"""The Official Account's message envelope: SHA-1 over sorted strings, AES-256-CBC with 32-byte padding blocks.

Source of the layout: WeChat's message encryption (WeChat's papers: server callback), checked against wechatpy's vector.
"""

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_HEAD = 16


class EnvelopeRefused(Exception):
    """The message was not sealed with our key for our account."""


def signature(*parts: str) -> str:
    """Lower-case hex SHA-1 of the parts, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - WeChat's own algorithm


def signed_by_us(given: str, *parts: str) -> bool:
    """Whether `given` is the signature of the parts; compared in constant time."""
    return hmac.compare_digest(signature(*parts).encode(), given.encode())


def key_of(encoding_aes_key: str) -> bytes:
    """The 32 bytes behind the 43 characters. Raises `ValueError`."""
    key = base64.b64decode(encoding_aes_key + "=")
    if len(key) != _BLOCK:
        raise ValueError("the EncodingAESKey must have 43 characters")
    return key


def open_sealed(sealed: str, key: bytes, app_id: str) -> bytes:
    """The XML inside: 16 random bytes | length | XML | app id, padded to 32. Raises `EnvelopeRefused`."""
    try:
        cipher = base64.b64decode(sealed, validate=True)
        decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
        plain = decryptor.update(cipher) + decryptor.finalize()
    except (binascii.Error, ValueError) as error:
        raise EnvelopeRefused("not decipherable") from error
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= _BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise EnvelopeRefused("wrong padding")
    content = plain[:-pad]
    if len(content) < _HEAD + 4:
        raise EnvelopeRefused("too short")
    (length,) = struct.unpack(">I", content[_HEAD : _HEAD + 4])
    text, owner = content[_HEAD + 4 : _HEAD + 4 + length], content[_HEAD + 4 + length :]
    if len(text) != length or not hmac.compare_digest(owner, app_id.encode()):
        raise EnvelopeRefused("another account's")
    return text
