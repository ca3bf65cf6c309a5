"""Notices to the merchant: signed, sealed, retried along WeChat's ladder, and spoiled on request."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from jiuyi_sandbox.store import Row
from jiuyi_sandbox.wechat_pay import signing
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld, rfc3339

LADDER = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
"""Seconds between tries (WeChat's papers, notify)."""

_STALE_SECONDS = 600
_REORDER_SECONDS = 10
_LATE_SECONDS = 60
_UNKNOWN_SECONDS = 20

SUMMARIES = {
    "TRANSACTION.SUCCESS": ("支付成功", "transaction"),
    "REFUND.SUCCESS": ("退款成功", "refund"),
    "REFUND.ABNORMAL": ("退款异常", "refund"),
    "REFUND.CLOSED": ("退款关闭", "refund"),
    "MEDICAL_INSURANCE.SUCCESS": ("医保支付成功", "medical_insurance"),
}

TRICKS = frozenset(
    {
        "none", "forged", "stale", "probe", "foreign_key", "other_amount", "other_mchid", "other_appid",
        "other_currency", "other_order",
    }
)  # fmt: skip
"""How one notice may be spoiled. The `other_*` ones are truly signed."""


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
    "notify_stale": (Plan("stale"), Plan(delay=0.3)),
    "notify_probe": (Plan("probe"), Plan(delay=0.3)),
    "notify_foreign_key": (Plan("foreign_key"), Plan(delay=0.3)),
    "notify_other_amount": (Plan("other_amount"),),
    "notify_other_mchid": (Plan("other_mchid"),),
    "notify_other_appid": (Plan("other_appid"),),
    "notify_other_currency": (Plan("other_currency"),),
    "notify_other_order": (Plan("other_order"),),
}
"""Behaviour → what is sent. Anything else sends one true notice."""

_ONCE = frozenset({"forged", "stale", "probe", "foreign_key"})
"""Spoiled notices that are sent once and not repeated: nobody at WeChat would be behind them."""


def spoiled(plain: dict[str, Any], trick: str) -> dict[str, Any]:
    """A copy of the plaintext with the one lie the trick tells."""
    told = json.loads(json.dumps(plain))
    if trick == "other_amount" and "amount" not in told:
        told |= {"total_fee": told["total_fee"] - 1}
    elif trick == "other_amount":
        for name in ("total", "payer_total", "refund", "payer_refund"):
            if name in told["amount"]:
                told["amount"][name] -= 1
    elif trick == "other_currency":
        told["amount"] |= {"currency": "USD", "payer_currency": "USD"}
    elif trick == "other_mchid":
        told["mchid"] = "1900000001"
    elif trick == "other_appid":
        told["appid"] = "wx0000000000000000"
    elif trick == "other_order":
        told["out_trade_no"] = f"X{told['out_trade_no'][1:-4]}0000"
    return dict(told)


