"""The WeChat official account: sign-in, tokens, JS-SDK ticket, menu, template messages, encrypted callback.

`/wechat-api` stands for https://api.weixin.qq.com, `/wechat-open` for https://open.weixin.qq.com.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.wechat_oa import control, events, menu, oauth, templates, tokens
from jiuyi_sandbox.wechat_oa.account import Account, Failure, Switches
from jiuyi_sandbox.wechat_oa.schema import SCHEMA, TABLES
from jiuyi_sandbox.world import World

__all__ = ["SCHEMA", "account_of", "background", "keys", "reset", "routes", "seed"]

_TICK_SECONDS = 0.1
_log = logging.getLogger(__name__)
_accounts: WeakKeyDictionary[World, Account] = WeakKeyDictionary()

_Query = dict[str, str]
_Work = Callable[[Account, _Query, Any], dict[str, Any]]


def account_of(world: World) -> Account:
    """The one official account of a world."""
    if world not in _accounts:
        _accounts[world] = Account(world)
    return _accounts[world]


def seed(world: World) -> None:
    """The people; and an event that was on its way when the process died is due again."""
    account_of(world).meet_everyone()
    world.store.execute("UPDATE oa_event SET state = 'due' WHERE state = 'sending'")


def reset(world: World) -> None:
    """Forget tokens, codes, messages, menu and switches; keep the keys."""
    with world.store.transaction() as db:
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
        db.execute("DELETE FROM meta WHERE key LIKE 'wechat_oa.%'")
    account_of(world).switches = Switches()
    account_of(world).meet_everyone()


def keys(world: World) -> dict[str, Any]:
    """The `wechat_oa` part of `/_control/keys`."""
    account, base = account_of(world), world.config.base_url
    return {
        "wechat_oa": {
            "api_url": f"{base}/wechat-api",
            "open_url": f"{base}/wechat-open",
            "app_id": account.app_id,
            "app_secret": account.app_secret,
            "token": account.token,
            "encoding_aes_key": account.encoding_aes_key,
            "original_id": account.original_id,
            "js_sdk_url": f"{base}/bridge/jweixin.js",
            "templates": {one.name: templates.template_id(account, one.name) for one in templates.TEMPLATES},
            "template_fields": {
                one.name: {role: key for role, (key, _) in one.fields.items()} for one in templates.TEMPLATES
            },
        }
    }


def _json(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), media_type="application/json; charset=utf-8")


def _read_body(body: bytes) -> Any:
    r"""JSON as WeChat reads it: a `\uXXXX` escape stays a literal text, so it shows up on the phone as typed."""
    if not body:
        return None
    try:
        return json.loads(body.replace(b"\\u", b"\\\\u"))
    except ValueError as wrong:
        raise Failure(47001, "data format error") from wrong


def _endpoint(account: Account, work: _Work, *, guarded: bool) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            if guarded:
                tokens.check(account, query.get("access_token"))
            return _json(work(account, query, _read_body(await request.body())))
        except Failure as failure:
            request.scope.get("journal", {})["code"] = failure.errcode
            return _json({"errcode": failure.errcode, "errmsg": failure.errmsg})

    return answer


def routes(world: World) -> list[BaseRoute]:
    """Everything under `/wechat-api` and `/wechat-open`, and the controls."""
    account = account_of(world)

    async def authorize(request: Request) -> Response:
        return oauth.authorize(account, request)

    def on(path: str, method: str, work: _Work) -> Route:
        return Route(f"/wechat-api{path}", _endpoint(account, work, guarded=path in _GUARDED), methods=[method])

    return [
        Route("/wechat-open/connect/oauth2/authorize", authorize),
        *(on(*one) for one in _OPEN),
        *(on(path, method, work) for path, (method, work) in _GUARDED.items()),
        *control.routes(account),
    ]


def _token(account: Account, query: _Query, _body: Any) -> dict[str, Any]:
    if query.get("grant_type") != "client_credential":
        raise Failure(40002, "invalid grant_type")
    account.check_app(query.get("appid"), query.get("secret"))
    return tokens.classic(account)


def _stable_token(account: Account, _query: _Query, body: Any) -> dict[str, Any]:
    given = body if isinstance(body, dict) else {}
    if given.get("grant_type") != "client_credential":
        raise Failure(40002, "invalid grant_type")
    account.check_app(given.get("appid"), given.get("secret"))
    return tokens.stable(account, force_refresh=given.get("force_refresh") is True)


def _ticket(account: Account, query: _Query, _body: Any) -> dict[str, Any]:
    if query.get("type") != "jsapi":
        raise Failure(40097, "invalid args type")
    value, left = tokens.jsapi_ticket(account)
    return {"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": left}


def _user_info(account: Account, query: _Query, _body: Any) -> dict[str, Any]:
    person = account.person(query.get("openid", ""))
    if person is None:
        raise Failure(40003, "invalid openid")
    found = {"subscribe": person["following"], "openid": person["openid"]}
    return found | ({"unionid": person["unionid"], "language": "zh_CN"} if person["following"] else {})


_OPEN: tuple[tuple[str, str, _Work], ...] = (
    ("/sns/oauth2/access_token", "GET", lambda account, query, _: oauth.exchange(account, query)),
    ("/sns/oauth2/refresh_token", "GET", lambda account, query, _: oauth.refresh(account, query)),
    ("/sns/userinfo", "GET", lambda account, query, _: oauth.userinfo(account, query)),
    ("/sns/auth", "GET", lambda account, query, _: oauth.still_valid(account, query)),
    ("/cgi-bin/token", "GET", _token),
    ("/cgi-bin/stable_token", "POST", _stable_token),
)
"""Calls that show the app secret or a person's own token."""

_GUARDED: dict[str, tuple[str, _Work]] = {
    "/cgi-bin/ticket/getticket": ("GET", _ticket),
    "/cgi-bin/menu/create": ("POST", lambda account, _, body: menu.create(account, body)),
    "/cgi-bin/menu/get": ("GET", lambda account, _, __: menu.get(account)),
    "/cgi-bin/menu/delete": ("GET", lambda account, _, __: menu.delete(account)),
    "/cgi-bin/get_current_selfmenu_info": ("GET", lambda account, _, __: menu.self_menu(account)),
    "/cgi-bin/message/template/send": ("POST", lambda account, _, body: templates.send(account, body)),
    "/cgi-bin/template/get_all_private_template": ("GET", lambda account, _, __: templates.listed(account)),
    "/cgi-bin/user/info": ("GET", _user_info),
}
"""Calls that need the account's own access token."""


async def background(world: World) -> None:
    """Send messages and events to the product as their time comes."""
    account = account_of(world)
    while True:
        try:
            await events.deliver_due(account)
        except Exception:  # noqa: BLE001 - one bad row must not silence every later message; the log shows it
            _log.exception("a round of messages failed")
        await asyncio.sleep(_TICK_SECONDS)
