"""The centre's words in ours and back (docs/contracts/insurance.md §2). Money is yuan text there, fen here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jiuyi.domains.insurance.types import (
    ConsentKind,
    FeeLine,
    Found,
    PayerState,
    PresettleAsk,
    SettlementKey,
    Split,
)
from jiuyi.kit.clock import HOSPITAL_ZONE, local
from jiuyi.kit.money import NotMoney, fen_from_yuan, yuan

_STATES: dict[str, PayerState] = {
    "0": PayerState.OPEN,
    "1": PayerState.OPEN,
    "2": PayerState.SETTLING,
    # Self-pay done, insurance done, hospital settled: on the way; only 6 is the end, whatever a province may add.
    "3": PayerState.SETTLING,
    "4": PayerState.SETTLING,
    "5": PayerState.SETTLING,
    "6": PayerState.SETTLED,
    "7": PayerState.RETURNED,
    "8": PayerState.RETURNED,
    "9": PayerState.SETTLED,
    "10": PayerState.SETTLED,
    "11": PayerState.RETURNED,
    "12": PayerState.CANCELLED,
    "13": PayerState.CANCELLED,
    "14": PayerState.EXCEPTION,
    "15": PayerState.FAILED,
    # The insurance failed; that the own part could not be reversed there is ours to mend by a refund.
    "16": PayerState.FAILED,
    "17": PayerState.SETTLING,
}
ID_TYPE = "01"
"""Resident id. Codes of other documents are unconfirmed in the dictionary."""


class NotUnderstood(Exception):
    """A field that we decide by is missing or odd."""


def line_of(line: FeeLine, ask: PresettleAsk) -> dict[str, Any]:
    """An element of feedetailList."""
    return {
        "feedetlSn": f"{ask.no}{line.no}"[:30],
        "mdtrtId": ask.visit_id,
        "psnNo": ask.insured.psn_no,
        "chrgBchno": ask.no,
        "diseCodg": ask.bill.disease_code,
        "rxCircFlag": "0",
        "feeOcurTime": f"{local(ask.bill.begun_at):%Y-%m-%d %H:%M:%S}",
        "medListCodg": line.med_list_code,
        "medinsListCodg": line.code,
        "medinsListName": line.name,
        "detItemFeeSumamt": yuan(line.amount_fen),
        "cnt": line.quantity,
        "pric": line.price,
        "bilgDeptCodg": ask.bill.department_code,
        "bilgDeptName": ask.bill.department_name,
        "bilgDrCodg": ask.bill.doctor_code,
        "bilgDrName": ask.bill.doctor_name,
        "hospApprFlag": "1",
        "medType": ask.med_type,
    }


def upload(ask: PresettleAsk, org_code: str) -> dict[str, Any]:
    """6201: the bill with its visit, diagnoses and lines."""
    bill = ask.bill
    begun = f"{local(bill.begun_at):%Y-%m-%d %H:%M:%S}"
    return {
        "orgCodg": org_code,
        "psnNo": ask.insured.psn_no,
        "insutype": ask.insured.scheme,
        "medOrgOrd": ask.no,
        "begntime": begun,
        "idNo": ask.insured.document_number,
        "userName": ask.insured.name,
        "idType": ID_TYPE,
        **consent(ask),
        "insuCode": ask.insured.place,
        "insuplcAdmdvs": ask.insured.place,
        "iptOtpNo": bill.visit_no,
        "mdtrtId": ask.visit_id,
        "atddrNo": bill.doctor_code,
        "drName": bill.doctor_name,
        "deptCode": bill.department_code,
        "deptName": bill.department_name,
        "caty": bill.department_code,
        "medType": ask.med_type,
        "feeType": "01",
        "medfeeSumamt": yuan(bill.total_fen),
        "acctUsedFlag": "1" if ask.use_account else "0",
        "diseCodg": bill.disease_code,
        "diseName": bill.disease_name,
        "psnSetlway": "01",
        "chrgBchno": ask.no,
        "uldLatlnt": ask.consent.location,
        "diseinfoList": [
            {
                "diagType": "1" if one.main else "2",
                "diagSrtNo": str(number),
                "diagCode": one.code,
                "diagName": one.name,
                "diagDept": bill.department_name,
                "diseDorNo": bill.doctor_code,
                "diseDorName": bill.doctor_name,
                "diagTime": begun,
                "valiFlag": "1",
            }
            for number, one in enumerate(bill.diagnoses, 1)
        ],
        "feedetailList": [line_of(line, ask) for line in bill.lines],
    }


def consent(ask: PresettleAsk) -> dict[str, str]:
    """The one-time authorisation, under the name of its kind: never both."""
    name = "payAuthNo" if ask.consent.kind is ConsentKind.PAY_AUTH else "ecToken"
    return {name: ask.consent.token}


def who(key: SettlementKey, org_code: str) -> dict[str, Any]:
    """What 6301 and 6401 ask with."""
    return {
        "payOrdId": key.centre_no,
        "payToken": key.token,
        "orgCodg": org_code,
        "medOrgOrd": key.no,
        "idNo": key.insured.document_number,
        "userName": key.insured.name,
        "idType": ID_TYPE,
    }


def fen(data: Mapping[str, Any], *names: str) -> int | None:
    """An amount under one of its spellings, or None. Raises `NotUnderstood` for what is no amount."""
    for name in names:
        value = data.get(name)
        if value not in (None, ""):
            try:
                return fen_from_yuan(str(value))
            except NotMoney as error:
                raise NotUnderstood(f"{name} is no amount") from error
    return None


def split(data: Mapping[str, Any]) -> Split:
    """The parts of an order. Raises `NotUnderstood` when one that must be there is missing.

    othFeeAmt, hospPartAmt: split out by some provinces; both are funds other than the pool.
    """
    total, own = fen(data, "feeSumamt"), fen(data, "ownPayAmt", "ownpayAmt")
    account, pooled = fen(data, "psnAcctPay"), fen(data, "fundPay")
    if total is None or own is None or account is None or pooled is None:
        raise NotUnderstood("an amount is missing")
    other = (fen(data, "othFeeAmt") or 0) + (fen(data, "hospPartAmt") or 0)
    return Split(total, pooled, account, own, other)


def found(data: Mapping[str, Any], no: str) -> Found:
    """6301's answer, or what 6302 says. Raises `NotUnderstood`. An unknown state is on its way, never an end."""
    if not data.get("payOrdId") or not data.get("medOrgOrd"):
        raise NotUnderstood("an order without its numbers")
    if data["medOrgOrd"] != no:
        raise NotUnderstood("an answer about another order")
    state = _STATES.get(str(data.get("ordStas")), PayerState.SETTLING)
    parts = split(data) if state in {PayerState.SETTLED, PayerState.RETURNED} else None
    return Found(
        no,
        state,
        str(data["payOrdId"]),
        str(data.get("hiDocSn") or ""),
        str(data.get("revsToken") or ""),
        parts,
        moment(data.get("hiChrgTime")),
    )


def moment(said: object) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` by the hospital's clock; None when nothing, or nothing understood, is said."""
    try:
        return stated(str(said)) if said else None
    except ValueError:
        return None


def stated(text: str) -> datetime:
    """A time as it is said: the hospital's where no offset stands beside it. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=HOSPITAL_ZONE)
