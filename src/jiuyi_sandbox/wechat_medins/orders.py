"""Mixed orders: made, asked about, confirmed at the cashier, refunded (WeChat's papers)."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1

from jiuyi_sandbox.insurance import settling
from jiuyi_sandbox.insurance.centre import ORG_CODE, centre_of
from jiuyi_sandbox.wechat_medins import behaviours
from jiuyi_sandbox.wechat_pay import notices
from jiuyi_sandbox.wechat_pay import orders as cash_orders
from jiuyi_sandbox.wechat_pay.pay_world import rfc3339
from jiuyi_sandbox.wechat_pay.problems import Problem, invalid_request, system_error, wrong_parameter

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.wechat_pay.gate import Answer, Call
    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld

MIXES = ("CASH_ONLY", "INSURANCE_ONLY", "CASH_AND_INSURANCE")
TYPES = frozenset(
    [
        "REG_PAY",
        "DIAG_PAY",
        "IN_HOSP_PAY",
        "PHARMACY_PAY",
        "INSURANCE_PAY",
        "INT_REG_PAY",
        "INT_RE_DIAG_PAY",
        "INT_RX_PAY",
        "MED_PAY",
        "COVID_EXAM_PAY",
        "COVID_ANTIGEN_PAY",
    ]
)
CARDS = frozenset(
    [
        "ID_CARD",
        "HOUSEHOLD_REGISTRATION",
        "FOREIGNER_PASSPORT",
        "MAINLAND_TRAVEL_PERMIT_FOR_TW",
        "MAINLAND_TRAVEL_PERMIT_FOR_MO",
        "MAINLAND_TRAVEL_PERMIT_FOR_HK",
        "FOREIGN_PERMANENT_RESIDENT",
    ]
)
_NUMBER = re.compile(r"^[0-9A-Za-z_\-|*]{6,64}$")
_LIMITS = {"serial_no": 20, "city_id": 8, "med_inst_name": 128, "med_inst_no": 32, "callback_url": 256}
_INSURANCE_TEXTS = ("pay_order_id", "pay_auth_no", "geo_location", "med_ins_order_create_time")
_INSURANCE_FEES = ("med_ins_gov_fee", "med_ins_self_fee", "med_ins_other_fee", "med_ins_cash_fee")
_ENCRYPTED = ("payer", "relative")
_AUTHORISED_SECONDS = 600
_USER_PAYING_SECONDS = 20


def _text(body: dict[str, Any], name: str, longest: int = 64) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise wrong_parameter(f"/{name}", f"{name} 应为 1 到 {longest} 个字符", value)
    return value


def _fee(body: dict[str, Any], name: str, *, needed: bool = True) -> int:
    value = body.get(name, None if needed else 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise wrong_parameter(f"/{name}", f"{name} 应为不小于 0 的整数（分）", value)
    return value


def _opened(pay: PayWorld, field: str, value: Any) -> str:
    """A sensitive field, sealed with either of the platform's public keys."""
    for signer in (pay.keys.by_public_key, pay.keys.by_certificate):
        try:
            return signer.key.decrypt(base64.b64decode(str(value)), OAEP(MGF1(SHA1()), SHA1(), None)).decode()  # noqa: S303
        except ValueError:
            continue
    raise wrong_parameter(field, "敏感字段解密失败，请检查加密公钥与 Wechatpay-Serial", "")


def _person(pay: PayWorld, body: dict[str, Any], name: str) -> tuple[str, str]:
    """(name, digest of the document number) of `payer` or `relative`."""
    one = body.get(name)
    if not isinstance(one, dict) or one.get("card_type") not in CARDS:
        raise wrong_parameter(f"/{name}/card_type", "证件类型错误", one and one.get("card_type"))
    return _opened(pay, f"/{name}/name", one.get("name")), _opened(pay, f"/{name}/id_digest", one.get("id_digest"))


def digest(document_number: str) -> str:
    """Lower-case hexadecimal MD5 of the upper-case number."""
    return hashlib.md5(document_number.upper().encode(), usedforsecurity=False).hexdigest()


