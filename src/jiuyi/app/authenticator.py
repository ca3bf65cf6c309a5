"""Who is behind a request: a browser's session cookie, a mini program's bearer token, a machine at the desk."""

from collections.abc import Iterable

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from jiuyi.domains.accounts import api as accounts_api
from jiuyi.domains.accounts.flows import Sessions
from jiuyi.domains.staff import kiosk_api as staff_kiosk
from jiuyi.domains.staff import service as staff_service
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.db import Db

Headers = Iterable[tuple[bytes, bytes]]
_SESSION = accounts_api.SESSION_COOKIE.encode()
_DESK = "/api/desk/"
_SHIFT = staff_kiosk.DESK_COOKIE.encode()


class Authenticator:
    """Finds who is behind the cookie or bearer token and puts the principal into the request's state."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate one request; an unknown token is the same as none."""
        if scope["type"] == ScopeType.HTTP:
            token = token_of(scope["headers"])
            principal = await self.sessions.principal(token) if token else None
            scope["state"]["principal"] = principal
        await self.app(scope, receive, send)


def token_of(headers: Headers) -> str | None:
    """The session's token that a request carries, or None."""
    return _bearer(headers) or _cookie(headers, _SESSION)


def _bearer(headers: Headers) -> str | None:
    for name, value in headers:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].decode("latin-1").strip()
    return None


def _cookie(headers: Headers, wanted: bytes) -> str | None:
    for name, value in headers:
        if name == b"cookie" and wanted in value:
            for part in value.split(b";"):
                key, _, content = part.strip().partition(b"=")
                if key == wanted:
                    return content.decode("latin-1")
    return None


class DeskAuthenticator:
    """Finds which machine of the hospital asks for a route of the desk: by its key, or by its browser's shift."""

    def __init__(self, app: ASGIApp, db: Db) -> None:
        self.app = app
        self.db = db

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look nothing up for other routes. A key counts before a cookie; neither is remembered: revoked is revoked."""
        if scope["type"] == ScopeType.HTTP and scope["path"].startswith(_DESK):
            scope["state"]["device"] = await self._known(scope)
        await self.app(scope, receive, send)

    async def _known(self, scope: Scope) -> AtDesk | None:
        key, token = _bearer(scope["headers"]), _cookie(scope["headers"], _SHIFT)
        if not key and not token:
            return None
        async with self.db.autocommit() as tx:
            if key:
                return await staff_service.known_by_key(tx, key)
            return await staff_service.known_by_shift(tx, token or "")
