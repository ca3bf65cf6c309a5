"""Payment codes and faces at the desk: alipay.trade.pay."""

import re
from dataclasses import dataclass
from typing import Any

from jiuyi_sandbox.alipay import behaviours, trades
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, digits, local, yuan
from jiuyi_sandbox.alipay.gate import Call, fine
from jiuyi_sandbox.alipay.problems import Failure, business, unknown, wrong_parameter
from jiuyi_sandbox.store import Row

CODE_SECONDS = 60
"""How long a shown code may be used; it is used once."""

_CODE = re.compile(r"^(2[5-9]|30)[0-9]{14,22}$")
_FACE = re.compile(r"^fp[0-9A-Za-z]{10,62}$")
_MAGIC = re.compile(r"^(?:2800000000000|fp00000000000)([0-9]{2})0([1-8])[0-9]?$")
_SCENES = {"bar_code": "bar_code", "security_code": "face", "wave_code": "bar_code"}


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose code it is and what it makes happen."""

    user_id: str
    behaviour: str


def new_code(ali: AlipayWorld, person: str, kind: str, behaviour: str = behaviours.NORMAL) -> str:
    """A fresh code of a person's phone (`bar_code`) or of their face (`face`)."""
    code = f"28{digits(16)}" if kind == "bar_code" else f"fp{digits(32)}"
    ali.world.store.execute(
        "INSERT INTO ali_pay_code (code, kind, user_id, behaviour, created_at) VALUES (?, ?, ?, ?, ?)",
        (code, kind, ali.user_id_of(person), behaviour, ali.now()),
    )
    return code


def magic_code(number: int, person: str, kind: str = "bar_code") -> str:
    """The code that does what payment behaviour `number` (0: pays) says, for that person, any number of times."""
    return f"{'2800000000000' if kind == 'bar_code' else 'fp00000000000'}{number:02d}0{person.removeprefix('p')}0"


def _read(ali: AlipayWorld, scene: str, code: str) -> Shown:
    """Use up a code. Raises Failure ACQ.PAYMENT_AUTH_CODE_INVALID."""
    if scene not in _SCENES:
        raise wrong_parameter("scene 应为 bar_code、security_code 或 wave_code")
    wrong = business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款")
    face = _SCENES[scene] == "face"
    if not (_FACE if face else _CODE).match(code):
        raise wrong
    magic = _MAGIC.match(code)
    if magic:
        name = behaviours.PAYMENTS.get(int(magic[1]), (behaviours.NORMAL, ""))[0]
        return Shown(ali.user_id_of(f"p{magic[2]}"), name)
    row = ali.world.store.one(
        "SELECT * FROM ali_pay_code WHERE code = ? AND kind = ?", (code, "face" if face else "bar_code")
    )
    if row is None or row["created_at"] + CODE_SECONDS < ali.now():
        raise wrong
    if not ali.world.store.execute("UPDATE ali_pay_code SET used = 1 WHERE code = ? AND used = 0", (code,)):
        raise wrong
    return Shown(row["user_id"], row["behaviour"])


def _paid(ali: AlipayWorld, row: Row) -> dict[str, Any]:
    return fine(
        trade_no=row["trade_no"], out_trade_no=row["out_trade_no"], total_amount=yuan(row["total"]),
        gmt_payment=local(row["paid_at"]), fund_bill_list=trades.funds(row), store_name=None,
        **trades.buyer(ali, row), **trades.paid_amounts(row),
    )  # fmt: skip


def _waiting(ali: AlipayWorld, row: Row) -> dict[str, Any]:
    return {
        "code": "10003", "msg": "order success pay inprocess", "trade_no": row["trade_no"],
        "out_trade_no": row["out_trade_no"], "total_amount": yuan(row["total"]), **trades.buyer(ali, row),
    }  # fmt: skip


def _refuse_early(behaviour: str) -> None:
    """Refusals before a trade is made. Raises Failure."""
    if behaviour == "no_balance":
        raise business("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")
    if behaviour == "code_invalid":
        raise business("ACQ.PAYMENT_AUTH_CODE_INVALID", "支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款")
    if behaviour == "unknown_unpaid":
        raise unknown()
    if behaviour == "create_refused":
        raise Failure("40006", "isv.insufficient-isv-permissions", "ISV权限不足")
    if behaviour == "create_busy":
        raise Failure("40005", "isv.app-call-limited", "应用调用次数超限")


async def pay(ali: AlipayWorld, call: Call) -> dict[str, Any]:
    """alipay.trade.pay: 10000 paid, 10003 wait and ask, 20000 unknown, 40004 not paid."""
    given = trades.asked(ali, call)
    code, scene = str(call.body.get("auth_code") or ""), str(call.body.get("scene") or "")
    known = trades.find(ali, given.number)
    if known is not None:
        # The same number again is the same payment: the first code counts, and what became of it is told.
        if known["state"] == "TRADE_SUCCESS" and (known["total"], known["subject"]) == (given.total, given.subject):
            raise business("ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
        trades.check_repeat(known, given, known["user_id"])
        return _waiting(ali, known)
    shown = _read(ali, scene, code)
    wanted = ali.switches.take_payment(given.total)
    behaviour = shown.behaviour if wanted == behaviours.NORMAL else wanted
    _refuse_early(behaviour)
    row = trades.insert(ali, call, given, kind=f"PAY_{scene}".upper(), user_id=shown.user_id, behaviour=behaviour)
    if behaviour == "refused":
        raise business("ACQ.PAYMENT_FAIL", "支付失败", trade_no=row["trade_no"], out_trade_no=given.number)
    if behaviour in ("wait_then_paid", "processing_then_paid"):
        trades.settle_later(ali, row, "paid")
    elif behaviour == "wait_then_closed":
        trades.settle_later(ali, row, "closed")
    if behaviour.startswith(("wait_", "processing_")):
        return _waiting(ali, row)
    await trades.settle(ali, row)
    if behaviour in ("unknown_then_paid", "create_unanswered", "network", "unknown_to_page"):
        raise unknown()
    return _paid(ali, trades.found(ali, given.number))
