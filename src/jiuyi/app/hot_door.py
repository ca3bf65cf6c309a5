"""The hot door: `POST /api/appointments` answered before the framework, in the second when thousands ask at once.

The route also stands in the framework's table, with its guard and its schema; both lead to the same `hold_place`, and
the tests ask both (`/api/appointments/` with a slash goes the framework's way). What the door saves is everything
between: routing, dependency resolution, request and response objects (docs/adr/0005-hot-door.md).
"""

from typing import Any

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from jiuyi.app.authenticator import token_of
from jiuyi.domains.accounts.flows import Sessions
from jiuyi.domains.booking.api import hold_place
from jiuyi.domains.booking.flows.holding import Desk
from jiuyi.kit.http import BodyTooLarge, Ready, admit, language_of, ready_problem
from jiuyi.kit.problems import InvalidRequest, Problem, SignInRequired

PATH = "/api/appointments"
MOST_BODY = 64 * 1024
_log = structlog.get_logger("jiuyi.http")


class HotDoor:
    """Stands before the framework; everything but its one request goes on unchanged."""

    def __init__(self, app: ASGIApp, sessions: Sessions, desk: Desk) -> None:
        self.app = app
        self._sessions = sessions
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a place, or pass the request on."""
        if scope["type"] != ScopeType.HTTP or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        scope["path_template"] = PATH
        headers: dict[bytes, bytes] = dict(scope["headers"])
        spoken = language_of(headers.get(b"accept-language", b"").decode("latin-1"))
        try:
            answer = await self._hold(scope, headers, receive, spoken)
        except Problem as problem:
            answer = ready_problem(problem, spoken, PATH)
        except RecursionError:
            # A body of ten thousand brackets.
            answer = ready_problem(InvalidRequest(), spoken, PATH)
        except Exception as error:  # noqa: BLE001 - the last stop: whoever asks gets an answer
            _log.error("unexpected", exc_info=error, route=PATH)
            answer = ready_problem(Problem(), spoken, PATH)
        await answer(scope, receive, send)

    async def _hold(self, scope: Any, headers: dict[bytes, bytes], receive: Receive, spoken: str) -> Ready:
        token = token_of(scope["headers"])
        principal = await self._sessions.principal(token) if token else None
        admit(principal, "POST", headers.get(b"x-csrf-token", b"").decode("latin-1"))
        if principal is None:
            raise SignInRequired
        key = headers.get(b"idempotency-key", b"").decode("latin-1")
        return await hold_place(self._desk, principal, key, await _body(receive), spoken)


async def _body(receive: Receive) -> bytes:
    """The whole body. Raises `BodyTooLarge`; an asker who went away has sent half of one, which is no valid request."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise InvalidRequest
        body += message["body"]
        if len(body) > MOST_BODY:
            raise BodyTooLarge
        if not message["more_body"]:
            return body