def _fees(body: dict[str, Any], mix: str) -> tuple[int, int]:
    """(total, what WeChat collects) after the sums were checked. Raises Problem RULE_LIMIT."""
    total = _fee(body, "total_fee")
    added = sum(_fee(one, "cash_add_fee") for one in body.get("cash_add_detail") or [])
    reduced = sum(_fee(one, "cash_reduce_fee") for one in body.get("cash_reduce_detail") or [])
    present = [name for name in (*_INSURANCE_TEXTS, *_INSURANCE_FEES) if name in body]
    if mix == "CASH_ONLY":
        if present:
            raise invalid_request(f"CASH_ONLY 不应上送 {present[0]}")
        collected = _fee(body, "wechat_pay_cash_fee")
        if total != collected + reduced - added:
            raise Problem(400, "RULE_LIMIT", "268529474 总金额与自费金额不一致")
        return total, collected
    for name in _INSURANCE_TEXTS[:2]:
        _text(body, name)
    gov, account, other, own = (_fee(body, name) for name in _INSURANCE_FEES)
    if mix == "INSURANCE_ONLY" and ("wechat_pay_cash_fee" in body or "prepay_id" in body):
        raise invalid_request("INSURANCE_ONLY 不应上送 wechat_pay_cash_fee、prepay_id")
    collected = 0 if mix == "INSURANCE_ONLY" else _fee(body, "wechat_pay_cash_fee")
    if total != gov + account + other + collected + reduced:
        raise Problem(400, "RULE_LIMIT", "268529475 总金额与各部分之和不一致")
    if total != gov + account + other + own + added:
        raise Problem(400, "RULE_LIMIT", "268529476 总金额与医保局返回的各部分之和不一致")
    if collected != own + added - reduced:
        raise Problem(400, "RULE_LIMIT", "268529477 现金部分与医保局返回的不一致")
    if mix == "CASH_AND_INSURANCE" and collected == 0:
        raise invalid_request("没有现金部分时应为 INSURANCE_ONLY")
    return total, collected


def _check_insurance(pay: PayWorld, body: dict[str, Any], who: tuple[str, str]) -> None:
    centre = centre_of(pay.world)
    row = settling.find(centre, body["pay_order_id"])
    if row is None or row["med_org_ord"] != body["serial_no"]:
        raise invalid_request("268510610 医保局校验失败：支付订单号与 serial_no 不符")
    if row["state"] != 1:
        raise invalid_request(f"268510610 医保局校验失败：订单状态 {row['state']}")
    if row["authorisation"] != body["pay_auth_no"]:
        raise invalid_request("268547120 支付授权码无效")
    known = centre.store.one("SELECT issued_at FROM ins_authorisation WHERE token = ?", (body["pay_auth_no"],))
    if known is None or known["issued_at"] + _AUTHORISED_SECONDS < pay.now():
        raise invalid_request("268545967 支付授权码已过期")
    if who != (row["user_name"], digest(row["id_no"])):
        raise invalid_request("268545961 用户身份与参保人不一致")
    if [row["fund"], row["account"], 0, row["own"]] != [body[name] for name in _INSURANCE_FEES]:
        raise Problem(400, "RULE_LIMIT", "268529481 医保金额与医保局返回的不一致")


def _check_cash(pay: PayWorld, body: dict[str, Any], collected: int) -> None:
    order = cash_orders.by_prepay(pay, _text(body, "prepay_id"))
    if order is None or order["out_trade_no"] != body["out_trade_no"]:
        raise invalid_request("prepay_id 与 out_trade_no 不是同一笔订单")
    if (order["total"], order["openid"], order["state"]) != (collected, body["openid"], "NOTPAY"):
        raise invalid_request("自费订单的金额、用户或状态不一致")


