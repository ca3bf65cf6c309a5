"""Paying with the insurance inside Alipay: consent, a trade of two legs, its query, refund and cancellation.

Fields: Alipay's papers, medical insurance on Alipay. UNCONFIRMED there and so of the sandbox's own making: the
words of `own_pay_status` and `medical_pay_status` (WAIT, PROCESSING, SUCCESS, FAIL, CLOSED), of `trade_status` and
`refund_status`, the body of the result notice, what is appended to `call_url` and `callback_url` (nothing).

The insurance's leg belongs to the national centre; the patient's own leg is an ordinary trade and so in the daily bill.
"""

import json
import secrets
from datetime import datetime
from typing import Any

from jiuyi_sandbox.alipay import notices, refunds, trades
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, digits, fen, local, text_field, yuan
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import business, no_trade, wrong_parameter
from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.insurance import authorisations, centre_of, settling
from jiuyi_sandbox.insurance.orders import DONE, PRESETTLED
from jiuyi_sandbox.people import BY_KEY
from jiuyi_sandbox.store import Row

PAYMENT, IDENTITY = "04107", "04106"
_DEFAULT_SECONDS = 1800


def _user(ali: AlipayWorld, call: Call) -> str:
    body = call.body
    open_id, user_id = body.get("open_id"), body.get("alipay_user_id")
    row = ali.by_open_id(call.app_id, str(open_id)) if open_id else ali.person(str(user_id or ""))
    if row is None:
        raise wrong_parameter("alipay_user_id 与 open_id 必填其一，且应属于该应用")
    return str(row["user_id"])


def _insured(ali: AlipayWorld, user_id: str, body: dict[str, Any]) -> Row:
    """The insured person the hospital names, else the phone's own. Raises Failure."""
    centre, more = centre_of(ali.world), body.get("extend_params")
    number = more.get("patient_cert_no") if isinstance(more, dict) else None
    row: Row | None
    if isinstance(more, dict) and number:
        row = centre.person_by_document(str(number), more.get("patient_name") or None)
    else:
        row = centre.person(_own_number(ali, user_id))
    if row is None:
        raise business("MEDICAL_CARD_NOT_EXIST", "未查询到该参保人的医保电子凭证")
    return row


def _own_number(ali: AlipayWorld, user_id: str) -> str:
    """The insured number of whoever holds the phone: the first file of that name, '' when there is none."""
    person = ali.person(user_id)
    name = BY_KEY[person["person"]].name if person else ""
    row = ali.world.store.one("SELECT psn_no FROM ins_person WHERE name = ?", (name,))
    return str(row["psn_no"]) if row else ""


async def auth_query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.authinfo.auth.query: the authorisation, or the address where it is given."""
    body = call.body
    user_id, kind = _user(ali, call), str(body.get("ol_biz_type_code", ""))
    if kind not in (PAYMENT, IDENTITY):
        raise wrong_parameter("ol_biz_type_code 应为 04107 或 04106")
    number, call_url = text_field(body, "req_biz_no", 64) or "", text_field(body, "call_url", 1024) or ""
    for name in ("org_code", "org_app_id"):
        text_field(body, name, 64)
    if not ali.registered(call_url) and not call_url.startswith("alipays://"):
        raise wrong_parameter("call_url 不在应用的域名内")
    insured = _insured(ali, user_id, body)
    row = _consent(ali, user_id, number)
    if row is None:
        ali.world.store.execute(
            "INSERT INTO ali_medical_consent (id, app_id, user_id, req_biz_no, kind, psn_no, org_app_id, call_url,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (secrets.token_hex(16), call.app_id, user_id, number, kind, insured["psn_no"], str(body["org_app_id"]),
             call_url, ali.now()),
        )  # fmt: skip
        row = _consent(ali, user_id, number)
    if row is None:
        raise LookupError(number)
    known: dict[str, Any] = {"req_biz_no": number, "openapi_app_id": call.app_id, "insu_org": insured["place"]}
    if row["granted_at"] is None:
        url = f"{ali.world.config.base_url}/alipay-open/medical/authorise.htm?id={row['id']}"
        return fine(result_code="SUCCESS", data={**known, "auth_stas": "0", "auth_url": url})
    data = {
        **known, "auth_stas": "1", "auth_no": row["id"], "auth_time": local(row["granted_at"]),
        "medical_card_id": row["psn_no"], "medical_card_inst_id": insured["place"], "medical_card_status": "1",
    }  # fmt: skip
    if row["pay_auth_no"]:
        data["pay_auth_no"] = row["pay_auth_no"]
    return fine(result_code="SUCCESS", data=data)


def _consent(ali: AlipayWorld, user_id: str, number: str) -> Row | None:
    return ali.world.store.one(
        "SELECT * FROM ali_medical_consent WHERE user_id = ? AND req_biz_no = ?", (user_id, number)
    )


def grant(ali: AlipayWorld, row: Row) -> None:
    """The person agrees: the centre gives out a one-order number, which the next auth.query tells."""
    pay_auth_no = None
    if row["kind"] == PAYMENT:
        centre = centre_of(ali.world)
        pay_auth_no = authorisations.issue(centre, row["psn_no"], channel="alipay", openid=row["user_id"])
    ali.world.store.execute(
        "UPDATE ali_medical_consent SET granted_at = ?, pay_auth_no = ? WHERE id = ? AND granted_at IS NULL",
        (ali.now(), pay_auth_no, row["id"]),
    )


async def card_query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.card.query: whether an insurance card is bound."""
    row = _insured(ali, _user(ali, call), call.body)
    return fine(
        bind_status="BIND", sign_status="SIGN", medical_card_id=row["psn_no"], medical_card_no=row["psn_no"],
        medical_card_type="ELECTRONIC", city=row["place"],
    )  # fmt: skip


