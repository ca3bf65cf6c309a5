"""Compare one seeded day in a process of its own: `python -m bench.compare_day`. Its peak of memory is a result."""

import argparse
import asyncio
import json
import time
from datetime import date
from pathlib import Path
from typing import cast

from bench import bill_files
from bench.books import insured, planted
from bench.processes import peak_megabytes
from jiuyi.domains.audit.types import Actor
from jiuyi.domains.payments.ports import Channel, Channels
from jiuyi.domains.reconciliation import flows, service, settings
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from tests.support.seeded_day import SeededBill, SeededDay
from tests.support.seeded_legs import SeededCentre, SeededLegs, StatementOfBoth


async def compare(dsn: str, told: SeededDay, legs: SeededLegs, url: str, sha1: str) -> dict[str, object]:
    """Seconds, peak memory, and what was missed or made up."""
    db = Db(dsn, size=4)
    await db.open()
    wechat, alipay, callers = bill_files.channels(url, sha1)
    bills = {"wechat": wechat, "alipay": alipay, "unionpay": SeededBill(told, "unionpay")}
    channels = Channels({name: cast("Channel", bill) for name, bill in bills.items()})
    books = flows.Books(db, Knobs(settings.KNOBS), channels, StatementOfBoth((told, legs)), SeededCentre(legs))
    before = peak_megabytes()
    began, cpu = time.monotonic(), time.process_time()
    await flows.reconcile(books, told.day, actor=Actor.system("bench"))
    seconds = time.monotonic() - began
    cpu = time.process_time() - cpu
    peak = peak_megabytes()
    async with db.tx() as tx:
        report = await service.day_report(tx, told.day)
    await db.close()
    for caller in callers:
        await caller.close()
    found = {(i.fault, i.kind, i.transaction_id, i.bill_fen, i.ours_fen, i.his_fen) for i in report.items}
    wrong = sorted(map(str, found ^ (told.expected() | legs.expected())))[:5]
    return {
        "seconds": seconds,
        "peak_mb": peak,
        "before_mb": before,
        "cpu": cpu,
        "found": len(report.items),
        "wrong": wrong,
        "outside": sum(source.rows for source in report.sources if source.name != "ours"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--url", required=True, help="where the day's bill files are")
    parser.add_argument("--sha1", required=True, help="of WeChat's, unpacked")
    parser.add_argument("--result", type=Path, required=True)
    given = parser.parse_args()
    told = SeededDay(given.day, given.size, planted(given.size))
    compared = compare(given.dsn, told, insured(given.day, given.size), given.url, given.sha1)
    given.result.write_text(json.dumps(asyncio.run(compared)))


if __name__ == "__main__":
    main()
