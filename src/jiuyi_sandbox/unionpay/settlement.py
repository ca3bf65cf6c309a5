"""The day's file (76/01): base64 of a deflated zip with fixed-width lines in fen, and the lies told in it.

The widths are those of UnionPay's sample programs (unconfirmed); the file's name holds `ZM_`.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.unionpay.acp import Fields, Refusal
from jiuyi_sandbox.unionpay.acp_world import AcpWorld, local
from jiuyi_sandbox.unionpay.transactions import finish_due, need

if TYPE_CHECKING:
    from typing import Any

WIDTHS = (
    3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13,
    13, 8, 32, 13, 13, 12, 2, 1, 131,
)  # fmt: skip
"""Columns of a line, with one space between them."""
_TRACE, _AT, _ACCOUNT, _AMOUNT, _QUERY, _ORDER, _FEE, _NET, _TYPE, _SUB, _ORIGINAL, _MERCHANT = (
    3, 4, 5, 6, 9, 11, 15, 16, 19, 20, 26, 27,
)  # fmt: skip
_FEE_PER_MILLE = 5


@dataclass
class Lies:
    """What the next files get wrong, by orderId; `extra` adds a payment nobody made.

    `day_ends` is no lie: the hour at which a settlement day ends, 23 in earnest; 24 lets a test be run at any hour.
    """

    day_ends: int = 24
    drop: list[str] = field(default_factory=list)
    wrong_amount: dict[str, int] = field(default_factory=dict)
    extra: list[dict[str, Any]] = field(default_factory=list)


def lies(acp: AcpWorld) -> Lies:
    """The lies in force."""
    told = acp.store.meta("unionpay.bill_lies")
    return Lies(**json.loads(told)) if told else Lies()


def set_lies(acp: AcpWorld, data: dict[str, Any]) -> Lies:
    """Replace the lies. Raises TypeError for a name that is not one."""
    chosen = Lies(**data)
    acp.store.set_meta("unionpay.bill_lies", json.dumps(chosen.__dict__))
    return chosen


def _line(acp: AcpWorld, said: dict[str, Any]) -> str:
    back = said["txn_type"] != "01"
    amount = said["amount"]
    fee = (amount * _FEE_PER_MILLE + 500) // 1000
    cells = {
        0: "S22" if not back else "S30", 1: "48025840", 2: "00010000", _TRACE: said["trace_no"],
        _AT: local(said["done_at"], "%m%d%H%M%S"), _ACCOUNT: "6226****8046", _AMOUNT: f"{amount:012d}", 7: "8062",
        8: "07", _QUERY: said["query_id"], _ORDER: said["order_id"], 12: "01",
        _FEE: f"{'C' if back else 'D'}{fee:012d}", _NET: f"{'D' if back else 'C'}{amount - fee:012d}", 17: "0202",
        _TYPE: said["txn_type"], _SUB: said["txn_sub_type"], 21: "000000", _ORIGINAL: said["orig_query_id"] or "",
        _MERCHANT: acp.keys.mer_id,
    }  # fmt: skip
    return " ".join(f"{cells.get(place, ''):<{width}.{width}}" for place, width in enumerate(WIDTHS))


def rows(acp: AcpWorld, day: date) -> list[str]:
    """The lines of one settlement day, with the lies told."""
    told = lies(acp)
    midnight = datetime(day.year, day.month, day.day, tzinfo=HOSPITAL_TIME)
    start = (midnight - timedelta(hours=24 - told.day_ends)).timestamp()
    found = [
        {**dict(row), "amount": told.wrong_amount.get(row["order_id"], row["amount"])}
        for row in acp.store.all(
            "SELECT * FROM acp_txn WHERE state = '00' AND done_at >= ? AND done_at < ? ORDER BY done_at",
            (start, start + 86400),
        )
        if row["order_id"] not in told.drop
    ]
    for place, extra in enumerate(told.extra):
        found.append({
            "txn_type": "01", "txn_sub_type": "06", "amount": int(extra.get("amount", 1)), "trace_no": "000001",
            "done_at": start + 43200, "query_id": f"{day:%Y%m%d}120000{place:07d}", "order_id": extra["order_id"],
            "orig_query_id": None,
        })  # fmt: skip
    return [_line(acp, row) for row in found]


async def download(acp: AcpWorld, said: Fields) -> Fields:
    """76/01: `settleDate` MMDD of a day of the last year. Raises Refusal 98 while there is no file."""
    need(said, "merId", "settleDate", "fileType")
    today = acp.world.clock.now().date()
    try:
        day = datetime.strptime(f"{today.year}{said['settleDate']}", "%Y%m%d").replace(tzinfo=HOSPITAL_TIME).date()
    except ValueError as wrong:
        raise Refusal("10", "报文格式错误：settleDate") from wrong
    if day > today:
        day = day.replace(year=day.year - 1)
    if said["merId"] != acp.keys.mer_id or day > today - timedelta(days=1):
        raise Refusal("98", "文件不存在")
    await finish_due(acp)
    content = "".join(f"{line}\r\n" for line in rows(acp, day)).encode("gb18030")
    name = f"{day:%y%m%d}00000000"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr(f"INN{name}ZM_{acp.keys.mer_id}", content)
        folder.writestr(f"INN{name}ZME_{acp.keys.mer_id}", b"")
    return {
        "merId": acp.keys.mer_id, "settleDate": said["settleDate"], "fileType": said["fileType"],
        "fileName": f"{acp.keys.mer_id}_{day:%Y%m%d}.zip",
        "fileContent": base64.b64encode(zlib.compress(packed.getvalue())).decode(),
    }  # fmt: skip
