"""What every HTTP route shares: request ids, languages, guards, and one shape of error.

A route carries exactly one guard: `PATIENT`, `DEVICE(role, …)`, `PUBLIC(reason)` (a meta-test holds it). Principals
are put into the request's state by `app.web`'s authenticators before guards run.
"""

import re
import time
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
import structlog
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, ValidationException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import SkipValidationMarker
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Counter, Histogram

from jiuyi.kit import problems
from jiuyi.kit.ids import new_hex
from jiuyi.kit.log import request_id_now
from jiuyi.kit.problems import FieldFault, InvalidRequest, Kind, NotFound, Problem, SignInRequired, StaleForm

PROBLEM_JSON = "application/problem+json"
_log = structlog.get_logger("jiuyi.http")
REQUESTS = Counter("jiuyi_http_requests_total", "HTTP answers", ["method", "route", "status"])
SECONDS = Histogram("jiuyi_http_seconds", "Time to answer", ["route"], buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10))
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


_T = TypeVar("_T")
Given = Annotated[_T, SkipValidationMarker()]
"""A handler's parameter behind a Protocol, `his: Given[PatientFiles]`: msgspec cannot check those."""


class Principal(Protocol):
    """Who is asking, for guards. `csrf`: None for bearer tokens (no browser sends them by itself)."""

    @property
    def csrf(self) -> str | None: ...


class DevicePrincipal(Protocol):
    """Which machine of the hospital is asking, for guards. `csrf` as in `Principal`; `role` is one word."""

    @property
    def csrf(self) -> str | None: ...

    @property
    def role(self) -> str: ...


class ProblemBody(msgspec.Struct, omit_defaults=False):
    """The one shape of every error (RFC 9457)."""

    status: int
    code: str
    title: str
    detail: str
    request_id: str
    params: dict[str, Any]
    fields: list[dict[str, str]] = []


def request_id() -> str:
    """The id of the request being answered (32 hex digits), or an empty string outside one."""
    return request_id_now.get()


