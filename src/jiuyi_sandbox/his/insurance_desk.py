"""Medical insurance as the HIS does it at its desk (contract §2.9), over the same persons as the mobile centre."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.envelope import Refused
from jiuyi_sandbox.his.patients import on_file
from jiuyi_sandbox.insurance import authorisations, policies
from jiuyi_sandbox.insurance.behaviours import payment_behaviour, refund_behaviour
from jiuyi_sandbox.insurance.centre import Centre, centre_of, place_name
from jiuyi_sandbox.insurance.insured import ENDED, NORMAL, PAUSED

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

_STATES = {NORMAL: "normal", PAUSED: "paused", ENDED: "ended"}
_CERTIFICATES = {
    "mainland_id": "01", "residence_permit": "01", "hk_macao_permit": "04", "taiwan_permit": "06", "passport": "08",
}  # fmt: skip
"""Document kind → psn_cert_type. The national dictionary's numbers above 01 are unconfirmed."""
MAGIC_VOUCHER = "EC99"
"""An e-voucher of this and an insured person's number: good at any time, for any number of the HIS's settlements."""
_SPLIT_KEYS = ("total_fen", "pooled_fen", "personal_account_fen", "own_fen", "other_fen")


def identify(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """By document and name, or by what an e-voucher or an authorisation says; a wrong name looks like nobody."""
    centre = centre_of(hospital.world)
    token = request.get("token")
    if token is not None and token.startswith(MAGIC_VOUCHER):
        person = centre.person(token.removeprefix(MAGIC_VOUCHER))
    elif token is not None:
        known = authorisations.find(centre, token)
        if known is None or (
            known["order_no"] is None and known["issued_at"] + centre.switches.auth_seconds < centre.now()
        ):
            raise Refused("voucher_invalid", "医保凭证无效或已过期")
        person = centre.person(known["psn_no"])
    elif "document_number" in request and "name" in request:
        person = centre.person_by_document(request["document_number"], request["name"])
    else:
        raise Refused("invalid_request", "token, or document_number and name, are needed")
    if person is None:
        raise Refused("person_not_insured", "未查询到参保信息")
    return {"person": _shown(person, token), "as_of": moment(hospital.clock.now_us())}


def _shown(person: Row, token: str | None) -> dict[str, Any]:
    name, name_en = place_name(person["place"])
    return {
        "psn_no": person["psn_no"],
        "name": person["name"],
        "document_type": person["document_type"],
        "document_number": person["document_number"],
        "certificate_type": _CERTIFICATES[person["document_type"]],
        "sex": person["sex"],
        "birth_date": person["birth_date"],
        "ec_token": token,
        "schemes": [
            {
                "insutype": person["insutype"],
                "psn_type": person["psn_type"],
                "state": _STATES[person["state"]],
                "paused_on": person["paused_on"],
                "insured_place": person["place"],
                "place_name": name,
                "place_name_en": name_en,
                "account_fen": person["account_fen"],
                "employer": person["employer"],
            }
        ],
        "entitlements": [
            {"kind": e["kind"], "disease_code": e["code"], "disease_name": e["name"], "disease_name_en": e["name_en"]}
            for e in json.loads(person["entitlements"])
        ],
    }


def _insured(centre: Centre, psn_no: str) -> Row:
    person = centre.person(psn_no)
    if person is None:
        raise Refused("person_not_insured", "未查询到参保信息")
    if person["state"] != NORMAL:
        raise Refused("insurance_paused", "参保人已暂停参保，不能享受医保待遇")
    return person


def visit(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """One registration for each visit, person and kind: asking again gives the first one."""
    centre = centre_of(hospital.world)
    person = _insured(centre, request["psn_no"])
    file = on_file(hospital, request["patient_id"])
    if (file["document_number"], file["name"]) != (person["document_number"], person["name"]):
        raise Refused("person_not_insured", "档案与参保人不是同一人")
    if request["insutype"] != person["insutype"]:
        raise Refused("person_not_insured", "该参保人没有此险种")
    if request["med_type"] not in policies.MED_TYPES:
        raise Refused("invalid_request", "med_type: not one this hospital registers")
    wanted = request["disease_code"]
    if request["med_type"] == policies.CHRONIC_OR_SPECIAL and wanted not in _diseases(person):
        raise Refused("no_entitlement", "参保人没有该病种的门诊慢特病待遇")
    row = centre.store.one(
        "SELECT * FROM ins_visit WHERE visit_no = ? AND psn_no = ? AND med_type = ? AND disease_code IS ?",
        (request["visit_no"], person["psn_no"], request["med_type"], wanted),
    )
    if row is None:
        number = f"M{hospital.clock.now():%y%m%d}{secrets.randbelow(10**10):010d}"
        centre.store.execute(
            "INSERT INTO ins_visit VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, person["psn_no"], person["insutype"], request["med_type"], wanted, request["visit_no"],
                request["certificate"], moment(hospital.clock.now_us()),
            ),
        )  # fmt: skip
        row = centre.store.one("SELECT * FROM ins_visit WHERE mdtrt_id = ?", (number,))
    if row is None:
        raise LookupError(request["visit_no"])
    shown = {name: row[name] for name in ("mdtrt_id", "psn_no", "insutype", "med_type", "disease_code", "visit_no")}
    return shown | {"registered_at": row["began_at"]}


def _diseases(person: Row) -> dict[str, str]:
    return {e["code"]: e["kind"] for e in json.loads(person["entitlements"])}


def presettle(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """The split of a bill, by the policy of the person and the visit."""
    centre = centre_of(hospital.world)
    row = centre.store.one("SELECT * FROM ins_visit WHERE mdtrt_id = ?", (request["mdtrt_id"],))
    if row is None or row["psn_no"] != request["psn_no"]:
        raise Refused("insurance_visit_unknown", "没有此就诊登记")
    person = _insured(centre, request["psn_no"])
    lines = [(line["med_list_code"], line["amount_fen"]) for line in request["lines"]]
    total = sum(fen for _, fen in lines)
    if total == 0:
        raise Refused("invalid_request", "lines: there is nothing to settle")
    if payment_behaviour(total) in ("upload_refused", "order_refused"):
        raise Refused("insurance_refused", "参保人当日不享受该医疗类别的待遇")
    name = _diseases(person).get(row["disease_code"] or "", person["policy"])
    inside, outside = policies.scope_of(lines)
    found = policies.split(
        policies.POLICIES[name], total=total, scope=inside, outside=outside, balance=person["account_fen"],
        use_account=request["use_account"],
    )  # fmt: skip
    return dict(zip(_SPLIT_KEYS, (found.total, found.fund, found.account, found.own, 0), strict=True))


def settle(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Settle, unless the split is no longer the one the patient agreed to."""
    centre = centre_of(hospital.world)
    split = presettle(hospital, request)
    if payment_behaviour(split["total_fen"]) in ("settle_failed", "refused"):
        raise Refused("insurance_refused", "医保结算失败，请改为自费或到窗口办理")
    if split != request["split"]:
        raise Refused("split_changed", "结算金额已变化，请重新预结算")
    now = centre.now()
    with centre.store.transaction() as db:
        db.execute(
            "INSERT INTO ins_settlement (request_no, settlement_no, mdtrt_id, psn_no, order_no, total, fund, account,"
            " own, state, settled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'settled', ?)",
            (
                request["request_no"], f"44{hospital.clock.now():%Y%m%d}{secrets.randbelow(10**12):012d}",
                request["mdtrt_id"], request["psn_no"], request["order_no"], split["total_fen"], split["pooled_fen"],
                split["personal_account_fen"], split["own_fen"], now,
            ),
        )  # fmt: skip
        db.execute(
            "UPDATE ins_person SET account_fen = account_fen - ? WHERE psn_no = ?",
            (split["personal_account_fen"], request["psn_no"]),
        )
    return _settlement(centre, request["request_no"])


def _settlement(centre: Centre, number: str) -> dict[str, Any]:
    row = centre.store.one("SELECT * FROM ins_settlement WHERE request_no = ?", (number,))
    if row is None:
        raise Refused("settlement_not_found", "没有此结算")
    parts = (row["total"], row["fund"], row["account"], row["own"], 0)
    return {
        "request_no": number,
        "settlement_no": row["settlement_no"],
        "state": row["state"],
        "mdtrt_id": row["mdtrt_id"],
        "psn_no": row["psn_no"],
        "order_no": row["order_no"],
        "split": dict(zip(_SPLIT_KEYS, parts, strict=True)),
        "settled_at": _moment(row["settled_at"]),
        "reversal_no": row["reversal_no"],
        "reversed_at": None if row["reversed_at"] is None else _moment(row["reversed_at"]),
    }


def _moment(unix_seconds: float) -> str:
    return moment(int(unix_seconds) * 1_000_000)


def reverse(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """Take a settlement back; the personal account gets its part again. Again for one that was reversed before."""
    centre = centre_of(hospital.world)
    number = request["settlement_request_no"]
    found = _settlement(centre, number)
    if found["state"] == "reversed":
        return found
    if refund_behaviour(found["split"]["total_fen"]) == "fail":
        raise Refused("insurance_refused", "医保不能撤销此结算，请到窗口办理")
    with centre.store.transaction() as db:
        db.execute(
            "UPDATE ins_settlement SET state = 'reversed', reversal_no = ?, reversed_at = ? WHERE request_no = ?",
            (f"X{found['settlement_no'][2:10]}{secrets.randbelow(10**8):08d}", centre.now(), number),
        )
        db.execute(
            "UPDATE ins_person SET account_fen = account_fen + ? WHERE psn_no = ?",
            (found["split"]["personal_account_fen"], found["psn_no"]),
        )
    return _settlement(centre, number)


def find(hospital: Hospital, request: dict[str, Any]) -> dict[str, Any]:
    """A settlement by our request number."""
    return _settlement(centre_of(hospital.world), request["settlement_request_no"])


def act(operation: str, request: dict[str, Any]) -> str | None:
    """What a settlement's total provokes: `cut` (done, no answer) or `late` (done, answered after 8 s)."""
    if operation != "settlements.settle":
        return None
    behaviour = payment_behaviour(sum(line["amount_fen"] for line in request["lines"]))
    return {"order_unanswered": "cut", "order_slow": "late"}.get(behaviour)
