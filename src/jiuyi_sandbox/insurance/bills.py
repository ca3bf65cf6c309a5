"""The centre's daily file for reconciliation, and the lies to reconcile against.

The real file's layout is unconfirmed: this one is a CSV in UTF-8 with the columns below, money
in yuan, one row for each settlement and each refund of the hospital's day, wherever it was settled.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.insurance.centre import ORG_CODE, Centre, Refusal, fen_of, yuan
from jiuyi_sandbox.insurance.orders import need, stamp

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row

COLUMNS = (
    "tradeType", "source", "payOrdId", "medOrgOrd", "hiDocSn", "appRefdSn", "tradeTime", "psnNo", "insuplcAdmdvs",
    "insutype", "medType", "feeSumamt", "fundPay", "psnAcctPay", "ownPayAmt",
)  # fmt: skip
"""tradeType PAY or REFUND; source MOBILE (6202) or HIS (settled at the hospital's desk). Refunds are positive too."""


NOT_YET = "50501"
"""The refusal's code before the day is over."""


@dataclass
class Lies:
    """What the next files get wrong, by medOrgOrd.

    `moved`: fen counted to the personal account instead of the fund. `drop_refunds`: only its reversal is missing.
    `refunded`: a reversal that nobody asked for. `extra` adds a settlement nobody made.
    """

    drop: list[str] = field(default_factory=list)
    drop_refunds: list[str] = field(default_factory=list)
    wrong_fund: dict[str, int] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    refunded: list[str] = field(default_factory=list)
    extra: list[dict[str, Any]] = field(default_factory=list)


def lies(centre: Centre) -> Lies:
    """The lies in force; they live in the store."""
    told = centre.store.meta("insurance.bill_lies")
    return Lies(**json.loads(told)) if told else Lies()


def set_lies(centre: Centre, data: dict[str, Any]) -> Lies:
    """Replace the lies. Raises TypeError for a name that is not one."""
    chosen = Lies(**data)
    centre.store.set_meta("insurance.bill_lies", json.dumps(chosen.__dict__))
    return chosen


_MOBILE = "SELECT o.*, p.place, p.insutype FROM ins_order o JOIN ins_person p USING (psn_no) "
_HIS = (
    "SELECT s.*, v.med_type, p.place, p.insutype FROM ins_settlement s JOIN ins_person p USING (psn_no)"
    " JOIN ins_visit v USING (mdtrt_id) "
)


def rows(centre: Centre, day: date) -> list[dict[str, str]]:
    """Settlements and refunds of one hospital day, in order of time, with the lies told."""
    start = datetime(day.year, day.month, day.day, tzinfo=HOSPITAL_TIME).timestamp()
    span = (start, start + 86400)
    store, told = centre.store, lies(centre)
    found = [
        _mobile(row, row["settled_at"], row["fund"], row["account"], row["own"])
        for row in store.all(_MOBILE + "WHERE o.settled_at >= ? AND o.settled_at < ?", span)
    ]
    for refund in store.all("SELECT * FROM ins_refund WHERE done_at >= ? AND done_at < ?", span):
        order = store.one(_MOBILE + "WHERE o.pay_ord_id = ?", (refund["pay_ord_id"],))
        if order is not None and order["settled_at"] is not None:
            line = _mobile(order, refund["done_at"], refund["fund"], refund["account"], refund["cash"])
            found.append({**line, "tradeType": "REFUND", "appRefdSn": refund["app_refd_sn"]})
    settled = store.all(_HIS + "WHERE s.settled_at >= ? AND s.settled_at < ?", span)
    reversed_ = store.all(_HIS + "WHERE s.reversed_at >= ? AND s.reversed_at < ?", span)
    found += [_desk(row, row["settled_at"]) for row in settled]
    found += [
        {**_desk(row, row["reversed_at"]), "tradeType": "REFUND", "appRefdSn": row["reversal_no"]} for row in reversed_
    ]
    found += [
        {**line, "tradeType": "REFUND", "appRefdSn": f"LIE{line['medOrgOrd']}"}
        for line in found
        if line["medOrgOrd"] in told.refunded and line["tradeType"] == "PAY"
    ]
    for line in found:
        if line["medOrgOrd"] in told.wrong_fund:
            line["fundPay"] = yuan(told.wrong_fund[line["medOrgOrd"]])
        if moved := told.moved.get(line["medOrgOrd"]):
            fund, account = fen_of(line["fundPay"], "fundPay"), fen_of(line["psnAcctPay"], "psnAcctPay")
            line |= {"fundPay": yuan(fund - moved), "psnAcctPay": yuan(account + moved)}
    found = [line for line in found if line["medOrgOrd"] not in told.drop and not _forgotten(line, told)]
    found += [_made_up(extra, day) for extra in told.extra]
    return sorted(found, key=lambda line: line["tradeTime"])


def _forgotten(line: dict[str, str], told: Lies) -> bool:
    return line["tradeType"] == "REFUND" and line["medOrgOrd"] in told.drop_refunds


def _mobile(row: Row, at: float, fund: int, account: int, own: int) -> dict[str, str]:
    return {
        "tradeType": "PAY", "source": "MOBILE", "payOrdId": row["pay_ord_id"], "medOrgOrd": row["med_org_ord"],
        "hiDocSn": row["hi_doc_sn"], "appRefdSn": "", "tradeTime": stamp(at), "psnNo": row["psn_no"],
        "insuplcAdmdvs": row["place"], "insutype": row["insutype"], "medType": row["med_type"],
        "feeSumamt": yuan(fund + account + own), "fundPay": yuan(fund), "psnAcctPay": yuan(account),
        "ownPayAmt": yuan(own),
    }  # fmt: skip


def _desk(row: Row, at: float) -> dict[str, str]:
    return {
        "tradeType": "PAY", "source": "HIS", "payOrdId": "", "medOrgOrd": row["order_no"],
        "hiDocSn": row["settlement_no"], "appRefdSn": "", "tradeTime": stamp(at), "psnNo": row["psn_no"],
        "insuplcAdmdvs": row["place"], "insutype": row["insutype"], "medType": row["med_type"],
        "feeSumamt": yuan(row["total"]), "fundPay": yuan(row["fund"]), "psnAcctPay": yuan(row["account"]),
        "ownPayAmt": yuan(row["own"]),
    }  # fmt: skip


def _made_up(extra: dict[str, Any], day: date) -> dict[str, str]:
    fund = int(extra.get("fund", 1))
    return {
        **dict.fromkeys(COLUMNS, ""), "tradeType": "PAY", "source": "MOBILE", "medOrgOrd": str(extra["med_org_ord"]),
        "payOrdId": f"ORD440100{day:%Y%m%d}000000000000001", "hiDocSn": f"44{day:%Y%m%d}000000000001",
        "tradeTime": f"{day} 12:00:00", "feeSumamt": yuan(fund), "fundPay": yuan(fund), "psnAcctPay": yuan(0),
        "ownPayAmt": yuan(0),
    }  # fmt: skip


def check_file(centre: Centre, data: dict[str, Any]) -> dict[str, Any]:
    """getCheckFile: `orgCodg`, `billDate` (yyyy-MM-dd), `billType` ALL → the file and its SHA-256."""
    need(data, ("orgCodg", "billDate"))
    try:
        day = date.fromisoformat(str(data["billDate"]))
    except ValueError as wrong:
        raise Refusal(50001, "billDate 应为 yyyy-MM-dd") from wrong
    if data.get("billType", "ALL") != "ALL":
        raise Refusal(50001, "billType 应为 ALL")
    if day >= centre.world.clock.now().date():
        raise Refusal(int(NOT_YET), "账单日期应早于今天")
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    found = rows(centre, day)
    writer.writerows(found)
    content = sheet.getvalue().encode()
    return {
        "orgCodg": ORG_CODE,
        "billDate": day.isoformat(),
        "fileName": f"{ORG_CODE}_{day:%Y%m%d}.csv",
        "fileRows": str(len(found)),
        "fileSha256": hashlib.sha256(content).hexdigest(),
        "fileContent": base64.b64encode(content).decode(),
    }
