"""UnionPay's settlement file: base64 of a deflated zip with fixed-width lines, in fen.

The positions come from UnionPay's sample programs and were not checked against its papers (UNCONFIRMED): they stand in
`Layout`, so that a hospital can set others.
"""

import base64
import binascii
import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime

import msgspec

from jiuyi.domains.payments.types import BillKind, BillLine
from jiuyi.kit.clock import HOSPITAL_ZONE

_MOST_BYTES = 256 * 1024 * 1024
_REFUND, _VOID = "04", "31"
_HALF_YEAR = 6


class FileRefused(Exception):
    """The file is not what was promised: packing, lengths or numbers."""


class Layout(msgspec.Struct, frozen=True):
    """Where the fields of a line stand: (first column from 0, width)."""

    at: tuple[int, int] = (35, 10)
    amount: tuple[int, int] = (66, 12)
    query_id: tuple[int, int] = (87, 21)
    order_id: tuple[int, int] = (112, 32)
    fee: tuple[int, int] = (166, 13)
    txn_type: tuple[int, int] = (215, 2)
    marker: str = "ZM_"
    """The file inside the zip whose name holds this has the lines."""


LAYOUT = Layout()


def lines(content: str, day: date, layout: Layout) -> Iterator[BillLine]:
    """Payments and refunds in the file's own order; voids count as refunds. Raises `FileRefused`."""
    if not content:
        return
    for text in _texts(content, layout.marker):
        for row in text.splitlines():
            if row.strip():
                yield _line(row, day, layout)


def _texts(content: str, marker: str) -> Iterator[str]:
    try:
        packed = zlib.decompressobj().decompress(base64.b64decode(content, validate=True), _MOST_BYTES)
        with zipfile.ZipFile(io.BytesIO(packed)) as folder:
            for entry in folder.infolist():
                if marker in entry.filename:
                    if entry.file_size > _MOST_BYTES:
                        raise FileRefused("too large")
                    yield folder.read(entry).decode("gb18030")
    except (binascii.Error, zlib.error, zipfile.BadZipFile, UnicodeDecodeError, EOFError) as error:
        raise FileRefused(type(error).__name__) from error
    except RuntimeError as error:
        # zipfile's words for an encrypted file, and for a packing that it does not know.
        raise FileRefused(type(error).__name__) from error


def _line(row: str, day: date, layout: Layout) -> BillLine:
    def cut(place: tuple[int, int]) -> str:
        return row[place[0] : place[0] + place[1]].strip()

    try:
        back = cut(layout.txn_type) in {_REFUND, _VOID}
        # The line does not say the year. The file of New Year's Day has payments of the evening before it.
        year = day.year - 1 if int(cut(layout.at)[:2]) > day.month + _HALF_YEAR else day.year
        moment = datetime.strptime(f"{year}{cut(layout.at)}", "%Y%m%d%H%M%S").replace(tzinfo=HOSPITAL_ZONE)
        number = cut(layout.order_id)
        return BillLine(
            kind=BillKind.REFUND if back else BillKind.PAYMENT,
            at=moment,
            out_trade_no="" if back else number,
            transaction_id=cut(layout.query_id),
            amount_fen=int(cut(layout.amount)),
            state="SUCCESS",
            out_refund_no=number if back else None,
            refund_id=cut(layout.query_id) if back else None,
            fee_fen=abs(int(cut(layout.fee).lstrip("CD") or "0")),
        )
    except ValueError as error:
        raise FileRefused("a line cannot be read") from error
