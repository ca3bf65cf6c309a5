"""The Official Account's server API: sign-in codes, the shared token, page signatures, template messages, menu.

Wire facts: api.weixin.qq.com answers HTTP 200 with `errcode`; absent or 0 is success (WeChat's papers: OAuth2 web
authorization, stable_token, jsapi_ticket, template messages).
"""

import asyncio
import hashlib
import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from jiuyi.domains.accounts.types import ChannelUser
from jiuyi.kit.clock import Clock
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered, Unreachable
from jiuyi.wire.http import Caller

TOKEN_FAULTS = frozenset({40001, 40014, 42001})
"""The shared token is wrong, malformed or expired: fetch it once more and repeat once."""
EARLY_SECONDS = 300
_BUSY = frozenset({-1})
_SERVER_ERROR = 500


class _Kept:
    """A token or ticket with its end, on the product's clock: the demo moves it together with WeChat's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.value = ""
        self._until = clock.now()
        self.lock = asyncio.Lock()

    def fresh(self) -> bool:
        return bool(self.value) and self._clock.now() < self._until

    def keep(self, value: str, expires_in: int) -> None:
        self.value = value
        self._until = self._clock.now() + timedelta(seconds=max(30, expires_in - EARLY_SECONDS))


class OfficialAccount:
    """One Official Account. Satisfies `accounts.ports.SignIn` and `accounts.ports.PageBridge`."""

    def __init__(self, caller: Caller, clock: Clock, *, app_id: str, app_secret: str, open_url: str) -> None:
        self._caller = caller
        self._clock = clock
        self.app_id = app_id
        self._app_secret = app_secret
        self._open_url = open_url.rstrip("/")
        self._token = _Kept(clock)
        self._ticket = _Kept(clock)

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """The authorization page; WeChat minds the order of the parameters and the fragment.

        `snsapi_userinfo` brings the nickname; those who follow the account are not asked for it.
        """
        return (
            f"{self._open_url}/connect/oauth2/authorize?appid={quote(self.app_id)}"
            f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope=snsapi_userinfo"
            f"&state={quote(state)}#wechat_redirect"
        )

    async def exchange(self, code: str) -> ChannelUser:
        """Redeem a code. A used, expired or invented one is `Refused`."""
        query = {"appid": self.app_id, "secret": self._app_secret, "code": code, "grant_type": "authorization_code"}
        answer = await self._get("oauth.access_token", "/sns/oauth2/access_token", query)
        openid = _text(answer, "openid")
        if answer.get("is_snapshotuser") == 1:
            return ChannelUser(openid, anonymous=True)
        return ChannelUser(openid, await self._nickname(str(answer.get("access_token", "")), openid))

    async def _nickname(self, user_token: str, openid: str) -> str | None:
        """The nickname, when WeChat gives it; signing in does not depend on it."""
        try:
            query = {"access_token": user_token, "openid": openid, "lang": "zh_CN"}
            answer = await self._get("oauth.userinfo", "/sns/userinfo", query)
        except (Refused, Unreachable, Unanswered):
            return None
        return str(answer.get("nickname", "")).strip()[:64] or None

    async def page_config(self, url: str) -> dict[str, Any]:
        """Sign `url` (no fragment) for `wx.config`."""
        ticket = await self._ticket_now()
        nonce, timestamp = secrets.token_hex(8), int(self._clock.now().timestamp())
        text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
        return {
            "app_id": self.app_id,
            "timestamp": timestamp,
            "nonce_str": nonce,
            "signature": hashlib.sha1(text.encode()).hexdigest(),  # noqa: S324 - WeChat's own algorithm
            "js_api_list": ["getLocation", "scanQRCode", "chooseWXPay", "closeWindow"],
        }

    async def post(self, operation: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST with the shared token; a stale token is fetched once more and the call repeated once.

        Raises `Refused` (its code is WeChat's errcode), `Unreachable`, `Unanswered` or `Garbled`.
        """
        token = ""
        for last in (False, True):
            token = await self._token_now(stale=token)
            # WeChat shows \\uXXXX literally in some places, so text goes out as plain UTF-8.
            answer = await self._send(
                operation, "POST", f"{path}?access_token={quote(token)}", msgspec.json.encode(body)
            )
            if answer.get("errcode", 0) not in TOKEN_FAULTS or last:
                return self._checked(operation, answer)
        raise AssertionError("unreachable")

    async def _token_now(self, *, stale: str = "") -> str:
        """The shared token; a new one when the kept one is `stale`, which only the first of many callers fetches."""
        async with self._token.lock:
            if self._token.value == stale or not self._token.fresh():
                body = {
                    "grant_type": "client_credential",
                    "appid": self.app_id,
                    "secret": self._app_secret,
                    "force_refresh": False,
                }
                answer = await self._send("stable_token", "POST", "/cgi-bin/stable_token", msgspec.json.encode(body))
                self._checked("stable_token", answer)
                self._token.keep(_text(answer, "access_token"), int(answer.get("expires_in", 7200)))
            return self._token.value

    async def _ticket_now(self) -> str:
        async with self._ticket.lock:
            if not self._ticket.fresh():
                token = await self._token_now()
                answer = await self._ask_ticket(token)
                if answer.get("errcode", 0) in TOKEN_FAULTS:
                    answer = await self._ask_ticket(await self._token_now(stale=token))
                self._checked("getticket", answer)
                self._ticket.keep(_text(answer, "ticket"), int(answer.get("expires_in", 7200)))
            return self._ticket.value

    async def _ask_ticket(self, token: str) -> dict[str, Any]:
        query = {"access_token": token, "type": "jsapi"}
        return await self._send("getticket", "GET", "/cgi-bin/ticket/getticket?" + urlencode(query))

    async def _get(self, operation: str, path: str, query: dict[str, str]) -> dict[str, Any]:
        return self._checked(operation, await self._send(operation, "GET", f"{path}?{urlencode(query)}"))

    async def _send(self, operation: str, method: str, path: str, body: bytes = b"") -> dict[str, Any]:
        headers = {"content-type": "application/json; charset=utf-8"} if body else {}
        answer = await self._caller.send(operation, method, path, headers=headers, body=body)
        if answer.status >= _SERVER_ERROR:
            raise Unanswered(self._caller.system, operation, f"HTTP {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise Garbled(self._caller.system, operation, "not JSON") from error

    def _checked(self, operation: str, answer: dict[str, Any]) -> dict[str, Any]:
        code = answer.get("errcode", 0)
        if code in _BUSY:
            raise Unanswered(self._caller.system, operation, "system busy")
        if code:
            raise Refused(self._caller.system, operation, str(code), str(answer.get("errmsg", "")))
        return answer


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise Garbled("wechat", name, f"no {name} in the answer")
    return value
