"""`/_control/alipay`: what a person or a test does on Alipay's side."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.alipay import behaviours, bills, cashier, codes, medical, notices, sign_in, trades
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, local
from jiuyi_sandbox.people import BY_KEY

Work = Callable[[AlipayWorld, Request], Awaitable[Response]]


def on(ali: AlipayWorld, path: str, work: Work, *methods: str) -> Route:
    """A control route whose mistakes in the body are answered 400."""

    async def answer(request: Request) -> Response:
        try:
            return await work(ali, request)
        except (ValueError, TypeError, KeyError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)

    return Route(f"/_control/alipay{path}", answer, methods=list(methods or ("GET",)))


def routes(ali: AlipayWorld) -> list[BaseRoute]:
    """Switches, the cashier's buttons, codes, notices, bills, people."""
    return [
        on(ali, "", _switches, "GET", "PUT"),
        on(ali, "/bill", _bill, "GET", "PUT", "DELETE"),
        on(ali, "/notices", _notices, "GET", "POST"),
        on(ali, "/trades", _trades),
        on(ali, "/trades/{trade_no}/{act}", _act, "POST"),
        on(ali, "/codes", _codes, "POST"),
        on(ali, "/auth_code", _auth_code, "POST"),
        on(ali, "/people", _people, "GET", "PUT"),
    ]


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a control call, {} when there is none. Raises ValueError, TypeError."""
    body = await request.body()
    found = json.loads(body) if body else {}
    if not isinstance(found, dict):
        raise TypeError("a JSON object was expected")
    return found


def person_in(data: dict[str, Any]) -> str:
    """The phone a control call names, p1 when it names none. Raises ValueError."""
    person = str(data.get("person", "p1"))
    if person not in BY_KEY:
        raise ValueError("person must be one of p1…p8")
    return person


async def _switches(ali: AlipayWorld, request: Request) -> Response:
    """GET reads, PUT changes what it names."""
    if request.method == "PUT":
        ali.switches.change(await body_of(request))
    return JSONResponse(asdict(ali.switches))


async def _bill(ali: AlipayWorld, request: Request) -> Response:
    """PUT `{"drop": [no], "wrong_amount": {no: fen}, "extra": [{"out_trade_no", "total"}]}`; DELETE: no lies."""
    if request.method != "GET":
        bills.set_lies(ali, await body_of(request) if request.method == "PUT" else {})
    return JSONResponse(asdict(bills.lies(ali)))


async def _notices(ali: AlipayWorld, request: Request) -> Response:
    """GET lists. POST `{"reference": order or refund number, "trick": …}` sends the last notice again, now."""
    store = ali.world.store
    if request.method == "GET":
        rows = store.all("SELECT * FROM ali_notice ORDER BY number DESC LIMIT 100")
        return JSONResponse({"notices": [{**dict(row), "plain": json.loads(row["plain"])} for row in rows]})
    data = await body_of(request)
    trick = str(data.get("trick", "none"))
    row = store.one("SELECT * FROM ali_notice WHERE reference = ? ORDER BY number DESC", (str(data["reference"]),))
    if row is None or not notices.is_trick(trick):
        return JSONResponse({"error": "no such notice or trick", "tricks": [*notices.TRICKS, "without:NAME"]}, 400)
    answer = await notices.post(ali, url=row["url"], notice_id=row["id"], plain=json.loads(row["plain"]), trick=trick)
    return JSONResponse({"answer": answer, "acknowledged": answer == notices.ACK})


async def _trades(ali: AlipayWorld, _request: Request) -> Response:
    """The last trades with their refunds, fen."""
    shown = []
    for row in ali.world.store.all("SELECT * FROM ali_trade ORDER BY created_at DESC LIMIT 100"):
        made = ali.world.store.all("SELECT * FROM ali_refund WHERE out_trade_no = ?", (row["out_trade_no"],))
        person = ali.person(row["user_id"])
        shown.append({
            **dict(row), "created_at": local(row["created_at"]), "person": person["person"] if person else None,
            "refunds": [dict(one) for one in made],
        })  # fmt: skip
    return JSONResponse({"trades": shown})


async def _act(ali: AlipayWorld, request: Request) -> Response:
    """`confirm` pays (`{"behaviour": …}` overrides the trade's); `refuse` and `abandon` leave it unpaid."""
    wanted, both = request.path_params["act"], medical.by_trade_no(ali, request.path_params["trade_no"])
    row = both or trades.by_trade_no(ali, request.path_params["trade_no"])
    if row is None or wanted not in ("confirm", "refuse", "abandon"):
        return JSONResponse({"error": "no such trade or act"}, 404)
    if wanted != "confirm":
        return JSONResponse({"result": "6001", "trade_status": row["state"]})
    data = await body_of(request)
    trick = data.get("behaviour")
    if trick is not None and trick not in behaviours.PAYMENT_NAMES:
        return JSONResponse({"error": "no such behaviour", "behaviours": sorted(behaviours.PAYMENT_NAMES)}, 400)
    if both is not None:
        code = await medical.confirm(ali, both, trick)
        return JSONResponse({"result": code, "reason": "INSURANCE_REFUSED" if code == "4000" else ""})
    payer = ali.user_id_of(person_in(data)) if row["user_id"] is None else None
    return JSONResponse(await cashier.confirm(ali, row, trick, payer))


async def _codes(ali: AlipayWorld, request: Request) -> Response:
    """POST `{"person", "kind": "bar_code" or "face", "behaviour"?}`: the code that the phone or the face shows."""
    data = await body_of(request)
    kind, behaviour = data.get("kind", "bar_code"), data.get("behaviour", behaviours.NORMAL)
    if kind not in ("bar_code", "face") or behaviour not in behaviours.PAYMENT_NAMES:
        raise ValueError("kind must be bar_code or face, behaviour one of the payment behaviours")
    code = codes.new_code(ali, person_in(data), kind, behaviour)
    return JSONResponse({"code": code, "kind": kind, "seconds": codes.CODE_SECONDS})


async def _auth_code(ali: AlipayWorld, request: Request) -> Response:
    """POST `{"person", "app": "mini" or "life", "scope"?}`: what `my.getAuthCode` or the sign-in page hands out."""
    data = await body_of(request)
    app_id = ali.keys.life_app_id if data.get("app") == "life" else ali.keys.mini_app_id
    scope = data.get("scope", "auth_base")
    if scope not in sign_in.SCOPES:
        raise ValueError(f"scope must be one of {', '.join(sign_in.SCOPES)}")
    return JSONResponse({"auth_code": sign_in.new_code(ali, app_id, ali.user_id_of(person_in(data)), scope)})


async def _people(ali: AlipayWorld, request: Request) -> Response:
    """GET lists with their ids; PUT `{"person", "following", "consented"}` changes one, without an event."""
    if request.method == "PUT":
        data = await body_of(request)
        for name in {"following", "consented"} & data.keys():
            ali.world.store.execute(
                f"UPDATE ali_person SET {name} = ? WHERE person = ?",  # noqa: S608 - one of two literals
                (bool(data[name]), person_in(data)),
            )
    rows = ali.world.store.all("SELECT * FROM ali_person ORDER BY person")
    return JSONResponse({
        "people": [
            {**dict(row), "life_open_id": ali.open_id_of(ali.keys.life_app_id, row["user_id"]),
             "mini_open_id": ali.open_id_of(ali.keys.mini_app_id, row["user_id"])}
            for row in rows
        ]
    })  # fmt: skip
