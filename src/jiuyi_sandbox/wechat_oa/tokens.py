"""The account's own access tokens (classic and stable) and the ticket of the JS-SDK."""

import hashlib
import secrets
from typing import Any

from jiuyi_sandbox.wechat_oa.account import TOKEN_SECONDS, Account, Failure

_OVERLAP_SECONDS = 300


def _issue(account: Account, kind: str) -> str:
    token = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(66)}"
    account.world.store.execute("INSERT INTO oa_token VALUES (?, ?, ?)", (token, kind, account.now() + TOKEN_SECONDS))
    return token


def classic(account: Account) -> dict[str, Any]:
    """GET /cgi-bin/token: a new token each time; older ones live five minutes more."""
    account.world.store.execute(
        "UPDATE oa_token SET expires_at = min(expires_at, ?) WHERE kind = 'classic'",
        (account.now() + _OVERLAP_SECONDS,),
    )
    return {"access_token": _issue(account, "classic"), "expires_in": TOKEN_SECONDS}


def stable(account: Account, *, force_refresh: bool) -> dict[str, Any]:
    """POST /cgi-bin/stable_token: the same token until it ends, or a new one when forced."""
    store, now = account.world.store, account.now()
    known = store.one(
        "SELECT * FROM oa_token WHERE kind = 'stable' AND expires_at > ? ORDER BY expires_at DESC", (now,)
    )
    if known is not None and not force_refresh:
        return {"access_token": known["token"], "expires_in": int(known["expires_at"] - now)}
    store.execute("DELETE FROM oa_token WHERE kind = 'stable'")
    return {"access_token": _issue(account, "stable"), "expires_in": TOKEN_SECONDS}


def check(account: Account, token: str | None) -> None:
    """Raises Failure 41001, 40001 or 42001; plays the forced 40001, which really ends the token."""
    if not token:
        raise Failure(41001, "access_token missing")
    store = account.world.store
    row = store.one("SELECT * FROM oa_token WHERE token = ?", (token,))
    if row is not None and account.switches.force_40001 > 0:
        account.switches.force_40001 -= 1
        store.execute("DELETE FROM oa_token WHERE token = ?", (token,))
        row = None
    if row is None:
        raise Failure(40001, "invalid credential, access_token is invalid or not latest")
    if row["expires_at"] <= account.now():
        raise Failure(42001, "access_token expired")


def jsapi_ticket(account: Account) -> tuple[str, int]:
    """The ticket of the present two-hour window and the seconds it has left."""
    window, into = divmod(int(account.now()), TOKEN_SECONDS)
    seed = f"{account.app_secret}:{window}".encode()
    return f"kgt{hashlib.sha512(seed).hexdigest()[:83]}", TOKEN_SECONDS - into


def jsapi_signature_holds(account: Account, *, nonce: str, timestamp: str, url: str, signature: str) -> bool:
    """Whether a page's `wx.config` signature is right for the page's URL, with this or the last ticket."""
    window = int(account.now()) // TOKEN_SECONDS
    for number in (window, window - 1):
        ticket = f"kgt{hashlib.sha512(f'{account.app_secret}:{number}'.encode()).hexdigest()[:83]}"
        text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
        if secrets.compare_digest(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), signature.lower()):
            return True
    return False
