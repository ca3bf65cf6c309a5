"""The gateway: query and body are merged, checked and verified; answers are signed over their raw text.

Alipay's papers. What is UNCONFIRMED there: the sub codes of the certificate numbers, and how far a
timestamp may be away (`skew_seconds`).
"""

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from jiuyi_sandbox.alipay import signing
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld
from jiuyi_sandbox.alipay.problems import Failure, invalid, missing
from jiuyi_sandbox.clock import HOSPITAL_TIME

_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}
_NEEDED = ("app_id", "method", "charset", "sign_type", "timestamp", "version", "sign")


@dataclass(frozen=True, slots=True)
class Call:
    """A verified request: the calling application, its public parameters and the business content."""

    app_id: str
    method: str
    params: Mapping[str, str]
    body: dict[str, Any]


Handler = Callable[[AlipayWorld, Call], Awaitable[dict[str, Any]]]


def _merged(request: Request, body: bytes) -> tuple[dict[str, str], str]:
    """Parameters of query and body together, and the charset they are in."""
    query = request.scope["query_string"].decode("latin-1")
    form = body.decode("latin-1")
    first = dict(parse_qsl(f"{query}&{form}", keep_blank_values=True))
    charset = _CHARSETS.get(first.get("charset", "utf-8").lower(), "")
    if not charset:
        raise invalid("charset", "字符集错误")
    try:
        pairs = [
            *parse_qsl(query, keep_blank_values=True, encoding=charset, errors="strict"),
            *parse_qsl(form, keep_blank_values=True, encoding=charset, errors="strict"),
        ]
    except UnicodeDecodeError as wrong:
        raise invalid("charset", "参数不是所声明的字符集") from wrong
    return dict(pairs), charset


def _check_time(ali: AlipayWorld, text: str) -> None:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=HOSPITAL_TIME)
    except ValueError as wrong:
        raise invalid("timestamp", "非法的时间戳参数") from wrong
    if not ali.world.clock.near(moment.timestamp(), ali.switches.skew_seconds):
        raise invalid("timestamp", "时间戳与支付宝相差过大，应为北京时间")


def _check_certificates(ali: AlipayWorld, params: Mapping[str, str]) -> bool:
    """Whether the caller is in certificate mode, with the right numbers."""
    mode = ali.switches.mode
    by_certificate = mode == "certificate" or (mode == "any" and "app_cert_sn" in params)
    if mode == "key" and "app_cert_sn" in params:
        raise invalid("app_cert_sn", "应用未使用公钥证书模式")
    if by_certificate:
        for name, expected in (
            ("app_cert_sn", ali.keys.app_cert_number), ("alipay_root_cert_sn", ali.keys.root_cert_number),
        ):  # fmt: skip
            if not params.get(name):
                raise missing(name)
            if params[name] != expected:
                raise invalid(name, f"{name} 不匹配")
    return by_certificate


def _checked(ali: AlipayWorld, params: dict[str, str], charset: str) -> bool:
    """Check the public parameters and the signature; whether answers carry `alipay_cert_sn`. Raises Failure."""
    for name in _NEEDED:
        if not params.get(name):
            raise missing("signature" if name == "sign" else name)
    if params["app_id"] not in ali.keys.app_ids():
        raise invalid("app_id", "无效的AppID参数")
    if params["sign_type"] != "RSA2":
        raise invalid("sign_type", "签名类型应为 RSA2")
    if params["version"] != "1.0" or params.get("format", "JSON").upper() != "JSON":
        raise invalid("format", "version 应为 1.0，format 应为 JSON")
    _check_time(ali, params["timestamp"])
    by_certificate = _check_certificates(ali, params)
    if not signing.verify(ali.keys.app_public, params["sign"], signing.text_of(params), charset):
        raise invalid("signature", "无效签名")
    return by_certificate


def _content(params: Mapping[str, str]) -> dict[str, Any]:
    if not params.get("biz_content"):
        return {}
    try:
        found = json.loads(params["biz_content"])
    except ValueError as wrong:
        raise invalid("biz_content", "biz_content 不是合法的 JSON") from wrong
    if not isinstance(found, dict):
        raise invalid("biz_content", "biz_content 应为 JSON 对象")
    return found


def answer_text(ali: AlipayWorld, node: str, content: dict[str, Any], *, charset: str, with_certificate: bool) -> str:
    """The JSON of an answer: the node, its certificate number, and the signature over the node's own text."""
    raw = signing.compact(content, escape_slashes=ali.switches.escape_slashes)
    more = f',"alipay_cert_sn":"{ali.keys.alipay_cert_number}"' if with_certificate else ""
    return f'{{"{node}":{raw}{more},"sign":"{signing.sign(ali.keys.platform, raw, charset)}"}}'


def endpoint(ali: AlipayWorld, operations: Mapping[str, Handler]) -> Callable[[Request], Awaitable[Response]]:
    """`/alipay/gateway.do`."""

    async def answer(request: Request) -> Response:
        notes = request.scope.setdefault("journal", {})
        method, charset, by_certificate, known = "", "utf-8", False, False
        node = "error_response"
        try:
            params, charset = _merged(request, await request.body())
            method = params.get("method", "")
            notes |= {"what": method or request.url.path, "request": _shown(params)}
            by_certificate = _checked(ali, params, charset)
            known = True
            work = _operation(operations, method)
            content = await work(ali, Call(params["app_id"], method, params, _content(params)))
            node = _node(method)
        except Failure as failure:
            notes["code"] = failure.sub_code
            content = failure.body()
            if not failure.gateway:
                node = _node(method)
        if not known:  # who cannot show a signature does not get one
            text = f'{{"{node}":{signing.compact(content)}}}'
        else:
            text = answer_text(ali, node, content, charset=charset, with_certificate=by_certificate)
        shown = "utf-8" if charset == "utf-8" else "GBK"
        return Response(text.encode(charset), headers={"Content-Type": f"text/html;charset={shown}"})

    return answer


def _operation(operations: Mapping[str, Handler], method: str) -> Handler:
    if method not in operations:
        raise Failure("40002", "isv.invalid-method", "不存在的方法名", gateway=True)
    return operations[method]


def _node(method: str) -> str:
    return f"{method.replace('.', '_')}_response"


def _shown(params: Mapping[str, str]) -> dict[str, Any]:
    """The request as the journal shows it: business content as JSON, certificates and keys left to the redaction."""
    shown: dict[str, Any] = dict(params)
    with contextlib.suppress(ValueError):
        shown["biz_content"] = json.loads(params.get("biz_content", "null"))
    return shown


def fine(**fields: Any) -> dict[str, Any]:
    """A successful node; fields that are None are left out."""
    return {"code": "10000", "msg": "Success", **{name: value for name, value in fields.items() if value is not None}}
