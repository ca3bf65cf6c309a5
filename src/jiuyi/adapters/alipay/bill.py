"""The daily trade bill: a ZIP of CSV files in GBK, in yuan, read line by line from a temporary file.

Layout: Alipay's papers. Comment lines begin with `#`; numbers are followed by a tab; the footer closes it.
"""

import asyncio
import csv
import io
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import IO
from urllib.parse import urlsplit

from jiuyi.domains.payments.types import BillKind, BillLine
from jiuyi.kit.clock import HOSPITAL_ZONE, Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.money import NotMoney, fen_from_yuan
from jiuyi.kit.outcomes import Garbled
from jiuyi.wire.http import Caller

ENCODING = "gb18030"
"""GBK with its later characters: names of patients' goods may have them."""
_BATCH = 500
_OPERATION = "bill_file"
_KINDS = {"交易": BillKind.PAYMENT, "退款": BillKind.REFUND}
_MOST_UNPACKED = 2 * 1024**3


# zipfile says RuntimeError of an encrypted file, and a subclass of it of a packing that it does not know.
_ODD = (zipfile.BadZipFile, UnicodeDecodeError, csv.Error, EOFError, RuntimeError, zlib.error)


class BillRefused(Exception):
    """The file is not the bill that was promised: packing, columns or amounts."""


class BillStore:
    """Fetches bills by the short-lived address that the gateway gave. `origins`: hosts that bills may come from."""

    def __init__(self, system: str, journal: Journal, clock: Clock, origins: Sequence[str]) -> None:
        self._system = system
        self._callers = {_origin(origin): Caller(system, _origin(origin), journal, clock) for origin in origins}

    @property
    def callers(self) -> list[Caller]:
        """The connections, to be closed at the end."""
        return list(self._callers.values())

    async def lines(self, url: str) -> AsyncIterator[BillLine]:
        """Payments and refunds in the bill's own order. Raises the outcomes of a call."""
        caller = self._callers.get(_origin(url))
        if caller is None:
            raise Garbled(self._system, _OPERATION, "the bill lies on a host that is not Alipay's")
        with tempfile.TemporaryFile() as file:
            await caller.save(_OPERATION, url.removeprefix(caller.base_url), file)
            try:
                rows = lines(file)
                while batch := await asyncio.to_thread(_some, rows):
                    for line in batch:
                        yield line
            except (BillRefused, *_ODD) as error:
                raise Garbled(self._system, _OPERATION, f"{type(error).__name__} {error}"[:120]) from error


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _some(rows: Iterator[BillLine]) -> list[BillLine]:
    return [line for _, line in zip(range(_BATCH), rows, strict=False)]


def lines(file: IO[bytes]) -> Iterator[BillLine]:
    """The lines of the archive's file of details. Raises `BillRefused`, or what unpacking raises."""
    with zipfile.ZipFile(file) as archive:
        entry = next((one for one in archive.infolist() if _is_details(one)), None)
        if entry is None:
            raise BillRefused("the archive has no file of details")
        if entry.file_size > _MOST_UNPACKED:
            raise BillRefused("too large")
        with archive.open(entry) as packed, io.TextIOWrapper(packed, encoding=ENCODING, newline="") as text:
            yield from _read(text)


def _is_details(entry: zipfile.ZipInfo) -> bool:
    """`…_业务明细.csv`, not `…_业务明细(汇总).csv`; the names are GBK, which zip readers take for cp437."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode(ENCODING)
        except UnicodeError:
            return False
    return name.endswith(".csv") and "业务明细" in name and "汇总" not in name


def _read(text: io.TextIOWrapper) -> Iterator[BillLine]:
    columns: list[str] = []
    closed = False
    for row in csv.reader(text):
        if not row or not row[0].strip():
            continue
        if row[0].startswith("#"):
            # Comments stand before the columns and after the last line.
            closed = bool(columns)
        elif not columns:
            columns = [name.strip() for name in row]
        elif closed:
            raise BillRefused("a line after the footer")
        else:
            values = [value.strip() for value in row]
            # Each line ends with a comma or not, as the release of the day has it.
            if len(values) == len(columns) + 1 and not values[-1]:
                values.pop()
            if len(values) != len(columns):
                raise BillRefused("a line has another number of values than there are columns")
            yield _line(dict(zip(columns, values, strict=True)))
    if not closed:
        raise BillRefused("the bill has no footer: it is cut off")


def _line(row: dict[str, str]) -> BillLine:
    try:
        kind = _KINDS[row["业务类型"]]
        back = kind is BillKind.REFUND
        return BillLine(
            kind=kind,
            at=datetime.fromisoformat(row["完成时间"]).replace(tzinfo=HOSPITAL_ZONE),
            out_trade_no=row["商户订单号"],
            transaction_id=row["支付宝交易号"],
            amount_fen=abs(fen_from_yuan(row["订单金额（元）"])),
            state="REFUND" if back else "SUCCESS",
            out_refund_no=row["退款批次号/请求号"] if back else None,
            refund_id=row["退款批次号/请求号"] if back else None,
            fee_fen=_fee(row["服务费（元）"], back=back),
        )
    except (KeyError, ValueError, NotMoney, InvalidOperation) as error:
        raise BillRefused(f"a line cannot be read: {type(error).__name__}") from error


def _fee(yuan: str, *, back: bool) -> int:
    """The fee in fen: taken for a payment (written negative), given back with a refund; empty means none."""
    fen = int((Decimal(yuan or "0") * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return -abs(fen) if back else abs(fen)
