"""The trade bill: one CSV a day, in yuan, every value behind a backtick; and the lies to reconcile against."""

import csv
import gzip
import hashlib
import io
import json
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.store import Row
from jiuyi_sandbox.wechat_pay import orders
from jiuyi_sandbox.wechat_pay.gate import Answer, Call, Download
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld
from jiuyi_sandbox.wechat_pay.problems import Problem, wrong_parameter

COLUMNS = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型",
    "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额",
    "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额",
    "费率备注",
)  # fmt: skip
SUMMARY = (
    "总交易单数", "应结订单总金额", "退款总金额", "充值券退款总金额", "手续费总金额", "订单总金额", "申请退款总金额",
)  # fmt: skip
REFUND_COLUMNS = frozenset(
    {"微信退款单号", "商户退款单号", "退款金额", "充值券退款金额", "退款类型", "退款状态", "申请退款金额"}
)

_READY_HOUR = 10
_FILE_SECONDS = 300
_FEE_PER_MILLE = 6


@dataclass
class Lies:
    """What the next bills get wrong, by merchant order number; `extra` adds a payment nobody made."""

    drop: list[str] = field(default_factory=list)
    wrong_amount: dict[str, int] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)


def lies(pay: PayWorld) -> Lies:
    """The lies in force (they live in the store, so that a restart keeps them)."""
    told = pay.world.store.meta("wechat_pay.bill_lies")
    return Lies(**json.loads(told)) if told else Lies()


def set_lies(pay: PayWorld, data: dict[str, Any]) -> Lies:
    """Replace the lies. Raises TypeError for a name that is not one."""
    chosen = Lies(**data)
    pay.world.store.set_meta("wechat_pay.bill_lies", json.dumps(chosen.__dict__))
    return chosen


def yuan(fen: int) -> str:
    """Two decimals, as the bill prints money."""
    return f"{fen // 100}.{fen % 100:02d}"


def _local(unix_seconds: float) -> str:
    return datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME).strftime("%Y-%m-%d %H:%M:%S")


def _fee(fen: int) -> int:
    return (fen * _FEE_PER_MILLE + 500) // 1000


def _line(pay: PayWorld, order: Row, total: int, refund: Row | None) -> dict[str, str]:
    line = dict.fromkeys(COLUMNS, "")
    refunded = refund["amount"] if refund else 0
    line |= {
        "交易时间": _local(refund["done_at"] if refund else order["paid_at"]),
        "公众账号ID": order["app_id"],
        "商户号": pay.keys.mch_id,
        "特约商户号": "0",
        "微信订单号": order["transaction_id"],
        "商户订单号": order["out_trade_no"],
        "用户标识": order["openid"],
        "交易类型": order["trade_type"],
        "交易状态": "SUCCESS" if refund is None else "REVOKED" if refund["behaviour"] == "reversal" else "REFUND",
        "付款银行": order["bank_type"],
        "货币种类": order["currency"],
        "应结订单金额": yuan(0 if refund else total),
        "代金券金额": yuan(0),
        "微信退款单号": refund["refund_id"] if refund else "0",
        "商户退款单号": refund["out_refund_no"] if refund else "0",
        "退款金额": yuan(refunded),
        "充值券退款金额": yuan(0),
        "退款类型": "ORIGINAL" if refund else "",
        "退款状态": refund["status"] if refund else "",
        "商品名称": order["description"],
        "商户数据包": order["attach"] or "",
        "手续费": f"{'-' if refund else ''}{_fee(refunded or total) / 100:.5f}",
        "费率": "0.60%",
        "订单金额": yuan(0 if refund else total),
        "申请退款金额": yuan(refunded),
    }
    return line


