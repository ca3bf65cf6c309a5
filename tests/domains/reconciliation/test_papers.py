"""The report on paper: sheet, data and PDF say what the page says."""

import csv
import io
import json
import re
import zlib
from datetime import date, timedelta

import pytest

from jiuyi.domains.reconciliation.service import papers
from jiuyi.domains.reconciliation.types import ACT_NAMES, FAULTS, DayReport
from jiuyi.kit.db import Db
from jiuyi.kit.documents import pdf
from jiuyi.kit.documents.sheets import Yuan, csv_sheet
from tests.domains.reconciliation.test_seeded_day import compared
from tests.support.seeded_day import PLANTED, SeededDay

pytestmark = pytest.mark.feature("I06")


async def a_report(db: Db, dsn: str) -> DayReport:
    async with db.tx() as tx:
        yesterday: date = (await tx.value("SELECT app_today()")) - timedelta(days=1)
    told = SeededDay(yesterday, 300, {7 * place + 11: fault for place, fault in enumerate(PLANTED)})
    told.seed(dsn)
    return (await compared(db, told))[1]


async def test_the_sheet_has_every_difference(db: Db, dsn: str) -> None:
    report = await a_report(db, dsn)
    body = papers.as_csv(report)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    numbers = [row[0] for row in rows if row and re.fullmatch(r"D\d{4}-\d{2}", row[0])]
    assert numbers == [item.no for item in (*report.items, *report.unaccounted)]
    assert not [cell for row in rows for cell in row if cell[:1] in {"=", "+", "@"}]


async def test_the_data_is_what_the_page_shows(db: Db, dsn: str) -> None:
    report = await a_report(db, dsn)
    told = json.loads(papers.as_json(report))
    assert [item["no"] for item in told["items"]] == [item.no for item in report.items]
    assert told["total"]["bill_gap_fen"] == told["bill_gap_explained_fen"]


async def test_the_pdf_is_one_with_its_own_fonts(db: Db, dsn: str) -> None:
    body = papers.as_pdf(await a_report(db, dsn))
    assert body.startswith(b"%PDF-")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", body, re.DOTALL)
    plain = b"".join(zlib.decompress(one) for one in streams if one[:1] == b"x")
    assert b"NotoSansSC" in plain + body
    assert b"Libertinus" not in plain + body
    assert len(body) > 20_000


def test_cells_never_run() -> None:
    body = csv_sheet([("=1+1", "@x", "+86", "-1", Yuan("-1.00"), "420000001234", "0012", 7, None)]).decode("utf-8-sig")
    assert body == "'=1+1,'@x,'+86,'-1,-1.00,420000001234\t,0012\t,7,\r\n"


def test_what_the_fonts_lack_is_marked() -> None:
    assert pdf.printable("谭𠮷 −¥1.00") == "谭〓 −¥1.00"
    words = [text for what in FAULTS.values() for text in (what.zh, what.says_zh)]
    words += [zh for zh, _ in ACT_NAMES.values()]
    assert [word for word in words if pdf.printable(word) != word] == []
