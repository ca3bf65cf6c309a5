"""What the open platform sends to an app's gateway: its activation, and who follows (docs/contracts/alipay.md §3).

Posted as a form in the charset it names; the signature covers every field but `sign` (here `sign_type` is kept). What
is answered is signed as well. `biz_content` is flat XML, in newer messages JSON.
"""

import hashlib

from jiuyi.adapters.alipay.keys import SIGN_TYPE, AppKeys, Untrusted, content
from jiuyi.adapters.alipay.pay_words import form
from jiuyi.kit.clock import Clock
from jiuyi.kit.inbox import Notice
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.xml import XmlRefused, read_flat

FOLLOW = "follow"
UNFOLLOW = "unfollow"
_CHECK = "alipay.service.check"
_MESSAGE = "alipay.mobile.public.message.notify"
_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030"}
_PLAIN = "text/plain; charset=utf-8"


def _rejected(reason: str, status: int = 403) -> Rejected:
    return Rejected(reason, Acknowledgement(status=status, body=b"fail", content_type=_PLAIN))


class AppCallback:
    """Reads one request to an app's gateway. `system`: `alipay_life` or `alipay_mini`, also the account channel."""

    def __init__(self, system: str, keys: AppKeys, clock: Clock) -> None:
        self._system = system
        self._keys = keys
        self._clock = clock

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """Answer the activation, or name an event. Raises `Rejected`."""
        if inbound.method != "POST":
            raise _rejected("not a POST", 405)
        charset = _charset_of(inbound.body)
        try:
            params = form(inbound.body, charset)
        except Untrusted as error:
            raise _rejected(str(error), 400) from error
        service = params.get("service", "")
        try:
            self._verify(params, charset)
        except Untrusted as error:
            if service == _CHECK:
                raise Rejected(str(error), self._signed(self._activation(done=False), charset)) from error
            raise _rejected(str(error)) from error
        if service == _CHECK:
            return [], self._signed(self._activation(done=True), charset)
        if service == _MESSAGE:
            return self._message(params.get("biz_content", ""), inbound.body, charset)
        if params.get("msg_method") and params.get("app_id") == self._keys.app_id:
            # Newer messages: nobody here works on them yet, and unanswered ones come again.
            return [], Acknowledgement(body=b"success", content_type=_PLAIN)
        raise _rejected(f"another service: {service[:60]!r}", 400)

    def _verify(self, params: dict[str, str], charset: str) -> None:
        if params.get("sign_type") != SIGN_TYPE:
            raise Untrusted("another kind of signature")
        self._keys.verify(content(params, "sign").encode(charset), params.get("sign", ""))

    def _activation(self, *, done: bool) -> str:
        fault = "" if done else "<error_code>VERIFY_FAILED</error_code>"
        word = "true" if done else "false"
        return f"<success>{word}</success>{fault}<biz_content>{self._keys.public_key}</biz_content>"

    def _message(self, xml: str, raw: bytes, charset: str) -> tuple[list[Notice], Acknowledgement]:
        try:
            fields = read_flat(_without_declaration(xml).encode())
        except XmlRefused as error:
            raise _rejected(f"content: {error}", 400) from error
        if fields.get("AppId") not in {self._keys.app_id, None}:
            raise _rejected("another app's message")
        if fields.get("EventType") == "verifygw":
            return [], self._signed(self._activation(done=True), charset)
        subject = fields.get("FromUserId") or fields.get("FromAlipayUserId") or ""
        made = fields.get("CreateTime", "")
        if not subject or not made:
            raise _rejected("nobody, or no time", 400)
        reply = (
            f"<XML><ToUserId><![CDATA[{_safe(subject)}]]></ToUserId><AppId><![CDATA[{self._keys.app_id}]]></AppId>"
            f"<CreateTime>{int(self._clock.now().timestamp() * 1000)}</CreateTime>"
            "<MsgType><![CDATA[ack]]></MsgType></XML>"
        )
        event = fields.get("EventType", "")
        notices = []
        if fields.get("MsgType") == "event" and event in {FOLLOW, UNFOLLOW}:
            # Alipay may send an event again; person, moment and event name it.
            key = hashlib.sha256(f"{subject}:{made}:{event}".encode()).hexdigest()
            data = {"channel": self._system, "subject": subject, "follows": event == FOLLOW}
            notices.append(Notice(self._system, key, event, data, raw))
        # Clicks, entries and texts are acknowledged; nobody here works on them.
        return notices, self._signed(reply, charset)

    def _signed(self, inner: str, charset: str) -> Acknowledgement:
        body = (
            f'<?xml version="1.0" encoding="{"GBK" if charset == "gb18030" else "utf-8"}"?><alipay>'
            f"<response>{inner}</response><sign>{self._keys.sign(inner)}</sign>"
            f"<sign_type>{SIGN_TYPE}</sign_type></alipay>"
        )
        return Acknowledgement(body=body.encode(charset), content_type=f"text/xml; charset={charset}")


def _charset_of(body: bytes) -> str:
    """The charset that the form itself names; names and values of ASCII need none to find it."""
    for pair in body.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name == b"charset":
            return _CHARSETS.get(value.decode("ascii", "replace").lower(), "utf-8")
    return "utf-8"


def _without_declaration(xml: str) -> str:
    """The text is decoded already: what its declaration says of an encoding is no longer true."""
    text = xml.lstrip()
    return text.partition("?>")[2] if text.startswith("<?xml") else text


def _safe(subject: str) -> str:
    return "".join(letter for letter in subject if letter.isalnum() or letter in "-_")
