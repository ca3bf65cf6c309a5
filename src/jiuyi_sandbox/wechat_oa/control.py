"""`/_control/wechat_oa`: what a person or a test does on WeChat's side of the official account."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.people import BY_KEY
from jiuyi_sandbox.wechat_oa import events, menu, templates
from jiuyi_sandbox.wechat_oa.account import Account

EVENTS = ("subscribe", "unsubscribe", "CLICK", "VIEW", "SCAN", "text")


def routes(account: Account) -> list[BaseRoute]:
    """Switches, the phones' messages and menu, events, the people, the check of the server address."""
    return [
        Route("/_control/wechat_oa", _switches(account), methods=["GET", "PUT"]),
        Route("/_control/wechat_oa/messages", _messages(account)),
        Route("/_control/wechat_oa/menu", _menu(account)),
        Route("/_control/wechat_oa/people", _people(account), methods=["GET", "PUT"]),
        Route("/_control/wechat_oa/events", _events(account), methods=["GET", "POST"]),
        Route("/_control/wechat_oa/verify_url", _verify_url(account), methods=["POST"]),
    ]


async def _json(request: Request) -> dict[str, Any]:
    body = await request.body()
    found = json.loads(body) if body else {}
    if not isinstance(found, dict):
        raise TypeError("a JSON object was expected")
    return found


def _switches(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def switches(request: Request) -> Response:
        """GET reads, PUT changes what it names."""
        if request.method == "PUT":
            try:
                account.switches.change(await _json(request))
            except (ValueError, TypeError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse(asdict(account.switches))

    return switches


def _messages(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def messages(request: Request) -> Response:
        """What the phones received, newest first; `?person=p1` for one phone."""
        person = request.query_params.get("person")
        openid = account.openid_of(person) if person else request.query_params.get("openid")
        return JSONResponse({"messages": templates.inbox(account, openid)})

    return messages


def _menu(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def shown(_request: Request) -> Response:
        """The menu as a phone shows it."""
        return JSONResponse({"button": menu.buttons(account)})

    return shown


def _people(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def people(request: Request) -> Response:
        """GET lists; PUT `{"person": "p1", "following": bool, "snapshot": bool}` changes one, without an event."""
        if request.method == "PUT":
            try:
                data = await _json(request)
                for name in {"following", "snapshot"} & data.keys():
                    account.world.store.execute(
                        f"UPDATE oa_person SET {name} = ? WHERE person = ?",  # noqa: S608 - one of two literals
                        (bool(data[name]), data["person"]),
                    )
            except (ValueError, TypeError, KeyError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        rows = account.world.store.all("SELECT * FROM oa_person ORDER BY person")
        return JSONResponse({"people": [dict(row) for row in rows]})

    return people


def _fields(event: str, data: dict[str, Any], number: int) -> dict[str, str | int]:
    if event == "text":
        return {"MsgType": "text", "Content": str(data.get("content", "")), "MsgId": number}
    fields: dict[str, str | int] = {"MsgType": "event", "Event": event, "EventKey": str(data.get("key", ""))}
    if event == "SCAN" or (event == "subscribe" and data.get("key")):
        fields["Ticket"] = "TICKET"
    return fields


def _events(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        """GET lists. POST `{"person", "event", "key"?, "content"?, "again"?}` sends one now and says what came of it.

        Events: subscribe, unsubscribe, CLICK, VIEW, SCAN, text. `again: true` repeats the last one, byte for byte
        but for the envelope, as WeChat does when an answer is late.
        """
        store = account.world.store
        if request.method == "GET":
            rows = store.all("SELECT * FROM oa_event ORDER BY number DESC LIMIT 100")
            return JSONResponse({"events": [{**dict(row), "fields": json.loads(row["fields"])} for row in rows]})
        data = await _json(request)
        if data.get("again"):
            last = store.one("SELECT * FROM oa_event ORDER BY number DESC")
            if last is None:
                return JSONResponse({"error": "nothing was sent yet"}, 400)
            fields, openid, at = json.loads(last["fields"]), last["openid"], int(last["due_at"])
            return JSONResponse({"status": await events.post(account, openid, fields, created_at=at)})
        event, person = data.get("event"), data.get("person")
        if event not in EVENTS or person not in BY_KEY:
            return JSONResponse({"error": f"event must be one of {', '.join(EVENTS)}, person one of p1…p8"}, 400)
        openid = account.openid_of(person)
        if event in ("subscribe", "unsubscribe"):
            store.execute("UPDATE oa_person SET following = ? WHERE openid = ?", (event == "subscribe", openid))
        number = events.queue(account, openid, _fields(event, data, int(account.now() * 1000)))
        row = store.one("SELECT * FROM oa_event WHERE number = ?", (number,))
        return JSONResponse({"number": number, "status": await events.send(account, row) if row else None})

    return send


def _verify_url(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def check(request: Request) -> Response:
        """Check the product's server address, as saving it at WeChat does; `{"token": …}` tries another one."""
        token = (await _json(request)).get("token")
        return JSONResponse(
            {"verified": await events.verify_url(account, token=token), "url": events.callback_url(account)}
        )

    return check
