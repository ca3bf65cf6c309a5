"""The web process: routes of every domain, callbacks of every outside system, the patient pages, health and metrics."""

import asyncio
import gc
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
import psycopg
import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.config.response_cache import ResponseCacheConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from jiuyi import __version__
from jiuyi.app import job_gauges
from jiuyi.app import settings as app_settings
from jiuyi.app.authenticator import Authenticator, DeskAuthenticator
from jiuyi.app.callbacks import callback_route
from jiuyi.app.hot_door import HotDoor
from jiuyi.app.pages import console_pages, patient_pages
from jiuyi.app.wiring import CLOCK_CHANNEL, Parts, build
from jiuyi.domains.accounts import api as accounts_api
from jiuyi.domains.accounts.types import Principal
from jiuyi.domains.booking import api as booking_api
from jiuyi.domains.booking import kiosk_api as booking_kiosk
from jiuyi.domains.catalog import api as catalog_api
from jiuyi.domains.home import api as home_api
from jiuyi.domains.inpatient import api as inpatient_api
from jiuyi.domains.inpatient import kiosk_api as inpatient_kiosk
from jiuyi.domains.insurance import api as insurance_api
from jiuyi.domains.insurance import kiosk_api as insurance_kiosk
from jiuyi.domains.notifications import api as notifications_api
from jiuyi.domains.outpatient import api as outpatient_api
from jiuyi.domains.outpatient import kiosk_api as outpatient_kiosk
from jiuyi.domains.patients import api as patients_api
from jiuyi.domains.patients import kiosk_api as patients_kiosk
from jiuyi.domains.payments import api as payments_api
from jiuyi.domains.payments import kiosk_api as payments_kiosk
from jiuyi.domains.staff import kiosk_api as staff_kiosk
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit import log, tasks
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import EXCEPTION_HANDLERS, PUBLIC, DeviceKeyNeeded, Envelope, device_of, principal_of
from jiuyi.kit.problems import Forbidden, SignInRequired

_log = structlog.get_logger("jiuyi.web")
MOST_BODY = 6 * 1024 * 1024
DOMAIN_ROUTES: list[Any] = [
    *accounts_api.ROUTES,
    *notifications_api.ROUTES,
    *patients_api.ROUTES,
    *catalog_api.ROUTES,
    *booking_api.ROUTES,
    *payments_api.ROUTES,
    *outpatient_api.ROUTES,
    *insurance_api.ROUTES,
    *inpatient_api.ROUTES,
    *home_api.ROUTES,
    *staff_kiosk.ROUTES,
    *patients_kiosk.ROUTES,
    *payments_kiosk.ROUTES,
    *outpatient_kiosk.ROUTES,
    *insurance_kiosk.ROUTES,
    *inpatient_kiosk.ROUTES,
    *booking_kiosk.ROUTES,
]


async def provide_tx(db: Db) -> AsyncGenerator[Tx, None]:
    """One transaction per request: it commits after the handler returned and before the answer is sent."""
    async with db.tx() as tx:
        yield tx


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """The signed-in account. The route's guard has run before."""
    principal = principal_of(request)
    if not isinstance(principal, Principal):
        raise SignInRequired
    return principal


def provide_at_desk(request: Request[Any, Any, Any]) -> AtDesk:
    """The machine that is asking. The route's guard has run before."""
    found = device_of(request)
    if not isinstance(found, AtDesk):
        raise DeviceKeyNeeded
    return found


@get("/healthz", **PUBLIC("the process is alive; says nothing else"), sync_to_thread=False, include_in_schema=False)
def healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "ok", "version": __version__}


@get("/readyz", **PUBLIC("a load balancer asks"), include_in_schema=False)
async def readyz(db: Db) -> Response[dict[str, str]]:
    """Whether this process can do work: the database answers and its schema is there."""
    try:
        async with asyncio.timeout(2), db.autocommit() as tx:
            await tx.value("SELECT app_now()")
    except (psycopg.Error, TimeoutError) as error:
        _log.warning("not ready", reason=type(error).__name__)
        return Response({"status": "database"}, status_code=503)
    return Response({"status": "ok"})


@get("/metrics", **PUBLIC("scraped inside the hospital's network; the proxy keeps it there"), include_in_schema=False)
async def metrics(db: Db) -> Response[bytes]:
    """Prometheus metrics of this process, and what every process reads alike in the database."""
    await job_gauges.read(db)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class ClockIn(msgspec.Struct):
    """How far to move the clock from real time, in seconds."""

    offset_seconds: float


@post("/_demo/clock", **PUBLIC("exists in demo and test only, behind a key"), status_code=204, include_in_schema=False)
async def demo_clock(tx: Tx, state: State, request: Request[Any, Any, Any], data: ClockIn) -> None:
    """Move the clock of the whole program (demo and test only)."""
    parts = cast("Parts", state["parts"])
    if request.headers.get("x-demo-key") != parts.settings.his.secret:
        raise Forbidden
    await tx.run("UPDATE kit.clock SET offset_seconds = %s", (data.offset_seconds,))
    await tx.notify(CLOCK_CHANNEL)
    # This process at once: a notice of the same moment must not be refused here for its time.
    parts.clock.offset = timedelta(seconds=data.offset_seconds)