def _legs(ali: AlipayWorld, body: dict[str, Any]) -> tuple[int, int]:
    """Total and own part, checked against each other and against what the centre pre-settled. Raises Failure."""
    total, own = fen(body, "total_amount"), fen(body, "real_amount", least=0)
    gov, account = fen(body, "gov_amount", least=0), fen(body, "account_amount", least=0)
    other = fen(body, "other_amount", least=0) if body.get("other_amount") not in (None, "") else 0
    if total != own + gov + account + other:
        raise business("AMOUNT_NOT_MATCH", "total_amount 应等于各部分之和")
    order = settling.find(centre_of(ali.world), str(body.get("pay_order_id", "")))
    if order is None or order["med_org_ord"] != body.get("med_org_ord"):
        raise business("MEDICAL_ORDER_NOT_EXIST", "医保订单不存在，或与 med_org_ord 不符")
    if order["state"] != PRESETTLED:
        raise business("MEDICAL_ORDER_STATUS_ERROR", "医保订单不在待支付状态")
    if (total, own, account) != (order["total"], order["own"], order["account"]):
        raise business("AMOUNT_NOT_MATCH", "金额与医保预结算结果不一致")
    consent = ali.world.store.one(
        "SELECT * FROM ali_medical_consent WHERE pay_auth_no = ?", (str(body.get("pay_auth_no", "")),)
    )
    if consent is None or order["authorisation"] != consent["pay_auth_no"]:
        raise business("PAY_AUTH_NO_INVALID", "支付授权码无效，或与医保订单不符")
    if consent["org_app_id"] != centre_of(ali.world).app_id:
        raise business("114", "支付授权码 APPID 与下单时的渠道应用不一致")
    return total, own


def _expiry(ali: AlipayWorld, body: dict[str, Any]) -> float:
    text = text_field(body, "gmt_time_expire", 32, needed=False)
    if text is None:
        return ali.now() + _DEFAULT_SECONDS
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=HOSPITAL_TIME).timestamp()
    except ValueError as wrong:
        raise wrong_parameter("gmt_time_expire 应为 yyyy-MM-dd HH:mm:ss") from wrong


