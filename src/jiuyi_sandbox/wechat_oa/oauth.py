"""Sign-in by redirect: the authorize page, one-use codes, and the tokens that come of them."""

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.people import BY_KEY, PEOPLE, by_host
from jiuyi_sandbox.store import Row
from jiuyi_sandbox.wechat_oa.account import TOKEN_SECONDS, Account, Failure

CODE_SECONDS = 300
_REFRESH_SECONDS = 30 * 86400
_ORDER = ("appid", "redirect_uri", "response_type", "scope", "state")
_LONGEST_STATE = 128


def registered(account: Account, url: str) -> bool:
    """Whether a URL lies in the account's 网页授权域名: the product's host and the phones' origins."""
    try:
        found, product = urlsplit(url), urlsplit(account.world.config.product_url)
    except ValueError:
        return False
    host = found.hostname or ""
    local = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
    return found.scheme in ("http", "https") and (local or host == product.hostname)


def _mistake(account: Account, query: dict[str, str]) -> str:
    """What is wrong with an authorize request, in WeChat's words, or ''."""
    named = [name for name in query if name in _ORDER]
    if query.get("appid") != account.app_id:
        return "AppID 参数错误 (10013)"
    if not registered(account, query.get("redirect_uri", "")):
        return "redirect_uri 参数错误 (10003)"
    if query.get("response_type") != "code" or named != sorted(named, key=_ORDER.index):
        return "链接参数缺失或顺序错误 (10011)"
    if query.get("scope") not in ("snsapi_base", "snsapi_userinfo"):
        return "Scope 参数错误或没有 Scope 权限 (10005)"
    state = query.get("state", "")
    if len(state) > _LONGEST_STATE or not state.isascii():
        return "state 参数错误 (10006)"
    return ""


def authorize(account: Account, request: Request) -> Response:
    """GET /connect/oauth2/authorize: redirect with a code, or ask who is holding the phone, or ask for consent."""
    query = dict(request.query_params)
    lang = language(request)
    mistake = _mistake(account, query)
    if mistake:
        return HTMLResponse(render("oauth_error.html", lang=lang, mistake=mistake), 400)
    chosen = BY_KEY.get(query.get("person", "")) or by_host(urlsplit(query["redirect_uri"]).netloc)

    def again(**more: str) -> str:
        return f"{request.url.path}?{urlencode({**query, **more})}"

    if chosen is None:
        rows = {row["person"]: row for row in account.world.store.all("SELECT * FROM oa_person")}
        people = [
            {"person": person, "href": again(person=person.key), "following": rows[person.key]["following"]}
            for person in PEOPLE
        ]
        snapshot = again(person=PEOPLE[0].key, snapshot="1")
        return HTMLResponse(render("choose_person.html", lang=lang, people=people, snapshot=snapshot))
    row = account.person(account.openid_of(chosen.key))
    if row is None:
        raise LookupError(chosen.key)
    asks = query["scope"] == "snsapi_userinfo" and (not row["following"] or query.get("forcePopup") == "true")
    if asks and query.get("consent") != "yes":
        page = render(
            "consent.html", lang=lang, person=chosen, yes=again(person=chosen.key, consent="yes"),
            no=account.world.config.base_url + "/",
        )  # fmt: skip
        return HTMLResponse(page)
    code = _new_code(account, row, query["scope"], snapshot=bool(row["snapshot"]) or query.get("snapshot") == "1")
    return RedirectResponse(_with_code(query["redirect_uri"], code, query.get("state", "")), 302)


def _with_code(redirect_uri: str, code: str, state: str) -> str:
    """The way back. Code and state stand before a fragment of the page's own.

    Browsers carry `#wechat_redirect` over a redirect that has no fragment; WeChat does not, hence the closing `#`.
    """
    before, _, fragment = redirect_uri.partition("#")
    joint = "&" if urlsplit(before).query else "?"
    return f"{before}{joint}{urlencode({'code': code, 'state': state})}#{fragment}"


