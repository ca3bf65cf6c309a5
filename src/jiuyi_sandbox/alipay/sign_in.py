"""Sign-in: the H5 authorize page, the mini program's codes, and the tokens and profile that come of them."""

import secrets
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from jiuyi_sandbox.alipay.alipay_world import AlipayWorld
from jiuyi_sandbox.alipay.gate import Call
from jiuyi_sandbox.alipay.problems import Failure
from jiuyi_sandbox.bridge.sheets import language, render
from jiuyi_sandbox.people import BY_KEY, PEOPLE, by_host

SCOPES = ("auth_base", "auth_user")
CODE_SECONDS = {"auth_base": 180, "auth_user": 86400}
"""How long a code lives. UNCONFIRMED at Alipay: about a day for `auth_user`, minutes for `auth_base`."""

TOKEN_SECONDS = 1296000
_REFRESH_SECONDS = 31536000
_LONGEST_STATE = 100


def _scope(text: str) -> str:
    wanted = text.split(",")
    return "" if set(wanted) - set(SCOPES) else max(wanted)


def _mistake(ali: AlipayWorld, query: dict[str, str]) -> str:
    """What is wrong with an authorize request, in Alipay's words, or ''."""
    if query.get("app_id") not in ali.keys.app_ids():
        return "appid 不正确 (INVALID_APPID)"
    if not ali.registered(query.get("redirect_uri", "")):
        return "redirect_uri 与应用的授权回调地址不一致 (INVALID_REDIRECT_URI)"
    if not _scope(query.get("scope", "")):
        return "scope 无效 (INVALID_SCOPE)"
    state = query.get("state", "")
    if len(state) > _LONGEST_STATE or not state.isascii():
        return "state 无效 (INVALID_STATE)"
    return ""


def authorize(ali: AlipayWorld, request: Request) -> Response:
    """GET /oauth2/publicAppAuthorize.htm: redirect with a code, or ask who holds the phone, or ask for consent."""
    query, lang = dict(request.query_params), language(request)
    mistake = _mistake(ali, query)
    if mistake:
        return HTMLResponse(render("oauth_error.html", lang=lang, mistake=mistake, alipay=True), 400)
    chosen = BY_KEY.get(query.get("person", "")) or by_host(urlsplit(query["redirect_uri"]).netloc)

    def again(**more: str) -> str:
        return f"{request.url.path}?{urlencode({**query, **more})}"

    if chosen is None:
        rows = {row["person"]: row for row in ali.world.store.all("SELECT * FROM ali_person")}
        people = [
            {"person": one, "href": again(person=one.key), "following": rows[one.key]["following"]} for one in PEOPLE
        ]
        page = render("choose_person.html", lang=lang, people=people, snapshot="", alipay=True)
        return HTMLResponse(page)
    user_id, scope = ali.user_id_of(chosen.key), _scope(query["scope"])
    row = ali.person(user_id)
    if row is None:
        raise LookupError(chosen.key)
    if scope == "auth_user" and not row["consented"]:
        if query.get("consent") != "yes":
            yes, no = again(person=chosen.key, consent="yes"), ali.world.config.base_url + "/"
            return HTMLResponse(render("consent.html", lang=lang, person=chosen, yes=yes, no=no, alipay=True))
        ali.world.store.execute("UPDATE ali_person SET consented = 1 WHERE user_id = ?", (user_id,))
    answer = {
        "app_id": query["app_id"], "source": "alipay_wallet", "scope": query["scope"],
        "auth_code": new_code(ali, query["app_id"], user_id, scope),
    }  # fmt: skip
    if "state" in query:
        answer["state"] = query["state"]
    before, hash_mark, fragment = query["redirect_uri"].partition("#")
    joint = "&" if urlsplit(before).query else "?"
    return RedirectResponse(f"{before}{joint}{urlencode(answer)}{hash_mark}{fragment}", 302)


def new_code(ali: AlipayWorld, app_id: str, user_id: str, scope: str) -> str:
    """A one-use code for one application."""
    code = secrets.token_hex(14) + "QX" + secrets.token_hex(1)
    ali.world.store.execute(
        "INSERT INTO ali_auth_code (code, app_id, user_id, scope, created_at) VALUES (?, ?, ?, ?, ?)",
        (code, app_id, user_id, scope, ali.now()),
    )
    return code


async def oauth_token(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.system.oauth.token. Its fields stand beside biz_content, and success has no `code`."""
    grant, store = call.params.get("grant_type"), ali.world.store
    if grant == "authorization_code":
        code = call.params.get("code")
        if not code:
            raise Failure("40001", "isv.missing-code", "缺少code参数", gateway=True)
        row = store.one("SELECT * FROM ali_auth_code WHERE code = ?", (code,))
        used = row is not None and store.execute(
            "UPDATE ali_auth_code SET used = 1 WHERE code = ? AND used = 0 AND app_id = ?", (code, call.app_id)
        )
        if row is None or not used or row["created_at"] + CODE_SECONDS[row["scope"]] < ali.now():
            raise Failure("40002", "isv.code-invalid", "授权码code无效", gateway=True)
    elif grant == "refresh_token":
        row = store.one(
            "SELECT * FROM ali_token WHERE refresh_token = ? AND app_id = ?",
            (call.params.get("refresh_token"), call.app_id),
        )
        if row is None or row["created_at"] + _REFRESH_SECONDS < ali.now():
            raise Failure("40002", "isv.refresh-token-invalid", "刷新令牌refresh_token无效", gateway=True)
        store.execute("DELETE FROM ali_token WHERE refresh_token = ?", (row["refresh_token"],))
    else:
        raise Failure("40002", "isv.grant-type-invalid", "grant_type参数不正确", gateway=True)
    access, refresh = f"authbseB{secrets.token_hex(16)}", f"authbseB{secrets.token_hex(16)}"
    store.execute(
        "INSERT INTO ali_token VALUES (?, ?, ?, ?, ?, ?)",
        (access, refresh, call.app_id, row["user_id"], row["scope"], ali.now()),
    )
    return {
        **ali.identity(call.app_id, row["user_id"]),
        "access_token": access,
        "expires_in": TOKEN_SECONDS,
        "refresh_token": refresh,
        "re_expires_in": _REFRESH_SECONDS,
        "auth_start": ali.world.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
        "auth_token_type": "permanent",
    }


async def user_info(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.user.info.share: the profile behind a user's own token of scope `auth_user`."""
    token = call.params.get("auth_token")
    row = ali.world.store.one("SELECT * FROM ali_token WHERE access_token = ? AND app_id = ?", (token, call.app_id))
    if row is None:
        raise Failure("20001", "aop.invalid-auth-token", "无效的访问令牌")
    if row["created_at"] + TOKEN_SECONDS < ali.now():
        raise Failure("20001", "aop.auth-token-time-out", "访问令牌已过期")
    if row["scope"] != "auth_user":
        raise Failure("40006", "isv.insufficient-user-permissions", "用户权限不足")
    person = ali.person(row["user_id"])
    if person is None:
        raise LookupError(row["user_id"])
    known = BY_KEY[person["person"]]
    return {
        "code": "10000", "msg": "Success", **ali.identity(call.app_id, row["user_id"]), "nick_name": known.nickname,
        "avatar": f"{ali.world.config.base_url}/_pages/mark.svg", "province": "广东省", "city": "广州市",
        "gender": "f" if known.sex == "female" else "m",
    }  # fmt: skip
