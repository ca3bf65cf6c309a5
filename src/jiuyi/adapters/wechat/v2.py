"""WeChat Pay v2: flat XML signed with the merchant's key (WeChat's papers: payment code, v2). Only the desk uses it."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from jiuyi.kit.outcomes import Garbled, NotDone, Unanswered
from jiuyi.wire.http import Answer, Caller
from jiuyi.wire.xml import XmlRefused, read_flat, write_flat

HMAC_SHA256 = "HMAC-SHA256"
MD5 = "MD5"
_OK = 200


def signature(values: Mapping[str, str], key: str, sign_type: str) -> str:
    """The signature of a message: sorted, non-empty, without `sign`, closed by the key; in capital hex."""
    text = "&".join(f"{name}={values[name]}" for name in sorted(values) if name != "sign" and values[name])
    closed = f"{text}&key={key}".encode()
    if sign_type == MD5:
        return hashlib.md5(closed).hexdigest().upper()  # noqa: S324 - WeChat's own algorithm, where a merchant chose it
    return hmac.new(key.encode(), closed, hashlib.sha256).hexdigest().upper()


class V2:
    """The merchant's side of v2. Every answer is believed only when its signature holds."""

    def __init__(self, caller: Caller, *, app_id: str, mch_id: str, key: str, sign_type: str = HMAC_SHA256) -> None:
        self.caller = caller
        self.app_id = app_id
        self.mch_id = mch_id
        self._key = key
        self._sign_type = sign_type

    def signed(self, values: Mapping[str, str]) -> dict[str, str]:
        """A message with who we are, a nonce and its signature; empty values are left out."""
        message = {
            "appid": self.app_id,
            "mch_id": self.mch_id,
            "nonce_str": secrets.token_hex(16),
            "sign_type": self._sign_type,
            **{name: value for name, value in values.items() if value},
        }
        message["sign"] = signature(message, self._key, self._sign_type)
        return message

    async def post(
        self, operation: str, path: str, values: Mapping[str, str], *, timeout: float | None = None
    ) -> Answer:
        """Send a message and return the raw answer of a success status. Raises `Unanswered` for any other."""
        body = write_flat(self.signed(values))
        headers = {"content-type": "text/xml; charset=utf-8", "user-agent": "jiuyi"}
        answer = await self.caller.send(operation, "POST", path, headers=headers, body=body, timeout=timeout)
        if answer.status != _OK:
            raise self.noted(operation, Unanswered(self.caller.system, operation, f"HTTP {answer.status}"))
        return answer

    async def ask(
        self, operation: str, path: str, values: Mapping[str, str], *, timeout: float | None = None
    ) -> dict[str, str]:
        """Send a message and return its verified answer, whatever its result. Raises `Unanswered` or `Garbled`."""
        answer = await self.post(operation, path, values, timeout=timeout)
        try:
            found = read_flat(answer.body)
        except XmlRefused as error:
            raise self.garbled(operation, str(error)) from error
        if found.get("return_code") != "SUCCESS":
            # Such an answer is not signed: anybody on the way could have made it, so nothing is concluded from it.
            raise self.noted(operation, Unanswered(self.caller.system, operation, "an unsigned refusal"))
        expected = signature(found, self._key, found.get("sign_type") or self._sign_type)
        if not hmac.compare_digest(expected.encode(), found.get("sign", "").encode()):
            raise self.garbled(operation, "the signature does not hold")
        if found.get("mch_id") != self.mch_id or found.get("appid") != self.app_id:
            raise self.garbled(operation, "an answer to another merchant")
        return found

    def garbled(self, operation: str, why: str) -> Garbled:
        """An answer that cannot be trusted, noted in the journal."""
        error = Garbled(self.caller.system, operation, why)
        self.caller.note_outcome(operation, "", error)
        return error

    def noted(self, operation: str, error: NotDone) -> NotDone:
        """An answer that is not a success, noted in the journal."""
        self.caller.note_outcome(operation, "", error)
        return error
