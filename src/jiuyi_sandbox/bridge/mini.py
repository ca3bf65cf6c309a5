"""The Alipay mini program in a browser: the built program under `/mini/`, and its requests passed on to the product.

`python web/frontends.py build mp-alipay` makes the folder (see web/mpsim). On a real phone a mini program's requests
carry no cookies and no origin; here they neither do.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from jiuyi_sandbox.world import World

_PASS_SECONDS = 30.0
_KEPT_AT_HOME = frozenset({"host", "connection", "content-length", "accept-encoding", "cookie", "origin", "referer"})
_NOT_BACK = frozenset({"connection", "content-length", "content-encoding", "transfer-encoding", "set-cookie"})


def built_folder() -> Path | None:
    """The mini program as the browser runs it, in the checkout's build; None while it is not built."""
    found = Path(__file__).resolve().parents[3] / "web" / "patient" / "dist" / "build" / "mp-alipay-browser"
    return found if (found / "index.html").exists() else None


def routes(world: World) -> list[BaseRoute]:
    """`/mini/…`: whether it is there, its files, and the product behind it."""

    async def known(_request: Request) -> Response:
        return JSONResponse({"built": built_folder() is not None})

    async def file(request: Request) -> Response:
        folder = built_folder()
        if folder is None:
            return Response("the mini program is not built: make web", 404)
        wanted = (folder / (str(request.path_params["name"]) or "index.html")).resolve()
        if not wanted.is_relative_to(folder) or not wanted.is_file():
            return Response("not found", 404)
        kind = mimetypes.guess_type(wanted.name)[0] or "application/octet-stream"
        return Response(wanted.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})

    async def product(request: Request) -> Response:
        query = request.url.query
        url = f"{world.config.product_url}/api/{request.path_params['rest']}" + (f"?{query}" if query else "")
        headers = {name: value for name, value in request.headers.items() if name not in _KEPT_AT_HOME}
        try:
            answer = await world.http.request(
                request.method, url, content=await request.body(), timeout=_PASS_SECONDS,
                headers={**headers, "accept-encoding": "identity"},
            )  # fmt: skip
        except httpx.HTTPError as wrong:
            return Response(type(wrong).__name__, 502)
        back = {name: value for name, value in answer.headers.items() if name not in _NOT_BACK}
        return Response(answer.content, answer.status_code, headers=back)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [
        Route("/_control/alipay/mini", known),
        Route("/mini/product/api/{rest:path}", product, methods=methods),
        Route("/mini/{name:path}", file),
    ]
