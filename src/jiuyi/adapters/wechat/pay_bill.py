"""The trade bill: CSV in yuan with a backtick before each value, read by column name, turned into fen.

It goes from one temporary file into another and is read line by line: memory does not grow with the day.
"""

import asyncio
import csv
import hashlib
import io
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import IO

from jiuyi.domains.payments.types import BillKind, BillLine
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.money import NotMoney, fen_from_yuan

SUMMARY = "总交易单数"
"""First column of the summary's header: the lines end before it."""
_MOST_UNPACKED = 2 * 1024**3
_GZIP = 16 + zlib.MAX_WBITS
_BATCH = 500
_PIECE = 256 * 1024
_BACK = frozenset({"REFUND", "REVOKED"})


class BillRefused(Exception):
    """The file is not the bill that was promised: digest, packing, columns or amounts."""


async def read(packed: IO[bytes], sha1: str, plain: IO[bytes]) -> AsyncIterator[BillLine]:
    """The lines of a file that was just written, unpacked into `plain`; off the event loop. Raises as `lines` does."""
    packed.seek(0)
    await asyncio.to_thread(unpack, packed, sha1, plain)
    rows = lines(plain)
    while batch := await asyncio.to_thread(_some, rows):
        for line in batch:
            yield line


def _some(rows: Iterator[BillLine]) -> list[BillLine]:
    return [line for _, line in zip(range(_BATCH), rows, strict=False)]


def unpack(packed: IO[bytes], sha1: str, plain: IO[bytes]) -> None:
    """Gunzip one file into another, a piece at a time, and compare the digest of the uncompressed bytes.

    Raises `BillRefused`, also for what grows too large; `plain` is then of no use.
    """
    opener, digest, size = zlib.decompressobj(_GZIP), hashlib.sha1(), 0  # noqa: S324 - WeChat's own algorithm
    try:
        while part := packed.read(_PIECE):
            if opener.eof:
                raise BillRefused("not one whole gzip")
            while part:
                clear = opener.decompress(part, _PIECE)
                part = opener.unconsumed_tail
                size += len(clear)
                if size > _MOST_UNPACKED:
                    raise BillRefused("too large")
                digest.update(clear)
                plain.write(clear)
            if opener.unused_data:
                raise BillRefused("not one whole gzip")
    except zlib.error as error:
        raise BillRefused("not gzip") from error
    if not opener.eof:
        raise BillRefused("not one whole gzip")
    if digest.hexdigest() != sha1.lower():
        raise BillRefused("the digest differs")


def lines(plain: IO[bytes]) -> Iterator[BillLine]:
    """Payments and refunds in the bill's own order, read line by line. Raises `BillRefused`, `UnicodeDecodeError`.

    A payment code that was taken back (`REVOKED`) on the day it was paid moved no money: neither line is given. One of
    an earlier day is a refund.
    """
    revoked = _revoked(plain)
    for row in _rows(plain):
        line = _line(row)
        if (line.transaction_id, line.amount_fen) not in revoked:
            yield line


def _rows(plain: IO[bytes]) -> Iterator[dict[str, str]]:
    plain.seek(0)
    text = io.TextIOWrapper(plain, encoding="utf-8-sig", newline="")
    try:
        rows = csv.reader(text)
        columns = [name.strip().lstrip("`") for name in next(rows, [])]
        for row in rows:
            if row and row[0].strip().lstrip("`") == SUMMARY:
                return
            if len(row) != len(columns):
                raise BillRefused("a line has another number of values than there are columns")
            yield {name: value.removeprefix("`").strip() for name, value in zip(columns, row, strict=True)}
        raise BillRefused("the bill has no summary: it is cut off")
    except csv.Error as error:
        raise BillRefused("not a table") from error
    finally:
        text.detach()  # the file is read more than once


def _revoked(plain: IO[bytes]) -> frozenset[tuple[str, int]]:
    """(transaction, fen) of what was both paid and taken back on this bill; only what was taken back is held."""
    plain.seek(0)
    if not any(b"REVOKED" in line for line in plain):
        return frozenset()
    back = {_moved(_line(row)) for row in _rows(plain) if row.get("交易状态") == "REVOKED"}
    paid = (_line(row) for row in _rows(plain) if row.get("交易状态") not in _BACK)
    return frozenset(moved for moved in map(_moved, paid) if moved in back)


def _moved(line: BillLine) -> tuple[str, int]:
    return line.transaction_id, line.amount_fen


def _line(row: dict[str, str]) -> BillLine:
    try:
        back = row["交易状态"] in _BACK
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
