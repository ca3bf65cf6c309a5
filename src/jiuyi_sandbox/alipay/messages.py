"""Messages to people: templates of the Life Account and the mini program, customer texts, and what phones received."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jiuyi_sandbox.alipay.alipay_world import AlipayWorld
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import Failure, business
from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.store import Row

_LONGEST_VALUE = 200
_LONGEST_TEXT = 500
_FORM_SECONDS = 7 * 86400
_FORM_USES = 1
_TRADE_USES = 3
"""How many template messages one form or one paid trade allows (UNCONFIRMED: 1 and 3)."""


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its values in the order of `keyword1`, `keyword2`, …, each with what the message calls it."""

    name: str
    title: str
    labels: tuple[str, ...]


TEMPLATES: tuple[Template, ...] = (
    Template("booked", "预约成功通知", ("就诊人", "就诊时间", "就诊科室", "就诊医生", "就诊地点", "预约单号")),
    Template("cancelled", "预约取消通知", ("就诊人", "就诊时间", "就诊科室", "取消原因", "预约单号")),
    Template("refunded", "退款到账通知", ("退款项目", "退款金额", "退款时间", "退回方式", "退款单号")),
    Template("stopped", "医生停诊通知", ("就诊人", "就诊科室", "停诊医生", "原就诊时间", "处理方式")),
    Template("held", "待支付提醒", ("就诊人", "就诊科室", "支付截止", "待付金额")),
    Template("binding", "就诊人绑定提醒", ("就诊人", "绑定账号", "绑定时间", "温馨提示")),
    Template("mdt", "会诊申请进度通知", ("就诊人", "会诊团队", "申请状态", "更新时间", "下一步")),
    Template("recovered", "系统恢复通知", ("可办事项", "恢复时间", "温馨提示")),
)


def template_id(ali: AlipayWorld, name: str) -> str:
    """The id of one of the templates above, for both kinds of message."""
    return ali.world.keys.get(f"alipay.template.{name}", lambda: secrets.token_hex(16))


def _by_id(ali: AlipayWorld, wanted: Any) -> Template:
    found = next((one for one in TEMPLATES if template_id(ali, one.name) == wanted), None)
    if found is None:
        raise business("TEMPLATE_NOT_EXIST", "模板不存在")
    return found


def _addressee(ali: AlipayWorld, call: Call) -> Row:
    """Whom a message is for. Raises Failure."""
    body = call.body
    open_id = body.get("to_open_id") or body.get("open_id")
    row = ali.by_open_id(call.app_id, str(open_id)) if open_id else ali.person(str(body.get("to_user_id") or ""))
    if row is None:
        raise business("USER_NOT_EXIST", "用户不存在")
    return row


def _values(template: Template, given: Any) -> list[dict[str, str]]:
    """The lines of a message. Every keyword of the template must have a value. Raises Failure."""
    lines = []
    for number, label in enumerate(template.labels, 1):
        one = given.get(f"keyword{number}") if isinstance(given, dict) else None
        value = one.get("value") if isinstance(one, dict) else None
        if not isinstance(value, str) or not value or len(value) > _LONGEST_VALUE:
            raise business("INVALID_PARAMETER", f"模板数据不完整：keyword{number}")
        lines.append({"label": label, "value": value})
    return lines


def _keep(
    ali: AlipayWorld, call: Call, row: Row, *, kind: str, template: Template | None, title: str, url: str | None,
    lines: list[dict[str, str]],
) -> None:  # fmt: skip
    ali.world.store.execute(
        "INSERT INTO ali_message (user_id, app_id, kind, template, title, url, lines, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (row["user_id"], call.app_id, kind, template.name if template else None, title, url,
         json.dumps(lines, ensure_ascii=False), ali.now()),
    )  # fmt: skip


def _life_only(ali: AlipayWorld, call: Call) -> None:
    if call.app_id != ali.keys.life_app_id:
        raise Failure("40006", "isv.insufficient-isv-permissions", "ISV权限不足：该应用不是生活号")


