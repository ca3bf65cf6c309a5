"""Unpacking the trade bill: digests, files that are cut off, and files that grow beyond all measure."""

import gzip
import hashlib
import io
import random

import pytest

from jiuyi.adapters.wechat import pay_bill
from jiuyi.domains.payments.types import BillKind

pytestmark = pytest.mark.feature("I02")
PLAIN = "\ufeff交易时间,商户号\n总交易单数\n".encode()


def digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()  # noqa: S324 - WeChat's own algorithm


def unpacked(content: bytes, sha1: str) -> bytes:
    plain = io.BytesIO()
    pay_bill.unpack(io.BytesIO(content), sha1, plain)
    return plain.getvalue()


def test_a_bill_is_unpacked_and_compared() -> None:
    assert unpacked(gzip.compress(PLAIN), digest(PLAIN).upper()) == PLAIN


def test_a_bill_of_many_pieces_is_unpacked_whole() -> None:
    content = random.Random(1).randbytes(700_000)
    assert unpacked(gzip.compress(content), digest(content)) == content


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not packed", "not gzip"),
        (b"", "not one whole gzip"),
        (gzip.compress(PLAIN)[:-9], "not one whole gzip"),
        (gzip.compress(PLAIN) + b"more", "not one whole gzip"),
        (gzip.compress(PLAIN + b"."), "the digest differs"),
    ],
)
def test_what_is_not_the_bill_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(pay_bill.BillRefused, match=why):
        unpacked(content, digest(PLAIN))


def test_a_bill_that_grows_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pay_bill, "_MOST_UNPACKED", 1000)
    large = b"," * 1_000_000
    with pytest.raises(pay_bill.BillRefused, match="too large"):
        unpacked(gzip.compress(large), digest(large))


COLUMNS = (
    "交易时间,商户号,微信订单号,商户订单号,交易状态,商户退款单号,微信退款单号,申请退款金额,退款状态,订单金额,手续费"
)


def bill(*rows: str) -> io.BytesIO:
    told = (COLUMNS, *("`" + row.replace(",", ",`") for row in rows), "总交易单数,应结订单总金额", "`1,`0.00")
    return io.BytesIO("\r\n".join(told).encode("utf-8-sig"))


def line(number: str, state: str, fen: int) -> str:
    back = state != "SUCCESS"
    money, other = ("0.00", f"{fen / 100:.2f}") if back else (f"{fen / 100:.2f}", "0.00")
    refund = (f"R{number}", f"50{number}", other, "SUCCESS") if back else ("0", "0", "0.00", "")
    return ",".join(("2026-11-22 09:30:00", "1900000001", f"42{number}", f"P{number}", state, *refund, money, "0.01"))


def test_a_code_that_was_taken_back_the_same_day_moved_no_money() -> None:
    rows = [line("1", "SUCCESS", 1500), line("2", "SUCCESS", 1500), line("2", "REVOKED", 1500), line("3", "REFUND", 80)]
    read = list(pay_bill.lines(bill(*rows)))
    assert [(one.out_trade_no, one.kind, one.amount_fen) for one in read] == [
        ("P1", BillKind.PAYMENT, 1500),
        ("P3", BillKind.REFUND, 80),
    ]


def test_a_code_taken_back_on_a_later_day_is_a_refund() -> None:
    (read,) = pay_bill.lines(bill(line("2", "REVOKED", 1500)))
    assert (read.kind, read.amount_fen, read.out_refund_no) == (BillKind.REFUND, 1500, "R2")


def test_a_bill_that_is_cut_off_is_refused() -> None:
    with pytest.raises(pay_bill.BillRefused, match="cut off"):
        _ = list(
            pay_bill.lines(io.BytesIO(bill(line("1", "SUCCESS", 1500)).getvalue().split("总交易单数".encode())[0]))
        )
