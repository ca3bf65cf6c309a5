"""Routes: signing in through WeChat, sessions, the account's phone and language."""

import base64
import hmac
import secrets
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.datastructures import Cookie
from litestar.params import Parameter, QueryParameter
from litestar.response import Redirect

from jiuyi.domains.accounts import flows, service
from jiuyi.domains.accounts.errors import SignInFailed
from jiuyi.domains.accounts.ports import PageBridge, SignIn
from jiuyi.domains.accounts.types import AccountView, Channel, Principal, SessionView
from jiuyi.domains.codes import flows as codes
from jiuyi.domains.codes.ports import SmsSender
from jiuyi.domains.codes.types import CodeView
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, PUBLIC, Given, WebAddress
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone
from jiuyi.kit.pages import Items
from jiuyi.kit.problems import NotFound, OutsideDown, StaleForm

SESSION_COOKIE = "jiuyi_session"
_STATE_COOKIE = "jiuyi_sign_in"
_STATE_SECONDS = 600
_HOME = "/w/"
_PHONE = "account_phone"


class _Pending(msgspec.Struct):
    state: str
    to: str


def safe_target(to: str) -> str:
    """Where to go after signing in: a page of ours (`/w/…`), anything else becomes the home page (no open redirect)."""
    harmless = to.startswith(_HOME) and not any(mark in to for mark in ("\\", "\r", "\n", "//", "\x00"))
    return to if harmless else _HOME


@get("/w/sign-in", **PUBLIC("this is where signing in begins"), sync_to_thread=False, include_in_schema=False)
def begin(web: WebAddress, wechat_sign_in: Given[SignIn], request: Request[Any, Any, Any], to: str = _HOME) -> Redirect:
    """Send the browser to WeChat; it comes back to `/w/signed-in`."""
    pending = _Pending(secrets.token_urlsafe(24), safe_target(to))
    value = base64.urlsafe_b64encode(msgspec.json.encode(pending)).decode()
    cookie = Cookie(
        key=_STATE_COOKIE,
        value=value,
        path=_HOME,
        max_age=_STATE_SECONDS,
        httponly=True,
        secure=web.secure,
        samesite="lax",
    )
    url = wechat_sign_in.authorize_url(web.origin(request) + "/w/signed-in", pending.state)
    return Redirect(url, cookies=[cookie], headers={"cache-control": "no-store"})


@get("/w/signed-in", **PUBLIC("WeChat sends the browser here with a one-use code"), include_in_schema=False)
async def finish(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    web: WebAddress,
    wechat_sign_in: Given[SignIn],
    request: Request[Any, Any, Any],
    code: str = "",
    returned: Annotated[str, QueryParameter(name="state")] = "",
) -> Redirect:
    """Redeem the code, open a session, and go on to where the person wanted to be."""
    pending = _pending(request)
    if not code or pending is None or not hmac.compare_digest(pending.state.encode(), returned.encode()):
        raise SignInFailed
    opened = await flows.sign_in(
        db,
        vault,
        knobs,
        wechat_sign_in,
        channel=Channel.WECHAT_OA,
        code=code,
        carrier="cookie",
        device=_device(request.headers.get("user-agent", "")),
    )
    cookies = [
        Cookie(key=SESSION_COOKIE, value=opened.token, path="/", httponly=True, secure=web.secure, samesite="lax"),
        Cookie(key=_STATE_COOKIE, value="", path=_HOME, max_age=0, httponly=True, secure=web.secure, samesite="lax"),
    ]
    # A browser carries a fragment through redirects until one names its own: WeChat's "#wechat_redirect" would
    # arrive at the pages' router as an unknown page.
    to = pending.to if "#" in pending.to else f"{pending.to}#/"
    return Redirect(quote(to, safe="/#?&=%:~-._,;@!'()*+[]"), cookies=cookies, headers={"cache-control": "no-store"})


