"""The day of all desks as a file, page after page: no transaction waits for a slow reader, and no day is too long."""

from collections.abc import AsyncIterator
from datetime import date

from jiuyi.domains.payments.service import day_of_desks
from jiuyi.kit.db import Db
from jiuyi.kit.documents.sheets import BOM, csv_lines

_PAGE = 500


async def day_sheet(db: Db, *, day: date, language: str, at_once: int = _PAGE) -> AsyncIterator[bytes]:
    """The lines of a day as CSV, newest first; the last row is their total. What comes in meanwhile is not in it."""
    yield BOM + csv_lines([day_of_desks.sheet_heads(language)])
    after = None
    count = taken = back = 0
    while True:
        async with db.tx() as tx:
            lines = await day_of_desks.lines_of_day(tx, day, after, at_once)
        if not lines:
            break
        yield csv_lines(day_of_desks.sheet_row(line, language) for line in lines)
        after = lines[-1].payment_id
        count += sum(1 for line in lines if day_of_desks.counts(line))
        taken += sum(day_of_desks.taken_fen(line) for line in lines)
        back += sum(line.refund_fen for line in lines)
    yield csv_lines([day_of_desks.sheet_total(count, taken, back, language)])
