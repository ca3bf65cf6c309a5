"""What outside systems send us: verify (the adapter's reader) → store (inbox, unique) → acknowledge → work (a job)."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import structlog
from litestar import Request, Response, route
from litestar.connection import ASGIConnection
from litestar.params import Parameter
from prometheus_client import Counter

from jiuyi.kit import inbox
from jiuyi.kit.db import Db
from jiuyi.kit.http import PUBLIC
from jiuyi.kit.inbox import Notice, Routes
from jiuyi.kit.limits import Shield
from jiuyi.kit.problems import NotFound, TooMany
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected

Connection = ASGIConnection[Any, Any, Any, Any]
Reader = Callable[[Inbound], Awaitable[tuple[list[Notice], Acknowledgement]]]
"""Verifies one request and names what it says. Raises `Rejected` for what cannot be trusted or understood."""

FORGED = Counter("jiuyi_callbacks_rejected_total", "Callbacks that did not verify", ["system"])
NOTICES = Counter("jiuyi_callbacks_total", "Notices stored", ["system", "kind", "fresh"])
_log = structlog.get_logger("jiuyi.callbacks")


MOST_FORGED = 60
"""Rejected callbacks of one system from one address in a minute, before that address is not listened to."""


def callback_route(
    db: Db, routes: Routes, readers: Mapping[str, Reader], shield: Shield, address: Callable[[Connection], str]
) -> Any:
    """`/callbacks/<system>` for every system that has a reader.

    Only what does not verify is counted, by address: however many notices a platform sends, it is never refused. Who
    sends forgeries is answered 429 before anything is verified, until fewer than `MOST_FORGED` are a minute old; a
    platform that shares that address sends its notices again, and what they say is asked for as well.
    """

    @route(
        "/callbacks/{system:str}",
        http_method=["GET", "POST"],
        include_in_schema=False,
        status_code=200,
        **PUBLIC("outside systems sign their messages; the reader verifies them"),
    )
    async def callback(request: Request[Any, Any, Any], system: str = Parameter(max_length=40)) -> Response[bytes]:
        """Take what a system sends."""
        reader = readers.get(system)
        if reader is None:
            raise NotFound
        counted = f"{system} {address(request)}"
        shield.look("callbacks.forged", counted, times=MOST_FORGED, seconds=60)
        inbound = Inbound(
            method=request.method,
            path=request.scope["path"],
            query={key: value for key, value in request.query_params.items() if isinstance(value, str)},
            headers={key.lower(): value for key, value in request.headers.items()},
            body=await request.body(),
        )
        try:
            notices, acknowledgement = await reader(inbound)
        except Rejected as rejected:
            with suppress(TooMany):  # this one is still answered in its own words
                shield.hit("callbacks.forged", counted, times=MOST_FORGED, seconds=60)
            return _rejected(system, rejected)
        await _store(db, routes, notices)
        return Response(
            acknowledgement.body, status_code=acknowledgement.status, media_type=acknowledgement.content_type
        )

    return callback


def _rejected(system: str, rejected: Rejected) -> Response[bytes]:
    FORGED.labels(system).inc()
    _log.warning("a callback was rejected", system=system, reason=rejected.reason)
    answer = rejected.answer
    return Response(answer.body, status_code=answer.status, media_type=answer.content_type)


async def _store(db: Db, routes: Routes, notices: list[Notice]) -> None:
    for notice in notices:
        fresh = await inbox.receive(db, routes, notice)
        NOTICES.labels(notice.system, notice.kind, str(fresh).lower()).inc()
