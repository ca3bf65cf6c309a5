"""Messages and events to the product's server address: queued, sealed, sent, retried, and its replies read."""

import asyncio
import json
import secrets
from typing import Any
from urllib.parse import urlencode

import httpx
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeXml

from jiuyi_sandbox.store import Row
from jiuyi_sandbox.wechat_oa import envelope
from jiuyi_sandbox.wechat_oa.account import Account

MOST_RETRIES = 3


def callback_url(account: Account) -> str:
    """The server address the account is configured with."""
    return f"{account.world.config.product_url}/callbacks/wechat_oa"


def queue(account: Account, openid: str, fields: dict[str, str | int], *, delay: float = 0.0) -> int:
    """Write down one message or event to send; `fields` as in the XML, without the common four. Returns its number."""
    with account.world.store.transaction() as db:
        made = db.execute(
            "INSERT INTO oa_event (openid, fields, state, due_at) VALUES (?, ?, 'due', ?)",
            (openid, json.dumps(fields, ensure_ascii=False), account.now() + delay),
        )
        return made.lastrowid or 0


async def send(account: Account, row: Row) -> int | None:
    """Post one message; a failure is tried again up to three times. Returns the product's status."""
    store = account.world.store
    claimed = store.execute(
        "UPDATE oa_event SET state = 'sending', attempts = attempts + 1 WHERE number = ? AND state = 'due'",
        (row["number"],),
    )
    if not claimed:
        return None
    status = await post(account, row["openid"], json.loads(row["fields"]), created_at=int(row["due_at"]))
    if status == httpx.codes.OK:
        state, due = "delivered", row["due_at"]
    elif row["attempts"] >= MOST_RETRIES:
        state, due = "given_up", row["due_at"]
    else:
        state, due = "due", account.now() + account.switches.retry_seconds
    store.execute(
        "UPDATE oa_event SET state = ?, due_at = ?, last_status = ? WHERE number = ?",
        (state, due, status, row["number"]),
    )
    return status


async def post(account: Account, openid: str, fields: dict[str, str | int], *, created_at: int) -> int | None:
    """Seal and send one message now; None when the product was not reached."""
    common: dict[str, str | int] = {
        "ToUserName": account.original_id,
        "FromUserName": openid,
        "CreateTime": created_at,
    }
    plain = envelope.xml(common | fields)
    sealed = envelope.seal(
        plain,
        token=account.token,
        key=envelope.aes_key(account.encoding_aes_key),
        app_id=account.app_id,
        to_user=account.original_id,
        open_id=openid,
        mode=account.switches.mode,
        timestamp=int(account.now()),
    )
    status: int | None
    try:
        answer = await account.world.http.post(
            f"{callback_url(account)}?{urlencode(sealed.query)}",
            content=sealed.body.encode(),
            headers={"Content-Type": "text/xml"},
        )
    except httpx.HTTPError as wrong:
        status, note = None, type(wrong).__name__
    else:
        status, note = answer.status_code, _read_reply(account, openid, answer)
    account.world.journal.add(
        "wechat_api", f"callback {fields.get('Event', fields['MsgType'])}", direction="out", status=status,
        request={"openid": openid, **fields}, answer=note,
    )  # fmt: skip
    return status


def _read_reply(account: Account, openid: str, answer: httpx.Response) -> str:
    """Note what the product answered; a passive text reply becomes a message on the phone."""
    text = answer.text.strip()
    if text in ("", "success"):
        return text
    try:
        tree = SafeXml.fromstring(text)
        sealed = tree.findtext("Encrypt")
        if sealed is not None:
            stamp, nonce = tree.findtext("TimeStamp") or "", tree.findtext("Nonce") or ""
            if tree.findtext("MsgSignature") != envelope.sha1_of_sorted(account.token, stamp, nonce, sealed):
                return "reply with a wrong MsgSignature"
            key = envelope.aes_key(account.encoding_aes_key)
            tree = SafeXml.fromstring(envelope.decrypt(sealed, key=key, app_id=account.app_id))
        content = tree.findtext("Content")
    except (SafeXml.ParseError, DefusedXmlException, envelope.EnvelopeError) as wrong:
        return f"该公众号暂时无法提供服务: {wrong}"
    if tree.findtext("ToUserName") != openid or content is None:
        return "reply that WeChat would not show"
    account.world.store.execute(
        "INSERT INTO oa_message (openid, kind, data, created_at) VALUES (?, 'reply', ?, ?)",
        (openid, json.dumps({"text": content}, ensure_ascii=False), account.now()),
    )
    return f"reply: {content}"


async def verify_url(account: Account, *, token: str | None = None) -> bool:
    """The check of the server address: GET with a signed echostr, which must come back verbatim."""
    timestamp, nonce, echo = str(int(account.now())), secrets.token_hex(5), str(secrets.randbits(62))
    query: dict[str, Any] = {
        "signature": envelope.sha1_of_sorted(token or account.token, timestamp, nonce),
        "echostr": echo,
        "timestamp": timestamp,
        "nonce": nonce,
    }
    try:
        answer = await account.world.http.get(f"{callback_url(account)}?{urlencode(query)}")
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK and answer.text == echo


async def deliver_due(account: Account) -> int:
    """Send every message whose time has come; returns how many."""
    rows = account.world.store.all(
        "SELECT * FROM oa_event WHERE state = 'due' AND due_at <= ? ORDER BY due_at, number LIMIT 20", (account.now(),)
    )
    await asyncio.gather(*(send(account, row) for row in rows))
    return len(rows)
