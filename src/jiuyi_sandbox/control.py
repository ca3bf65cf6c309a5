"""`/_control/*` and `/_journal`: faults, clock, keys, phones, reset. For people at the start page and for tests."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import httpx
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.world import World


def routes(world: World, keys: Callable[[], dict[str, Any]], reset: Callable[[], None]) -> list[BaseRoute]:
    """The control routes shared by all systems."""

    async def read_keys(_request: Request) -> Response:
        return JSONResponse({"base_url": world.config.base_url, **keys()})

    async def read_phones(_request: Request) -> Response:
        return JSONResponse({"phones": [asdict(person) for person in PEOPLE], "product_url": world.config.product_url})

    async def do_reset(_request: Request) -> Response:
        world.clock.move(0)
        reset()
        # What was being told to the product when everything was forgotten must not be news to the one that comes next.
        await world.told()
        world.faults.clear()
        world.journal.clear()
        return JSONResponse({"reset": True})

    async def read_journal(request: Request) -> Response:
        query = request.query_params
        entries = world.journal.since(
            query.get("system") or None, int(query.get("since") or 0), int(query.get("limit") or 200)
        )
        return JSONResponse({"entries": entries, "last": entries[-1]["id"] if entries else None})

    async def read_counters(_request: Request) -> Response:
        return JSONResponse({"counters": dict(sorted(world.journal.counters.items()))})

    return [
        Route("/_control/keys", read_keys),
        Route("/_control/phones", read_phones),
        Route("/_control/reset", do_reset, methods=["POST"]),
        Route("/_control/counters", read_counters),
        Route("/_control/faults", _faults(world), methods=["GET", "PUT", "DELETE"]),
        Route("/_control/clock", _clock(world), methods=["GET", "PUT"]),
        Route("/_journal", read_journal),
    ]


def _faults(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def faults(request: Request) -> Response:
        """GET lists; PUT sets one fault or a list of them; DELETE removes all, or ``?id=``, or ``?system=``."""
        if request.method == "PUT":
            try:
                data = json.loads(await request.body())
                for one in data if isinstance(data, list) else [data]:
                    world.faults.add(one)
            except (ValueError, AttributeError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        elif request.method == "DELETE":
            query = request.query_params
            world.faults.clear(int(query["id"]) if "id" in query else None, query.get("system"))
        return JSONResponse({"faults": world.faults.listed()})

    return faults


def _clock(world: World) -> Callable[[Request], Awaitable[Response]]:
    async def clock(request: Request) -> Response:
        """PUT ``{"offset_seconds": n}`` sets, ``{"add_seconds": n}`` moves on; the product follows if it may."""
        product: str | None = None
        if request.method == "PUT":
            try:
                data = json.loads(await request.body())
                offset = (
                    float(data["offset_seconds"])
                    if "offset_seconds" in data
                    else (world.clock.offset_seconds + float(data["add_seconds"]))
                )
            except (ValueError, KeyError, TypeError) as wrong:
                return JSONResponse({"error": f"offset_seconds or add_seconds is needed: {wrong}"}, 400)
            world.clock.move(offset)
            if not data.get("only_sandbox"):
                product = await _move_product(world, offset)
        return JSONResponse(
            {
                "now": world.clock.now().isoformat(timespec="seconds"),
                "offset_seconds": world.clock.offset_seconds,
                "product": product,
            }
        )

    return clock


async def _move_product(world: World, offset: float) -> str:
    """Move the product's clock too; says what came of it, as the product may be down or in production mode."""
    try:
        answer = await world.http.post(
            f"{world.config.product_url}/_demo/clock",
            json={"offset_seconds": offset},
            headers={"X-Demo-Key": world.keys.get("his.secret")},
        )
    except httpx.HTTPError as wrong:
        return f"not reached: {type(wrong).__name__}"
    return "moved" if answer.is_success else f"refused: {answer.status_code}"
