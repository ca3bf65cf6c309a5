"""6201, 6202, 6301, 6401: the bill goes up, is split, is asked about, is withdrawn."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.insurance import authorisations, policies
from jiuyi_sandbox.insurance.centre import ORG_CODE, ORG_NAME, Centre, Refusal, Silence, fen_of, yuan
from jiuyi_sandbox.insurance.envelope import compact
from jiuyi_sandbox.insurance.insured import NORMAL, UNCHOSEN

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row

SAVED, PRESETTLED, PAYING, DONE, CANCELLED, EXCEPTION, FAILED, STUCK = 0, 1, 2, 6, 12, 14, 15, 16
SLOW_SECONDS = 8.0

_NEEDED = (
    "orgCodg", "psnNo", "insutype", "medOrgOrd", "begntime", "idNo", "userName", "idType", "iptOtpNo", "mdtrtId",
    "atddrNo", "drName", "deptCode", "deptName", "caty", "medType", "medfeeSumamt", "acctUsedFlag", "psnSetlway",
    "chrgBchno", "feedetailList",
)  # fmt: skip
_LINE_NEEDED = (
    "feedetlSn", "mdtrtId", "psnNo", "chrgBchno", "feeOcurTime", "medinsListCodg", "detItemFeeSumamt", "cnt", "pric",
)  # fmt: skip
_DIAGNOSIS_NEEDED = ("diagType", "diagSrtNo", "diagCode", "diagName", "valiFlag")
_PARTS = ("fulamtOwnpayAmt", "overlmtSelfpay", "preselfpayAmt", "inscpScpAmt")


def need(data: dict[str, Any], names: tuple[str, ...], where: str = "") -> None:
    """Raises Refusal naming the first field that is missing or empty."""
    for name in names:
        if data.get(name) in (None, "", [], {}):
            raise Refusal(50000, f"{where}{name} 不能为空")
    if "orgCodg" in names and data["orgCodg"] != ORG_CODE:
        raise Refusal(50002, "orgCodg 与接入机构不一致")


def upload(centre: Centre, data: dict[str, Any]) -> dict[str, Any]:
    """6201: the same `medOrgOrd` with the same content is the same order."""
    need(data, _NEEDED)
    token = _one_authorisation(data)
    digest = hashlib.sha256(compact(data).encode()).hexdigest()
    known = centre.store.one(
        "SELECT * FROM ins_order WHERE med_org_ord = ? AND state <> ?", (str(data["medOrgOrd"]), CANCELLED)
    )
    if known is not None:
        if known["upload_digest"] != digest:
            raise Refusal(50102, "medOrgOrd 已上传且内容不同，请先撤销（6401）")
        return {"payOrdId": known["pay_ord_id"], "payToken": known["pay_token"], "payAuthNo": data.get("payAuthNo")}
    person, visit = _who(centre, data)
    total, scope, outside = _amounts(data)
    behaviour = centre.switches.take_payment(total)
    if behaviour == "upload_refused":
        raise Refusal(50190, "费用明细校验不通过：第 1 行限定支付范围不符")
    policy = _policy(person, data)
    authorisations.bind(centre, token, person["psn_no"], str(data["medOrgOrd"]))
    pay_ord_id = f"ORD440100{centre.world.clock.now():%Y%m%d%H%M%S}{secrets.randbelow(10**9):09d}"
    pay_token = secrets.token_hex(16).upper()
    centre.store.execute(
        "INSERT INTO ins_order (pay_ord_id, pay_token, med_org_ord, psn_no, authorisation, upload_digest, id_no,"
        " user_name, mdtrt_id, med_type, disease_code, policy, use_account, chrg_bchno, total, scope, outside, state,"
        " behaviour, created_at, unanswered) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            pay_ord_id, pay_token, str(data["medOrgOrd"]), person["psn_no"], token, digest, str(data["idNo"]),
            str(data["userName"]), visit["mdtrt_id"], str(data["medType"]), data.get("diseCodg") or None, policy,
            int(str(data["acctUsedFlag"]) == "1"), str(data["chrgBchno"]), total, scope, outside, SAVED, behaviour,
            centre.now(), 1 if behaviour == "order_unanswered" else 0,
        ),
    )  # fmt: skip
    if behaviour == "upload_unanswered":
        raise Silence
    return {"payOrdId": pay_ord_id, "payToken": pay_token, "payAuthNo": data.get("payAuthNo")}


def _one_authorisation(data: dict[str, Any]) -> str:
    given = [str(data[name]) for name in ("payAuthNo", "ecToken") if data.get(name)]
    if len(given) != 1:
        raise Refusal(50003, "payAuthNo 与 ecToken 必填其一，且只能填一个")
    return given[0]


def _who(centre: Centre, data: dict[str, Any]) -> tuple[Row, Row]:
    person = centre.person(str(data["psnNo"]))
    if person is None or (person["document_number"], person["name"]) != (str(data["idNo"]).upper(), data["userName"]):
        raise Refusal(50101, "人员编号与证件号、姓名不一致")
    if str(data["insutype"]) != person["insutype"]:
        raise Refusal(50103, "该参保人没有此险种")
    if (data.get("insuplcAdmdvs") or data.get("insuCode")) != person["place"]:
        raise Refusal(50104, "参保地区划不一致")
    if person["state"] != NORMAL:
        raise Refusal(50105, "参保人已暂停参保，不能享受医保待遇")
    if person["policy"] == UNCHOSEN:
        raise Refusal(50121, "今年还没有选定本院为普通门诊定点")
    visit = centre.store.one("SELECT * FROM ins_visit WHERE mdtrt_id = ?", (str(data["mdtrtId"]),))
    if visit is None or visit["psn_no"] != person["psn_no"]:
        raise Refusal(50106, "就诊登记（2201）不存在")
    if visit["med_type"] != str(data["medType"]):
        raise Refusal(50107, "医疗类别与就诊登记不一致")
    return person, visit


def _amounts(data: dict[str, Any]) -> tuple[int, int, int]:
    """(total, inside the scope, wholly outside) in fen; checked line by line."""
    total, lines = fen_of(data["medfeeSumamt"], "medfeeSumamt"), []
    for number, line in enumerate(data["feedetailList"], 1):
        where = f"feedetailList[{number}]."
        if not isinstance(line, dict):
            raise Refusal(50000, f"{where} 应为对象")
        need(line, _LINE_NEEDED, where)
        if (line["mdtrtId"], line["psnNo"]) != (data["mdtrtId"], data["psnNo"]):
            raise Refusal(50108, f"{where}mdtrtId、psnNo 与单据不一致")
        lines.append((str(line.get("medListCodg") or ""), fen_of(line["detItemFeeSumamt"], f"{where}detItemFeeSumamt")))
    if str(data["medType"]) != policies.REGISTRATION:
        need(data, ("diseinfoList",))
    for number, one in enumerate(data.get("diseinfoList") or [], 1):
        need(one, _DIAGNOSIS_NEEDED, f"diseinfoList[{number}].")
    if sum(fen for _, fen in lines) != total or total == 0:
        raise Refusal(50109, "medfeeSumamt 应等于明细金额之和且大于 0")
    if any(data.get(name) not in (None, "") for name in _PARTS):
        full, over, first, scope = (fen_of(data.get(name) or 0, name) for name in _PARTS)
        if full + over + first + scope != total:
            raise Refusal(50109, "自费、超限价、先行自付与符合范围金额之和应等于 medfeeSumamt")
        return total, scope, full
    return total, *policies.scope_of(lines)


def _policy(person: Row, data: dict[str, Any]) -> str:
    """The policy that settles this visit. Raises Refusal for a disease the person was not recognised for."""
    if str(data["medType"]) not in policies.MED_TYPES:
        raise Refusal(50107, "医疗类别不支持移动支付")
    if str(data["medType"]) != policies.CHRONIC_OR_SPECIAL:
        return str(person["policy"])
    for one in json.loads(person["entitlements"]):
        if one["code"] == data.get("diseCodg"):
            return str(one["kind"])
    raise Refusal(50120, "参保人没有该病种的门诊慢特病待遇")


def _order(centre: Centre, data: dict[str, Any]) -> Row:
    need(data, ("payOrdId", "payToken", "orgCodg"))
    row = centre.store.one("SELECT * FROM ins_order WHERE pay_ord_id = ?", (str(data["payOrdId"]),))
    if row is None or row["pay_token"] != data["payToken"]:
        raise Refusal(50201, "支付订单不存在或 payToken 不符")
    return row


def place(centre: Centre, data: dict[str, Any]) -> dict[str, Any]:
    """6202: the split. Repeating it for an order that is not paid yet gives the same split."""
    row = _order(centre, data)
    need(data, ("orgBizSer",))
    given = [str(data[name]) for name in ("payAuthNo", "ecToken") if data.get(name)]
    if given and given != [row["authorisation"]]:
        raise Refusal(50110, "支付授权码与费用上传时不一致")
    if centre.store.one(
        "SELECT 1 FROM ins_order WHERE org_biz_ser = ? AND pay_ord_id <> ?", (data["orgBizSer"], row["pay_ord_id"])
    ):
        raise Refusal(50202, "orgBizSer 已被其他订单使用")
    if row["state"] == SAVED:
        if row["behaviour"] == "order_refused":
            raise Refusal(50191, "参保人当日不享受该医疗类别的待遇")
        _presettle(centre, row, str(data["orgBizSer"]))
        row = _order(centre, data)
    if row["state"] != PRESETTLED:
        raise Refusal(50203, f"订单状态 {row['state']} 不能下单")
    if row["behaviour"] == "order_unanswered" and row["unanswered"]:
        centre.store.execute("UPDATE ins_order SET unanswered = 0 WHERE pay_ord_id = ?", (row["pay_ord_id"],))
        raise Silence
    return {
        "payOrdId": row["pay_ord_id"],
        "payToken": row["pay_token"],
        "payAuthNo": data.get("payAuthNo"),
        "ordStas": str(row["state"]),
        "feeSumamt": yuan(row["total"]),
        "ownPayAmt": yuan(row["own"]),
        "psnAcctPay": yuan(row["account"]),
        "fundPay": yuan(row["fund"]),
        "othFeeAmt": yuan(0),
        "hospPartAmt": yuan(0),
        "extData": {
            "setlinfo": {
                "mdtrtId": row["mdtrt_id"], "medType": row["med_type"], "inscpScpAmt": yuan(row["scope"]),
                "fulamtOwnpayAmt": yuan(row["outside"]), "balc": yuan(_balance(centre, row) - row["account"]),
            }
        },
    }  # fmt: skip


def _balance(centre: Centre, row: Row) -> int:
    person = centre.person(row["psn_no"])
    return int(person["account_fen"]) if person else 0


def _presettle(centre: Centre, row: Row, org_biz_ser: str) -> None:
    found = policies.split(
        policies.POLICIES[row["policy"]], total=row["total"], scope=row["scope"], outside=row["outside"],
        balance=_balance(centre, row), use_account=bool(row["use_account"]),
    )  # fmt: skip
    kind = "HI" if found.own == 0 else "ALL" if found.fund + found.account else "CASH"
    centre.store.execute(
        "UPDATE ins_order SET state = ?, fund = ?, account = ?, own = ?, org_biz_ser = ?, setl_type = ?"
        " WHERE pay_ord_id = ?",
        (PRESETTLED, found.fund, found.account, found.own, org_biz_ser, kind, row["pay_ord_id"]),
    )


def result(centre: Centre, row: Row) -> dict[str, Any]:
    """What 6301 answers and 6302 carries."""
    found: dict[str, Any] = {
        "ordStas": str(row["state"]),
        "callType": "02",
        "payOrdId": row["pay_ord_id"],
        "medOrgOrd": row["med_org_ord"],
        "traceTime": f"{centre.world.clock.now():%Y-%m-%d %H:%M:%S}",
        "orgName": ORG_NAME,
        "orgCode": ORG_CODE,
    }
    if row["fund"] is not None:
        found |= {
            "feeSumamt": yuan(row["total"]), "ownPayAmt": yuan(row["own"]), "psnAcctPay": yuan(row["account"]),
            "fundPay": yuan(row["fund"]), "deposit": yuan(0), "setlType": row["setl_type"],
        }  # fmt: skip
    if row["settled_at"] is not None:
        found |= {
            "hiChrgTime": stamp(row["settled_at"]), "hiDocSn": row["hi_doc_sn"], "hiRgstSn": row["hi_rgst_sn"],
            "revsToken": row["revs_token"],
        }  # fmt: skip
    return found


def stamp(unix_seconds: float) -> str:
    """`yyyy-MM-dd HH:mm:ss` in hospital time."""
    from datetime import datetime

    from jiuyi_sandbox.clock import HOSPITAL_TIME

    return f"{datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME):%Y-%m-%d %H:%M:%S}"


def query(centre: Centre, data: dict[str, Any]) -> dict[str, Any]:
    """6301: state and, once they are known, amounts and settlement numbers."""
    need(data, ("idNo", "userName", "idType"))
    row = _order(centre, data)
    if (row["id_no"], row["user_name"]) != (data["idNo"], data["userName"]):
        raise Refusal(50101, "证件号、姓名与订单不一致")
    if row["behaviour"] == "query_unanswered" and row["settled_at"] and row["unanswered"] < 2:  # noqa: PLR2004
        centre.store.execute(
            "UPDATE ins_order SET unanswered = unanswered + 1 WHERE pay_ord_id = ?", (row["pay_ord_id"],)
        )
        raise Refusal(-1, "系统繁忙，请稍后再试")
    return result(centre, row)


def revoke(centre: Centre, data: dict[str, Any]) -> dict[str, Any]:
    """6401: an unpaid order is withdrawn; again for one that was withdrawn before."""
    need(data, ("idNo", "userName", "idType"))
    row = _order(centre, data)
    if row["state"] not in (SAVED, PRESETTLED, CANCELLED):
        raise Refusal(50301, f"订单状态 {row['state']} 不能撤销，请使用退费（6203）")
    with centre.store.transaction() as db:
        db.execute("UPDATE ins_order SET state = ? WHERE pay_ord_id = ?", (CANCELLED, row["pay_ord_id"]))
    return {"success": "true", "message": "撤销成功"}
