"""Pure decisions about money."""

from datetime import datetime, time, timedelta

from jiuyi.domains.payments.types import (
    CNY,
    CODE_KINDS,
    Attempt,
    AttemptState,
    Cause,
    CodeKind,
    CodeRule,
    EntryAct,
    EntryState,
    GivenBack,
    Leg,
    Order,
    OrderState,
    Refund,
    RefundState,
    Shares,
    Standing,
    Trade,
    Verdict,
    WithdrawalState,
)
from jiuyi.kit.clock import local

MOST_TOKEN_LIFE = timedelta(minutes=110)
"""A prepay token of WeChat lives two hours (docs/contracts/wechat.md); an attempt ends before."""
LEAST_TRADE_LIFE = timedelta(seconds=65)
"""WeChat refuses an end of the order less than a minute ahead (docs/contracts/wechat.md)."""


def faults_of_trade(attempt: Attempt, trade: Trade) -> list[str]:
    """Which facts of a payment do not fit the attempt; empty when all do. A missing fact does not fit."""
    expected = {
        "out_trade_no": (trade.out_trade_no, attempt.out_trade_no),
        "merchant_id": (trade.merchant_id, attempt.merchant_id),
        "app_id": (trade.app_id, attempt.app_id),
        "total_fen": (trade.total_fen, attempt.amount_fen),
        "currency": (trade.currency, CNY),
    }
    faults = [name for name, (said, ours) in expected.items() if said != ours]
    if not trade.transaction_id:
        faults.append("transaction_id")
    if trade.paid_at is None:
        faults.append("paid_at")
    return faults


def bookable(attempt: Attempt, trade: Trade) -> bool:
    """Whether money of a payment that does not fit is still surely ours: our merchant, our number, our currency."""
    return (
        trade.out_trade_no == attempt.out_trade_no
        and trade.merchant_id == attempt.merchant_id
        and trade.currency == CNY
        and bool(trade.transaction_id)
        and trade.paid_at is not None
        and trade.total_fen is not None
        and trade.total_fen > 0
    )


SETTLED_SECONDS = 300.0
"""After this time no reversal that was sent is still on its way: the channel's fresh word counts again."""
REVERSE_PAID_SECONDS = 600.0
"""For so long after its end a code found paid goes on being reversed, once that was begun. Then it is left paid."""
_UNDOABLE = frozenset({AttemptState.CLOSING, AttemptState.CLOSED, AttemptState.FAILED})


def may_be_undone(found: Attempt, asked: Attempt | None) -> bool:
    """Whether a reversal may have given back what was said to be paid (docs/adr/0008).

    `asked` is the attempt before the channel was asked, None where nobody knows when it was said. What was said in a
    turn to reverse, or before one, counts for nothing; after the end, or once every reversal has settled, it counts.
    """
    if found.method not in CODE_KINDS or found.state not in _UNDOABLE or found.reversal_at is None:
        return False
    if asked is None or (asked.state, asked.reversals) != (found.state, found.reversals):
        return True
    return found.state is AttemptState.CLOSING and (found.seconds_reversed or 0.0) < SETTLED_SECONDS


def may_reverse(found: Attempt, *, paid: bool) -> bool:
    """Whether it is anybody's turn to reverse: what is paid is kept, unless a reversal of it was begun before."""
    if found.state is not AttemptState.CLOSING or found.reversing:
        return False
    return not paid or (found.reversal_at is not None and found.seconds_over < REVERSE_PAID_SECONDS)


def verdict(order: Order, found: Attempt, faults: list[str], *, own_paid: bool = False) -> Verdict:
    """What a payment that arrived counts as. `own_paid`: the patient's part has come before."""
    if faults:
        return Verdict.MISMATCH
    if order.state is OrderState.PAID or (own_paid and order.state is not OrderState.CLOSED):
        return Verdict.DUPLICATE
    if order.state is OrderState.CLOSED:
        return Verdict.LATE
    # Begun when the insurance was to pay another part than it does now.
    return Verdict.ACCEPTED if found.amount_fen == order.own_fen else Verdict.HALF


def faults_of_refund(refund: Refund, attempt: Attempt, said: GivenBack, *, complete: bool) -> list[str]:
    """Which facts of a refund do not fit. `complete`: a notice, which must have them all; answers may lack some."""
    expected = {
        "out_refund_no": (said.out_refund_no, refund.out_refund_no),
        "out_trade_no": (said.out_trade_no, attempt.out_trade_no),
        "transaction_id": (said.transaction_id, attempt.transaction_id),
        "refund_fen": (said.refund_fen, refund.amount_fen),
        "total_fen": (said.total_fen, attempt.paid_fen),
    }
    if complete:
        expected["merchant_id"] = (said.merchant_id, attempt.merchant_id)
    return [
        name
        for name, (told, ours) in expected.items()
        if told != ours and (complete or told is not None or name == "refund_fen")
    ]


def legs_paid(channel: str, fen: int) -> list[Leg]:
    """Money came for an order."""
    return [Leg(f"channel:{channel}", fen), Leg("patient:order", -fen)]


def legs_mismatched(channel: str, fen: int) -> list[Leg]:
    """Money came that does not fit its order: it waits in suspense for people."""
    return [Leg(f"channel:{channel}", fen), Leg("suspense:mismatch", -fen)]


def legs_earned(fen: int) -> list[Leg]:
    """The order is paid in full: the hospital has earned it."""
    return [Leg("patient:order", fen), Leg("hospital:income", -fen)]