def lines(pay: PayWorld, day: date) -> list[dict[str, str]]:
    """Payments and refunds of one hospital day, in order of time, with the lies told."""
    start = datetime(day.year, day.month, day.day, tzinfo=HOSPITAL_TIME).timestamp()
    span = (start, start + 86400)
    store, told = pay.world.store, lies(pay)
    orders.progress(pay)
    found = [
        _line(pay, row, told.wrong_amount.get(row["out_trade_no"], row["total"]), None)
        for row in store.all("SELECT * FROM pay_order WHERE paid_at >= ? AND paid_at < ?", span)
    ]
    for row in store.all("SELECT * FROM pay_refund WHERE status = 'SUCCESS' AND done_at >= ? AND done_at < ?", span):
        order = store.one("SELECT * FROM pay_order WHERE out_trade_no = ?", (row["out_trade_no"],))
        if order is not None:
            found.append(_line(pay, order, order["total"], row))
    found = [line for line in found if line["商户订单号"] not in told.drop]
    for extra in told.extra:
        amount = yuan(int(extra.get("total", 1)))
        made_up = dict.fromkeys(COLUMNS, "") | {
            "交易时间": f"{day} 12:00:00",
            "公众账号ID": pay.app_id,
            "商户号": pay.keys.mch_id,
            "微信订单号": "4200000000" + day.strftime("%Y%m%d") + "0000000001",
            "商户订单号": str(extra["out_trade_no"]),
            "交易类型": "JSAPI",
            "交易状态": "SUCCESS",
            "货币种类": "CNY",
            "应结订单金额": amount,
            "订单金额": amount,
            "退款金额": "0.00",
            "申请退款金额": "0.00",
            "手续费": "0.00000",
            "费率": "0.60%",
        }
        found.append(made_up)
    return sorted(found, key=lambda line: line["交易时间"])


def render(rows: list[dict[str, str]], bill_type: str) -> bytes:
    """CSV with CRLF, header in clear, values behind a backtick, and the summary of seven columns."""
    if bill_type != "ALL":
        rows = [row for row in rows if row["交易状态"] == bill_type]
    columns = [name for name in COLUMNS if bill_type != "SUCCESS" or name not in REFUND_COLUMNS]

    def total(name: str) -> str:
        return yuan(sum(round(float(row[name] or 0) * 100) for row in rows))

    fees = f"{sum(float(row['手续费'] or 0) for row in rows):.5f}"
    summary = [
        str(len(rows)),
        total("应结订单金额"),
        total("退款金额"),
        "0.00",
        fees,
        total("订单金额"),
        total("申请退款金额"),
    ]
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[f"`{row[name]}" for name in columns] for row in rows])
    writer.writerow(SUMMARY)
    writer.writerow([f"`{value}" for value in summary])
    return sheet.getvalue().encode()


def content(pay: PayWorld, day: date, bill_type: str) -> bytes:
    """The file of a day. Raises Problem when there is none, or none yet."""
    now = pay.world.clock.now()
    if day >= now.date():
        raise wrong_parameter("/bill_date", "账单日期应早于今天", day)
    if day == now.date() - timedelta(days=1) and now.hour < _READY_HOUR:
        raise Problem(400, "STATEMENT_CREATING", "账单正在生成中，请于 10 点后获取")
    rows = lines(pay, day)
    if not rows:
        raise Problem(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    return render(rows, bill_type)


async def trade_bill(pay: PayWorld, call: Call) -> Answer:
    """GET /v3/bill/tradebill: where the file is and its SHA-1 (of the bytes before gzip)."""
    try:
        day = date.fromisoformat(call.query.get("bill_date", ""))
    except ValueError as wrong:
        raise wrong_parameter("/bill_date", "bill_date 应为 YYYY-MM-DD", call.query.get("bill_date")) from wrong
    bill_type, tar_type = call.query.get("bill_type", "ALL"), call.query.get("tar_type", "")
    if bill_type not in ("ALL", "SUCCESS", "REFUND") or tar_type not in ("", "GZIP"):
        raise wrong_parameter("/bill_type", "bill_type 应为 ALL、SUCCESS 或 REFUND，tar_type 应为 GZIP")
    written = content(pay, day, bill_type)
    token = secrets.token_urlsafe(24)
    pay.world.store.set_meta(
        f"wechat_pay.bill:{token}",
        json.dumps(
            {
                "day": str(day),
                "bill_type": bill_type,
                "gzip": bool(tar_type),
                "until": pay.now() + _FILE_SECONDS,
            }
        ),
    )
    digest = hashlib.sha1(written, usedforsecurity=False).hexdigest()
    url = f"{call.base_url}{pay.base_path}/v3/billdownload/file?token={token}"
    return 200, {"hash_type": "SHA1", "hash_value": digest, "download_url": url}


async def download(pay: PayWorld, call: Call) -> Answer:
    """GET /v3/billdownload/file?token=…: the raw file, unsigned, for five minutes."""
    known = pay.world.store.meta(f"wechat_pay.bill:{call.query.get('token', '')}")
    asked = json.loads(known) if known else None
    if asked is None or asked["until"] < pay.now():
        raise Problem(400, "INVALID_REQUEST", "下载地址已失效，请重新申请账单")
    told = render(lines(pay, date.fromisoformat(asked["day"])), asked["bill_type"])
    return Download(gzip.compress(told, mtime=0) if asked["gzip"] else told)
