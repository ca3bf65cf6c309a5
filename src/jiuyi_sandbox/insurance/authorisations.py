"""What a person consented to: a payment authorisation (`payAuthNo`) or an e-voucher shown at the desk (`ecToken`)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from jiuyi_sandbox.insurance.centre import Refusal

if TYPE_CHECKING:
    from jiuyi_sandbox.insurance.centre import Centre
    from jiuyi_sandbox.store import Row

PAY_AUTH, EC_TOKEN = "pay_auth", "ec_token"


def issue(centre: Centre, psn_no: str, *, kind: str = PAY_AUTH, channel: str = "", openid: str | None = None) -> str:
    """A fresh one-order number for a person: `AUTH440100…` or `EC…` (at most 40 characters)."""
    mark = "AUTH440100" if kind == PAY_AUTH else "EC"
    token = f"{mark}{centre.world.clock.now():%Y%m%d%H%M%S}{secrets.randbelow(10**10):010d}"
    centre.store.execute(
        "INSERT INTO ins_authorisation (token, kind, psn_no, channel, openid, issued_at) VALUES (?, ?, ?, ?, ?, ?)",
        (token, kind, psn_no, channel, openid, centre.now()),
    )
    return token


def find(centre: Centre, token: str) -> Row | None:
    """The authorisation of that number."""
    return centre.store.one("SELECT * FROM ins_authorisation WHERE token = ?", (token,))


def bind(centre: Centre, token: str, psn_no: str, order_no: str) -> None:
    """Use an authorisation for one order (again for the same one). Raises Refusal."""
    row = find(centre, token)
    if row is None:
        raise Refusal(50110, "支付授权码无效")
    if row["psn_no"] != psn_no:
        raise Refusal(50111, "支付授权码与参保人不一致")
    if row["order_no"] is None and row["issued_at"] + centre.switches.auth_seconds < centre.now():
        raise Refusal(50112, "支付授权码已过期，请重新授权")
    if row["order_no"] not in (None, order_no):
        raise Refusal(50113, "支付授权码已使用，请重新授权")
    centre.store.execute("UPDATE ins_authorisation SET order_no = ? WHERE token = ?", (order_no, token))
