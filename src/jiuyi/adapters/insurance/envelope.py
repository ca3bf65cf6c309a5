"""The centre's envelope: `data` is signed with SM3withSM2 and encrypted with SM4 (docs/contracts/insurance.md §1).

Sign, then encrypt; on receipt decrypt, put `data` back, and verify the same text. Amounts travel as texts, so that what
is signed is what is sent.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from jiuyi.kit import sm2
from jiuyi.kit.clock import local

_OUTSIDE = frozenset({"signData", "encData", "extra"})
_KEY = 16
_BLOCK = 128
MOST_SKEW_SECONDS = 300


class Untrusted(Exception):
    """A message is not the centre's, not for us, or too old. The text is for our log."""


def _sm4(key: bytes) -> Cipher[modes.ECB]:
    return Cipher(algorithms.SM4(key), modes.ECB())  # noqa: S305 - the centre's mode


def _encrypt(key: bytes, plain: bytes) -> bytes:
    padder, worker = PKCS7(_BLOCK).padder(), _sm4(key).encryptor()
    return worker.update(padder.update(plain) + padder.finalize()) + worker.finalize()


def _decrypt(key: bytes, sealed: bytes) -> bytes:
    opener, unpadder = _sm4(key).decryptor(), PKCS7(_BLOCK).unpadder()
    return unpadder.update(opener.update(sealed) + opener.finalize()) + unpadder.finalize()


def data_key(app_id: str, app_secret: str) -> bytes:
    """The key of `data`: the first 16 hexadecimal characters of the secret under the first 16 of the app id."""
    return _encrypt(app_id[:_KEY].encode(), app_secret.encode()).hex().upper()[:_KEY].encode()


def without_empty(value: Any) -> Any:
    """Without null, empty texts, objects and lists, at every depth."""
    if isinstance(value, Mapping):
        kept = {name: without_empty(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if not _is_empty(one)}
    if isinstance(value, list):
        return [one for one in (without_empty(each) for each in value) if not _is_empty(one)]
    return value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | dict | list) and not value)


def compact(value: Any) -> str:
    """JSON with names sorted at every depth, no spaces, nothing escaped that need not be."""
    return msgspec.json.encode(value, order="deterministic").decode()


def text_to_sign(fields: Mapping[str, Any], app_secret: str) -> bytes:
    """`name=value&…&key=secret`: top-level names sorted, `data` as compact JSON."""
    kept = without_empty({name: value for name, value in fields.items() if name not in _OUTSIDE})
    parts = [f"{name}={value if isinstance(value, str) else compact(value)}" for name, value in sorted(kept.items())]
    return "&".join([*parts, f"key={app_secret}"]).encode()


class Envelope:
    """The hospital's side: it signs with its own key and believes the centre's.

    `timestamp_form`: `yyyyMMddHHmmss` or `milliseconds`. Which version, form and user id Guangdong wants is
    unconfirmed: they are settings.
    """

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        private_key: str,
        platform_public_key: str,
        version: str = "2.0.1",
        timestamp_form: str = "yyyyMMddHHmmss",
        user_id: str = "1234567812345678",
    ) -> None:
        self.app_id = app_id
        self._secret = app_secret
        self._mine = sm2.PrivateKey(private_key)
        self._theirs = sm2.public_key(platform_public_key)
        self._version = version
        self._form = timestamp_form
        self._user_id = user_id.encode()
        self._key = data_key(app_id, app_secret)

    def seal(self, data: Mapping[str, Any], at: datetime) -> bytes:
        """The body of a request (or of our answer to a notice)."""
        clean = without_empty(data)
        head = {
            "appId": self.app_id,
            "encType": "SM4",
            "signType": "SM2",
            "timestamp": self._timestamp(at),
            "version": self._version,
        }
        signature = self._mine.sign(text_to_sign({**head, "data": clean}, self._secret), self._user_id)
        return msgspec.json.encode(
            {
                **head,
                "signData": base64.b64encode(signature).decode(),
                "encData": _encrypt(self._key, compact(clean).encode()).hex().upper(),
            }
        )

    def _timestamp(self, at: datetime) -> str:
        if self._form == "milliseconds":
            return str(int(at.timestamp() * 1000))
        return f"{local(at):%Y%m%d%H%M%S}"

    def open(self, outer: Mapping[str, Any]) -> dict[str, Any]:
        """`data` of a message, decrypted and verified; an answer without data is `{}`. Raises `Untrusted`."""
        if outer.get("appId") != self.app_id or outer.get("signType") != "SM2":
            raise Untrusted("another app, or another kind of signature")
        fields, data = dict(outer), {}
        if sealed := outer.get("encData"):
            data = self._opened(str(sealed))
            fields["data"] = data
        try:
            signature = base64.b64decode(str(outer.get("signData") or ""), validate=True)
        except binascii.Error as error:
            raise Untrusted("signData is not Base64") from error
        if not sm2.verify(self._theirs, text_to_sign(fields, self._secret), signature, self._user_id):
            raise Untrusted("the signature is wrong")
        return data

    def _opened(self, sealed: str) -> dict[str, Any]:
        try:
            return msgspec.json.decode(_decrypt(self._key, bytes.fromhex(sealed)), type=dict[str, Any])
        except (ValueError, msgspec.MsgspecError) as error:
            raise Untrusted("encData does not open") from error

    def open_fresh(self, outer: Mapping[str, Any], at: datetime) -> dict[str, Any]:
        """`data` of a message that came by itself. Raises `Untrusted`, also for one that is too old or says nothing."""
        if not outer.get("encData"):
            raise Untrusted("no data")
        if not self.fresh(outer, at):
            raise Untrusted("stale")
        return self.open(outer)

    def fresh(self, outer: Mapping[str, Any], at: datetime) -> bool:
        """Whether a message that came by itself is at most five minutes away; both forms of time are understood."""
        text = str(outer.get("timestamp") or "")
        if text.isdigit() and len(text) == len("1700000000000"):
            return abs(int(text) / 1000 - at.timestamp()) <= MOST_SKEW_SECONDS
        try:
            said = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=local(at).tzinfo)
        except ValueError:
            return False
        return abs((said - at).total_seconds()) <= MOST_SKEW_SECONDS
