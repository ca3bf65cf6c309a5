"""The settlement file's lines: the year that they do not say, and files that are not what was promised."""

import base64
import io
import zipfile
import zlib
from datetime import date

import pytest

from jiuyi.adapters.unionpay import settlement
from jiuyi.kit.clock import local

pytestmark = pytest.mark.feature("I06")


def packed(*moments: str) -> str:
    """A file with one payment of 50.50 at each moment (MMDDhhmmss)."""
    layout, rows = settlement.LAYOUT, []
    for moment in moments:
        row = list(" " * 230)
        for (start, width), text in (
            (layout.at, moment),
            (layout.amount, "5050".zfill(12)),
            (layout.query_id, "2" * 21),
            (layout.order_id, "P06H0000000000000001"),
            (layout.fee, "0"),
            (layout.txn_type, "01"),
        ):
            row[start : start + len(text)] = text[:width]
        rows.append("".join(row))
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as archive:
        archive.writestr("INN_ZM_1", "\r\n".join(rows))
    return base64.b64encode(zlib.compress(folder.getvalue())).decode()


@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        (date(2027, 1, 1), "1231231500", "2026-12-31T23:15:00+08:00"),
        (date(2027, 1, 1), "0101091500", "2027-01-01T09:15:00+08:00"),
        (date(2026, 12, 31), "1230235959", "2026-12-30T23:59:59+08:00"),
        (date(2026, 3, 1), "0228230000", "2026-02-28T23:00:00+08:00"),
    ],
)
def test_a_line_is_of_the_year_of_its_evening(day: date, moment: str, expected: str) -> None:
    (line,) = settlement.lines(packed(moment), day, settlement.LAYOUT)
    assert (local(line.at).isoformat(), line.amount_fen) == (expected, 5050)


@pytest.mark.parametrize("moment", ["13", "xx01091500", ""])
def test_a_line_without_its_moment_is_refused(moment: str) -> None:
    with pytest.raises(settlement.FileRefused):
        list(settlement.lines(packed(moment), date(2026, 12, 31), settlement.LAYOUT))


def test_an_encrypted_file_or_an_unknown_packing_is_refused() -> None:
    plain = zlib.decompress(base64.b64decode(packed("1122093000")))
    central = plain.rindex(b"PK\x01\x02")
    encrypted, odd = bytearray(plain), bytearray(plain)
    encrypted[6] |= 1
    encrypted[central + 8] |= 1
    odd[8:10] = odd[central + 10 : central + 12] = b"\x63\x00"
    for content in (encrypted, odd):
        with pytest.raises(settlement.FileRefused):
            list(
                settlement.lines(
                    base64.b64encode(zlib.compress(content)).decode(), date(2026, 11, 22), settlement.LAYOUT
                )
            )