def create_app() -> ASGIApp:
    """The ASGI application of a web process, with settings from the environment (granian's factory)."""
    settings = app_settings.load(os.environ)
    log.set_up(settings.log_level, pretty=settings.log_pretty)
    parts = build(settings, pool=settings.database.web_pool)
    return wrap(litestar_app(parts), parts)


def wrap(app: Litestar, parts: Parts) -> ASGIApp:
    """The app inside its envelope, which is outermost so that unknown paths get request ids and headers too."""
    door = HotDoor(cast("ASGIApp", app), parts.sessions, parts.ports["desk"])
    return Envelope(cast("ASGIApp", door), _headers(parts))


def litestar_app(held: Parts) -> Litestar:
    """The routes of one web process."""
    handlers: list[Any] = [
        healthz,
        readyz,
        metrics,
        *DOMAIN_ROUTES,
        callback_route(held.db, held.routes, held.readers, held.shield, held.web.client_ip),
        *patient_pages(_built(held.settings.web.h5_dir, "h5", "patient")),
        *console_pages(_built(held.settings.web.console_dir, "console", "admin")),
    ]
    if held.settings.mode in {"demo", "test"}:
        handlers.append(demo_clock)
    return Litestar(
        route_handlers=handlers,
        dependencies=_dependencies(held),
        exception_handlers=EXCEPTION_HANDLERS,
        middleware=[lambda app: Authenticator(app, held.sessions), lambda app: DeskAuthenticator(app, held.db)],
        lifespan=[_lifespan(held)],
        type_decoders=[(_is_part, lambda _kind, value: value)],
        openapi_config=OpenAPIConfig(
            title="Jiuyi", version=__version__, path="/api/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=MOST_BODY,
        response_cache_config=ResponseCacheConfig(default_expiration=None),
        state=State({"parts": held}),
        debug=False,
        logging_config=None,
    )


def _is_part(kind: Any) -> bool:
    """Types that only wiring makes: they are handed to handlers as they are."""
    module = getattr(kind, "__module__", "")
    return getattr(kind, "_is_protocol", False) or (
        module.startswith("jiuyi.") and not issubclass(kind, msgspec.Struct | str) if isinstance(kind, type) else False
    )


def _dependencies(parts: Parts) -> dict[str, Provide]:
    fixed: dict[str, Any] = {
        "db": parts.db,
        "knobs": parts.knobs,
        "vault": parts.vault,
        "keys": parts.keys,
        "clock": parts.clock,
        "web": parts.web,
        "shield": parts.shield,
        "journal": parts.journal,
        "directory": parts.directory,
        **parts.ports,
    }
    provided = {name: Provide(_always(value), sync_to_thread=False) for name, value in fixed.items()}
    # `tx` depends on `db`, so it is resolved after and apart from the others, in the handler's own task: the open
    # transaction is then visible to the guard against calling out (`kit.db.in_transaction`).
    return {
        **provided,
        "tx": Provide(provide_tx),
        "principal": Provide(provide_principal, sync_to_thread=False),
        "at_desk": Provide(provide_at_desk, sync_to_thread=False),
    }


def _always(value: Any) -> Any:
    def give() -> Any:
        return value

    return give


def _lifespan(parts: Parts) -> Any:
    @asynccontextmanager
    async def run(_app: Litestar) -> AsyncGenerator[None, None]:
        await parts.start()
        _calm_collector()
        background = [
            asyncio.create_task(parts.listener.run(), name="listen"),
            asyncio.create_task(parts.journal.run(parts.db), name="journal"),
        ]
        try:
            yield
        finally:
            await tasks.end(background)
            await parts.stop()

    return run


def _calm_collector() -> None:
    """Look for garbage cycles more rarely, and never among what was made at start.

    Requests make next to no cycles, and a full look through some hundred thousand remembered objects stops everybody
    for a tenth of a second: in a rush that is a fifth of the process's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _built(given: str, target: str, project: str) -> Path | None:
    """Where built pages are: settings, else inside the package, else the checkout's build."""
    if given:
        return Path(given)
    here = Path(__file__).resolve()
    for place in (here.parent / target, here.parents[3] / "web" / project / "dist" / "build" / target):
        if (place / "index.html").is_file():
            return place
    return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _headers(parts: Parts) -> dict[str, str]:
    """Security headers of every answer. The sandbox may frame the pages in demo and test; nobody may in production."""
    sandbox = parts.settings.sandbox_url.rstrip("/")
    frames = "'none'"
    scripts = "'self' https://res.wx.qq.com"
    if parts.settings.alipay is not None:
        scripts += f" {_origin(parts.settings.alipay.js_sdk_url)}"
    extra = ""
    if sandbox:
        port = sandbox.rpartition(":")[2]
        origins = f"{sandbox} http://*.localhost:{port} http://127.0.0.1:{port}"
        frames, scripts, extra = origins, f"'self' {origins}", f" {origins}"
    policy = (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"font-src 'self' data:; connect-src 'self'{extra}; frame-src 'self'{extra}; frame-ancestors {frames}; "
        "base-uri 'self'; form-action 'self'; object-src 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "strict-origin-when-cross-origin",
        "permissions-policy": "geolocation=(self), camera=(self), microphone=()",
        "cache-control": "no-store",
    }
    if parts.web.secure:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers
