"""The trade bill: CSV in yuan with a backtick before each value, read by column name, turned into fen."""

import csv
import hashlib
import zlib
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from jiuyi.domains.payments.types import BillKind, BillLine
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.money import NotMoney, fen_from_yuan

SUMMARY = "总交易单数"
"""First column of the summary's header: the lines end before it."""
_MOST_UNPACKED = 512 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class BillRefused(Exception):
    """The file is not the bill that was promised: digest, packing, columns or amounts."""


def unpacked(content: bytes, sha1: str) -> str:
    """Gunzip and compare the digest of the uncompressed bytes. Raises `BillRefused`, also for what grows too large."""
    opener = zlib.decompressobj(_GZIP)
    try:
        plain = opener.decompress(content, _MOST_UNPACKED)
    except zlib.error as error:
        raise BillRefused("not gzip") from error
    if not opener.eof or opener.unused_data:
        raise BillRefused("too large" if opener.unconsumed_tail else "not one whole gzip")
    digest = hashlib.sha1(plain).hexdigest()  # noqa: S324 - WeChat's own algorithm
    if digest != sha1.lower():
        raise BillRefused("the digest differs")
    return plain.decode("utf-8-sig")


def lines(text: str) -> Iterator[BillLine]:
    """Payments and refunds in the bill's own order. Raises `BillRefused`.

    A payment code that was taken back (`REVOKED`) on the day it was paid moved no money: neither line is given. One of
    an earlier day is a refund.
    """
    revoked = _revoked(text) if "REVOKED" in text else frozenset()
    for row in _rows(text):
        line = _line(row)
        if (line.transaction_id, line.amount_fen) not in revoked:
            yield line


def _rows(text: str) -> Iterator[dict[str, str]]:
    rows = csv.reader(text.splitlines())
    columns = [name.strip().lstrip("`") for name in next(rows, [])]
    for row in rows:
        if row and row[0].strip().lstrip("`") == SUMMARY:
            return
        if len(row) != len(columns):
            raise BillRefused("a line has another number of values than there are columns")
        yield {name: value.removeprefix("`").strip() for name, value in zip(columns, row, strict=True)}
    raise BillRefused("the bill has no summary: it is cut off")


def _revoked(text: str) -> frozenset[tuple[str, int]]:
    """(transaction, fen) of what was both paid and taken back on this bill."""
    paid: set[tuple[str, int]] = set()
    back: set[tuple[str, int]] = set()
    for row in _rows(text):
        line = _line(row)
        if line.kind is BillKind.PAYMENT:
            paid.add((line.transaction_id, line.amount_fen))
        elif row["交易状态"] == "REVOKED":
            back.add((line.transaction_id, line.amount_fen))
    return frozenset(paid & back)


def _line(row: dict[str, str]) -> BillLine:
    try:
        back = row["交易状态"] in {"REFUND", "REVOKED"}
        return BillLine(
            kind=BillKind.REFUND if back else BillKind.PAYMENT,
            at=datetime.fromisoformat(row["交易时间"]).replace(tzinfo=HOSPITAL_ZONE),
            out_trade_no=row["商户订单号"],
            transaction_id=row["微信订单号"],
            amount_fen=fen_from_yuan(row["申请退款金额"] if back else row["订单金额"]),
            state=row["退款状态"] if back else row["交易状态"],
            out_refund_no=row["商户退款单号"] if back else None,
            refund_id=row["微信退款单号"] if back else None,
            fee_fen=_rounded_fen(row["手续费"]),
            merchant_id=row["商户号"],
        )
    except (KeyError, ValueError, NotMoney, InvalidOperation) as error:
        raise BillRefused(f"a line cannot be read: {type(error).__name__}") from error


def _rounded_fen(yuan: str) -> int:
    """Fees have five decimals; to the nearest fen."""
    return int((Decimal(yuan) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
