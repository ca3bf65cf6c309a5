"""What messages say, in both languages, and how their values are cut for a channel's template."""

import re
from collections.abc import Mapping
from datetime import datetime

from jiuyi.domains.notifications.types import About, Kind
from jiuyi.kit.clock import local
from jiuyi.kit.money import NotMoney, fen_from_yuan, grouped

_PAGES = {
    "appointment": "appointment",
    "mdt_application": "mdt_application",
    "patient": "patient_bindings",
    "order": "order",
    "checkout": "checkout",
    "fees_of": "fees",
    "deposit": "deposit",
    "account": "identities",
    "recovered_booking": "booking",
    "recovered_fees": "fees_again",
    "recovered_records": "records",
}
_TEXTS: dict[Kind, tuple[tuple[str, str], tuple[str, str]]] = {
    Kind.HELD: (
        ("请在 {until} 前支付", "{patient}，{time}，{department}。应付 ¥{amount}，到时未支付号会放出，不扣费。"),
        ("Please pay before {until}", "{patient}, {time}, {department_en}. ¥{amount} due; unpaid places are released."),
    ),
    Kind.BOOKED: (
        ("预约成功", "{patient}，{time}，{department} {doctor}。地点：{place}。预约号 {number}。"),
        ("Appointment booked", "{patient}, {time}, {department_en} {doctor_en}. Place: {place_en}. No. {number}."),
    ),
    Kind.CANCELLED: (
        ("预约已取消", "{patient}，{time}，{department}。原因：{reason}。已付的费用会原路退回。"),
        ("Appointment cancelled", "{patient}, {time}, {department_en}. Any payment goes back the way it came."),
    ),
    Kind.NOT_BOOKED: (
        ("没有挂上号", "{patient}，{time}，{department}。{reason}。已付的费用会自动原路退回，不记爽约。"),
        ("Not booked", "{patient}, {time}, {department_en}. Any payment is refunded automatically."),
    ),
    Kind.REFUNDED: (
        ("退款已到账", "{item}，¥{amount} 已退回{route}。退款单号 {number}。"),
        ("Refund completed", "{item_en}: ¥{amount} was returned to {route_en}. Refund no. {number}."),
    ),
    Kind.REFUND_FAILED: (
        ("退款需要人工处理", "{item}，¥{amount} 没能自动退回，财务人员会联系您，钱不会丢失。退款单号 {number}。"),
        ("A refund needs our staff", "{item_en}: ¥{amount} could not be returned by itself; our staff will handle it."),
    ),
    Kind.STOPPED: (
        ("停诊通知", "{patient}，{time}，{department} {doctor} 停诊。费用自动原路退回，不记取消次数，可改约。"),
        ("Clinic cancelled by the hospital", "{patient}, {time}, {department_en} {doctor_en}. You get a full refund."),
    ),
    Kind.BINDING: (
        ("有人绑定了就诊人 {patient}", "账号“{account}”于 {time} 绑定。如不认识，请进入“谁绑定了我”立即解除。"),
        ("{patient} was added to another account", "Account “{account}”, {time}. Unknown to you? Remove it at once."),
    ),
    Kind.JOINED: (
        (
            "账户已合并",
            "“{account}”于 {time} 合并到您的账户，可以看到相同的就诊人和预约。如不是您本人操作，请立即解除。",
        ),
        ("Accounts joined", "“{account_en}” joined your account, {time}. Not you? Remove it at once."),
    ),
    Kind.DETACHED: (
        (
            "登录入口已解除",
            "“{account}”于 {time} 与账户分开，之后看不到原来的就诊人和预约。如不是您本人操作，请联系医院。",
        ),
        ("A way to sign in was removed", "“{account_en}” left the account, {time}. Not you? Call the hospital."),
    ),
    Kind.FEES_PAID: (
        ("缴费成功", "{patient}，{department}，¥{amount}。取药、检查的地点和号码见指引单。"),
        ("Fees paid", "{patient}, {department_en}, ¥{amount}. The guide tells where to go next."),
    ),
    Kind.FEES_REFUSED: (
        ("没有缴成，款已退回", "{patient}，{department}，¥{amount}。{reason}已付的款正在自动原路退回。"),
        ("Not entered, refunded", "{patient}, {department_en}, ¥{amount}. Your payment is being returned."),
    ),
    Kind.FEES_WAITING: (
        ("有新的待缴费单", "{patient}，{department}，医生开了新的单据。可在手机上缴费，不用排队。"),
        ("New bills to pay", "{patient}, {department_en}. You can pay here without queueing."),
    ),
    Kind.DEPOSIT_PAID: (
        ("预交金已到账", "{patient}，{department}，¥{amount} 已记入住院预交金。"),
        ("Deposit received", "{patient}, {department_en}: ¥{amount} was added to the inpatient deposit."),
    ),
    Kind.DEPOSIT_REFUSED: (
        ("预交金没有交成，款已退回", "{patient}，¥{amount}。{reason}已付的款正在自动原路退回。"),
        ("Deposit not taken, refunded", "{patient}, ¥{amount}. Your payment is being returned."),
    ),
    Kind.RECOVERED: (
        ("医院系统已恢复", "可以继续{item}了。之前没有办成的，请再办一次；没有扣费。"),
        ("The hospital system is back", "{item_en}: please try again now. You were not charged for what failed."),
    ),
    Kind.MDT: (
        ("会诊申请：{state}", "{patient}，{team}。{advice}"),
        ("MDT application: {state_en}", "{patient}, {team_en}. {advice_en}"),
    ),
}
ABOUT: dict[About, tuple[str, str]] = {
    About.BOOKING: ("预约挂号", "Book a visit"),
    About.FEES: ("门诊缴费", "Pay fees"),
    About.RECORDS: ("查看就诊记录", "See your records"),
}
"""What can be done again, as an item."""
_WEEKDAYS = "一二三四五六日"


