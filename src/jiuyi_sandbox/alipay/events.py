"""Messages to an application's gateway: its activation, who follows, who clicks, what they write.

A form with `biz_content` as XML; the signature keeps `sign_type`. The product answers signed XML (Alipay's papers,
gateway activation; the acknowledgement's details are UNCONFIRMED and only noted here).
"""

import asyncio
import json
import re
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import httpx
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as SafeXml

from jiuyi_sandbox.alipay import signing
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld
from jiuyi_sandbox.people import BY_KEY
from jiuyi_sandbox.store import Row

EVENTS = ("follow", "unfollow", "enter", "click", "text")
MOST_RETRIES = 3
_RESPONSE = re.compile(r"<response>(.*)</response>", re.DOTALL)


def gateway_url(ali: AlipayWorld, app: str = "life") -> str:
    """The application gateway the product registered: `life` or `mini`."""
    return f"{ali.world.config.product_url}/callbacks/alipay_{app}"


def _xml(fields: dict[str, str], charset: str) -> str:
    parts = "".join(
        f"<{name}>{value}</{name}>" if value.isdigit() and name == "CreateTime" else f"<{name}>{_cdata(value)}</{name}>"
        for name, value in fields.items()
    )
    shown = "GBK" if charset != "utf-8" else "utf-8"
    return f'<?xml version="1.0" encoding="{shown}"?><XML>{parts}</XML>'


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>" if "]]>" not in text else escape(text)


def _form(ali: AlipayWorld, service: str, xml: str, *, charset: str, forged: bool) -> bytes:
    params = {
        "service": service, "charset": "utf-8" if charset == "utf-8" else "GBK", "sign_type": "RSA2",
        "biz_content": xml,
    }  # fmt: skip
    key = ali.keys.foreign if forged else ali.keys.platform
    params["sign"] = signing.sign(key, signing.text_of(params), charset)
    return urlencode(params, encoding=charset).encode()


async def activate(
    ali: AlipayWorld, *, app: str = "life", charset: str = "utf-8", forged: bool = False
) -> dict[str, Any]:
    """What saving the gateway's address at Alipay does: `alipay.service.check`, and a judgement of the answer.

    The product must answer `<success>true</success>` with the application's public key, and sign that text.
    """
    real = "gb18030" if charset.lower() in ("gbk", "gb2312") else "utf-8"
    app_id = ali.keys.life_app_id if app == "life" else ali.keys.mini_app_id
    xml = _xml({"AppId": app_id, "EventType": "verifygw"}, real)
    body = _form(ali, "alipay.service.check", xml, charset=real, forged=forged)
    url = gateway_url(ali, app)
    try:
        answer = await ali.world.http.post(url, content=body, headers=_headers(real))
    except httpx.HTTPError as wrong:
        return {"activated": False, "url": url, "reason": type(wrong).__name__, "answer": ""}
    text = answer.content.decode(real, "replace")
    reason = _mistake(ali, text, real)
    ali.world.journal.add(
        "alipay", "alipay.service.check", direction="out", status=answer.status_code, request={"url": url},
        answer=text[:400], note=reason or None,
    )  # fmt: skip
    return {"activated": not reason, "url": url, "reason": reason, "answer": text}


def _headers(charset: str) -> dict[str, str]:
    shown = "utf-8" if charset == "utf-8" else "GBK"
    return {"Content-Type": f"application/x-www-form-urlencoded; charset={shown}"}


def _mistake(ali: AlipayWorld, text: str, charset: str) -> str:
    """What is wrong with a signed answer of the product's gateway, or ''."""
    found = _RESPONSE.search(text)
    if found is None:
        return "no response element"
    try:
        tree = SafeXml.fromstring(text.encode(charset) if charset == "utf-8" else text.partition("?>")[2])
    except (SafeXml.ParseError, DefusedXmlException) as wrong:
        return f"no XML: {wrong}"
    if not signing.verify(ali.keys.app_public, tree.findtext("sign") or "", found[1], charset):
        return "the answer's signature does not hold over the text of its response element"
    if tree.findtext("sign_type") != "RSA2":
        return "sign_type must be RSA2"
    if tree.findtext("response/success") != "true":
        return tree.findtext("response/error_code") or "success is not true"
    given = "".join((tree.findtext("response/biz_content") or "").split())
    return "" if given == ali.keys.app_public_base64 else "biz_content is not the application's public key"


