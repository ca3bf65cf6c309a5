"""Notices about trades: a signed form, sent again until the merchant answers `success`, and spoiled on request."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from jiuyi_sandbox.alipay import signing
from jiuyi_sandbox.alipay.alipay_world import AlipayWorld, local, yuan
from jiuyi_sandbox.store import Row

LADDER = (240, 600, 600, 3600, 7200, 21600, 54000)
"""Seconds between sends: 4, 10, 10 minutes, 1, 2, 6, 15 hours (Alipay's papers, async notify)."""

_REORDER_SECONDS = 10
_LATE_SECONDS = 60
_UNKNOWN_SECONDS = 20
ACK = "success"

TRICKS = ("none", "forged", "unsigned", "other_amount", "other_seller", "other_app", "other_order")
"""How one notice may be spoiled; also `without:NAME`: that field is missing. All but `forged` are truly signed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One notice to send: how it is spoiled and after how many seconds."""

    trick: str = "none"
    delay: float = 0.0


_TRUE = Plan()
PLANS: dict[str, tuple[Plan, ...]] = {
    "notify_lost": (),
    "unknown_then_paid": (Plan(delay=_UNKNOWN_SECONDS),),
    "notify_late": (Plan(delay=_LATE_SECONDS),),
    "notify_twice": (_TRUE, _TRUE),
    "notify_forged": (Plan("forged"), Plan(delay=0.3)),
    "notify_unsigned": (Plan("unsigned"), Plan(delay=0.3)),
    "notify_other_amount": (Plan("other_amount"),),
    "notify_other_seller": (Plan("other_seller"),),
    "notify_other_app": (Plan("other_app"),),
    "notify_other_order": (Plan("other_order"),),
}
"""Behaviour → what is sent. Anything else sends one true notice."""

_ONCE = frozenset({"forged", "unsigned"})
"""Sent once and not repeated: nobody at Alipay would be behind them."""


def is_trick(name: str) -> bool:
    """Whether a name is one of the tricks."""
    return name in TRICKS or (name.startswith("without:") and len(name) > len("without:"))


def of_trade(ali: AlipayWorld, row: Row, **more: str) -> dict[str, str]:
    """The fields of a notice about a trade as it stands; none is empty (official SDKs would not verify it)."""
    total = yuan(row["total"])
    fields = {
        "app_id": row["app_id"],
        "notify_type": "trade_status_sync",
        "charset": "utf-8",
        "version": "1.0",
        "trade_no": row["trade_no"],
        "out_trade_no": row["out_trade_no"],
        "seller_id": ali.keys.seller_id,
        "seller_email": "finance@hospital.example",
        "trade_status": row["state"],
        "total_amount": total,
        "subject": row["subject"],
        "body": row["body"] or "",
        "gmt_create": local(row["created_at"]),
        "passback_params": row["passback"] or "",
        **more,
    }
    if row["user_id"]:
        shown = ali.identity(row["app_id"], row["user_id"], "buyer_")
        if "buyer_user_id" in shown:
            shown["buyer_id"] = shown.pop("buyer_user_id")
        fields |= {"buyer_logon_id": ali.logon_id(row["user_id"]), **shown}
    if row["paid_at"]:
        bills = [{"amount": total, "fundChannel": "BANKCARD"}]
        fields |= {
            "receipt_amount": total, "invoice_amount": total, "buyer_pay_amount": total, "point_amount": "0.00",
            "fund_bill_list": json.dumps(bills, separators=(",", ":")),
        }  # fmt: skip
    return {name: value for name, value in fields.items() if value}


def spoiled(plain: dict[str, str], trick: str) -> dict[str, str]:
    """A copy of the fields with the one lie the trick tells."""
    told = dict(plain)
    if trick == "other_amount":
        for name in ("refund_fee",) if "refund_fee" in told else ("total_amount", "receipt_amount"):
            told[name] = yuan(round(float(told[name]) * 100) - 1)
    elif trick == "other_seller":
        told["seller_id"] = "2088102146225135"
    elif trick == "other_app":
        told["app_id"] = "2014072300007148"
    elif trick == "other_order":
        told["out_trade_no"] = f"X{told['out_trade_no'][1:-4]}0000"
    elif trick.startswith("without:"):
        told.pop(trick.partition(":")[2], None)
    return told


def build(ali: AlipayWorld, *, notice_id: str, plain: dict[str, str], trick: str) -> dict[str, str]:
    """The form of one notice, signed without `sign` and `sign_type`."""
    stamped = {"notify_id": notice_id, "notify_time": local(ali.now()), **plain}
    fields = spoiled(stamped, trick)
    text = signing.text_of(fields, without=("sign", "sign_type"))
    key = ali.keys.foreign if trick == "forged" else ali.keys.platform
    fields |= {"sign_type": "RSA2", "sign": signing.sign(key, text)}
    if trick in ("unsigned", "without:sign"):
        del fields["sign"]
    if trick == "without:sign_type":
        del fields["sign_type"]
    return fields


async def announce(
    ali: AlipayWorld, *, kind: str, reference: str, url: str | None, plain: dict[str, str], behaviour: str
) -> None:
    """Write down the notices an event causes; those that must come before the answer are delivered here.

    `kind`: paid, refunded, closed. Faults match `KIND REFERENCE`.
    """
    if not url:
        return
    plans = list(PLANS.get(behaviour, (_TRUE,)))
    fault = ali.world.faults.take(
        "alipay",
        f"{kind} {reference}",
        "drop_notify", "duplicate_notify", "forge_notify", "notify_before_response", "reorder",
    )  # fmt: skip
    met = fault.kind if fault else ""
    if met == "drop_notify":
        plans = []
    elif met == "duplicate_notify":
        plans = plans * 2
    elif met == "forge_notify":
        plans = [Plan("forged"), *plans]
    elif met == "reorder":
        plans = [Plan(plan.trick, plan.delay + _REORDER_SECONDS) for plan in plans]
    now, store = ali.now(), ali.world.store
    notice_id = f"{ali.world.clock.now():%Y%m%d}{secrets.token_hex(13)}"
    text = json.dumps(plain, ensure_ascii=False)
    for plan in plans:
        one_id = secrets.token_hex(17) if plan.trick in _ONCE else notice_id
        store.execute(
            "INSERT INTO ali_notice (id, reference, url, plain, trick, state, due_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, 'due', ?, ?)",
            (one_id, reference, url, text, plan.trick, now + plan.delay / ali.switches.notify_speed, now),
        )
    if not plans:
        store.execute(
            "INSERT INTO ali_notice (id, reference, url, plain, trick, state, due_at, created_at)"
            " VALUES (?, ?, ?, ?, 'none', 'lost', ?, ?)",
            (notice_id, reference, url, text, now, now),
        )
    if "notify_before_response" in (behaviour, met):
        for row in store.all("SELECT * FROM ali_notice WHERE id = ? AND state = 'due'", (notice_id,)):
            await send(ali, row)


async def send(ali: AlipayWorld, row: Row) -> str | None:
    """Post one notice and write down what came of it. Returns the product's answer, None when it was not reached."""
    store = ali.world.store
    claimed = store.execute(
        "UPDATE ali_notice SET state = 'sending', attempts = attempts + 1 WHERE number = ? AND state = 'due'",
        (row["number"],),
    )
    if not claimed:
        return None
    answer = await post(ali, url=row["url"], notice_id=row["id"], plain=json.loads(row["plain"]), trick=row["trick"])
    attempts = row["attempts"] + 1
    if answer == ACK:
        state, due = "delivered", row["due_at"]
    elif row["trick"] in _ONCE or attempts > len(LADDER):
        state, due = "given_up", row["due_at"]
    else:
        state, due = "due", ali.now() + LADDER[attempts - 1] / ali.switches.notify_speed
    store.execute(
        "UPDATE ali_notice SET state = ?, due_at = ?, last_answer = ? WHERE number = ?",
        (state, due, answer, row["number"]),
    )
    return answer


async def post(ali: AlipayWorld, *, url: str, notice_id: str, plain: dict[str, Any], trick: str) -> str | None:
    """Send one notice now, whatever comes of it; the journal shows it. An answer other than 2xx counts as none."""
    fields = build(ali, notice_id=notice_id, plain=plain, trick=trick)
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    status: int | None = None
    text: str | None = None
    try:
        answer = await ali.world.http.post(url, content=urlencode(fields).encode(), headers=headers)
    except httpx.HTTPError as wrong:
        note = type(wrong).__name__
    else:
        status, note = answer.status_code, answer.text[:200]
        text = answer.text[:200] if answer.is_success else f"HTTP {status}"
    ali.world.journal.add(
        "alipay", f"notify {plain.get('trade_status', '')}", direction="out", status=status,
        request={"url": url, **fields}, answer=note, note=None if trick == "none" else trick,
    )  # fmt: skip
    return text


async def deliver_due(ali: AlipayWorld) -> int:
    """Send every notice whose time has come, side by side; returns how many."""
    due = ali.world.store.all(
        "SELECT * FROM ali_notice WHERE state = 'due' AND due_at <= ? ORDER BY due_at, number LIMIT 20", (ali.now(),)
    )
    await asyncio.gather(*(send(ali, row) for row in due))
    return len(due)
