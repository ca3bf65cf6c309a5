"""`/_control/insurance/*`: what a person, the insurer or a test does on the insurance side."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.insurance import authorisations, behaviours, bills, insured, notices, orders, settling
from jiuyi_sandbox.insurance.centre import Centre, place_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

_CHANGEABLE = {"state": str, "paused_on": str, "account_fen": int, "place": str, "insutype": str, "policy": str}


def routes(centre: Centre) -> list[BaseRoute]:
    """Switches, persons, authorisations, orders, notices, the daily file."""
    return [
        Route("/_control/insurance", _switches(centre), methods=["GET", "PUT"]),
        Route("/_control/insurance/people", _people(centre), methods=["GET", "PUT"]),
        Route("/_control/insurance/authorise", _authorise(centre), methods=["POST"]),
        Route("/_control/insurance/orders", _orders(centre)),
        Route("/_control/insurance/orders/{pay_ord_id}/confirm", _confirm(centre), methods=["POST"]),
        Route("/_control/insurance/notices", _notices(centre), methods=["GET", "POST"]),
        Route("/_control/insurance/bill", _bill(centre), methods=["GET", "PUT", "DELETE"]),
    ]


async def read_json(request: Request) -> dict[str, Any]:
    """The body as an object, {} when there is none. Raises ValueError or TypeError."""
    body = await request.body()
    found = json.loads(body) if body else {}
    if not isinstance(found, dict):
        raise TypeError("a JSON object was expected")
    return found


def _wrong(why: object, **more: Any) -> Response:
    return JSONResponse({"error": str(why), **more}, 400)


def _switches(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def switches(request: Request) -> Response:
        """GET reads, PUT changes what it names."""
        if request.method == "PUT":
            try:
                centre.switches.change(await read_json(request))
            except (ValueError, TypeError) as wrong:
                return _wrong(wrong)
        return JSONResponse({**asdict(centre.switches), "callback_url": centre.callback_url})

    return switches


def _people(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def people(request: Request) -> Response:
        """GET lists. PUT `{"psn_no": …, "state": "2", "account_fen": 100, …}` changes one until the next reset."""
        if request.method == "PUT":
            try:
                data = await read_json(request)
                number = data.pop("psn_no")
                changes = {name: _CHANGEABLE[name](value) for name, value in data.items()}
            except (ValueError, TypeError, KeyError) as wrong:
                return _wrong(f"psn_no and any of {', '.join(_CHANGEABLE)} are understood: {wrong}")
            for name, value in changes.items():
                centre.store.execute(
                    f"UPDATE ins_person SET {name} = ? WHERE psn_no = ?",  # noqa: S608 - name from a constant
                    (value, number),
                )
        rows = centre.store.all("SELECT * FROM ins_person ORDER BY patient_id")
        found = [
            {**dict(row), "entitlements": json.loads(row["entitlements"]), "place_name": place_name(row["place"])[0]}
            for row in rows
        ]
        return JSONResponse({"people": found, "places": insured.PLACES})

    return people


def _authorise(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def authorise(request: Request) -> Response:
        """`{"psn_no" or "patient_id": …, "kind": "pay_auth" | "ec_token"}` → a fresh authorisation, nobody asked."""
        try:
            data = await read_json(request)
        except (ValueError, TypeError) as wrong:
            return _wrong(wrong)
        row = centre.store.one(
            "SELECT psn_no FROM ins_person WHERE psn_no = ? OR patient_id = ?",
            (data.get("psn_no"), data.get("patient_id")),
        )
        kind = data.get("kind", authorisations.PAY_AUTH)
        if row is None or kind not in (authorisations.PAY_AUTH, authorisations.EC_TOKEN):
            return _wrong("no such insured person, or kind is neither pay_auth nor ec_token")
        token = authorisations.issue(centre, row["psn_no"], kind=kind, channel="control")
        return JSONResponse({"token": token, "psn_no": row["psn_no"], "kind": kind})

    return authorise


def _orders(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def listed(_request: Request) -> Response:
        """The last orders with their refunds."""
        rows = centre.store.all("SELECT * FROM ins_order ORDER BY created_at DESC LIMIT 100")
        hidden = {"id_no", "user_name", "upload_digest"}
        return JSONResponse({
            "orders": [
                {
                    **{name: row[name] for name in row.keys() if name not in hidden},  # noqa: SIM118 - a sqlite Row
                    "refunds": [
                        dict(one)
                        for one in centre.store.all(
                            "SELECT * FROM ins_refund WHERE pay_ord_id = ?", (row["pay_ord_id"],)
                        )
                    ],
                }
                for row in rows
            ]
        })  # fmt: skip

    return listed


def _confirm(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def confirm(request: Request) -> Response:
        """The person confirms without any channel's cashier; `{"behaviour": …}` overrides the order's."""
        try:
            trick = (await read_json(request)).get("behaviour")
        except (ValueError, TypeError) as wrong:
            return _wrong(wrong)
        if trick is not None and trick not in behaviours.PAYMENT_NAMES:
            return _wrong("no such behaviour", behaviours=sorted(behaviours.PAYMENT_NAMES))
        number = request.path_params["pay_ord_id"]
        outcome = await settling.confirm(centre, number, channel="control", trick=trick)
        row = settling.find(centre, number)
        return JSONResponse({"result": outcome, "order": orders.result(centre, row) if row else None})

    return confirm


def _notices(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def send(request: Request) -> Response:
        """GET lists. POST `{"pay_ord_id": …, "trick": …}` sends 6302 of that order now, and tells the answer."""
        if request.method == "GET":
            rows = centre.store.all("SELECT * FROM ins_notice ORDER BY number DESC LIMIT 100")
            return JSONResponse({"notices": [{**dict(row), "plain": json.loads(row["plain"])} for row in rows]})
        try:
            data = await read_json(request)
        except (ValueError, TypeError) as wrong:
            return _wrong(wrong)
        row = settling.find(centre, str(data.get("pay_ord_id")))
        trick = data.get("trick", "none")
        if row is None or trick not in notices.TRICKS:
            return _wrong("no such order or trick", tricks=sorted(notices.TRICKS))
        status, taken, answer = await notices.post(centre, centre.callback_url, orders.result(centre, row), trick)
        return JSONResponse({"status": status, "taken": taken, "answer": answer})

    return send


def _bill(centre: Centre) -> Callable[[Request], Awaitable[Response]]:
    async def bill(request: Request) -> Response:
        """PUT `{"drop": [medOrgOrd], "wrong_fund": {medOrgOrd: fen}, "extra": [{"med_org_ord", "fund"}]}`."""
        if request.method != "GET":
            try:
                bills.set_lies(centre, await read_json(request) if request.method == "PUT" else {})
            except (ValueError, TypeError) as wrong:
                return _wrong(wrong)
        return JSONResponse(asdict(bills.lies(centre)))

    return bill
