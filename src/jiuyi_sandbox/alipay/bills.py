"""The daily bill: a ZIP of two GBK tables in yuan, for half a minute at an address; and the lies to reconcile against.

Layout: Alipay's papers, bill (T). Some strings there are UNCONFIRMED: the sub code of a missing bill, the hour.
"""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jiuyi_sandbox.alipay import trades
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, local, yuan
from jiuyi_sandbox.alipay.archive import pack
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import business, wrong_parameter
from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.store import Row

COLUMNS = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员",
    "终端号", "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）",
    "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）",
    "退款批次号/请求号", "服务费（元）", "分润（元）", "备注",
)  # fmt: skip
SUMMARY = (
    "门店编号", "门店名称", "交易订单总笔数", "退款订单总笔数", "订单金额（元）", "商家实收（元）", "支付宝优惠（元）",
    "商家优惠（元）", "卡消费金额（元）", "服务费（元）", "分润（元）", "实收净额（元）",
)  # fmt: skip
ACCOUNT_COLUMNS = (
    "账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号", "收入金额（+元）", "支出金额（-元）",
    "账户余额（元）", "交易渠道", "业务类型", "备注",
)  # fmt: skip
BILL_TYPES = ("trade", "signcustomer")

_READY_HOUR = 9
_FILE_SECONDS = 30
_FEE_PER_MILLE = 6
_IDS = frozenset({"支付宝交易号", "商户订单号", "退款批次号/请求号", "账务流水号", "业务流水号"})
"""Long numbers are followed by a TAB, so that a spreadsheet does not round them."""


@dataclass
class Lies:
    """What the next bills get wrong, by merchant order number; `extra` adds a payment nobody made."""

    drop: list[str] = field(default_factory=list)
    wrong_amount: dict[str, int] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)


def lies(ali: AlipayWorld) -> Lies:
    """The lies in force (they live in the store, so that a restart keeps them)."""
    told = ali.world.store.meta("alipay.bill_lies")
    return Lies(**json.loads(told)) if told else Lies()


def set_lies(ali: AlipayWorld, data: dict[str, Any]) -> Lies:
    """Replace the lies. Raises TypeError for a name that is not one."""
    chosen = Lies(**data)
    ali.world.store.set_meta("alipay.bill_lies", json.dumps(chosen.__dict__))
    return chosen


def _fee(fen: int) -> int:
    return (fen * _FEE_PER_MILLE + 500) // 1000


def _line(ali: AlipayWorld, row: Row, amount: int, refund: Row | None) -> dict[str, str]:
    signed = -amount if refund else amount
    line = dict.fromkeys(COLUMNS, "") | {name: "0.00" for name in COLUMNS if name.endswith("（元）")}
    line |= {
        "支付宝交易号": row["trade_no"],
        "商户订单号": row["out_trade_no"],
        "业务类型": "退款" if refund else "交易",
        "商品名称": row["subject"],
        "创建时间": local(row["created_at"]),
        "完成时间": local(refund["done_at"] if refund else row["paid_at"]),
        "门店编号": row["store_id"] or "",
        "操作员": (refund["operator_id"] if refund else row["operator_id"]) or "",
        "终端号": row["terminal_id"] or "",
        "对方账户": f"*({ali.logon_id(row['user_id'] or '')})",
        "订单金额（元）": yuan(signed),
        "商家实收（元）": yuan(signed),
        "退款批次号/请求号": refund["out_request_no"] if refund else "",
        "服务费（元）": yuan(_fee(amount) if refund else -_fee(amount)),
        "备注": (refund["reason"] if refund else row["body"]) or "",
    }
    return line


def lines(ali: AlipayWorld, day: date) -> list[dict[str, str]]:
    """Payments and refunds of one hospital day, in order of time, with the lies told."""
    start = datetime(day.year, day.month, day.day, tzinfo=HOSPITAL_TIME).timestamp()
    span, store, told = (start, start + 86400), ali.world.store, lies(ali)
    made = [
        _line(ali, row, told.wrong_amount.get(row["out_trade_no"], row["total"]), None)
        for row in store.all("SELECT * FROM ali_trade WHERE paid_at >= ? AND paid_at < ?", span)
    ]
    made += [
        _line(ali, trades.found(ali, one["out_trade_no"]), one["amount"], one)
        for one in store.all("SELECT * FROM ali_refund WHERE done_at >= ? AND done_at < ?", span)
    ]
    made = [line for line in made if line["商户订单号"] not in told.drop]
    for extra in told.extra:
        amount = yuan(int(extra.get("total", 1)))
        nobody = dict.fromkeys(COLUMNS, "") | {name: "0.00" for name in COLUMNS if name.endswith("（元）")}
        made.append(nobody | {
            "支付宝交易号": f"{day:%Y%m%d}22001000000000000001", "商户订单号": str(extra["out_trade_no"]),
            "业务类型": "交易", "商品名称": "挂号费", "创建时间": f"{day} 12:00:00", "完成时间": f"{day} 12:00:00",
            "订单金额（元）": amount, "商家实收（元）": amount,
        })  # fmt: skip
    return sorted(made, key=lambda line: line["完成时间"])


def _fen(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    whole, _, rest = text.lstrip("-").partition(".")
    return sign * (int(whole) * 100 + int(rest))


def _cells(line: dict[str, str], columns: tuple[str, ...]) -> str:
    """One row. Commas in a text would shift the columns: Alipay's file has no quotes, it swaps them."""
    return ",".join(line[name].replace(",", "，") + ("\t" if name in _IDS else "") for name in columns)


def _head(ali: AlipayWorld, day: date, title: str) -> Iterator[str]:
    yield f"#支付宝{title}查询"
    yield f"#账号：[{ali.keys.seller_id}0156]"
    yield f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{day + timedelta(days=1):%Y年%m月%d日} 00:00:00]"
    yield f"#-----------------------------------------{title}列表----------------------------------------"