def legs_refund_asked(cause: Cause, fen: int) -> list[Leg]:
    """A refund was promised: out of income, or out of what should not have come."""
    source = {Cause.ASKED: "hospital:income", Cause.MISMATCH: "suspense:mismatch"}.get(cause, "patient:order")
    return [Leg(source, fen), Leg(_clearing(cause), -fen)]


def legs_refunded(channel: str, cause: Cause, fen: int) -> list[Leg]:
    """The channel gave the money back."""
    return [Leg(_clearing(cause), fen), Leg(f"channel:{channel}", -fen)]


def legs_insured(payer: str, shares: Shares) -> list[Leg]:
    """An insurance has settled its part of an order."""
    return [
        leg
        for who, fen in shares.parts()
        for leg in (Leg(f"insurance:{payer}", fen, who), Leg("patient:order", -fen, who))
    ]


def legs_insured_earned(shares: Shares) -> list[Leg]:
    """Both legs are in: the hospital has earned the insurance's part too."""
    return [
        leg
        for who, fen in shares.parts()
        for leg in (Leg("patient:order", fen, who), Leg("hospital:income", -fen, who))
    ]


def legs_insurance_asked(cause: Cause, shares: Shares) -> list[Leg]:
    """The insurance's part is to go back: out of income, or because it came alone."""
    source = "hospital:income" if cause is Cause.ASKED else "patient:order"
    return [leg for who, fen in shares.parts() for leg in (Leg(source, fen, who), Leg(_clearing(cause), -fen, who))]


def legs_insurance_returned(payer: str, cause: Cause, shares: Shares) -> list[Leg]:
    """The insurance has taken its part back."""
    return [
        leg
        for who, fen in shares.parts()
        for leg in (Leg(_clearing(cause), fen, who), Leg(f"insurance:{payer}", -fen, who))
    ]


def _clearing(cause: Cause) -> str:
    return "clearing:refund" if cause is Cause.ASKED else "clearing:return"


def trade_end(now: datetime, order_ends: datetime | None) -> datetime:
    """Until when the channel may take the money: the order's end, within what the channel allows."""
    longest = now + MOST_TOKEN_LIFE
    wanted = longest if order_ends is None else min(order_ends, longest)
    return max(wanted, now + LEAST_TRADE_LIFE)


def within(now: datetime, start: str, end: str) -> datetime | None:
    """When the daily window `start`–`end` (hospital time, HH:MM) that `now` is in ends; None when outside.

    A window may cross midnight; one whose ends are equal is empty.
    """
    begins, ends = time.fromisoformat(start), time.fromisoformat(end)
    here = local(now)
    clock = here.time()
    inside = begins <= clock < ends if begins <= ends else clock >= begins or clock < ends
    if not inside:
        return None
    day = here.date() + timedelta(days=1) if begins > ends and clock >= begins else here.date()
    return datetime.combine(day, ends, tzinfo=here.tzinfo)


def recognised(code: str, rules: list[CodeRule]) -> CodeKind | None:
    """What kind of payment code these digits are; None when no rule fits."""
    if not (code.isascii() and code.isdigit()):
        return None
    for rule in rules:
        if rule.shortest <= len(code) <= rule.longest and code.startswith(tuple(rule.prefixes)):
            return rule.kind
    return None


_SHOWN_DIGITS = 4


def masked_code(code: str) -> str:
    """A payment code for lists: its first two and last four digits. It lived for a minute, but it is the payer's."""
    if len(code) <= 2 + _SHOWN_DIGITS:
        return "•" * len(code)
    return code[:2] + "•" * min(len(code) - 2 - _SHOWN_DIGITS, 14) + code[-_SHOWN_DIGITS:]


_BY_STATE = {
    AttemptState.PREPARING: Standing.COLLECTING,
    AttemptState.UNKNOWN: Standing.UNKNOWN,
    AttemptState.CLOSING: Standing.ENDING,
    AttemptState.FAILED: Standing.REFUSED,
    AttemptState.CLOSED: Standing.STOPPED,
    AttemptState.PREPARED: Standing.TO_SCAN,
}


def standing(state: AttemptState, verdict: Verdict | None, *, has_token: bool) -> Standing:
    """What the operator reads for a state. A code of ours that is being paid is still to be scanned."""
    if state is AttemptState.PAID:
        return Standing.PAID if verdict is Verdict.ACCEPTED else Standing.RETURNED
    if state is AttemptState.PAYING:
        return Standing.TO_SCAN if has_token else Standing.WAITING
    return _BY_STATE[state]


def next_act_of_entry(state: EntryState, order: OrderState, *, stale_claim: bool) -> EntryAct:
    """The next act; every act moves the state or counts a try, so driving comes to rest."""
    if state is EntryState.OPEN:
        acts = {OrderState.PAID: EntryAct.TAKE_MONEY, OrderState.CLOSED: EntryAct.CLOSE}
        return acts.get(order, EntryAct.REST)
    if state is EntryState.PAID:
        return EntryAct.CONFIRM
    if state is EntryState.UNKNOWN or (state is EntryState.CONFIRMING and stale_claim):
        return EntryAct.FIND
    return EntryAct.REST


def shown_withdrawal(state: WithdrawalState, money: RefundState | None) -> str:
    """A taking back in one word; `money` is the state of the order's refund, None before it."""
    if state in {WithdrawalState.ASKING, WithdrawalState.UNKNOWN}:
        return "asking"
    if state is WithdrawalState.REFUSED:
        return "refused"
    ends = {RefundState.DONE: "refunded", RefundState.FAILED: "failed"}
    return ends.get(money, "refunding") if money else "refunding"
