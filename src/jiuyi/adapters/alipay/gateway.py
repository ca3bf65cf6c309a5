"""The open platform's gateway: one signed form for every method, one signed node in every answer.

Source: Alipay's papers. What every call needs stands in the address, as Alipay's own SDKs have it; the content
(and one-use codes) in the body. The answer's signature covers the exact bytes of its node: nothing is written anew.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from jiuyi.adapters.alipay.keys import SIGN_TYPE, AppKeys, Untrusted, content
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable
from jiuyi.wire.http import Answer, Caller

SUCCESS = "10000"
_WAITING = "10003"
_UNKNOWN = "20000"
_TOO_MANY = "40005"
_UNKNOWN_WORDS = frozenset({"ACQ.SYSTEM_ERROR", "SYSTEM_ERROR", "isp.unknow-error", "aop.unknow-error"})
_BUSY_WORDS = frozenset({"isv.app-call-limited", "app-call-limited", "isp.service-busy"})
_OK, _BUSY_STATUS, _SERVER_ERROR = 200, 429, 500
_ERROR_NODE = "error_response"
_FORM = "application/x-www-form-urlencoded;charset=utf-8"


class BuyerAsked(Unanswered):
    """10003: the order is there and the buyer is being asked for a password; query with the same number."""


class _Head(msgspec.Struct):
    code: str = SUCCESS
    msg: str = ""
    sub_code: str = ""
    sub_msg: str = ""


class Gateway:
    """One app at the gateway. `caller` has the gateway's whole address as its base."""

    def __init__(self, caller: Caller, clock: Clock, keys: AppKeys) -> None:
        self._caller = caller
        self._clock = clock
        self.keys = keys

    @property
    def system(self) -> str:
        """The word of this system in outcomes and journals."""
        return self._caller.system

    @property
    def address(self) -> str:
        """Where the gateway is."""
        return self._caller.base_url

    async def ask(
        self,
        operation: str,
        method: str,
        biz: Mapping[str, Any] | None = None,
        *,
        notify_url: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Call a method and return its node. `biz` is its content; `fields` are top-level parameters of the body.

        Raises `Refused` (its code is Alipay's sub_code, else its code), `Unreachable`, `Unanswered`, `BuyerAsked` or
        `Garbled`.
        """
        answer = await self._send(operation, method, biz, notify_url, dict(fields or {}))
        try:
            name, node = self._opened(answer, method)
            found = msgspec.json.decode(node, type=dict[str, Any])
            head = msgspec.json.decode(node, type=_Head)
        except (Untrusted, msgspec.MsgspecError) as error:
            raise Garbled(self.system, operation, str(error)[:120]) from error
        if name == _ERROR_NODE and head.code == SUCCESS:
            raise Garbled(self.system, operation, "an error without a code")
        self._check(operation, head)
        return found

    def garbled(self, operation: str, detail: str) -> Garbled:
        """An answer whose facts cannot be used."""
        return Garbled(self.system, operation, detail)

    async def _send(
        self, operation: str, method: str, biz: Mapping[str, Any] | None, notify_url: str, fields: dict[str, str]
    ) -> Answer:
        head = {
            "app_id": self.keys.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": SIGN_TYPE,
            "timestamp": f"{local(self._clock.now()):%Y-%m-%d %H:%M:%S}",
            "version": "1.0",
            **self.keys.request_serials(),
        }
        if notify_url:
            head["notify_url"] = notify_url
        body = dict(fields)
        if biz is not None:
            body["biz_content"] = msgspec.json.encode(biz).decode()
        head["sign"] = self.keys.sign(content({**head, **body}))
        answer = await self._caller.send(
            operation,
            "POST",
            f"?{urlencode(head)}",
            headers={"content-type": _FORM, "accept": "application/json"},
            body=urlencode(body).encode(),
        )
        if answer.status >= _SERVER_ERROR:
            raise Unanswered(self.system, operation, f"HTTP {answer.status}")
        if answer.status == _BUSY_STATUS:
            raise Unreachable(self.system, operation, "HTTP 429")
        if answer.status != _OK:
            raise Garbled(self.system, operation, f"HTTP {answer.status}")
        return answer

    def _opened(self, answer: Answer, method: str) -> tuple[str, bytes]:
        """The name and the exact bytes of the answer's node, verified. Raises `Untrusted` or a decoding error.

        Only the gateway's own refusals, made before anything was done, may come unsigned.
        """
        outside = msgspec.json.decode(answer.body, type=dict[str, msgspec.Raw])
        wanted = method.replace(".", "_") + "_response"
        name = wanted if wanted in outside else _ERROR_NODE
        if name not in outside:
            raise Untrusted("no node for this method")
        # `Raw` is the slice of the text itself, escaped slashes and all.
        node = bytes(outside[name])
        if "sign" not in outside:
            if name == _ERROR_NODE:
                return name, node
            raise Untrusted("not signed")
        serial = msgspec.json.decode(outside["alipay_cert_sn"], type=str) if "alipay_cert_sn" in outside else ""
        self.keys.check_serial(serial)
        self.keys.verify(node, msgspec.json.decode(outside["sign"], type=str))
        return name, node

    def _check(self, operation: str, head: _Head) -> None:
        """Raises the outcome of an answer that is not a success."""
        if head.code == SUCCESS:
            return
        word = head.sub_code.removeprefix("aop.") if head.sub_code.startswith("aop.ACQ.") else head.sub_code
        said = f"{head.code} {word}".strip()
        if head.code == _WAITING:
            raise BuyerAsked(self.system, operation, said)
        if head.code == _UNKNOWN or word in _UNKNOWN_WORDS:
            raise Unanswered(self.system, operation, said)
        if head.code == _TOO_MANY or word in _BUSY_WORDS:
            raise Unreachable(self.system, operation, said)
        raise Refused(self.system, operation, word or head.code, head.sub_msg or head.msg)
