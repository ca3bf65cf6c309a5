"""Template messages: the account's templates, the checks on their data, and what the phones received."""

import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from jiuyi_sandbox.wechat_oa import events
from jiuyi_sandbox.wechat_oa.account import Account, Failure

_REPEAT_SECONDS = 600
_LONGEST_CLIENT_ID = 32

_SHAPES: dict[str, re.Pattern[str]] = {
    "thing": re.compile(r"^.{1,20}$", re.DOTALL),
    "name": re.compile(r"^.{1,20}$"),
    "phrase": re.compile(r"^[^\x00-\x7f]{1,5}$"),
    "character_string": re.compile(r"^[\x20-\x7e]{1,32}$"),
    "number": re.compile(r"^[\d.\-]{1,32}$"),
    "amount": re.compile(r"^[¥￥]?\d{1,10}(\.\d{1,2})?元?$"),
    "phone_number": re.compile(r"^[\d+\-*]{1,17}$"),
    "date": re.compile(r"^\d{4}(年\d{1,2}月\d{1,2}日|-\d{2}-\d{2})$"),
    "time": re.compile(
        r"^(\d{4}(年\d{1,2}月\d{1,2}日|-\d{2}-\d{2}) ?)?\d{1,2}:\d{2}(:\d{2})?"
        r"( ?[~～] ?(\d{4}(年\d{1,2}月\d{1,2}日|-\d{2}-\d{2}) ?)?\d{1,2}:\d{2})?$"
    ),
}
"""Keyword type → what WeChat accepts as its value (typed keywords, in force since 2023)."""


@dataclass(frozen=True, slots=True)
class Template:
    """One template of the account: role of each value → (keyword, what the message calls it)."""

    name: str
    title: str
    fields: dict[str, tuple[str, str]]


TEMPLATES: tuple[Template, ...] = (
    Template("booked", "预约成功通知", {
        "patient": ("thing1", "就诊人"), "time": ("time2", "就诊时间"), "department": ("thing3", "就诊科室"),
        "doctor": ("thing4", "就诊医生"), "place": ("thing5", "就诊地点"), "number": ("character_string6", "预约单号"),
    }),
    Template("cancelled", "预约取消通知", {
        "patient": ("thing1", "就诊人"), "time": ("time2", "就诊时间"), "department": ("thing3", "就诊科室"),
        "reason": ("thing4", "取消原因"), "number": ("character_string5", "预约单号"),
    }),
    Template("refunded", "退款到账通知", {
        "item": ("thing1", "退款项目"), "amount": ("amount2", "退款金额"), "time": ("time3", "退款时间"),
        "route": ("thing4", "退回方式"), "number": ("character_string5", "退款单号"),
    }),
    Template("stopped", "医生停诊通知", {
        "patient": ("thing1", "就诊人"), "department": ("thing2", "就诊科室"), "doctor": ("thing3", "停诊医生"),
        "time": ("time4", "原就诊时间"), "advice": ("thing5", "处理方式"),
    }),
    Template("held", "待支付提醒", {
        "patient": ("thing1", "就诊人"), "department": ("thing2", "就诊科室"), "time": ("time3", "支付截止"),
        "amount": ("amount4", "待付金额"),
    }),
    Template("binding", "就诊人绑定提醒", {
        "patient": ("thing1", "就诊人"), "account": ("thing2", "绑定账号"), "time": ("time3", "绑定时间"),
        "advice": ("thing4", "温馨提示"),
    }),
    Template("mdt", "会诊申请进度通知", {
        "patient": ("thing1", "就诊人"), "team": ("thing2", "会诊团队"), "state": ("phrase3", "申请状态"),
        "time": ("time4", "更新时间"), "advice": ("thing5", "下一步"),
    }),
    Template("recovered", "系统恢复通知", {
        "item": ("thing1", "可办事项"), "time": ("time2", "恢复时间"), "advice": ("thing3", "温馨提示"),
    }),
)  # fmt: skip


def template_id(account: Account, name: str) -> str:
    """The id of one of the templates above."""
    return account.world.keys.get(f"wechat_oa.template.{name}", lambda: secrets.token_urlsafe(32)[:43])