def language(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """`en` or `zh`, from Accept-Language (zh unless English is named first)."""
    return language_of(connection.headers.get("accept-language", ""))


def language_of(accepted: str) -> str:
    """`en` or `zh`, from the value of Accept-Language."""
    return "en" if accepted.strip().lower().startswith("en") else "zh"


def principal_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal | None:
    """The signed-in principal, if any."""
    found: Principal | None = connection.scope["state"].get("principal")
    return found


def admit(principal: Principal | None, method: str, csrf: str) -> None:
    """Whether a signed-in route may go on. Raises `SignInRequired` or `StaleForm` (`csrf`: the header's value)."""
    if principal is None:
        raise SignInRequired
    if method not in _SAFE and principal.csrf is not None and csrf != principal.csrf:
        raise StaleForm


async def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: a patient account is signed in, and a changing request made by a browser carries its CSRF value."""
    admit(principal_of(connection), str(connection.scope.get("method")), connection.headers.get("x-csrf-token", ""))


async def public(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard: anybody. It does nothing; it stands on a route so that nobody has to wonder."""


PATIENT: dict[str, Any] = {"guards": [signed_in]}


class DeviceKeyNeeded(Problem):
    """No device key, one that was revoked, or a shift that has ended."""

    code = "device_key_needed"
    kind = Kind.UNAUTHENTICATED
    zh = "请重新登录窗口"
    en = "Please sign in at this desk again"
    zh_detail = "设备密钥无效或本班已结束，没有扣费。请重新登录；仍不成功请联系信息科。"
    en_detail = (
        "The device key is not valid or the shift has ended; nobody was charged. Sign in again, or call the "
        "information department."
    )


async def known_device(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: a machine of the hospital in one of the route's roles; a browser's changing request has its CSRF value."""
    device = device_of(connection)
    if device is None:
        raise DeviceKeyNeeded
    if device.role not in handler.opt["device_roles"]:
        raise problems.Forbidden
    if str(connection.scope.get("method")) not in _SAFE and device.csrf is not None:
        given = connection.headers.get("x-csrf-token", "")
        if given != device.csrf:
            raise StaleForm


def device_of(connection: ASGIConnection[Any, Any, Any, Any]) -> DevicePrincipal | None:
    """The machine that is asking, if any."""
    found: DevicePrincipal | None = connection.scope["state"].get("device")
    return found


def DEVICE(*roles: str) -> dict[str, Any]:  # noqa: N802 - reads like the constant beside it
    """Route options for a route of the hospital's own machines, with the roles that may call it."""
    return {"guards": [known_device], "opt": {"device_roles": frozenset(roles)}}


def PUBLIC(reason: str) -> dict[str, Any]:  # noqa: N802 - reads like the constant beside it
    """Route options for a route that needs no sign-in, with the reason why."""
    return {"guards": [public], "opt": {"public": reason}}


class Envelope:
    """Outermost middleware: request id, log line, metrics, and headers that every answer carries."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        made = new_hex()
        token = request_id_now.set(made)
        started = time.perf_counter()
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                extra = [pair for pair in self.headers if pair[0] not in present]
                message["headers"] = [*message["headers"], *extra, (b"x-request-id", made.encode())]
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            self._count(scope, status, time.perf_counter() - started)
            request_id_now.reset(token)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = str(scope.get("path_template") or "other"), str(scope.get("method"))
        counted = self._counted.get((method, route, status))
        if counted is None:
            # Looking a child up by its labels costs as much as the rest of the envelope.
            counted = (REQUESTS.labels(method, route, str(status)), SECONDS.labels(route))
            self._counted[method, route, status] = counted
        counted[0].inc()
        counted[1].observe(seconds)


class Ready:
    """An answer whose bytes are made already: the hot path spares the framework's own serialising and copying."""

    def __init__(
        self,
        status: int,
        body: bytes,
        media_type: bytes = b"application/json",
        more: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        self._status = status
        self._body = body
        self._headers = [
            (b"content-type", media_type),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *more,
        ]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})


def ready_problem(problem: Problem, spoken: str, route: str) -> Ready:
    """A `Problem` as an answer of the hot path."""
    body, headers = problem_body(problem, spoken, route)
    more = tuple((name.encode(), value.encode()) for name, value in headers.items() if name != "cache-control")
    return Ready(problem.kind.value, body, PROBLEM_JSON.encode(), more)


def answer_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """A `Problem` as `application/problem+json`, in the language that was asked for."""
    body, headers = problem_body(problem, language(request), str(request.scope.get("path_template", "")))
    return Response(body, status_code=problem.kind.value, media_type=PROBLEM_JSON, headers=headers)


def problem_body(problem: Problem, spoken: str, route: str) -> tuple[bytes, dict[str, str]]:
    """The bytes of a `Problem` and the headers that go with it; logs it, unless a rush answers it."""
    if problem.logged:
        _log.info("refused", code=problem.code, status=problem.kind.value, route=route)
    faults: list[FieldFault] = problem.faults if isinstance(problem, InvalidRequest) else []
    body = ProblemBody(
        status=problem.kind.value,
        code=problem.code,
        title=problem.title(spoken),
        detail=problem.detail(spoken),
        request_id=request_id(),
        params={key: value for key, value in problem.params.items() if isinstance(value, str | int | float | bool)},
        fields=[{"field": fault.field, "message": fault.message(spoken)} for fault in faults],
    )
    headers = {"cache-control": "no-store"}
    if problem.kind is Kind.TOO_MANY:
        headers["retry-after"] = str(problem.params.get("retry_after", 10))
    return msgspec.json.encode(body), headers


def _answer_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    faults = []
    for item in error.extra if isinstance(error.extra, list) else []:
        field = str(item.get("key", "")) if isinstance(item, dict) else ""
        faults.append(FieldFault(field, "内容缺失或格式不对", "Missing, or not in the right form"))
    return answer_problem(request, InvalidRequest(faults))


_BY_STATUS: dict[int, type[Problem]] = {
    401: SignInRequired,
    403: problems.Forbidden,
    404: NotFound,
    405: NotFound,
}


class BodyTooLarge(Problem):
    """The request's body is larger than the route takes."""

    code = "too_large"
    kind = Kind.TOO_LARGE
    zh = "文件或内容太大"
    en = "The file or content is too large"
    zh_detail = "没有提交成功。单个文件请不要超过 5 MB。"
    en_detail = "Nothing was submitted. A file may be at most 5 MB."


def _answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code == Kind.TOO_LARGE.value:
        return answer_problem(request, BodyTooLarge())
    if error.status_code in _BY_STATUS:
        return answer_problem(request, _BY_STATUS[error.status_code]())
    if error.status_code < Kind.BROKEN.value:
        return answer_problem(request, InvalidRequest())
    return _answer_unexpected(request, error)


def _answer_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("unexpected", exc_info=error, route=str(request.scope.get("path_template", "")))
    return answer_problem(request, Problem())


def _answer_too_deep(request: Request[Any, Any, Any], error: RecursionError) -> Response[bytes]:
    """A body of ten thousand brackets is the sender's fault; any other recursion is ours."""
    return (
        answer_problem(request, InvalidRequest())
        if "deserializing" in str(error)
        else _answer_unexpected(request, error)
    )


def _answer_undecodable(request: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[bytes]:
    """A form's text field of bytes that are no text (a file without its name)."""
    _log.warning("undecodable", exc_info=error, route=str(request.scope.get("path_template", "")))
    return answer_problem(request, InvalidRequest())


EXCEPTION_HANDLERS: dict[Any, Any] = {
    UnicodeDecodeError: _answer_undecodable,
    RecursionError: _answer_too_deep,
    Problem: answer_problem,
    ValidationException: _answer_validation,
    HTTPException: _answer_http,
    Exception: _answer_unexpected,
}


def client_ip(connection: ASGIConnection[Any, Any, Any, Any], trusted_proxies: int) -> str:
    """The caller's address: the entry of X-Forwarded-For that our own outermost proxy wrote.

    `trusted_proxies` is how many proxies of ours stand in front (0 = none: the header is not read). A proxy adds its
    entry to the last line of that name or in a line of its own (HAProxy): what a caller sent stands before it.
    """
    direct = connection.client.host if connection.client else ""
    if trusted_proxies <= 0:
        return direct
    lines = connection.headers.getall("x-forwarded-for", [])
    hops = [hop.strip() for hop in ",".join(lines).split(",") if hop.strip()]
    return hops[-trusted_proxies] if len(hops) >= trusted_proxies else direct


class WebAddress:
    """Where this program is reached: which hosts it answers to, and how it is seen from outside.

    `hosts` may hold exact names (with port where not the default) and `*.suffix`; `*` (demo only) is any.
    """

    def __init__(self, public_url: str, hosts: tuple[str, ...], trusted_proxies: int) -> None:
        self.public_url = public_url.rstrip("/")
        self.secure = public_url.startswith("https://")
        self._hosts = hosts
        self._trusted_proxies = trusted_proxies

    def origin(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """`scheme://host[:port]` of this request. Raises `NotFound` for a host that is not ours (no host injection)."""
        host = connection.headers.get("host", "").lower()
        name = host.partition(":")[0]
        known = any(
            pattern in {"*", host, name} or (pattern.startswith("*.") and name.endswith(pattern[1:]))
            for pattern in self._hosts
        )
        if not known or not _HOST.fullmatch(host):
            raise NotFound
        return ("https://" if self.secure else "http://") + host

    def client_ip(self, connection: ASGIConnection[Any, Any, Any, Any]) -> str:
        """The caller's address as seen by our own outermost proxy."""
        return client_ip(connection, self._trusted_proxies)


_HOST = re.compile(r"[a-z0-9.-]{1,253}(:\d{1,5})?")