async def single_send(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.message.single.send: a template message of the Life Account, to those who follow it."""
    _life_only(ali, call)
    given = call.body.get("template")
    if not isinstance(given, dict) or not isinstance(given.get("context"), dict):
        raise business("INVALID_PARAMETER", "缺少 template.context")
    row, template, context = _addressee(ali, call), _by_id(ali, given.get("template_id")), given["context"]
    lines = _values(template, context)
    for name in ("first", "remark"):
        one = context.get(name)
        if isinstance(one, dict) and one.get("value"):
            lines.insert(0 if name == "first" else len(lines), {"label": "", "value": str(one["value"])})
    url = context.get("url")
    if url and not str(url).startswith(("https://", "http://", "alipays://")):
        raise business("INVALID_PARAMETER", "url 应为完整地址")
    if not row["following"]:
        raise business("USER_NOT_FOLLOW", "用户未关注生活号")
    _keep(ali, call, row, kind="template", template=template, title=template.title, url=url, lines=lines)
    return fine()


async def total_send(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.message.total.send: one text or set of articles to everybody who follows the account."""
    _life_only(ali, call)
    for row in ali.world.store.all("SELECT user_id FROM ali_person WHERE following"):
        person = {"to_user_id": row["user_id"], "open_id": None, "to_open_id": None}
        await custom_send(ali, Call(call.app_id, call.method, call.params, {**call.body, **person}))
    return fine(message_id=secrets.token_hex(8))


async def custom_send(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.public.message.custom.send: a text or linked articles, to somebody who follows the account."""
    _life_only(ali, call)
    row, kind = _addressee(ali, call), call.body.get("msg_type")
    if not row["following"]:
        raise business("USER_NOT_FOLLOW", "用户未关注生活号")
    if kind == "text":
        text = call.body.get("text")
        content = text.get("content") if isinstance(text, dict) else None
        if not isinstance(content, str) or not 1 <= len(content) <= _LONGEST_TEXT:
            raise business("INVALID_PARAMETER", "text.content 不能为空")
        _keep(ali, call, row, kind="text", template=None, title="", url=None, lines=[{"label": "", "value": content}])
    elif kind == "image-text":
        articles = call.body.get("articles")
        if not isinstance(articles, list) or not articles or not all(isinstance(one, dict) for one in articles):
            raise business("INVALID_PARAMETER", "articles 不能为空")
        for one in articles:
            lines = [{"label": "", "value": str(one.get("desc", ""))}]
            _keep(
                ali, call, row, kind="article", template=None, title=str(one.get("title", "")), url=one.get("url"),
                lines=lines,
            )  # fmt: skip
    else:
        raise business("INVALID_PARAMETER", "msg_type 应为 text 或 image-text")
    return fine()


def new_form_id(ali: AlipayWorld, user_id: str) -> str:
    """What a form with `report-submit` hands to the program: the right to one message within seven days."""
    form_id = secrets.token_hex(16)
    ali.world.store.execute("INSERT INTO ali_form_id VALUES (?, ?, ?, ?)", (form_id, user_id, _FORM_USES, ali.now()))
    return form_id


def _use_form(ali: AlipayWorld, row: Row, form_id: str) -> None:
    """Use up one right to a message; a paid trade of the person is one as well. Raises Failure."""
    store = ali.world.store
    store.execute(
        "INSERT INTO ali_form_id SELECT trade_no, user_id, ?, paid_at FROM ali_trade"
        " WHERE trade_no = ? AND paid_at IS NOT NULL AND user_id IS NOT NULL ON CONFLICT DO NOTHING",
        (_TRADE_USES, form_id),
    )
    used = store.execute(
        "UPDATE ali_form_id SET uses_left = uses_left - 1"
        " WHERE form_id = ? AND user_id = ? AND uses_left > 0 AND created_at > ?",
        (form_id, row["user_id"], ali.now() - _FORM_SECONDS),
    )
    if not used:
        raise business("INVALID_FORM_ID", "form_id 无效、已过期或次数已用完")


async def mini_send(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.open.app.mini.templatemessage.send: needs a form id or the number of a paid trade."""
    if call.app_id != ali.keys.mini_app_id:
        raise Failure("40006", "isv.insufficient-isv-permissions", "ISV权限不足：该应用不是小程序")
    body = call.body
    row, template = _addressee(ali, call), _by_id(ali, body.get("user_template_id"))
    try:
        data = json.loads(str(body.get("data", "")))
    except ValueError as wrong:
        raise business("INVALID_PARAMETER", "data 不是合法的 JSON") from wrong
    lines = _values(template, data)
    if not body.get("page"):
        raise business("INVALID_PARAMETER", "缺少 page")
    _use_form(ali, row, str(body.get("form_id") or ""))
    _keep(ali, call, row, kind="mini", template=template, title=template.title, url=str(body["page"]), lines=lines)
    return fine()


def inbox(ali: AlipayWorld, person: str | None) -> list[dict[str, Any]]:
    """What the phones show, newest first: title, lines, link."""
    user_id = ali.user_id_of(person) if person else None
    rows = ali.world.store.all(
        "SELECT * FROM ali_message WHERE ? IS NULL OR user_id = ? ORDER BY number DESC LIMIT 100", (user_id, user_id)
    )
    found = []
    for row in rows:
        who = ali.person(row["user_id"])
        at = datetime.fromtimestamp(row["created_at"], HOSPITAL_TIME).isoformat(timespec="seconds")
        found.append({
            "msgid": f"ali{row['number']}", "person": who["person"] if who else None, "kind": row["kind"],
            "app": "mini" if row["app_id"] == ali.keys.mini_app_id else "life", "template": row["template"],
            "title": row["title"], "lines": json.loads(row["lines"]), "url": row["url"], "at": at,
        })  # fmt: skip
    return found