async def create(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/med-ins/orders."""
    body = call.body
    if not call.serial:
        raise wrong_parameter("Wechatpay-Serial", "含敏感字段的请求应带 Wechatpay-Serial")
    mix = body.get("mix_pay_type")
    if mix not in MIXES or body.get("order_type") not in TYPES:
        raise wrong_parameter("/mix_pay_type", "mix_pay_type 或 order_type 错误", mix)
    if _text(body, "appid", 32) != pay.app_id:
        raise Problem(400, "APPID_MCHID_NOT_MATCH", "appid 与 mchid 不匹配")
    _text(body, "openid", 128)
    number = _text(body, "out_trade_no")
    if not _NUMBER.match(number):
        raise wrong_parameter("/out_trade_no", "out_trade_no 格式错误", number)
    for name, longest in _LIMITS.items():
        _text(body, name, longest)
    if body["med_inst_no"] != ORG_CODE or "?" in body["callback_url"]:
        raise wrong_parameter("/med_inst_no", "机构编码未开通，或 callback_url 带有参数", body["med_inst_no"])
    payer = _person(pay, body, "payer")
    who = _person(pay, body, "relative") if body.get("pay_for_relatives") else payer
    if pay.world.store.one("SELECT 1 FROM medins_order WHERE out_trade_no = ?", (number,)):
        raise Problem(400, "ALREADY_EXISTS", "268512536 订单已存在")
    total, collected = _fees(body, mix)
    behaviour = _behaviour(pay, total)
    if behaviour == "create_refused":
        raise Problem(403, "REQUEST_BLOCKED", "商户未开通医保支付")
    if mix != "CASH_ONLY":
        _check_insurance(pay, body, who)
    if collected:
        _check_cash(pay, body, collected)
    mix_trade_no = f"{pay.world.clock.now():%Y%m%d%H%M%S}{secrets.randbelow(10**18):018d}"
    kept = {name: value for name, value in body.items() if name not in _ENCRYPTED}
    pay.world.store.execute(
        "INSERT INTO medins_order (mix_trade_no, out_trade_no, openid, pay_order_id, cash, body, behaviour, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (mix_trade_no, number, body["openid"], body.get("pay_order_id"), collected,
         json.dumps(kept, ensure_ascii=False), behaviour, pay.now()),
    )  # fmt: skip
    if behaviour == "create_unanswered":
        raise system_error()
    return 200, resource(pay, _found(pay, "mix_trade_no", mix_trade_no))


def _behaviour(pay: PayWorld, total: int) -> str:
    told = pay.world.store.meta("wechat_medins.next")
    if told:
        pay.world.store.execute("DELETE FROM meta WHERE key = 'wechat_medins.next'")
    return told or behaviours.behaviour(total)


def _found(pay: PayWorld, column: str, value: str) -> Row:
    row = pay.world.store.one(f"SELECT * FROM medins_order WHERE {column} = ?", (value,))  # noqa: S608 - our own name
    if row is None:
        raise Problem(404, "ORDER_NOT_EXIST", "268529515 订单不存在")
    return row


def find(pay: PayWorld, mix_trade_no: str) -> Row | None:
    """The mixed order of that number."""
    return pay.world.store.one("SELECT * FROM medins_order WHERE mix_trade_no = ?", (mix_trade_no,))


def _self_status(pay: PayWorld, row: Row) -> str:
    if not row["cash"]:
        return "NO_SELF_PAY"
    order = cash_orders.find(pay, row["out_trade_no"])
    known = {"NOTPAY": "CREATED", "SUCCESS": "SUCCESS", "REFUND": "REFUND", "CLOSED": "FAIL"}
    return f"SELF_PAY_{known[order['state']] if order else 'FAIL'}"


def _insurance_status(pay: PayWorld, row: Row) -> str:
    if not row["pay_order_id"]:
        return "NO_MED_INS_PAY"
    order = settling.find(centre_of(pay.world), row["pay_order_id"])
    state = int(order["state"]) if order else 15
    if state in (6, 9, 10):
        hidden = order is not None and order["behaviour"] == "settled_after_timeout"
        late = hidden and pay.now() < (row["paid_at"] or 0) + 30
        return "MED_INS_PAY_CREATED" if late else "MED_INS_PAY_SUCCESS"
    names = dict.fromkeys((7, 8, 11), "REFUND") | dict.fromkeys((12, 13, 15, 16), "FAIL")
    return f"MED_INS_PAY_{names.get(state, 'CREATED')}"


def resource(pay: PayWorld, row: Row) -> dict[str, Any]:
    """The order as answers and notices show it: the request without its sealed fields, and how far it is."""
    own, insurance = _self_status(pay, row), _insurance_status(pay, row)
    ends = {own.rpartition("_")[2], insurance.rpartition("_")[2]} - {"PAY"}
    if row["refunded_at"] is not None:
        mix = "MIX_PAY_REFUND"
    elif "FAIL" in ends:
        mix = "MIX_PAY_FAIL"
    elif "CREATED" in ends or row["paid_at"] is None:
        mix = "MIX_PAY_CREATED"
    else:
        mix = "MIX_PAY_SUCCESS"
    if row["behaviour"] == "user_paying" and row["paid_at"] and pay.now() < row["paid_at"] + _USER_PAYING_SECONDS:
        mix = "MIX_PAY_USER_PAYING"
    found = {
        **json.loads(row["body"]), "mix_trade_no": row["mix_trade_no"], "mix_pay_status": mix,
        "self_pay_status": own, "med_ins_pay_status": insurance,
    }  # fmt: skip
    if row["paid_at"] is not None:
        found["paid_time"] = rfc3339(row["paid_at"])
    if insurance == "MED_INS_PAY_FAIL":
        found["med_ins_fail_reason"] = "医保结算失败"
    return found


async def query(pay: PayWorld, call: Call) -> Answer:
    """GET by either number."""
    column = "mix_trade_no" if "mix_trade_no" in call.path else "out_trade_no"
    return 200, resource(pay, _found(pay, column, call.path[column]))


async def refunded(pay: PayWorld, call: Call) -> Answer:
    """POST /v3/med-ins/refunds/notify: the hospital says what it gave back. Both spellings of the fields are read."""
    row = _found(pay, "mix_trade_no", call.query.get("mix_trade_no", ""))
    body = {name.replace("__", "_"): value for name, value in call.body.items()}
    parts = [_fee(body, f"med_refund_{name}_fee") for name in ("total", "gov", "self", "other")]
    number = _text(body, "out_refund_no")
    _text(body, "refund_time")
    asked = json.loads(row["body"])
    if parts[0] > asked["total_fee"] or sum(parts[1:]) > parts[0]:
        raise Problem(400, "RULE_LIMIT", "退款金额大于订单金额")
    if row["paid_at"] is None:
        raise invalid_request("订单未支付")
    known = pay.world.store.one("SELECT body FROM medins_refund WHERE out_refund_no = ?", (number,))
    told = json.dumps(body, sort_keys=True)
    if known is not None and known["body"] != told:
        raise invalid_request("同一退款单号的参数与首次请求不一致")
    with pay.world.store.transaction() as db:
        db.execute(
            "INSERT OR IGNORE INTO medins_refund VALUES (?, ?, ?, ?)", (number, row["mix_trade_no"], told, pay.now())
        )
        db.execute(
            "UPDATE medins_order SET refunded_at = coalesce(refunded_at, ?) WHERE mix_trade_no = ?",
            (pay.now(), row["mix_trade_no"]),
        )
    return 204, None


async def confirm(pay: PayWorld, row: Row, *, trick: str | None = None) -> str:
    """The person confirms the sheet: '' when everything that may be taken at once was taken, else the reason."""
    centre, insurance = centre_of(pay.world), row["pay_order_id"]
    behaviour = trick or row["behaviour"]
    if row["paid_at"] is not None:
        return "ORDERPAID"
    if insurance:
        order = settling.find(centre, insurance)
        if order is None or order["state"] != 1:
            return "MED_INS_ORDER_STATE"
        if order["behaviour"] == "refused" or behaviour == "refused":
            return "MED_INS_REFUSED"
    if row["cash"]:
        cash = cash_orders.find(pay, row["out_trade_no"])
        if behaviour == "cash_refused" or cash is None or not await cash_orders.settle(pay, cash):
            return "BANK_REFUSED"
    pay.world.store.execute(
        "UPDATE medins_order SET paid_at = ?, behaviour = ? WHERE mix_trade_no = ?",
        (pay.now(), behaviour, row["mix_trade_no"]),
    )
    if insurance:
        await settling.confirm(centre, insurance, channel="wechat")
    await announce_due(pay)
    again = _found(pay, "mix_trade_no", row["mix_trade_no"])
    return "MED_INS_FAILED" if resource(pay, again)["mix_pay_status"] == "MIX_PAY_FAIL" else ""


async def announce_due(pay: PayWorld) -> None:
    """Tell the hospital of every mixed order that has succeeded since."""
    for row in pay.world.store.all("SELECT * FROM medins_order WHERE paid_at IS NOT NULL AND announced = 0"):
        told = resource(pay, row)
        if told["mix_pay_status"] not in ("MIX_PAY_SUCCESS", "MIX_PAY_FAIL", "MIX_PAY_REFUND"):
            continue
        claimed = pay.world.store.execute(
            "UPDATE medins_order SET announced = 1 WHERE mix_trade_no = ? AND announced = 0", (row["mix_trade_no"],)
        )
        if claimed and told["mix_pay_status"] == "MIX_PAY_SUCCESS":
            await notices.announce(
                pay, event_type="MEDICAL_INSURANCE.SUCCESS", reference=row["mix_trade_no"], url=told["callback_url"],
                plain=told, behaviour=row["behaviour"],
            )  # fmt: skip