def build(
    pay: PayWorld, *, notice_id: str, event_type: str, plain: dict[str, Any], trick: str, created_at: float
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one notice."""
    summary, original = SUMMARIES[event_type]
    key = secrets.token_hex(16) if trick == "foreign_key" else pay.keys.api_v3_key
    resource = signing.seal_resource(signing.compact(spoiled(plain, trick)), api_v3_key=key, associated_data=original)
    body = signing.compact(
        {
            "id": notice_id,
            "create_time": rfc3339(created_at),
            "resource_type": "encrypt-resource",
            "event_type": event_type,
            "summary": summary,
            "resource": {"original_type": original, **resource},
        }
    )
    signer = pay.keys.foreign if trick == "forged" else pay.signer()
    timestamp = int(pay.now()) - (_STALE_SECONDS if trick == "stale" else 0)
    headers = signer.headers(body, timestamp=timestamp, probe=trick == "probe")
    return body, {
        **headers,
        "Content-Type": "application/json",
        "Request-ID": f"08{secrets.token_hex(16).upper()}",
        "User-Agent": "Mozilla/4.0",
    }


async def announce(
    pay: PayWorld, *, event_type: str, reference: str, url: str | None, plain: dict[str, Any], behaviour: str
) -> None:
    """Write down the notices an event causes; those that must come before the answer are delivered here."""
    if not url:
        return
    plans = list(PLANS.get(behaviour, (_TRUE,)))
    fault = pay.world.faults.take(
        "wechat_pay",
        f"{event_type} {reference}",
        "drop_notify", "duplicate_notify", "forge_notify", "notify_before_response", "reorder",
    )  # fmt: skip
    kind = fault.kind if fault else ""
    if kind == "drop_notify":
        plans = []
    elif kind == "duplicate_notify":
        plans = plans * 2
    elif kind == "forge_notify":
        plans = [Plan("forged"), *plans]
    elif kind == "reorder":
        plans = [Plan(plan.trick, plan.delay + _REORDER_SECONDS) for plan in plans]
    now = pay.now()
    notice_id = f"EV-{secrets.token_hex(16)}"
    store = pay.world.store
    for plan in plans:
        one_id = f"EV-{secrets.token_hex(16)}" if plan.trick in _ONCE else notice_id
        store.execute(
            "INSERT INTO pay_notice (id, event_type, reference, url, plain, trick, state, due_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, 'due', ?, ?)",
            (one_id, event_type, reference, url, json.dumps(plain, ensure_ascii=False), plan.trick,
             now + plan.delay / pay.switches.notify_speed, now),
        )  # fmt: skip
    if not plans:
        store.execute(
            "INSERT INTO pay_notice (id, event_type, reference, url, plain, trick, state, due_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, 'none', 'lost', ?, ?)",
            (notice_id, event_type, reference, url, json.dumps(plain, ensure_ascii=False), now, now),
        )
    if behaviour == "notify_before_response" or kind == "notify_before_response":
        for row in store.all("SELECT * FROM pay_notice WHERE id = ? AND state = 'due'", (notice_id,)):
            await send(pay, row)


async def send(pay: PayWorld, row: Row) -> int | None:
    """Post one notice and write down what came of it. Returns the product's status, None when it was not reached."""
    store = pay.world.store
    claimed = store.execute(
        "UPDATE pay_notice SET state = 'sending', attempts = attempts + 1 WHERE number = ? AND state = 'due'",
        (row["number"],),
    )
    if not claimed:
        return None
    status = await post(
        pay, url=row["url"], notice_id=row["id"], event_type=row["event_type"], plain=json.loads(row["plain"]),
        trick=row["trick"], created_at=row["created_at"],
    )  # fmt: skip
    attempts = row["attempts"] + 1
    if status in (200, 204):
        state, due = "delivered", row["due_at"]
    elif row["trick"] in _ONCE or attempts > len(LADDER):
        state, due = "given_up", row["due_at"]
    else:
        state, due = "due", pay.now() + LADDER[attempts - 1] / pay.switches.notify_speed
    store.execute(
        "UPDATE pay_notice SET state = ?, due_at = ?, last_status = ? WHERE number = ?",
        (state, due, status, row["number"]),
    )
    return status


async def post(
    pay: PayWorld,
    *,
    url: str,
    notice_id: str,
    event_type: str,
    plain: dict[str, Any],
    trick: str,
    created_at: float,
) -> int | None:
    """Send one notice now, whatever comes of it; the journal shows it."""
    body, headers = build(
        pay, notice_id=notice_id, event_type=event_type, plain=plain, trick=trick, created_at=created_at
    )
    status: int | None
    try:
        answer = await pay.world.http.post(url, content=body, headers=headers)
    except httpx.HTTPError as wrong:
        status, note = None, type(wrong).__name__
    else:
        status, note = answer.status_code, answer.text[:200]
    pay.world.journal.add(
        "wechat_pay", f"notify {event_type}", direction="out", status=status, request={"id": notice_id, "url": url},
        answer=note, note=None if trick == "none" else trick,
    )  # fmt: skip
    return status


async def deliver_due(pay: PayWorld) -> int:
    """Send every notice whose time has come, side by side; returns how many."""
    due = pay.world.store.all(
        "SELECT * FROM pay_notice WHERE state = 'due' AND due_at <= ? ORDER BY due_at, number LIMIT 20",
        (pay.now(),),
    )
    await asyncio.gather(*(send(pay, row) for row in due))
    return len(due)
