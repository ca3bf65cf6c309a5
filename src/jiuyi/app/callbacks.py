"""What outside systems send us: verify (the adapter's reader) → store (inbox, unique) → acknowledge → work (a job)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from litestar import Request, Response, route
from litestar.params import Parameter
from prometheus_client import Counter

from jiuyi.kit import inbox
from jiuyi.kit.db import Db
from jiuyi.kit.http import PUBLIC
from jiuyi.kit.inbox import Notice, Routes
from jiuyi.kit.problems import NotFound
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected

Reader = Callable[[Inbound], Awaitable[tuple[list[Notice], Acknowledgement]]]
"""Verifies one request and names what it says. Raises `Rejected` for what cannot be trusted or understood."""

FORGED = Counter("jiuyi_callbacks_rejected_total", "Callbacks that did not verify", ["system"])
NOTICES = Counter("jiuyi_callbacks_total", "Notices stored", ["system", "kind", "fresh"])
_log = structlog.get_logger("jiuyi.callbacks")


def callback_route(db: Db, routes: Routes, readers: Mapping[str, Reader]) -> Any:
    """`/callbacks/<system>` for every system that has a reader."""

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
        inbound = Inbound(
            method=request.method,
            path=request.scope["path"],
            query={key: value for key, value in request.query_params.items() if isinstance(value, str)},
            headers={key.lower(): value for key, value in request.headers.items()},
            body=await request.body(),
        )
        return await _take(db, routes, system, reader, inbound)

    return callback


async def _take(db: Db, routes: Routes, system: str, reader: Reader, inbound: Inbound) -> Response[bytes]:
    try:
        notices, acknowledgement = await reader(inbound)
    except Rejected as rejected:
        FORGED.labels(system).inc()
        _log.warning("a callback was rejected", system=system, reason=rejected.reason)
        answer = rejected.answer
        return Response(answer.body, status_code=answer.status, media_type=answer.content_type)
    for notice in notices:
        fresh = await inbox.receive(db, routes, notice)
        NOTICES.labels(system, notice.kind, str(fresh).lower()).inc()
    return Response(acknowledgement.body, status_code=acknowledgement.status, media_type=acknowledgement.content_type)
