"""The door of WeChat Pay: requests are verified before they are read, answers are signed before they leave."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jiuyi_sandbox.wechat_pay import signing
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld
from jiuyi_sandbox.wechat_pay.problems import Problem, not_signed, wrong_parameter

_NONCE_KEPT_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Call:
    """A verified request."""

    body: Any
    query: dict[str, str]
    path: dict[str, str]
    base_url: str
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that WeChat does not sign: the bytes of a bill."""

    content: bytes


Answer = tuple[int, Any] | Download
Handler = Callable[[PayWorld, Call], Awaitable[Answer]]


def raw_target(request: Request, mount: str) -> str:
    """Path after the mount and the raw query, exactly as sent: what the merchant signed."""
    path = request.scope.get("raw_path") or request.scope["path"].encode()
    target = path.split(b"?", 1)[0].decode("latin-1").removeprefix(mount)
    query = request.scope["query_string"].decode("latin-1")
    return f"{target}?{query}" if query else target


def authenticate(pay: PayWorld, request: Request, body: bytes) -> None:
    """Check scheme, merchant, serial, clock, nonce and signature. Raises Problem 401 SIGN_ERROR."""
    header = request.headers.get("authorization", "")
    try:
        sent = signing.read_authorization(header)
    except signing.Unsigned as wrong:
        raise not_signed(str(wrong)) from wrong
    if sent.mchid != pay.keys.mch_id:
        raise not_signed("mchid unknown")
    if sent.serial_no.upper() != pay.keys.merchant_serial:
        raise not_signed("serial_no is not the merchant certificate's")
    if not pay.world.clock.near(sent.timestamp, signing.MAX_SKEW_SECONDS):
        raise not_signed("timestamp is more than 5 minutes away")
    text = signing.request_text(
        request.method, raw_target(request, pay.base_path), sent.timestamp, sent.nonce_str, body
    )
    if not signing.verify(pay.keys.merchant_key.public_key(), sent.signature, text):
        raise not_signed("signature does not match the five lines")
    now = pay.now()
    store = pay.world.store
    store.execute("DELETE FROM pay_nonce WHERE seen_at < ?", (now - _NONCE_KEPT_SECONDS,))
    fresh = store.execute(
        "INSERT INTO pay_nonce VALUES (?, ?) ON CONFLICT DO NOTHING", (f"{sent.mchid}:{sent.nonce_str}", now)
    )
    if not fresh:
        raise not_signed("nonce_str was used before")


def _parsed(body: bytes) -> Any:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError as wrong:
        raise wrong_parameter("body", "请求体不是合法的 JSON") from wrong
    if not isinstance(found, dict):
        raise wrong_parameter("body", "请求体应为 JSON 对象")
    return found


def endpoint(pay: PayWorld, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler: verify, run, sign."""

    async def answer(request: Request) -> Response:
        body = await request.body()
        status: int
        content: Any
        try:
            authenticate(pay, request, body)
            call = Call(
                _parsed(body),
                dict(request.query_params),
                request.path_params,
                pay.world.config.base_url,
                request.headers.get("wechatpay-serial", ""),
            )
            outcome = await handler(pay, call)
        except Problem as problem:
            status, content = problem.status, problem.body()
            request.scope.get("journal", {})["code"] = problem.code
        else:
            if isinstance(outcome, Download):
                return Response(outcome.content, media_type="application/octet-stream")
            status, content = outcome
        return signed_response(pay, request.headers.get("wechatpay-serial", ""), status, content)

    return answer


def signed_response(pay: PayWorld, asked_serial: str, status: int, content: Any) -> Response:
    """JSON (or an empty body for 204) with the five signature headers and a trace id."""
    payload = b"" if content is None else signing.compact(content)
    headers = pay.signer(asked_serial).headers(payload, timestamp=int(pay.now()))
    headers["Request-ID"] = f"08{secrets.token_hex(16).upper()}"
    return Response(payload, status, headers=headers, media_type=None if content is None else "application/json")