def _pending(request: Request[Any, Any, Any]) -> _Pending | None:
    try:
        raw = base64.urlsafe_b64decode(request.cookies.get(_STATE_COOKIE, ""))
        found = msgspec.json.decode(raw, type=_Pending)
    except (ValueError, msgspec.MsgspecError):
        return None
    return _Pending(found.state, safe_target(found.to))


def _device(agent: str) -> str:
    """A few plain words about the device, never the whole user agent."""
    for mark, word in (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")):
        if mark in agent:
            return word
    return "Mac" if "Macintosh" in agent else "Browser"


@get("/api/sessions", **PATIENT)
async def list_sessions(tx: Tx, knobs: Knobs, principal: Principal) -> Items[SessionView]:
    """The account's signed-in devices."""
    return Items(await service.sessions(tx, knobs, principal))


@delete("/api/sessions/{session_id:str}", **PATIENT, status_code=204)
async def end_session(tx: Tx, principal: Principal, session_id: str) -> None:
    """Sign a device out; `current` is this one."""
    try:
        wanted = principal.session_id if session_id == "current" else UUID(session_id)
    except ValueError as error:
        raise NotFound from error
    await service.revoke_session(tx, wanted, principal)


class PhoneIn(msgspec.Struct, forbid_unknown_fields=True):
    """A mobile number as typed."""

    phone: Annotated[str, msgspec.Meta(min_length=6, max_length=24)]


class ProofIn(msgspec.Struct, forbid_unknown_fields=True):
    """A code as typed."""

    code_id: UUID
    code: Annotated[str, msgspec.Meta(min_length=4, max_length=8)]


class LanguageIn(msgspec.Struct, forbid_unknown_fields=True):
    """The language of messages."""

    language: Literal["zh", "en"]


@post("/api/account/phone/code", **PATIENT, status_code=200)
async def send_phone_code(
    db: Db,
    sms: Given[SmsSender],
    vault: Vault,
    knobs: Knobs,
    principal: Principal,
    data: PhoneIn,
    web: WebAddress,
    request: Request[Any, Any, Any],
) -> CodeView:
    """Send a code to the number that the account wants to use."""
    return await codes.send(
        db,
        sms,
        vault,
        knobs,
        purpose=_PHONE,
        subject=str(principal.account_id),
        phone=data.phone,
        account_id=principal.account_id,
        ip=web.client_ip(request),
    )


@put("/api/account/phone", **PATIENT)
async def set_phone(db: Db, vault: Vault, knobs: Knobs, principal: Principal, data: ProofIn) -> AccountView:
    """Prove the number and store it."""
    number = await codes.prove(
        db,
        vault,
        knobs,
        code_id=data.code_id,
        digits=data.code,
        purpose=_PHONE,
        subject=str(principal.account_id),
        account_id=principal.account_id,
    )
    async with db.tx() as tx:
        await service.set_phone(tx, vault, knobs, principal, number)
        return await service.account_view(tx, vault, principal)


@put("/api/account/language", **PATIENT, status_code=204)
async def set_language(tx: Tx, principal: Principal, data: LanguageIn) -> None:
    """Remember the language in which this account is written to."""
    await service.set_language(tx, principal, data.language)


@get("/api/wechat/js-config", **PATIENT)
async def js_config(
    wechat_page: Given[PageBridge],
    web: WebAddress,
    request: Request[Any, Any, Any],
    url: Annotated[str, Parameter(max_length=2000)],
) -> Response[dict[str, Any]]:
    """Sign a page of ours for WeChat's in-page SDK."""
    if not url.startswith(web.origin(request) + "/"):
        raise StaleForm
    try:
        config = await wechat_page.page_config(url.partition("#")[0])
    except NotDone as error:
        raise OutsideDown from error
    return Response(config, headers={"cache-control": "no-store"})


ROUTES = [begin, finish, list_sessions, end_session, send_phone_code, set_phone, set_language, js_config]
