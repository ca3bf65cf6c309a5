"""Back notices: signed forms to the merchant's `backUrl`, repeated, and spoiled on request."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from jiuyi_sandbox.unionpay import acp as messages

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.unionpay.acp_world import AcpWorld

LADDER = (60, 120, 240, 900)
"""Seconds between tries (unconfirmed)."""

PLANS: dict[str, tuple[tuple[str, float], ...]] = {
    "notify_lost": (),
    "refund_notify_lost": (),
    "notify_twice": (("none", 0), ("none", 0)),
    "notify_forged": (("forged", 0), ("none", 0.3)),
    "notify_other_amount": (("other_amount", 0),),
    "notify_other_merchant": (("other_merchant", 0),),
}
TRICKS = frozenset({"none", "forged", "other_amount", "other_merchant", "other_order"})
_ONCE = frozenset({"forged"})


def announce(acp: AcpWorld, query_id: str, url: str | None, plain: messages.Fields, behaviour: str) -> None:
    """Write down the notices of an end."""
    if not url:
        return
    plans = list(PLANS.get(behaviour, (("none", 0),)))
    fault = acp.world.faults.take(
        "unionpay", f"notify {plain['orderId']}", "drop_notify", "duplicate_notify", "forge_notify", "reorder"
    )
    kind = fault.kind if fault else ""
    if kind == "drop_notify":
        plans = []
    elif kind == "duplicate_notify":
        plans = plans * 2
    elif kind == "forge_notify":
        plans = [("forged", 0), *plans]
    elif kind == "reorder":
        plans = [(trick, delay + 10) for trick, delay in plans]
    now = acp.now()
    for trick, delay in plans or [("none", 0)]:
        acp.store.execute(
            "INSERT INTO acp_notice (query_id, url, plain, trick, state, due_at) VALUES (?, ?, ?, ?, ?, ?)",
            (query_id, url, json.dumps(plain, ensure_ascii=False), trick, "due" if plans else "lost",
             now + delay / acp.switches.notify_speed),
        )  # fmt: skip


async def post(acp: AcpWorld, url: str, plain: messages.Fields, trick: str) -> int | None:
    """Send one notice now; the merchant's status, None when it was not reached."""
    told = {**plain, "respCode": "00", "respMsg": "成功[0000000]"}
    if trick == "other_amount":
        told |= {"txnAmt": str(int(told["txnAmt"]) - 1), "settleAmt": str(int(told["settleAmt"]) - 1)}
    elif trick == "other_merchant":
        told["merId"] = "898440100000001"
    elif trick == "other_order":
        told["orderId"] = f"X{told['orderId'][1:]}"
    key, certificate = acp.keys.foreign if trick == "forged" else (acp.keys.platform_key, acp.keys.platform)
    body = urlencode(messages.signed(told, key, certificate)).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
    status: int | None
    try:
        answer = await acp.world.http.post(url, content=body, headers=headers)
    except httpx.HTTPError as wrong:
        status, note = None, type(wrong).__name__
    else:
        status, note = answer.status_code, answer.text[:200]
    acp.world.journal.add(
        "unionpay", f"notify {plain['txnType']}/{plain['txnSubType']}", direction="out", status=status,
        request={"url": url, "orderId": told["orderId"], "txnAmt": told["txnAmt"]}, answer=note,
        note=None if trick == "none" else trick,
    )  # fmt: skip
    return status


async def _send(acp: AcpWorld, row: Row) -> None:
    claimed = acp.store.execute(
        "UPDATE acp_notice SET state = 'sending', attempts = attempts + 1 WHERE number = ? AND state = 'due'",
        (row["number"],),
    )
    if not claimed:
        return
    status = await post(acp, row["url"], json.loads(row["plain"]), row["trick"])
    attempts, state, due = row["attempts"] + 1, "delivered", row["due_at"]
    if status != 200:  # noqa: PLR2004 - the only acknowledgement
        over = row["trick"] in _ONCE or attempts > len(LADDER)
        state = "given_up" if over else "due"
        due = due if over else acp.now() + LADDER[attempts - 1] / acp.switches.notify_speed
    acp.store.execute(
        "UPDATE acp_notice SET state = ?, due_at = ?, last_status = ? WHERE number = ?",
        (state, due, status, row["number"]),
    )


async def deliver_due(acp: AcpWorld) -> None:
    """Send every notice whose time has come."""
    due = acp.store.all(
        "SELECT * FROM acp_notice WHERE state = 'due' AND due_at <= ? ORDER BY number LIMIT 20", (acp.now(),)
    )
    await asyncio.gather(*(_send(acp, row) for row in due))