class _Lenient(dict[str, str]):
    """Missing English falls back to the Chinese of the same role, and a missing role to nothing."""

    def __missing__(self, key: str) -> str:
        return self.get(key.removesuffix("_en"), "") if key.endswith("_en") else ""


def moment(text: str, language: str) -> str:
    """An RFC 3339 moment as people read it: `11 月 25 日 周三 09:00`, `Wed 25 Nov 09:00`. Other text stays."""
    try:
        at = local(datetime.fromisoformat(text))
    except ValueError:
        return text
    if language == "en":
        return at.strftime("%a %d %b %H:%M")
    return f"{at.month} 月 {at.day} 日 周{_WEEKDAYS[at.weekday()]} {at:%H:%M}"


def text(kind: Kind, params: Mapping[str, str], language: str) -> tuple[str, str]:
    """Title and body."""
    title, body = _TEXTS[kind][1 if language == "en" else 0]
    values = _Lenient(params)
    for role in ("time", "until"):
        if role in values:
            values[role] = moment(values[role], language)
    if "amount" in values:
        values["amount"] = _grouped(values["amount"])
    # A clinic without a doctor of its own leaves a gap before the next mark.
    return title.format_map(values), re.sub(r" +(?=[ ，。,.])", "", body.format_map(values))


def _grouped(amount: str) -> str:
    """`1000.00` → `1,000.00`, as on the pages. Other text stays."""
    try:
        return grouped(fen_from_yuan(amount))
    except NotMoney:
        return amount


def page_of(subject_kind: str) -> str | None:
    """The page that shows a message's subject."""
    return _PAGES.get(subject_kind)


_ROLES: dict[str, tuple[str, ...]] = {
    "booked": ("patient", "time", "department", "doctor", "place", "number"),
    "cancelled": ("patient", "time", "department", "reason", "number"),
    "refunded": ("item", "amount", "time", "route", "number"),
    "stopped": ("patient", "department", "doctor", "time", "advice"),
    "held": ("patient", "department", "time", "amount"),
    "binding": ("patient", "account", "time", "advice"),
    "mdt": ("patient", "team", "state", "time", "advice"),
    "recovered": ("item", "time", "advice"),
}
_TEMPLATE_OF = {Kind.NOT_BOOKED: "cancelled", Kind.JOINED: "binding", Kind.DETACHED: "binding"}
_DEFAULTS = {
    "stopped": {"advice": "费用原路退回，可一键改约"},
    "binding": {"advice": "不认识请立即解除"},
    "booked": {"doctor": "当日排班医师"},
    "recovered": {"advice": "可以继续办理了"},
}
_LONGEST = 20
_LONGEST_PHRASE = 5


def template_of(kind: Kind) -> str | None:
    """The channel template that carries a kind of message; None when it stays inside the app."""
    name = _TEMPLATE_OF.get(kind, str(kind))
    return name if name in _ROLES else None


def template_values(template: str, params: Mapping[str, str]) -> dict[str, str]:
    """A template's values by role, cut to what WeChat's typed keywords take (thing ≤ 20, phrase ≤ 5)."""
    values = {**_DEFAULTS.get(template, {}), **{key: value for key, value in params.items() if value}}
    cut: dict[str, str] = {}
    for role in _ROLES[template]:
        value = (
            values.get("until", values.get("time", ""))
            if role == "time" and template == "held"
            else values.get(role, "")
        )
        if role == "time":
            value = _template_time(value)
        elif role == "state":
            value = value[:_LONGEST_PHRASE]
        elif role == "amount":
            value = f"¥{value}"
        elif role != "number" and len(value) > _LONGEST:
            value = value[: _LONGEST - 1] + "…"
        cut[role] = value or "—"
    return cut


def _template_time(value: str) -> str:
    try:
        at = local(datetime.fromisoformat(value))
    except ValueError:
        return value
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
