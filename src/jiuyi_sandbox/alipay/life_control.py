"""`/_control/alipay/…` about the accounts: messages on the phones, the menu, events, the gateway's activation."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from jiuyi_sandbox.alipay import events, menu, messages
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld
from jiuyi_sandbox.alipay.control import body_of, on, person_in


def routes(ali: AlipayWorld) -> list[BaseRoute]:
    """What a person does with the Life Account, and what Alipay's pages for developers do."""
    return [
        on(ali, "/messages", _messages),
        on(ali, "/menu", _menu),
        on(ali, "/events", _events, "GET", "POST"),
        on(ali, "/activate", _activate, "POST"),
        on(ali, "/form_id", _form_id, "POST"),
    ]


async def _messages(ali: AlipayWorld, request: Request) -> Response:
    """What the phones received, newest first; `?person=p1` for one phone."""
    return JSONResponse({"messages": messages.inbox(ali, request.query_params.get("person"))})


async def _menu(ali: AlipayWorld, _request: Request) -> Response:
    """The menu as a phone shows it."""
    return JSONResponse({"button": menu.buttons(ali)})


async def _events(ali: AlipayWorld, request: Request) -> Response:
    """GET lists. POST `{"person", "event", "key"?, "content"?, "again"?, "forged"?}` sends one now.

    `again: true` repeats the last one as it was; `forged: true` signs with a foreign key and is not repeated.
    """
    store = ali.world.store
    if request.method == "GET":
        rows = store.all("SELECT * FROM ali_event ORDER BY number DESC LIMIT 100")
        return JSONResponse({"events": [{**dict(row), "fields": json.loads(row["fields"])} for row in rows]})
    data = await body_of(request)
    if data.get("again"):
        last = store.one("SELECT * FROM ali_event ORDER BY number DESC")
        if last is None:
            raise ValueError("nothing was sent yet")
        return JSONResponse({"status": await events.post(ali, json.loads(last["fields"]))})
    event, person = str(data.get("event")), person_in(data)
    if event not in events.EVENTS:
        raise ValueError(f"event must be one of {', '.join(events.EVENTS)}")
    fields = events.fields_of(ali, person, event, data)
    if data.get("forged"):
        return JSONResponse({"status": await events.post(ali, fields, forged=True)})
    if event in ("follow", "unfollow"):
        store.execute("UPDATE ali_person SET following = ? WHERE person = ?", (event == "follow", person))
    number = events.queue(ali, ali.user_id_of(person), fields)
    row = store.one("SELECT * FROM ali_event WHERE number = ?", (number,))
    return JSONResponse({"number": number, "status": await events.send(ali, row) if row else None})


async def _activate(ali: AlipayWorld, request: Request) -> Response:
    """POST `{"app": "life" or "mini", "charset"?, "forged"?}`: check the product's gateway as Alipay's page does."""
    data = await body_of(request)
    app = data.get("app", "life")
    if app not in ("life", "mini"):
        raise ValueError("app must be life or mini")
    return JSONResponse(
        await events.activate(ali, app=app, charset=str(data.get("charset", "utf-8")), forged=bool(data.get("forged")))
    )


async def _form_id(ali: AlipayWorld, request: Request) -> Response:
    """POST `{"person"}`: what a form with `report-submit` gives the mini program."""
    return JSONResponse({"form_id": messages.new_form_id(ali, ali.user_id_of(person_in(await body_of(request))))})
