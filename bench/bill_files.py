"""A seeded day's bills as the files that WeChat and Alipay give: written to disk, fetched over HTTP, read as always.

Only the signed answers that name the files are left out; they do not grow with the day.
"""

import csv
import gzip
import hashlib
import io
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jiuyi.adapters.alipay.bill import ENCODING, BillStore
from jiuyi.adapters.wechat import pay_bill
from jiuyi.domains.payments.types import BillKind, BillLine
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.journal import Journal
from jiuyi.kit.money import yuan
from jiuyi.wire.http import Caller
from tests.support.seeded_day import MERCHANT, SeededDay

WECHAT, ALIPAY = "wechat.csv.gz", "alipay.zip"
_WECHAT_COLUMNS = (
    "交易时间", "公众账号ID", "商户号", "特约商户号", "设备号", "微信订单号", "商户订单号", "用户标识", "交易类型",
    "交易状态", "付款银行", "货币种类", "应结订单金额", "代金券金额", "微信退款单号", "商户退款单号", "退款金额",
    "充值券退款金额", "退款类型", "退款状态", "商品名称", "商户数据包", "手续费", "费率", "订单金额", "申请退款金额",
    "费率备注",
)  # fmt: skip
_ALIPAY_COLUMNS = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员",
    "终端号", "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）",
    "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）",
    "退款批次号/请求号", "服务费（元）", "分润（元）", "备注",
)  # fmt: skip


def write(told: SeededDay, folder: Path) -> str:
    """Both files; return the digest with which WeChat announces its own."""
    _alipay(told, folder / ALIPAY)
    return _wechat(told, folder / WECHAT)


def _wechat(told: SeededDay, path: Path) -> str:
    digest = hashlib.sha1()  # noqa: S324 - WeChat's own algorithm
    with gzip.open(path, "wb", compresslevel=6) as file:
        for piece in _pieces(_WECHAT_COLUMNS, map(_wechat_row, told.bill("wechat")), "`"):
            content = piece.encode("utf-8-sig" if not file.tell() else "utf-8")
            digest.update(content)
            file.write(content)
        last = "总交易单数,应结订单总金额\r\n`1,`0.00\r\n".encode()
        digest.update(last)
        file.write(last)
    return digest.hexdigest()


def _wechat_row(line: BillLine) -> dict[str, str]:
    back = line.kind is BillKind.REFUND
    return {
        "交易时间": f"{local(line.at):%Y-%m-%d %H:%M:%S}",
        "公众账号ID": "wx0000000000000001",
        "商户号": line.merchant_id or MERCHANT,
        "微信订单号": line.transaction_id,
        "商户订单号": line.out_trade_no,
        "用户标识": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "交易类型": "JSAPI",
        "交易状态": "REFUND" if back else "SUCCESS",
        "货币种类": "CNY",
        "微信退款单号": line.refund_id or "0",
        "商户退款单号": line.out_refund_no or "0",
        "退款状态": "SUCCESS" if back else "",
        "商品名称": "挂号费",
        "手续费": "0.09000",
        "订单金额": yuan(line.amount_fen),
        "申请退款金额": yuan(line.amount_fen if back else 0),
    }


def _alipay(told: SeededDay, path: Path) -> None:
    name = f"20880000000000010156_{told.day:%Y%m%d}_业务明细.csv"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as file:
        file.write("#支付宝业务明细查询\r\n".encode(ENCODING))
        for piece in _pieces(_ALIPAY_COLUMNS, map(_alipay_row, told.bill("alipay")), ""):
            file.write(piece.encode(ENCODING))
        file.write("#业务明细列表结束\r\n".encode(ENCODING))


def _alipay_row(line: BillLine) -> dict[str, str]:
    back = line.kind is BillKind.REFUND
    at = f"{local(line.at):%Y-%m-%d %H:%M:%S}"
    return {
        "支付宝交易号": line.transaction_id + "\t",
        "商户订单号": line.out_trade_no + "\t",
        "业务类型": "退款" if back else "交易",
        "商品名称": "挂号费",
        "创建时间": at,
        "完成时间": at,
        "订单金额（元）": yuan(-line.amount_fen if back else line.amount_fen),
        "退款批次号/请求号": (line.out_refund_no or "") + "\t",
        "服务费（元）": "-0.01",
    }


def _pieces(columns: Sequence[str], rows: Iterator[dict[str, str]], before: str) -> Iterator[str]:
    """The table as text, a few hundred rows at a time; `before` stands in front of each value."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\r\n")
    writer.writerow(columns)
    for number, row in enumerate(rows, 1):
        writer.writerow([before + row.get(name, "") for name in columns])
        if number % 500 == 0:
            yield sheet.getvalue()
            sheet.seek(0)
            sheet.truncate()
    yield sheet.getvalue()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which a process of its own serves the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@dataclass
class WechatFile:
    """WeChat's channel as far as its bill goes."""

    caller: Caller
    sha1: str
    name: str = "wechat"
    merchant_id: str = MERCHANT

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        del day
        with tempfile.TemporaryFile() as packed, tempfile.TemporaryFile() as plain:
            await self.caller.save("bill_file", f"/{WECHAT}", packed)
            async for line in pay_bill.read(packed, self.sha1, plain):
                yield line


@dataclass
class AlipayFile:
    """Alipay's channel as far as its bill goes."""

    store: BillStore
    url: str
    name: str = "alipay"
    merchant_id: str = MERCHANT

    async def bill(self, day: date) -> AsyncIterator[BillLine]:
        del day
        async for line in self.store.lines(f"{self.url}/{ALIPAY}"):
            yield line


def channels(url: str, sha1: str) -> tuple[WechatFile, AlipayFile, list[Caller]]:
    """Both channels over the served files, and the connections to be closed."""
    journal, clock = Journal(), Clock()
    caller, store = Caller("wechat_pay", url, journal, clock), BillStore("alipay_pay", journal, clock, [url])
    return WechatFile(caller, sha1), AlipayFile(store, url), [caller, *store.callers]