def by_id(account: Account, wanted: str) -> Template | None:
    """The template of that id, or None."""
    return next((one for one in TEMPLATES if template_id(account, one.name) == wanted), None)


def listed(account: Account) -> dict[str, Any]:
    """GET /cgi-bin/template/get_all_private_template."""
    return {
        "template_list": [
            {
                "template_id": template_id(account, one.name),
                "title": one.title,
                "primary_industry": "医疗护理",
                "deputy_industry": "医疗",
                "content": "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in one.fields.values()),
                "example": "",
            }
            for one in TEMPLATES
        ]
    }


def _check_data(template: Template, data: Any) -> dict[str, str]:
    wanted = {key for key, _ in template.fields.values()}
    if not isinstance(data, dict) or set(data) != wanted:
        raise Failure(47003, f"argument invalid! data must have exactly {', '.join(sorted(wanted))}")
    values: dict[str, str] = {}
    for key, given in data.items():
        value = given.get("value") if isinstance(given, dict) else None
        shape = _SHAPES[key.rstrip("0123456789")]
        if not isinstance(value, str) or not shape.match(value):
            raise Failure(47003, f"argument invalid! data.{key}.value invalid")
        values[key] = value
    return values


def send(account: Account, body: Any) -> dict[str, Any]:
    """POST /cgi-bin/message/template/send. Raises Failure 40003, 40037, 41030, 43004, 47003."""
    if not isinstance(body, dict):
        raise Failure(47001, "data format error")
    person = account.person(str(body.get("touser", "")))
    if person is None:
        raise Failure(40003, "invalid openid")
    template = by_id(account, str(body.get("template_id", "")))
    if template is None:
        raise Failure(40037, "invalid template_id")
    values = _check_data(template, body.get("data"))
    mini = body.get("miniprogram")
    if mini is not None and not (isinstance(mini, dict) and mini.get("appid") and mini.get("pagepath")):
        raise Failure(41030, "invalid page")
    if not person["following"]:
        raise Failure(43004, "require subscribe")
    client_id = body.get("client_msg_id")
    if client_id is not None and (not isinstance(client_id, str) or len(client_id) > _LONGEST_CLIENT_ID):
        raise Failure(40097, "invalid args client_msg_id")
    store = account.world.store
    if client_id and (
        known := store.one(
            "SELECT msgid FROM oa_message WHERE client_msg_id = ? AND created_at > ?",
            (client_id, account.now() - _REPEAT_SECONDS),
        )
    ):
        return {"errcode": 0, "errmsg": "ok", "msgid": known["msgid"]}
    with store.transaction() as db:
        made = db.execute(
            "INSERT INTO oa_message (openid, kind, template_id, url, data, client_msg_id, created_at)"
            " VALUES (?, 'template', ?, ?, ?, ?, ?)",
            (person["openid"], body["template_id"], body.get("url"), json.dumps(values, ensure_ascii=False),
             client_id, account.now()),
        )  # fmt: skip
        msgid = made.lastrowid
    events.queue(
        account,
        person["openid"],
        {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": msgid or 0,
         "Status": account.switches.template_status},
        delay=0.3,
    )  # fmt: skip
    return {"errcode": 0, "errmsg": "ok", "msgid": msgid}


def inbox(account: Account, openid: str | None) -> list[dict[str, Any]]:
    """What the phones show, newest first: title, lines, link."""
    rows = account.world.store.all(
        "SELECT * FROM oa_message WHERE ? IS NULL OR openid = ? ORDER BY msgid DESC LIMIT 100", (openid, openid)
    )
    found = []
    for row in rows:
        data = json.loads(row["data"])
        template = by_id(account, row["template_id"] or "")
        person = account.person(row["openid"])
        labels = dict(template.fields.values()) if template else {}
        found.append({
            "msgid": row["msgid"], "person": person["person"] if person else None, "openid": row["openid"],
            "kind": row["kind"], "template": template.name if template else None,
            "title": template.title if template else "",
            "lines": [{"label": labels.get(key, key), "value": value} for key, value in data.items()],
            "url": row["url"], "at": account.when(row["created_at"]),
        })  # fmt: skip
    return found
