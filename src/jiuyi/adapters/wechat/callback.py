"""What the Official Account sends to `/callbacks/wechat_oa`: verified, opened, named.

Only the encrypted variant is believed: in plain mode the signature covers nothing of the body (WeChat's papers: server
callback). In the compatible mode the plain text beside it is ignored.
"""

import hashlib
from datetime import timedelta

from jiuyi.adapters.wechat import envelope
from jiuyi.kit.clock import Clock
from jiuyi.kit.inbox import Notice
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.xml import XmlRefused, read_flat

SYSTEM = "wechat_oa"
SUBSCRIBE = "subscribe"
UNSUBSCRIBE = "unsubscribe"
TEMPLATE_SENT = "template_sent"
MOST_AGE = timedelta(minutes=10)
"""Older envelopes are refused. WeChat signs each of its up to four tries within 20 s anew; minutes are clock skew."""

_TAKEN = Acknowledgement(body=b"success", content_type="text/plain; charset=utf-8")
"""WeChat's word for: taken, no reply to the person."""


def _rejected(reason: str, status: int = 403) -> Rejected:
    return Rejected(reason, Acknowledgement(status=status, body=b"rejected", content_type="text/plain; charset=utf-8"))


class AccountCallback:
    """Reads one request of the Official Account's server callback."""

    def __init__(self, clock: Clock, *, token: str, encoding_aes_key: str, app_id: str) -> None:
        self._clock = clock
        self._token = token
        self._key = envelope.key_of(encoding_aes_key)
        self._app_id = app_id

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """Answer the check of the address, or name a message. Raises `Rejected`."""
        if inbound.method == "GET":
            return [], self._echo(inbound)
        fields = self._opened(inbound)
        notice = _named(fields, inbound.body)
        return ([notice] if notice else []), _TAKEN

    def _echo(self, inbound: Inbound) -> Acknowledgement:
        query = inbound.query
        self._check_age(query.get("timestamp", ""))
        parts = (self._token, query.get("timestamp", ""), query.get("nonce", ""))
        if not all(parts) or not envelope.signed_by_us(query.get("signature", ""), *parts):
            raise _rejected("wrong signature of the address check")
        echo = query.get("echostr", "")
        if not echo.isalnum():
            raise _rejected("no echostr", 400)
        return Acknowledgement(body=echo.encode(), content_type="text/plain; charset=utf-8")

    def _opened(self, inbound: Inbound) -> dict[str, str]:
        query = inbound.query
        try:
            outer = read_flat(inbound.body)
        except XmlRefused as error:
            raise _rejected(f"outer XML: {error}", 400) from error
        sealed = outer.get("Encrypt", "")
        parts = (self._token, query.get("timestamp", ""), query.get("nonce", ""), sealed)
        if not all(parts):
            raise _rejected("a part of the signature is missing, or the message is not encrypted")
        if not envelope.signed_by_us(query.get("msg_signature", ""), *parts):
            raise _rejected("wrong msg_signature")
        self._check_age(query["timestamp"])
        try:
            return read_flat(envelope.open_sealed(sealed, self._key, self._app_id))
        except envelope.EnvelopeRefused as error:
            raise _rejected(f"envelope: {error}") from error
        except XmlRefused as error:
            raise _rejected(f"inner XML: {error}", 400) from error

    def _check_age(self, timestamp: str) -> None:
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):  # noqa: PLR2004 - seconds
            raise _rejected("no timestamp")
        if abs(self._clock.now().timestamp() - int(timestamp)) > MOST_AGE.total_seconds():
            raise _rejected("too old, or our clocks differ")


def _named(fields: dict[str, str], raw: bytes) -> Notice | None:
    """The notice a message means to us; None for those nobody here works on (texts, clicks, views)."""
    event, openid, made = fields.get("Event", ""), fields.get("FromUserName", ""), fields.get("CreateTime", "")
    if fields.get("MsgType") != "event" or not openid or not made:
        return None
    if event in (SUBSCRIBE, UNSUBSCRIBE):
        # WeChat gives events no id: person, second and event name one (its own advice for de-duplication).
        key = hashlib.sha256(f"{openid}:{made}:{event}".encode()).hexdigest()
        data = {"channel": SYSTEM, "subject": openid, "follows": event == SUBSCRIBE}
        return Notice(SYSTEM, key, event, data, raw)
    if event == "TEMPLATESENDJOBFINISH" and fields.get("MsgID"):
        status = fields.get("Status", "")
        return Notice(
            SYSTEM,
            f"template:{fields['MsgID']}",
            TEMPLATE_SENT,
            {"channel": SYSTEM, "message_id": fields["MsgID"], "delivered": status == "success", "status": status},
            raw,
        )
    return None