def _details(ali: AlipayWorld, day: date, rows: list[dict[str, str]]) -> Iterator[str]:
    yield from _head(ali, day, "业务明细")
    yield ",".join(COLUMNS)
    yield from (_cells(row, COLUMNS) for row in rows)
    paid = [_fen(row["订单金额（元）"]) for row in rows if row["业务类型"] == "交易"]
    back = [_fen(row["订单金额（元）"]) for row in rows if row["业务类型"] == "退款"]
    yield "#-----------------------------------------业务明细列表结束------------------------------------"
    yield f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元"
    yield f"#退款合计：{len(back)}笔，商家实收退款共{yuan(sum(back))}元，商家优惠退款共0.00元"
    yield f"#导出时间：[{ali.world.clock.now():%Y年%m月%d日 %H:%M:%S}]"


def _totals(ali: AlipayWorld, day: date, rows: list[dict[str, str]]) -> Iterator[str]:
    paid = sum(row["业务类型"] == "交易" for row in rows)
    amount = sum(_fen(row["订单金额（元）"]) for row in rows)
    fees = sum(_fen(row["服务费（元）"]) for row in rows)
    yield from _head(ali, day, "业务汇总")
    yield ",".join(SUMMARY)
    yield ",".join(
        ["合计", "", str(paid), str(len(rows) - paid), yuan(amount), yuan(amount), "0.00", "0.00", "0.00", yuan(fees),
         "0.00", yuan(amount + fees)]
    )  # fmt: skip
    yield "#-----------------------------------------业务汇总列表结束------------------------------------"
    yield f"#导出时间：[{ali.world.clock.now():%Y年%m月%d日 %H:%M:%S}]"


def _account(ali: AlipayWorld, day: date, rows: list[dict[str, str]]) -> Iterator[str]:
    """账务明细: what moved the account. The balance starts at nothing every day."""
    yield from _head(ali, day, "账务明细")
    yield ",".join(ACCOUNT_COLUMNS)
    balance = 0
    for number, row in enumerate(rows, 1):
        amount = _fen(row["商家实收（元）"])
        balance += amount
        line = {
            "账务流水号": f"{day:%Y%m%d}{number:012d}", "业务流水号": row["支付宝交易号"],
            "商户订单号": row["商户订单号"], "商品名称": row["商品名称"], "发生时间": row["完成时间"],
            "对方账号": row["对方账户"], "收入金额（+元）": yuan(max(amount, 0)),
            "支出金额（-元）": yuan(min(amount, 0)), "账户余额（元）": yuan(balance), "交易渠道": "支付宝",
            "业务类型": "在线支付" if amount > 0 else "交易退款", "备注": row["备注"],
        }  # fmt: skip
        yield _cells(line, ACCOUNT_COLUMNS)
    yield "#-----------------------------------------账务明细列表结束------------------------------------"


def render(ali: AlipayWorld, bill_type: str, day: date, rows: list[dict[str, str]]) -> bytes:
    """The ZIP: `<account>_<date>_业务明细.csv` and its summary, or 账务明细."""

    def table(made: Iterator[str]) -> bytes:
        return ("\r\n".join(made) + "\r\n").encode("gb18030")

    start = f"{ali.keys.seller_id}0156_{day:%Y%m%d}"
    if bill_type == "signcustomer":
        return pack({f"{start}_账务明细.csv": table(_account(ali, day, rows))})
    return pack({
        f"{start}_业务明细.csv": table(_details(ali, day, rows)),
        f"{start}_业务明细(汇总).csv": table(_totals(ali, day, rows)),
    })  # fmt: skip


async def download_url(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.data.dataservice.bill.downloadurl.query: an address for half a minute."""
    bill_type = str(call.body.get("bill_type", ""))
    if bill_type not in BILL_TYPES:
        raise wrong_parameter(f"bill_type 应为 {'、'.join(BILL_TYPES)}")
    try:
        day = date.fromisoformat(str(call.body.get("bill_date", "")))
    except ValueError as wrong:
        raise wrong_parameter("bill_date 应为 yyyy-MM-dd") from wrong
    now = ali.world.clock.now()
    early = day == now.date() - timedelta(days=1) and now.hour < _READY_HOUR
    if day >= now.date() or early or not lines(ali, day):
        raise business("isp.bill_not_exist", "账单不存在")
    token = secrets.token_urlsafe(24)
    asked = {"day": str(day), "bill_type": bill_type, "until": ali.now() + _FILE_SECONDS}
    ali.world.store.set_meta(f"alipay.bill:{token}", json.dumps(asked))
    url = (
        f"{ali.world.config.base_url}/alipay/bill/download.resource?bizType={bill_type}&fileId={token}&fileType=csv.zip"
    )
    return fine(bill_download_url=url, bill_file_code="EXECUTE_SUCCESS")


async def download(ali: AlipayWorld, request: Request) -> Response:
    """GET the address of a bill: no signature, and only for half a minute."""
    known = ali.world.store.meta(f"alipay.bill:{request.query_params.get('fileId', '')}")
    asked = json.loads(known) if known else None
    if asked is None or asked["until"] < ali.now():
        return PlainTextResponse("链接已失效", 403)
    day = date.fromisoformat(asked["day"])
    return Response(render(ali, asked["bill_type"], day, lines(ali, day)), media_type="application/zip")
