"""The start page: phones on the left, the hospital on the right. Static; everything it does is a `/_control` call."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.pages import held_out

if TYPE_CHECKING:
    from starlette.requests import Request

    from jiuyi_sandbox.world import World

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FILES = ("start.css", "words.js", "start.js", "money.js", "hospital.js", "mark.svg")


def routes(world: World) -> list[BaseRoute]:
    """`/` and `/hospital` are one page: the second leaves out the phones."""

    async def page(_request: Request) -> Response:
        # The page frames the product's phones and the product's pages frame the sandbox's sheets; nothing foreign.
        product = world.config.product_url
        phones = f"http://*.localhost:{world.config.port} {product} http://*.localhost:{urlsplit(product).port or 80}"
        policy = (
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
            f"connect-src 'self' {phones}; frame-src 'self' {world.config.base_url} {phones}; "
            "base-uri 'none'; form-action 'none'"
        )
        return _file("start.html", {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})

    async def part(request: Request) -> Response:
        name = str(request.path_params["name"])
        return _file(name, {}) if name in _FILES else Response("not found", 404)

    return [
        Route("/", page),
        Route("/hospital", page),
        Route("/_pages/{name}", part),
        Route("/codes", held_out.page(world)),
    ]


def _file(name: str, headers: dict[str, str]) -> Response:
    kind = f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8"
    return Response(_read(name), headers={**headers, "Cache-Control": "no-cache"}, media_type=kind)


@cache
def _read(name: str) -> bytes:
    return resources.files("jiuyi_sandbox.pages").joinpath(name).read_bytes()