def queue(ali: AlipayWorld, user_id: str, fields: dict[str, str]) -> int:
    """Write down one event to send; returns its number."""
    with ali.world.store.transaction() as db:
        made = db.execute(
            "INSERT INTO ali_event (user_id, fields, state, due_at) VALUES (?, ?, 'due', ?)",
            (user_id, json.dumps(fields, ensure_ascii=False), ali.now()),
        )
        return made.lastrowid or 0


def fields_of(ali: AlipayWorld, person: str, event: str, data: dict[str, Any]) -> dict[str, str]:
    """The XML fields of one event."""
    user_id, known = ali.user_id_of(person), BY_KEY[person]
    stamp = str(int(ali.now() * 1000))
    shown = ali.open_id_of(ali.keys.life_app_id, user_id) if ali.switches.identity != "user_id" else user_id
    fields = {"AppId": ali.keys.life_app_id, "FromUserId": shown, "CreateTime": stamp}
    if ali.switches.identity != "open_id":
        fields["FromAlipayUserId"] = user_id
    if event == "text":
        return fields | {"MsgType": "text", "MsgId": stamp, "Text": str(data.get("content", ""))}
    user = {"logon_id": ali.logon_id(user_id), "user_name": f"*{known.name[-1]}"}
    return fields | {
        "MsgType": "event", "EventType": event, "ActionParam": str(data.get("key", "")), "AgreementId": "",
        "AccountNo": "", "UserInfo": json.dumps(user, ensure_ascii=False),
    }  # fmt: skip


async def send(ali: AlipayWorld, row: Row) -> int | None:
    """Post one event; a failure is tried again up to three times. Returns the product's status."""
    store = ali.world.store
    claimed = store.execute(
        "UPDATE ali_event SET state = 'sending', attempts = attempts + 1 WHERE number = ? AND state = 'due'",
        (row["number"],),
    )
    if not claimed:
        return None
    status = await post(ali, json.loads(row["fields"]))
    if status == httpx.codes.OK:
        state, due = "delivered", row["due_at"]
    elif row["attempts"] >= MOST_RETRIES:
        state, due = "given_up", row["due_at"]
    else:
        state, due = "due", ali.now() + ali.switches.retry_seconds
    store.execute(
        "UPDATE ali_event SET state = ?, due_at = ?, last_status = ? WHERE number = ?",
        (state, due, status, row["number"]),
    )
    return status


async def post(ali: AlipayWorld, fields: dict[str, str], *, forged: bool = False) -> int | None:
    """Sign and send one event now; None when the product was not reached."""
    xml = _xml(fields, "utf-8")
    body = _form(ali, "alipay.mobile.public.message.notify", xml, charset="utf-8", forged=forged)
    status: int | None
    try:
        answer = await ali.world.http.post(gateway_url(ali), content=body, headers=_headers("utf-8"))
    except httpx.HTTPError as wrong:
        status, note = None, type(wrong).__name__
    else:
        status, note = answer.status_code, answer.text[:400]
    ali.world.journal.add(
        "alipay", f"event {fields.get('EventType', fields['MsgType'])}", direction="out", status=status,
        request=fields, answer=note, note="forged" if forged else None,
    )  # fmt: skip
    return status


async def deliver_due(ali: AlipayWorld) -> int:
    """Send every event whose time has come; returns how many."""
    rows = ali.world.store.all(
        "SELECT * FROM ali_event WHERE state = 'due' AND due_at <= ? ORDER BY due_at, number LIMIT 20", (ali.now(),)
    )
    await asyncio.gather(*(send(ali, row) for row in rows))
    return len(rows)