async def create_and_pay(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.trade.createandpay: an address where the person confirms both legs at once."""
    body, user_id = call.body, _user(ali, call)
    number = text_field(body, "out_trade_no", 64) or ""
    text_field(body, "subject", 256)
    known = find(ali, number)
    if known is not None:
        if json.loads(known["asked"]) != body:
            raise business("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        return _made(ali, known)
    if trades.find(ali, number) is not None:
        raise business("ACQ.CONTEXT_INCONSISTENT", "商户订单号已用于其他交易")
    trades.check_url(body.get("result_notify_url"))
    total, own = _legs(ali, body)
    ali.world.store.execute(
        "INSERT INTO ali_medical_trade (out_trade_no, trade_no, app_id, user_id, asked, total, own, pay_order_id,"
        " state, own_state, medical_state, expire, behaviour, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'WAIT_BUYER_PAY', 'WAIT', 'WAIT', ?, ?, ?)",
        (number, f"{ali.world.clock.now():%Y%m%d}22009{digits(15)}", call.app_id, user_id,
         json.dumps(body, ensure_ascii=False), total, own, str(body["pay_order_id"]), _expiry(ali, body),
         ali.switches.take_payment(total), ali.now()),
    )  # fmt: skip
    return _made(ali, _found(ali, number))


def _made(ali: AlipayWorld, row: Row) -> dict[str, Any]:
    asked = json.loads(row["asked"])
    return fine(
        out_trade_no=row["out_trade_no"], trade_no=row["trade_no"], alipay_trade_no=row["trade_no"],
        pay_url=f"{ali.world.config.base_url}/alipay-open/medical/pay.htm?trade_no={row['trade_no']}",
        pay_order_id=row["pay_order_id"], med_org_ord=asked.get("med_org_ord"), chrg_bch_no=asked.get("chrg_bch_no"),
        order_type=asked.get("order_type"),
    )  # fmt: skip


def find(ali: AlipayWorld, out_trade_no: str) -> Row | None:
    """The medical trade of that number, or None."""
    return ali.world.store.one("SELECT * FROM ali_medical_trade WHERE out_trade_no = ?", (out_trade_no,))


def by_trade_no(ali: AlipayWorld, trade_no: str) -> Row | None:
    """The medical trade of Alipay's number, or None."""
    return ali.world.store.one("SELECT * FROM ali_medical_trade WHERE trade_no = ?", (trade_no,))


def _found(ali: AlipayWorld, out_trade_no: str) -> Row:
    row = find(ali, out_trade_no)
    if row is None:
        raise no_trade()
    return row


def _named(ali: AlipayWorld, body: dict[str, Any]) -> Row:
    number = body.get("trade_no")
    row = by_trade_no(ali, str(number)) if number else find(ali, str(body.get("out_trade_no", "")))
    if row is None:
        raise no_trade()
    return row


async def confirm(ali: AlipayWorld, row: Row, trick: str | None = None) -> str:
    """The person agrees to both legs. Returns what a page hears: 9000, 8000 (the insurance takes its time), 4000."""
    behaviour = trick or row["behaviour"]
    if row["state"] != "WAIT_BUYER_PAY" or row["expire"] <= ali.now() or behaviour == "refused":
        return "4000"
    centre = centre_of(ali.world)
    if await settling.confirm(centre, row["pay_order_id"], channel="alipay") != "ok":
        return "4000"
    ali.world.store.execute(
        "UPDATE ali_medical_trade SET state = 'PAYING', own_state = 'SUCCESS', own_paid_at = ?,"
        " medical_state = 'PROCESSING', behaviour = ? WHERE out_trade_no = ?",
        (ali.now(), behaviour, row["out_trade_no"]),
    )
    _book_own_leg(ali, row)
    await finish_due(ali)
    return "9000" if _found(ali, row["out_trade_no"])["state"] == "TRADE_SUCCESS" else "8000"


def _book_own_leg(ali: AlipayWorld, row: Row) -> None:
    """The patient's own money is an ordinary paid trade under the same numbers (none when the insurance pays all)."""
    if row["own"] == 0:
        return
    now = ali.now()
    ali.world.store.execute(
        "INSERT INTO ali_trade (out_trade_no, trade_no, app_id, kind, user_id, subject, total, time_expire, state,"
        " behaviour, created_at, paid_at) VALUES (?, ?, ?, 'MEDICAL', ?, ?, ?, ?, 'TRADE_SUCCESS', 'normal', ?, ?)"
        " ON CONFLICT DO NOTHING",
        (row["out_trade_no"], row["trade_no"], row["app_id"], row["user_id"], json.loads(row["asked"])["subject"],
         row["own"], row["expire"], row["created_at"], now),
    )  # fmt: skip


async def finish_due(ali: AlipayWorld) -> None:
    """Trades whose insurance has come to an end: both legs in, or the insurance's leg failed; each is announced."""
    centre = centre_of(ali.world)
    for row in ali.world.store.all("SELECT * FROM ali_medical_trade WHERE state = 'PAYING'"):
        order = settling.find(centre, row["pay_order_id"])
        if order is None or order["state"] not in settling.FINAL:
            continue
        fine_end = order["state"] == DONE
        done = ali.world.store.execute(
            "UPDATE ali_medical_trade SET state = ?, medical_state = ?, medical_paid_at = ?"
            " WHERE out_trade_no = ? AND state = 'PAYING'",
            ("TRADE_SUCCESS" if fine_end else "TRADE_FAIL", "SUCCESS" if fine_end else "FAIL",
             ali.now() if fine_end else None, row["out_trade_no"]),
        )  # fmt: skip
        if done:
            ended = _found(ali, row["out_trade_no"])
            await notices.announce(
                ali, kind="medical", reference=row["out_trade_no"],
                url=json.loads(row["asked"]).get("result_notify_url"), plain=_notice(ali, ended),
                behaviour=row["behaviour"],
            )  # fmt: skip


def _amounts(row: Row) -> dict[str, str]:
    asked = json.loads(row["asked"])
    names = ("total_amount", "real_amount", "gov_amount", "account_amount", "other_amount")
    return {name: str(asked[name]) for name in names if asked.get(name) not in (None, "")}


def _notice(ali: AlipayWorld, row: Row) -> dict[str, str]:
    return {
        "app_id": row["app_id"], "notify_type": "medical_trade_status_sync", "charset": "utf-8", "version": "1.0",
        "out_trade_no": row["out_trade_no"], "trade_no": row["trade_no"], "seller_id": ali.keys.seller_id,
        "trade_status": row["state"], "own_pay_status": row["own_state"], "medical_pay_status": row["medical_state"],
        "pay_order_id": row["pay_order_id"], "med_org_ord": str(json.loads(row["asked"]).get("med_org_ord")),
        "gmt_own_paid": local(row["own_paid_at"]), **_amounts(row),
    }  # fmt: skip


async def query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.trade.query: both legs as they stand."""
    row = _named(ali, call.body)
    await close_late(ali, row)
    row = _found(ali, row["out_trade_no"])
    back = refunds.refunded(ali, row["out_trade_no"])
    asked = json.loads(row["asked"])
    return fine(
        out_trade_no=row["out_trade_no"], trade_no=row["trade_no"], trade_status=row["state"],
        own_pay_status=row["own_state"], medical_pay_status=row["medical_state"], **_amounts(row),
        refund_amount=yuan(back) if back else None, pay_order_id=row["pay_order_id"],
        med_org_ord=asked.get("med_org_ord"), request_content=asked.get("request_content"),
        gmt_own_paid=local(row["own_paid_at"]) if row["own_paid_at"] else None,
        gmt_medical_paid=local(row["medical_paid_at"]) if row["medical_paid_at"] else None,
    )  # fmt: skip


async def close_late(ali: AlipayWorld, row: Row, *, now: bool = False) -> bool:
    """Close an unpaid medical trade whose time is over, or at once."""
    return bool(
        ali.world.store.execute(
            "UPDATE ali_medical_trade SET state = 'TRADE_CLOSED', own_state = 'CLOSED', medical_state = 'CLOSED'"
            " WHERE out_trade_no = ? AND state = 'WAIT_BUYER_PAY' AND (? OR expire <= ?)",
            (row["out_trade_no"], now, ali.now()),
        )
    )


async def cancel(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.trade.cancel: only while nobody has paid."""
    row = _named(ali, call.body)
    if not await close_late(ali, row, now=True) and row["state"] != "TRADE_CLOSED":
        raise business("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    return fine(out_trade_no=row["out_trade_no"], trade_no=row["trade_no"])


async def refund(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.trade.refund: the own part; the insurance's part goes back through the centre (6203)."""
    row, body = _named(ali, call.body), call.body
    number = text_field(body, "refund_request_no", 64) or ""
    if row["own_state"] != "SUCCESS" or row["own"] == 0:
        raise business("ACQ.TRADE_STATUS_ERROR", "没有可退的自费部分")
    plain = {
        "out_trade_no": row["out_trade_no"], "refund_amount": body.get("refund_amount"), "out_request_no": number,
        "refund_reason": body.get("refund_reason"),
    }  # fmt: skip
    await refunds.refund(ali, Call(call.app_id, call.method, call.params, plain))
    return _refund_answer(ali, row, number)


def _refund_answer(ali: AlipayWorld, row: Row, number: str) -> dict[str, Any]:
    made = refunds.find(ali, row["out_trade_no"], number)
    if made is None:
        raise business("REFUND_NOT_EXIST", "退款单不存在")
    done = made["done_at"] is not None
    return fine(
        out_trade_no=row["out_trade_no"], trade_no=row["trade_no"], alipay_trade_no=row["trade_no"],
        refund_request_no=number, refund_amount=yuan(made["amount"]),
        refund_status="REFUND_SUCCESS" if done else "REFUND_PROCESSING",
        refund_time=local(made["done_at"]) if done else None,
    )  # fmt: skip


async def refund_query(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.commerce.medical.trade.refund.query."""
    number = text_field(call.body, "refund_request_no", 64) or ""
    return _refund_answer(ali, _named(ali, call.body), number)
