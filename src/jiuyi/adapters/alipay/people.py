"""Who is there: one-use codes of the H5 and of the mini program, redeemed for a person (contracts/alipay.md §2)."""

from typing import Any
from urllib.parse import urlencode

from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.domains.accounts.types import ChannelUser
from jiuyi.kit.outcomes import Refused, Unanswered, Unreachable


class AlipayPeople:
    """Satisfies `accounts.ports.SignIn` for one app. `open_url`: where browsers are sent to be recognised.

    `nickname`: whether the person is asked for their profile (`auth_user`); without it signing in is silent.
    """

    def __init__(self, gateway: Gateway, open_url: str, *, nickname: bool) -> None:
        self._gateway = gateway
        self._open_url = open_url.rstrip("/")
        self._nickname_wanted = nickname

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """The authorization page; it comes back with `auth_code` and `state`."""
        query = {
            "app_id": self._gateway.keys.app_id,
            "scope": "auth_user" if self._nickname_wanted else "auth_base",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._open_url}/oauth2/publicAppAuthorize.htm?{urlencode(query)}"

    async def exchange(self, code: str) -> ChannelUser:
        """alipay.system.oauth.token. A used, expired or invented code is `Refused`.

        While an app moves from user ids to open ids both come: the open id names the person, the other finds them.
        """
        node = await self._gateway.ask(
            "oauth.token",
            "alipay.system.oauth.token",
            fields={"grant_type": "authorization_code", "code": code},
        )
        subjects = [str(node[name]) for name in ("open_id", "user_id") if node.get(name)]
        if not subjects:
            raise self._gateway.garbled("oauth.token", "nobody in the answer")
        nickname = await self._nickname(node) if self._nickname_wanted else None
        return ChannelUser(subjects[0], nickname, former=subjects[1] if len(subjects) > 1 else None)

    async def _nickname(self, token: dict[str, Any]) -> str | None:
        """The nickname, when Alipay gives it; signing in does not depend on it."""
        try:
            node = await self._gateway.ask(
                "user.info", "alipay.user.info.share", fields={"auth_token": str(token.get("access_token", ""))}
            )
        except (Refused, Unreachable, Unanswered):
            return None
        return str(node.get("nick_name", "")).strip()[:64] or None
