"""Routes: signing in through WeChat and Alipay, sessions, the account's phone and language."""

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
from jiuyi.domains.accounts.types import (
    AccountView,
    Channel,
    IdentityView,
    NewSession,
    Principal,
    SessionView,
    TokenView,
)
from jiuyi.domains.codes import flows as codes
from jiuyi.domains.codes.ports import SmsSender
from jiuyi.domains.codes.types import CodeView
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db, Tx
from jiuyi.kit.http import PATIENT, PUBLIC, Given, WebAddress, language
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.limits import Shield
from jiuyi.kit.outcomes import NotDone
from jiuyi.kit.pages import Items
from jiuyi.kit.problems import NotFound, OutsideDown, StaleForm

SESSION_COOKIE = "jiuyi_session"
_STATE_COOKIE = "jiuyi_sign_in"
_STATE_SECONDS = 600
_HOME = "/w/"
_LIFE_HOME = "/l/"
_PHONE = "account_phone"


class _Pending(msgspec.Struct):
    state: str
    to: str


def safe_target(to: str, home: str = _HOME) -> str:
    """Where to go after signing in: a page of ours (`/w/…`), anything else becomes the home page (no open redirect)."""
    harmless = to.startswith(home) and not any(mark in to for mark in ("\\", "\r", "\n", "//", "\x00"))
    return to if harmless else home


@get("/w/sign-in", **PUBLIC("this is where signing in begins"), sync_to_thread=False, include_in_schema=False)
def begin(web: WebAddress, wechat_sign_in: Given[SignIn], request: Request[Any, Any, Any], to: str = _HOME) -> Redirect:
    """Send the browser to WeChat; it comes back to `/w/signed-in`."""
    return _sent_away(web, wechat_sign_in, request, to, _HOME)


@get("/l/sign-in", **PUBLIC("this is where signing in begins"), sync_to_thread=False, include_in_schema=False)
def begin_in_alipay(
    web: WebAddress, alipay_life_sign_in: Given[SignIn], request: Request[Any, Any, Any], to: str = _LIFE_HOME
) -> Redirect:
    """Send the browser to Alipay; it comes back to `/l/signed-in`."""
    return _sent_away(web, alipay_life_sign_in, request, to, _LIFE_HOME)


def _sent_away(web: WebAddress, way: SignIn, request: Request[Any, Any, Any], to: str, home: str) -> Redirect:
    pending = _Pending(secrets.token_urlsafe(24), safe_target(to, home))
    value = base64.urlsafe_b64encode(msgspec.json.encode(pending)).decode()
    cookie = Cookie(
        key=_STATE_COOKIE,
        value=value,
        path=home,
        max_age=_STATE_SECONDS,
        httponly=True,
        secure=web.secure,
        samesite="lax",
    )
    url = way.authorize_url(f"{web.origin(request)}{home}signed-in", pending.state)
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
    pending = _expected(request, code, returned, _HOME)
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
    return _sent_on(web, opened, pending, _HOME)


@get("/l/signed-in", **PUBLIC("Alipay sends the browser here with a one-use code"), include_in_schema=False)
async def finish_in_alipay(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    web: WebAddress,
    alipay_life_sign_in: Given[SignIn],
    request: Request[Any, Any, Any],
    auth_code: str = "",
    returned: Annotated[str, QueryParameter(name="state")] = "",
) -> Redirect:
    """Redeem the code, open a session, and go on to where the person wanted to be."""
    pending = _expected(request, auth_code, returned, _LIFE_HOME)
    opened = await flows.sign_in(
        db,
        vault,
        knobs,
        alipay_life_sign_in,
        channel=Channel.ALIPAY_LIFE,
        code=auth_code,
        carrier="cookie",
        device=_device(request.headers.get("user-agent", "")),
    )
    return _sent_on(web, opened, pending, _LIFE_HOME)


class CodeIn(msgspec.Struct, forbid_unknown_fields=True):
    """The one-use code that the mini program's container handed out."""

    auth_code: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


@post("/api/sign-in/alipay-mini", **PUBLIC("this is where a mini program signs in"), status_code=200)
async def sign_in_alipay_mini(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    shield: Shield,
    web: WebAddress,
    alipay_mini_sign_in: Given[SignIn],
    request: Request[Any, Any, Any],
    data: CodeIn,
) -> Response[TokenView]:
    """Redeem a code of `my.getAuthCode` for a bearer token."""
    shield.hit("accounts.mini_sign_in", web.client_ip(request), times=60, seconds=60)
    opened = await flows.sign_in(
        db,
        vault,
        knobs,
        alipay_mini_sign_in,
        channel=Channel.ALIPAY_MINI,
        code=data.auth_code,
        carrier="bearer",
        device=_device(request.headers.get("user-agent", "")),
    )
    view = TokenView(opened.token, opened.principal.channel)
    return Response(view, headers={"cache-control": "no-store"})


def _expected(request: Request[Any, Any, Any], code: str, returned: str, home: str) -> _Pending:
    """The sign-in that this browser began. Raises `SignInFailed` when the way back belongs to another one."""
    pending = _pending(request, home)
    if not code or pending is None or not hmac.compare_digest(pending.state.encode(), returned.encode()):
        raise SignInFailed
    return pending


def _sent_on(web: WebAddress, opened: NewSession, pending: _Pending, home: str) -> Redirect:
    cookies = [
        Cookie(key=SESSION_COOKIE, value=opened.token, path="/", httponly=True, secure=web.secure, samesite="lax"),
        Cookie(key=_STATE_COOKIE, value="", path=home, max_age=0, httponly=True, secure=web.secure, samesite="lax"),
    ]
    # A browser carries a fragment through redirects until one names its own: WeChat's "#wechat_redirect" would
    # arrive at the pages' router as an unknown page.
    to = pending.to if "#" in pending.to else f"{pending.to}#/"
    return Redirect(quote(to, safe="/#?&=%:~-._,;@!'()*+[]"), cookies=cookies, headers={"cache-control": "no-store"})


def _pending(request: Request[Any, Any, Any], home: str) -> _Pending | None:
    try:
        raw = base64.urlsafe_b64decode(request.cookies.get(_STATE_COOKIE, ""))
        found = msgspec.json.decode(raw, type=_Pending)
    except (ValueError, msgspec.MsgspecError):
        return None
    return _Pending(found.state, safe_target(found.to, home))


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


@get("/api/account/identities", **PATIENT)
async def list_identities(
    tx: Tx, vault: Vault, principal: Principal, request: Request[Any, Any, Any]
) -> Items[IdentityView]:
    """The account's ways in."""
    return Items(await service.identities(tx, vault, principal, language(request)))


@delete("/api/account/identities/{identity_id:uuid}", **PATIENT, status_code=204)
async def detach_identity(tx: Tx, knobs: Knobs, principal: Principal, identity_id: UUID) -> None:
    """Take a way in out of the account; it goes on with an account of its own."""
    await service.detach(tx, knobs, principal, identity_id)


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
        joined=principal.joined,
        ip=web.client_ip(request),
        language=language(request),
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


ROUTES = [
    begin,
    finish,
    begin_in_alipay,
    finish_in_alipay,
    sign_in_alipay_mini,
    list_sessions,
    end_session,
    list_identities,
    detach_identity,
    send_phone_code,
    set_phone,
    set_language,
    js_config,
]
