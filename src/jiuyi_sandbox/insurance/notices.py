"""6302: the centre tells the hospital how an order ended; sealed, repeated, and spoiled on request."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx

from jiuyi_sandbox.insurance.centre import VERSION, Centre, yuan
from jiuyi_sandbox.insurance.envelope import Sealed, compact

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row

LADDER = (15, 15, 30, 180, 600, 1200, 1800, 3600, 10800, 21600)
"""Seconds between tries. The real spacing is unconfirmed; hospitals must ask (6301) anyway."""

PLANS: dict[str, tuple[tuple[str, float], ...]] = {
    "notify_lost": (),
    "query_unanswered": (),
    "notify_twice": (("none", 0), ("none", 0)),
    "notify_forged": (("forged", 0), ("none", 0.3)),
    "notify_other_amount": (("other_amount", 0),),
    "notify_other_order": (("other_order", 0),),
    "notify_late": (("none", 60),),
}
"""Behaviour → (trick, seconds before it is sent). Anything else sends one true notice."""

TRICKS = frozenset({"none", "forged", "other_amount", "other_order", "other_org"})
_ONCE = frozenset({"forged"})


def spoiled(plain: dict[str, Any], trick: str) -> dict[str, Any]:
    """A copy of the data with the one lie the trick tells."""
    told = dict(plain)
    if trick == "other_amount" and "fundPay" in told:
        fund, own = (round(float(told[name]) * 100) for name in ("fundPay", "ownPayAmt"))
        told |= {"fundPay": yuan(fund - 1 if fund else 0), "ownPayAmt": yuan(own + 1)}
    elif trick == "other_order":
        told |= {"medOrgOrd": f"X{told['medOrgOrd'][1:]}", "payOrdId": f"{told['payOrdId'][:-4]}0000"}
    elif trick == "other_org":
        told["orgCode"] = "H44010199999"
    return told


async def announce(centre: Centre, order: Row, plain: dict[str, Any]) -> None:
    """Write down the notices an end causes."""
    plans = list(PLANS.get(order["behaviour"], (("none", 0),)))
    fault = centre.world.faults.take(
        "insurance", f"6302 {order['pay_ord_id']}", "drop_notify", "duplicate_notify", "forge_notify",
        "notify_before_response", "reorder",
    )  # fmt: skip
    kind = fault.kind if fault else ""
    if kind == "drop_notify":
        plans = []
    elif kind == "duplicate_notify":
        plans = plans * 2
    elif kind == "forge_notify":
        plans = [("forged", 0), *plans]
    elif kind == "reorder":
        plans = [(trick, delay + 10) for trick, delay in plans]
    now = centre.now()
    for trick, delay in plans or [("none", -1)]:
        state = "due" if plans else "lost"
        centre.store.execute(
            "INSERT INTO ins_notice (pay_ord_id, url, plain, trick, state, due_at, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (order["pay_ord_id"], centre.callback_url, json.dumps(plain, ensure_ascii=False), trick, state,
             now + max(delay, 0) / centre.switches.notify_speed, now),
        )  # fmt: skip
    if kind == "notify_before_response":
        for row in centre.store.all(
            "SELECT * FROM ins_notice WHERE pay_ord_id = ? AND state = 'due'", (order["pay_ord_id"],)
        ):
            await send(centre, row)


async def post(centre: Centre, url: str, plain: dict[str, Any], trick: str) -> tuple[int | None, bool, str]:
    """Send one notice now: (HTTP status or None, whether the hospital took it, what it answered)."""
    suite = centre.forger if trick == "forged" else centre.suite
    body = suite.seal({"version": VERSION, "timestamp": centre.timestamp()}, spoiled(plain, trick))
    status: int | None = None
    taken, note = False, ""
    try:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        answer = await centre.world.http.post(url, content=compact(body).encode(), headers=headers)
    except httpx.HTTPError as wrong:
        note = type(wrong).__name__
    else:
        status, note = answer.status_code, answer.text[:300]
        taken = answer.is_success and accepted(centre, answer.content)
    centre.world.journal.add(
        "insurance", "notify 6302", direction="out", status=status, request={"url": url, "plain": plain},
        answer=note, note=None if trick == "none" else trick,
    )  # fmt: skip
    return status, taken, note


def accepted(centre: Centre, content: bytes) -> bool:
    """Whether an answer says `success`, sealed or in the clear: both forms have been seen."""
    try:
        answer = json.loads(content)
        if isinstance(answer, dict) and answer.get("encData"):
            opened = centre.suite.open(answer)
            return str(opened.get("success")).lower() == "true"
    except (ValueError, Sealed):
        return False
    return isinstance(answer, dict) and (answer.get("success") is True or answer.get("code") == 0)


async def send(centre: Centre, row: Row) -> None:
    """Post one notice and write down what came of it."""
    claimed = centre.store.execute(
        "UPDATE ins_notice SET state = 'sending', attempts = attempts + 1 WHERE number = ? AND state = 'due'",
        (row["number"],),
    )
    if not claimed:
        return
    status, taken, note = await post(centre, row["url"], json.loads(row["plain"]), row["trick"])
    attempts, state, due = row["attempts"] + 1, "delivered", row["due_at"]
    if not taken and (row["trick"] in _ONCE or attempts > len(LADDER)):
        state = "given_up"
    elif not taken:
        state, due = "due", centre.now() + LADDER[attempts - 1] / centre.switches.notify_speed
    centre.store.execute(
        "UPDATE ins_notice SET state = ?, due_at = ?, last_status = ?, last_answer = ? WHERE number = ?",
        (state, due, status, note, row["number"]),
    )


async def deliver_due(centre: Centre) -> None:
    """Send every notice whose time has come, side by side."""
    due = centre.store.all(
        "SELECT * FROM ins_notice WHERE state = 'due' AND due_at <= ? ORDER BY due_at, number LIMIT 20",
        (centre.now(),),
    )
    await asyncio.gather(*(send(centre, row) for row in due))