def _new_code(account: Account, row: Row, scope: str, *, snapshot: bool) -> str:
    code = "0" + secrets.token_hex(15) + "1"
    account.world.store.execute(
        "INSERT INTO oa_code (code, openid, scope, snapshot, created_at) VALUES (?, ?, ?, ?, ?)",
        (code, row["openid"], scope, snapshot, account.now()),
    )
    return code


def exchange(account: Account, query: dict[str, str]) -> dict[str, Any]:
    """GET /sns/oauth2/access_token. Raises Failure 40013, 40125, 41008, 40029, 40163, 42003."""
    account.check_app(query.get("appid"), query.get("secret"))
    if query.get("grant_type") != "authorization_code":
        raise Failure(40002, "invalid grant_type")
    code = query.get("code")
    if not code:
        raise Failure(41008, "missing code")
    store = account.world.store
    row = store.one("SELECT * FROM oa_code WHERE code = ?", (code,))
    if row is None:
        raise Failure(40029, "invalid code")
    if not store.execute("UPDATE oa_code SET used = 1 WHERE code = ? AND used = 0", (code,)):
        raise Failure(40163, "code been used")
    if row["created_at"] + CODE_SECONDS < account.now():
        raise Failure(42003, "oauth_code expired")
    tokens = _issue(account, row["openid"], row["scope"], "REFRESH_" + secrets.token_urlsafe(40))
    if row["snapshot"]:
        tokens |= {"is_snapshotuser": 1, "openid": "oS" + secrets.token_hex(13)}
    return tokens


def _issue(account: Account, openid: str, scope: str, refresh_token: str) -> dict[str, Any]:
    access_token = "ACCESS_" + secrets.token_urlsafe(60)
    account.world.store.execute(
        "INSERT INTO oa_user_token VALUES (?, ?, ?, ?, ?)",
        (access_token, refresh_token, openid, scope, account.now()),
    )
    found = {
        "access_token": access_token, "expires_in": TOKEN_SECONDS, "refresh_token": refresh_token,
        "openid": openid, "scope": scope,
    }  # fmt: skip
    person = account.person(openid)
    if person is not None and scope == "snsapi_userinfo":
        found["unionid"] = person["unionid"]
    return found


def refresh(account: Account, query: dict[str, str]) -> dict[str, Any]:
    """GET /sns/oauth2/refresh_token. Raises Failure 40013, 40030, 42002."""
    if query.get("appid") != account.app_id:
        raise Failure(40013, "invalid appid")
    row = account.world.store.one(
        "SELECT * FROM oa_user_token WHERE refresh_token = ? ORDER BY created_at", (query.get("refresh_token"),)
    )
    if row is None:
        raise Failure(40030, "invalid refresh_token")
    if row["created_at"] + _REFRESH_SECONDS < account.now():
        raise Failure(42002, "refresh_token expired")
    return _issue(account, row["openid"], row["scope"], row["refresh_token"])


def _bearer(account: Account, query: dict[str, str]) -> Row:
    row = account.world.store.one("SELECT * FROM oa_user_token WHERE access_token = ?", (query.get("access_token"),))
    if row is None or row["openid"] != query.get("openid"):
        raise Failure(40001, "invalid credential, access_token is invalid or not latest")
    if row["created_at"] + TOKEN_SECONDS < account.now():
        raise Failure(42001, "access_token expired")
    return row


def userinfo(account: Account, query: dict[str, str]) -> dict[str, Any]:
    """GET /sns/userinfo: only under `snsapi_userinfo`. Raises Failure 40001, 42001, 48001."""
    row = _bearer(account, query)
    if row["scope"] != "snsapi_userinfo":
        raise Failure(48001, "api unauthorized")
    person = account.person(row["openid"])
    if person is None:
        raise Failure(40003, "invalid openid")
    return {
        "openid": row["openid"], "nickname": account.nickname(person), "sex": 0, "province": "", "city": "",
        "country": "", "headimgurl": "", "privilege": [], "unionid": person["unionid"],
    }  # fmt: skip


def still_valid(account: Account, query: dict[str, str]) -> dict[str, Any]:
    """GET /sns/auth."""
    _bearer(account, query)
    return {"errcode": 0, "errmsg": "ok"}
