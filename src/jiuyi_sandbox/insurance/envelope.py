"""The centre's envelope: `data` is signed (SM3withSM2) and then encrypted (SM4)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.padding import PKCS7

from jiuyi_sandbox.insurance import sm2

NOT_SIGNED = frozenset({"signData", "encData", "extra"})
_KEY_SIZE = 16
_BLOCK_BITS = 128


class Sealed(Exception):
    """The envelope does not open; the text says why."""


def _sm4(key: bytes, text: bytes, *, encrypt: bool) -> bytes:
    cipher = Cipher(SM4(key), ECB())  # noqa: S305 - the centre's mode
    if encrypt:
        padder = PKCS7(_BLOCK_BITS).padder()
        worker = cipher.encryptor()
        return worker.update(padder.update(text) + padder.finalize()) + worker.finalize()
    opener = cipher.decryptor()
    unpadder = PKCS7(_BLOCK_BITS).unpadder()
    return unpadder.update(opener.update(text) + opener.finalize()) + unpadder.finalize()


def derived_key(app_id: str, app_secret: str) -> bytes:
    """The 16 ASCII bytes under which `data` travels."""
    first = _sm4(app_id[:_KEY_SIZE].encode(), app_secret.encode(), encrypt=True)
    return first.hex().upper()[:_KEY_SIZE].encode()


def encrypt(app_id: str, app_secret: str, plain: bytes) -> str:
    """Upper-case hexadecimal."""
    return _sm4(derived_key(app_id, app_secret), plain, encrypt=True).hex().upper()


def decrypt(app_id: str, app_secret: str, text: str) -> bytes:
    """The plain bytes. Raises Sealed."""
    try:
        return _sm4(derived_key(app_id, app_secret), bytes.fromhex(text), encrypt=False)
    except ValueError as wrong:
        raise Sealed("encData is not SM4 under this application's key") from wrong


def cleaned(value: Any) -> Any:
    """Without null, empty texts, empty objects and empty lists, at every depth."""
    if isinstance(value, dict):
        found = {name: cleaned(part) for name, part in value.items()}
        return {name: part for name, part in found.items() if not _empty(part)}
    if isinstance(value, list):
        return [part for part in map(cleaned, value) if not _empty(part)]
    return value


def _empty(value: Any) -> bool:
    return value is None or value in ("", {}, [])


def compact(value: Any) -> str:
    """JSON with sorted keys at every depth, no spaces, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def signed_text(fields: dict[str, Any], app_secret: str) -> bytes:
    """`k=v&…&key=secret` over the sorted top-level fields, `data` as compact JSON."""
    kept = cleaned({name: value for name, value in fields.items() if name not in NOT_SIGNED})
    parts = [f"{name}={value if isinstance(value, str) else compact(value)}" for name, value in sorted(kept.items())]
    return "&".join([*parts, f"key={app_secret}"]).encode()


@dataclass(frozen=True, slots=True)
class Suite:
    """One side's keys: it signs with `mine` and believes `theirs`."""

    app_id: str
    app_secret: str
    mine: sm2.KeyPair
    theirs: sm2.Point
    user_id: bytes = sm2.USER_ID

    def seal(self, fields: dict[str, Any], data: dict[str, Any] | None) -> dict[str, Any]:
        """`fields` (with appId, version, timestamp …) plus `signData` and, when there is data, `encData`."""
        head = {"appId": self.app_id, "encType": "SM4", "signType": "SM2", **fields}
        text = signed_text({**head, "data": data} if data else head, self.app_secret)
        signature = base64.b64encode(sm2.sign(self.mine.private, text, self.user_id)).decode()
        sealed = {**head, "signData": signature}
        if data:
            sealed["encData"] = encrypt(self.app_id, self.app_secret, compact(cleaned(data)).encode())
        return sealed

    def open(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The data of an envelope after decryption and verification. Raises Sealed."""
        for name, wanted in (("appId", self.app_id), ("encType", "SM4"), ("signType", "SM2")):
            if envelope.get(name) != wanted:
                raise Sealed(f"{name} is not {wanted if name != 'appId' else 'known'}")
        plain = decrypt(self.app_id, self.app_secret, str(envelope.get("encData") or ""))
        try:
            data = json.loads(plain)
            signature = base64.b64decode(str(envelope.get("signData") or ""), validate=True)
        except (ValueError, binascii.Error) as wrong:
            raise Sealed("data is not JSON, or signData is not Base64") from wrong
        if not isinstance(data, dict):
            raise Sealed("data is not an object")
        if not sm2.verify(
            self.theirs, signed_text({**envelope, "data": data}, self.app_secret), signature, self.user_id
        ):
            raise Sealed("signData does not hold")
        return data
