"""Tencent Cloud SMS (`SendSms`, version 2021-01-11), signed with TC3-HMAC-SHA256."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

import msgspec

from jiuyi.kit.clock import Clock
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered
from jiuyi.wire.http import Caller

_SERVICE = "sms"
_TYPE = "application/json; charset=utf-8"
_SERVER_ERROR = 500


class _Status(msgspec.Struct, rename="pascal"):
    code: str
    message: str = ""


class TencentSms:
    """Satisfies `codes.ports.SmsSender`. `templates`: kind of message → template id."""

    def __init__(
        self,
        caller: Caller,
        clock: Clock,
        *,
        secret_id: str,
        secret_key: str,
        sdk_app_id: str,
        sign_name: str,
        region: str,
        templates: Mapping[str, str],
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._secret_id = secret_id
        self._secret_key = secret_key
        self._sdk_app_id = sdk_app_id
        self._sign_name = sign_name
        self._region = region
        self._templates = dict(templates)
        self._host = urlsplit(caller.base_url).netloc

    async def send(self, phone: str, template: str, params: tuple[str, ...]) -> None:
        """Send one message. HTTP 200 is not enough: each number has its own status code, and only `Ok` is sent.

        Raises `Refused` (the platform's code), `Unreachable`, `Unanswered` or `Garbled`.
        """
        # A hospital without an English text sends its Chinese one.
        template_id = self._templates.get(template) or self._templates.get(template.removesuffix("_en"))
        if template_id is None:
            raise Refused(self._caller.system, "SendSms", "no_template", template)
        body = msgspec.json.encode(
            {
                "PhoneNumberSet": [phone if phone.startswith("+") else "+86" + phone],
                "SmsSdkAppId": self._sdk_app_id,
                "TemplateId": template_id,
                "SignName": self._sign_name,
                "TemplateParamSet": list(params),
            }
        )
        answer = await self._caller.send("SendSms", "POST", "", headers=self._headers(body), body=body)
        if answer.status >= _SERVER_ERROR:
            raise Unanswered(self._caller.system, "SendSms", f"HTTP {answer.status}")
        self._check(answer.body)

    def _check(self, body: bytes) -> None:
        system = self._caller.system
        try:
            response: dict[str, Any] = msgspec.json.decode(body, type=dict[str, dict[str, Any]])["Response"]
            failure = response.get("Error")
            if failure is not None:
                raise Refused(system, "SendSms", str(failure.get("Code")), str(failure.get("Message", "")))
            statuses = msgspec.convert(response["SendStatusSet"], list[_Status])
        except (msgspec.MsgspecError, KeyError, AttributeError) as error:
            raise Garbled(system, "SendSms", "unexpected answer") from error
        for status in statuses:
            if status.code != "Ok":
                raise Refused(system, "SendSms", status.code, status.message)

    def _headers(self, body: bytes) -> dict[str, str]:
        """The TC3 signature: canonical request → string to sign → derived key (date, service, request)."""
        now = self._clock.now().astimezone(UTC)
        timestamp, date = str(int(now.timestamp())), now.strftime("%Y-%m-%d")
        signed = "content-type;host;x-tc-action"
        canonical = "\n".join(
            (
                "POST",
                "/",
                "",
                f"content-type:{_TYPE}\nhost:{self._host}\nx-tc-action:sendsms\n",
                signed,
                hashlib.sha256(body).hexdigest(),
            )
        )
        scope = f"{date}/{_SERVICE}/tc3_request"
        to_sign = "\n".join(("TC3-HMAC-SHA256", timestamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        key = f"TC3{self._secret_key}".encode()
        for part in (date, _SERVICE, "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return {
            "authorization": (
                f"TC3-HMAC-SHA256 Credential={self._secret_id}/{scope}, SignedHeaders={signed}, Signature={signature}"
            ),
            "content-type": _TYPE,
            "host": self._host,
            "x-tc-action": "SendSms",
            "x-tc-version": "2021-01-11",
            "x-tc-timestamp": timestamp,
            "x-tc-region": self._region,
        }
