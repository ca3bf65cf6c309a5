"""What happens after the person confirmed in WeChat or Alipay: the insurance settles, or does not."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from jiuyi_sandbox.insurance import notices, orders
from jiuyi_sandbox.insurance.orders import DONE, EXCEPTION, FAILED, PAYING, PRESETTLED, STUCK

if TYPE_CHECKING:
    from jiuyi_sandbox.insurance.centre import Centre
    from jiuyi_sandbox.store import Row

_PLANS: dict[str, tuple[tuple[float, int], ...]] = {
    "settle_failed": ((0, FAILED),),
    "settle_exception": ((0, EXCEPTION), (120, FAILED)),
    "settle_exception_then_done": ((0, EXCEPTION), (20, DONE)),
    "settle_slow": ((20, DONE),),
    "reversal_failed": ((0, STUCK),),
}
"""Behaviour → the states that follow payment, with the seconds before each. Anything else: 6 at once."""

FINAL = frozenset({DONE, FAILED, STUCK})


def find(centre: Centre, pay_ord_id: str) -> Row | None:
    """The order of that number."""
    return centre.store.one("SELECT * FROM ins_order WHERE pay_ord_id = ?", (pay_ord_id,))


async def confirm(centre: Centre, pay_ord_id: str, *, channel: str, trick: str | None = None) -> str:
    """The person confirmed at a cashier of `channel`. `trick` overrides the order's behaviour.

    Returns `ok` (the money may be taken; `find` says how far the insurance is), `refused` (nothing is paid) or
    `state` (the order is not waiting for payment).
    """
    row = find(centre, pay_ord_id)
    if row is None or row["state"] != PRESETTLED:
        return "state"
    if trick:
        centre.store.execute("UPDATE ins_order SET behaviour = ? WHERE pay_ord_id = ?", (trick, pay_ord_id))
    behaviour = trick or row["behaviour"]
    person = centre.person(row["psn_no"])
    if behaviour == "refused" or person is None or person["account_fen"] < row["account"]:
        return "refused"
    plan = _PLANS.get(behaviour, ((0, DONE),))
    wait, state = plan[0]
    now = centre.now()
    done = centre.store.execute(
        "UPDATE ins_order SET state = ?, channel = ?, confirmed_at = ?, settle_at = ?, settle_as = ?"
        " WHERE pay_ord_id = ? AND state = ?",
        (PAYING, channel, now, now + wait + centre.switches.settle_seconds, state, pay_ord_id, PRESETTLED),
    )
    if not done:
        return "state"
    await finish_due(centre, pay_ord_id)
    return "ok"


async def finish_due(centre: Centre, pay_ord_id: str | None = None) -> None:
    """Move the orders whose time has come (all, or that one)."""
    for row in centre.store.all(
        "SELECT * FROM ins_order WHERE settle_at <= ? AND (? IS NULL OR pay_ord_id = ?)",
        (centre.now(), pay_ord_id, pay_ord_id),
    ):
        await _finish(centre, row)


async def _finish(centre: Centre, row: Row) -> None:
    state, now = int(row["settle_as"]), centre.now()
    steps = _PLANS.get(row["behaviour"], ((0, DONE),))
    following = next((steps[i + 1] for i, (_, s) in enumerate(steps[:-1]) if s == state), None)
    with centre.store.transaction() as db:
        changed = db.execute(
            "UPDATE ins_order SET state = ?, settle_at = ?, settle_as = ? WHERE pay_ord_id = ? AND settle_as = ?"
            " AND settle_at IS NOT NULL",
            (state, now + following[0] if following else None, following[1] if following else None,
             row["pay_ord_id"], state),
        ).rowcount  # fmt: skip
        if changed and state == DONE:
            day = f"{centre.world.clock.now():%Y%m%d}"
            db.execute(
                "UPDATE ins_order SET settled_at = ?, hi_doc_sn = ?, hi_rgst_sn = ?, revs_token = ?"
                " WHERE pay_ord_id = ?",
                (now, f"44{day}{secrets.randbelow(10**12):012d}", f"R{day}{secrets.randbelow(10**8):08d}",
                 secrets.token_hex(16), row["pay_ord_id"]),
            )  # fmt: skip
            db.execute("UPDATE ins_person SET account_fen = account_fen - ? WHERE psn_no = ?",
                       (row["account"], row["psn_no"]))  # fmt: skip
    settled = find(centre, row["pay_ord_id"])
    if changed and settled is not None and state in FINAL:
        await notices.announce(centre, settled, orders.result(centre, settled))
