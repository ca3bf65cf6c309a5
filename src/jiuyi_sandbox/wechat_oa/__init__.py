"""The WeChat official account: sign-in, tokens, JS-SDK ticket, menu, template messages, encrypted callback.

`/wechat-api` stands for https://api.weixin.qq.com, `/wechat-open` for https://open.weixin.qq.com.
"""

import asyncio
import json
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
_accounts: WeakKeyDictionary[World, Account] = WeakKeyDictionary()

_Query = dict[str, str]
_Work = Callable[[_Query, Any], Awaitable[dict[str, Any]]]


def account_of(world: World) -> Account:
    """The one official account of a world."""
    if world not in _accounts:
        _accounts[world] = Account(world)
    return _accounts[world]


def seed(world: World) -> None:
    """The six people; and an event that was on its way when the process died is due again."""
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
    """JSON as WeChat reads it: a `\\uXXXX` escape stays a literal text, so it shows up on the phone as typed."""
    if not body:
        return None
    try:
        return json.loads(body.replace(b"\\u", b"\\\\u"))
    except ValueError as wrong:
        raise Failure(47001, "data format error") from wrong


def _endpoint(work: _Work) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return _json(await work(dict(request.query_params), _read_body(await request.body())))
        except Failure as failure:
            request.scope.get("journal", {})["code"] = failure.errcode
            return _json({"errcode": failure.errcode, "errmsg": failure.errmsg})

    return answer


def routes(world: World) -> list[BaseRoute]:
    """Everything under `/wechat-api` and `/wechat-open`, and the controls."""
    account = account_of(world)

    async def authorize(request: Request) -> Response:
        return oauth.authorize(account, request)

    return [
        Route("/wechat-open/connect/oauth2/authorize", authorize),
        *_user_routes(account),
        *_account_routes(account),
        *control.routes(account),
    ]


def _user_routes(account: Account) -> list[BaseRoute]:
    def on(path: str, work: Callable[[Account, _Query], dict[str, Any]]) -> Route:
        async def run(query: _Query, _body: Any) -> dict[str, Any]:
            return work(account, query)

        return Route(f"/wechat-api{path}", _endpoint(run))

    return [
        on("/sns/oauth2/access_token", oauth.exchange),
        on("/sns/oauth2/refresh_token", oauth.refresh),
        on("/sns/userinfo", oauth.userinfo),
        on("/sns/auth", oauth.still_valid),
    ]


def _account_routes(account: Account) -> list[BaseRoute]:
    def on(path: str, work: _Work, method: str = "GET", *, guarded: bool = True) -> Route:
        async def run(query: _Query, body: Any) -> dict[str, Any]:
            if guarded:
                tokens.check(account, query.get("access_token"))
            return await work(query, body)

        return Route(f"/wechat-api/cgi-bin{path}", _endpoint(run), methods=[method])

    async def token(query: _Query, _body: Any) -> dict[str, Any]:
        if query.get("grant_type") != "client_credential":
            raise Failure(40002, "invalid grant_type")
        account.check_app(query.get("appid"), query.get("secret"))
        return tokens.classic(account)

    async def stable_token(_query: _Query, body: Any) -> dict[str, Any]:
        given = body if isinstance(body, dict) else {}
        if given.get("grant_type") != "client_credential":
            raise Failure(40002, "invalid grant_type")
        account.check_app(given.get("appid"), given.get("secret"))
        return tokens.stable(account, force_refresh=given.get("force_refresh") is True)

    async def ticket(query: _Query, _body: Any) -> dict[str, Any]:
        if query.get("type") != "jsapi":
            raise Failure(40097, "invalid args type")
        value, left = tokens.jsapi_ticket(account)
        return {"errcode": 0, "errmsg": "ok", "ticket": value, "expires_in": left}

    async def create_menu(_query: _Query, body: Any) -> dict[str, Any]:
        return menu.create(account, body)

    async def get_menu(_query: _Query, _body: Any) -> dict[str, Any]:
        return menu.get(account)

    async def self_menu(_query: _Query, _body: Any) -> dict[str, Any]:
        return menu.self_menu(account)

    async def delete_menu(_query: _Query, _body: Any) -> dict[str, Any]:
        return menu.delete(account)

    async def send_template(_query: _Query, body: Any) -> dict[str, Any]:
        return await templates.send(account, body)

    async def list_templates(_query: _Query, _body: Any) -> dict[str, Any]:
        return templates.listed(account)

    async def user_info(query: _Query, _body: Any) -> dict[str, Any]:
        person = account.person(query.get("openid", ""))
        if person is None:
            raise Failure(40003, "invalid openid")
        found = {"subscribe": person["following"], "openid": person["openid"]}
        return found | ({"unionid": person["unionid"], "language": "zh_CN"} if person["following"] else {})

    return [
        on("/token", token, guarded=False),
        on("/stable_token", stable_token, "POST", guarded=False),
        on("/ticket/getticket", ticket),
        on("/menu/create", create_menu, "POST"),
        on("/menu/get", get_menu),
        on("/menu/delete", delete_menu),
        on("/get_current_selfmenu_info", self_menu),
        on("/message/template/send", send_template, "POST"),
        on("/template/get_all_private_template", list_templates),
        on("/user/info", user_info),
    ]


async def background(world: World) -> None:
    """Send messages and events to the product as their time comes."""
    account = account_of(world)
    while True:
        await events.deliver_due(account)
        await asyncio.sleep(_TICK_SECONDS)
