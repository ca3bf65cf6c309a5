"""The daily bill: GBK inside a ZIP, read as a stream, and refused when it is not whole."""

import io
import tracemalloc
from datetime import date
from typing import Any

import pytest

from jiuyi.adapters.alipay import bill
from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.domains.payments.types import BillKind
from jiuyi.kit.outcomes import Garbled
from jiuyi_sandbox.alipay.archive import pack
from tests.adapters.alipay import peer
from tests.support.listener import Listener

pytestmark = pytest.mark.feature("I08")
DETAILS, TOTALS = "20880000_20261122_业务明细.csv", "20880000_20261122_业务明细(汇总).csv"
HEAD = "#支付宝业务明细查询\n#账号：[20880000]\n#-----业务明细列表-----\n"
COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注\n"
)
FOOT = "#-----业务明细列表结束-----\n#交易合计：1笔\n"


def _row(number: str = "P1", kind: str = "交易", yuan: str = "1234.56", refund: str = "", fee: str = "-7.41") -> str:
    zeros = ",".join(["0.00"] * 5)
    return (
        f"2026112222001\t,{number}\t,{kind},挂号费 𠮷,2026-11-22 10:00:00,2026-11-22 10:00:05,,,,,*华(138****2046),"
        f"{yuan},{yuan},{zeros},,0.00,0.00,{refund}\t,{fee},0.00,\n"
    )


def _zip(text: str, name: str = DETAILS) -> io.BytesIO:
    """As Alipay packs it: names in GBK without a word about it."""
    return io.BytesIO(pack({TOTALS: b"#\n", name: text.encode("gb18030")}))


def test_both_directions_in_fen() -> None:
    rows = _row() + _row("P2", "退款", "-5.00", "R1", "0.03")
    paid, back = list(bill.lines(_zip(HEAD + COLUMNS + rows + FOOT)))
    assert (paid.kind, paid.out_trade_no, paid.transaction_id) == (BillKind.PAYMENT, "P1", "2026112222001")
    assert (paid.amount_fen, paid.fee_fen, paid.out_refund_no) == (123456, 741, None)
    assert (back.kind, back.amount_fen, back.out_refund_no, back.fee_fen) == (BillKind.REFUND, 500, "R1", -3)
    assert paid.at.isoformat() == "2026-11-22T10:00:05+08:00"
    assert list(bill.lines(_zip(HEAD + COLUMNS + FOOT))) == []


@pytest.mark.parametrize(
    "text",
    [
        HEAD + COLUMNS + _row(),
        HEAD + COLUMNS + _row() + FOOT + _row(),
        HEAD + COLUMNS + _row(kind="转账") + FOOT,
        HEAD + COLUMNS + _row(yuan="1e3") + FOOT,
        HEAD + COLUMNS + _row().replace(",0.00,\n", "\n") + FOOT,
        HEAD + COLUMNS.replace("商户订单号", "订单号") + _row() + FOOT,
        "",
    ],
    ids=range(7),
)
def test_a_bill_that_is_not_whole_is_refused(text: str) -> None:
    with pytest.raises(bill.BillRefused):
        list(bill.lines(_zip(text)))


def test_an_archive_without_details_is_refused() -> None:
    with pytest.raises(bill.BillRefused):
        list(bill.lines(_zip(HEAD + COLUMNS + FOOT, "other.csv")))


def test_memory_does_not_grow_with_the_day() -> None:
    peaks = []
    for count in (1_000, 20_000):
        file = _zip(HEAD + COLUMNS + "".join(_row(f"P{number}") for number in range(count)) + FOOT)
        tracemalloc.start()
        assert sum(1 for _ in bill.lines(file)) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 512 * 1024, peaks


@pytest.mark.parametrize(
    "place", ["https://evil.example/bill.zip", "http://127.0.0.1:1/bill.zip", "file:///etc/passwd", ""]
)
async def test_bills_come_from_alipay_alone(alipay: Listener, pay: AlipayPay, place: str) -> None:
    method = "alipay.data.dataservice.bill.downloadurl.query"
    node: dict[str, Any] = {"code": "10000", "bill_download_url": place}
    alipay.answer = lambda _: (200, peer.answer(method, node))
    with pytest.raises(Garbled):
        _ = [line async for line in pay.bill(date(2026, 11, 22))]
    assert len(alipay.heard) == 1


async def test_a_page_instead_of_the_file_is_garbled(alipay: Listener, pay: AlipayPay, port: int) -> None:
    method = "alipay.data.dataservice.bill.downloadurl.query"
    node = {"code": "10000", "bill_download_url": f"http://127.0.0.1:{port}/bill/download?token=1"}
    answers = iter([(200, peer.answer(method, node)), (200, "<html>"), (200, peer.answer(method, node)), (403, "")])
    alipay.answer = lambda _: next(answers)
    for _ in range(2):
        with pytest.raises(Garbled):
            _ = [line async for line in pay.bill(date(2026, 11, 22))]
    assert alipay.heard[1].path == "/bill/download?token=1"
