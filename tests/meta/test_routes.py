"""Rules of the house for every route: exactly one guard, few public changes, no reserved names, one shape of error."""

from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar, Response, get, post
from litestar.constants import RESERVED_KWARGS
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Scope

from jiuyi.app import wiring
from jiuyi.app.web import litestar_app
from jiuyi.domains.staff.types import Role
from jiuyi.kit import http
from jiuyi.kit.http import DEVICE, PATIENT, PROBLEM_JSON, PUBLIC, ProblemBody
from tests.support.product import Product, running, settings_for

GUARDS = {http.signed_in, http.known_device, http.public}
CHANGING_IN_PUBLIC = {"/callbacks/{system:str}", "/_demo/clock", "/api/sign-in/alipay-mini"}
Routes = list[tuple[str, HTTPRouteHandler]]


@pytest.fixture(scope="module")
def routes() -> Routes:
    return list(handlers(litestar_app(wiring.build(settings_for("postgresql://nowhere/none"), pool=1))))


def handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """(path, handler) of every route that somebody wrote."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and not route.path.startswith("/api/schema"):
            for handler in route.route_handlers:
                if handler.http_methods != {"OPTIONS"}:
                    yield route.path, handler


def guard_faults(routes: Iterable[tuple[str, HTTPRouteHandler]]) -> list[str]:
    wrong = []
    for path, handler in routes:
        guards = [guard for guard in (handler.guards or ()) if guard in GUARDS]
        where = f"{path} {handler}"
        if len(guards) != 1:
            wrong.append(f"{where} carries {len(guards)} guards: give it one of PATIENT, DEVICE(role), PUBLIC(reason)")
        if http.public in guards and not handler.opt.get("public"):
            wrong.append(f"{where} gives no reason for being public")
        if http.known_device in guards:
            roles = set(handler.opt["device_roles"])
            if not roles or not roles <= {role.value for role in Role}:
                wrong.append(f"{where} is open to the device roles {sorted(roles)}: name some of {[*Role]}")
            if not path.startswith("/api/desk/"):
                wrong.append(f"{where} is for devices: its place is /api/desk/")
    return wrong


def reserved_names(routes: Iterable[tuple[str, HTTPRouteHandler]]) -> list[str]:
    """Litestar fills these names itself, whatever the type says: a query parameter `scope` would be the ASGI scope."""
    return [
        f"{path}: {name} is a name that Litestar fills by itself; call the parameter something else"
        for path, handler in routes
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if name in RESERVED_KWARGS - {"request", "data", "body"} and parameter.annotation not in {Scope, State}
    ]


def changing_in_public(routes: Iterable[tuple[str, HTTPRouteHandler]]) -> set[str]:
    return {
        path
        for path, handler in routes
        if http.public in (handler.guards or ()) and handler.http_methods - {"GET", "HEAD", "OPTIONS"}
    }


def test_every_route_carries_exactly_one_guard(routes: Routes) -> None:
    assert len(routes) > 100
    wrong = guard_faults(routes)
    assert not wrong, "\n".join(wrong)


def test_no_handler_takes_a_reserved_name_for_its_own(routes: Routes) -> None:
    assert not reserved_names(routes), "\n".join(reserved_names(routes))


def test_changing_public_routes_are_few_and_known(routes: Routes) -> None:
    assert changing_in_public(routes) == CHANGING_IN_PUBLIC, "nobody is asked who they are there: is that meant?"


PUBLIC_WITHOUT_REASON: dict[str, Any] = {"guards": [http.public]}


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("/api/planted", {}, "carries 0 guards"),
        ("/api/planted", {"guards": [http.signed_in, http.public], "opt": {"public": "why"}}, "carries 2 guards"),
        ("/api/planted", PUBLIC_WITHOUT_REASON, "no reason"),
        ("/api/planted", DEVICE("cashier"), "its place is /api/desk/"),
        ("/api/desk/planted", DEVICE(), "device roles"),
        ("/api/desk/planted", DEVICE("emperor"), "device roles"),
    ],
)
def test_a_planted_guard_is_found(path: str, options: dict[str, Any], said: str) -> None:
    @get(path, **options)
    async def planted() -> None: ...

    [wrong] = guard_faults(handlers(Litestar([planted], openapi_config=None)))
    assert said in wrong


def test_planted_names_and_public_changes_are_found() -> None:
    @get("/api/named", **PATIENT)
    async def named(query: dict[str, str]) -> None:
        assert query

    @post("/api/open", **PUBLIC("why"))
    async def opened() -> None: ...

    app = Litestar([named, opened], openapi_config=None)
    assert [line.partition(" is")[0] for line in reserved_names(handlers(app))] == ["/api/named: query"]
    assert changing_in_public(handlers(app)) == {"/api/open"}


def shape_faults(method: str, path: str, answer: httpx.Response) -> list[str]:
    """What of a refusal does not have the one shape."""
    if answer.status_code < httpx.codes.BAD_REQUEST:
        return []
    where = f"{method} {path} answers {answer.status_code}"
    if answer.headers.get("content-type") != PROBLEM_JSON:
        return [f"{where} as {answer.headers.get('content-type')}: raise a Problem, `kit.http` gives it its shape"]
    try:
        body = msgspec.json.decode(answer.content, type=ProblemBody)
    except msgspec.MsgspecError as error:
        return [f"{where} in another shape than ProblemBody: {error}"]
    wrong = [name for name in ("code", "title", "detail", "request_id") if not getattr(body, name)]
    if set(answer.json()) != set(ProblemBody.__struct_fields__) or body.status != answer.status_code:
        wrong.append("fields or status")
    return [f"{where} without {', '.join(wrong)}"] if wrong else []


async def refusals(product: Product) -> list[str]:
    """Ask every route as a stranger, as a patient with nonsense, and with a method that it does not have."""
    stranger, patient = product.visitor(), await product.sign_in()
    wrong, seen = [], 0
    for path, handler in handlers(product.app):
        filled = "/".join("nonsense" if part.startswith("{") else part for part in path.split("/"))
        for method in sorted(handler.http_methods):
            for answer in (
                await stranger.request(method, filled, content=b"{nonsense"),
                await patient.call(method, filled, {"nonsense": ["nonsense"]}),
                await stranger.request("TRACE", filled),
            ):
                seen += answer.status_code >= httpx.codes.BAD_REQUEST
                wrong += shape_faults(method, path, answer)
    assert seen > 100
    return wrong


# Their readers are programs of others: load balancers, scrapers and the systems that send notices.
NOT_FOR_PAGES = ("/healthz", "/readyz", "/metrics", "/callbacks/")


async def test_every_refusal_has_one_shape(dsn: str) -> None:
    async with running(dsn) as product:
        wrong = [line for line in await refusals(product) if not line.split(" ")[1].startswith(NOT_FOR_PAGES)]
    assert not wrong, "\n".join(wrong)


async def test_a_planted_shape_is_found(dsn: str) -> None:
    @get("/api/planted/own", **PUBLIC("planted"))
    async def own() -> Response[dict[str, str]]:
        return Response({"error": "no"}, status_code=400)

    @get("/api/planted/other", **PUBLIC("planted"))
    async def other() -> Response[dict[str, str]]:
        return Response({"error": "no"}, status_code=409, media_type=PROBLEM_JSON)

    async with running(dsn, routes=[own, other]) as product:
        wrong = [line for line in await refusals(product) if "/api/planted" in line]
    assert {line.partition(": ")[0] for line in wrong} == {
        "GET /api/planted/own answers 400 as application/json",
        "GET /api/planted/other answers 409 in another shape than ProblemBody",
    }
