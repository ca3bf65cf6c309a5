"""CSV that Excel opens as it is: UTF-8 with a byte order mark, and no cell that runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = b"\xef\xbb\xbf"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text that begins so would be run by a spreadsheet (OWASP, CSV injection)."""
_LONG_NUMBER = 12
"""Excel rounds numbers of more digits, and cuts leading zeros of all: order numbers are texts."""

Cell = str | int | None


class Yuan(str):
    """An amount in yuan (`kit.money.yuan`): a number, though it may begin with a minus."""

    __slots__ = ()


def csv_sheet(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as one CSV file."""
    return BOM + csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows of a file that is sent in parts, lines ended by CRLF (RFC 4180); `BOM` goes before the first part."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue().encode()


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, int | Yuan):
        return str(cell)
    if cell.startswith(_FORMULA):
        return "'" + cell
    if cell.isdigit() and (len(cell) >= _LONG_NUMBER or cell.startswith("0")):
        # A tab behind keeps it a text; spreadsheets do not show it.
        return cell + "\t"
    return cell
