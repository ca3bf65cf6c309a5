"""Taking money at a desk: claiming a number for a code, what came of it, and how the operator reads it."""

from uuid import UUID

import msgspec

from jiuyi.domains.audit import service as audit
from jiuyi.domains.payments import rules, settings
from jiuyi.domains.payments.errors import BeingCollected
from jiuyi.domains.payments.repository import desk, records
from jiuyi.domains.payments.service.attempts import ATTEMPT, Next, attempt, lock, mint, must_be_free, must_be_payable
from jiuyi.domains.payments.types import (
    CODE_KINDS,
    DESK,
    LIVE,
    Attempt,
    AttemptState,
    CodeKind,
    Order,
    PayTerms,
)
from jiuyi.domains.staff import service as staff
from jiuyi.domains.staff.types import AtDesk
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.moves import move
from jiuyi.kit.problems import NotFound

POLL = "payments.poll"
"""The job that asks about one attempt of a desk and comes again until it has ended."""
REVERSE_AFTER_SECONDS = 15.0
"""WeChat takes no reversal before (docs/contracts/desk.md); the others have no objection."""


class BegunAtDesk(msgspec.Struct, frozen=True):
    """What is to be done about a scanned code."""

    next: Next
    attempt: Attempt
    order: Order


def terms_of(kind: CodeKind, channel: str, merchant_id: str, app_id: str) -> PayTerms:
    """On whose account an attempt of a desk is made."""
    return PayTerms(method=kind.value, channel=channel, account_channel=DESK, merchant_id=merchant_id, app_id=app_id)


async def begin_at_desk(
    tx: Tx,
    *,
    knobs: Knobs,
    terms: PayTerms,
    order_id: UUID,
    at: AtDesk,
    key: str,
    code_masked: str,
    lives_seconds: float,
) -> BegunAtDesk:
    """Claim an attempt for a code, or find the one that the device's idempotency key has.

    A code lives once: an attempt is never sent a second time; whatever became of it is asked for. Raises `NotFound`,
    `BeingCollected`, and what `must_be_payable` and `mint` raise.
    """
    order = await records.lock_order(tx, order_id)
    if order is None:
        raise NotFound
    own_key = f"desk:{at.device_code}:{key}"
    existing = await records.attempt_by_key(tx, order_id, own_key)
    if existing is not None:
        return BegunAtDesk(Next.ANSWER, existing, order)
    await must_be_payable(tx, order, knobs)
    await must_be_free(tx, order, beside_insurance=False)
    live = await records.live_attempt(tx, order_id)
    if live is not None:
        if live.method in CODE_KINDS and not live.due:
            raise BeingCollected
        return BegunAtDesk(Next.END_FIRST, live, order)
    actor = staff.actor_of(at)
    made = await mint(tx, order, knobs=knobs, terms=terms, actor=actor, key=own_key, lives_seconds=lives_seconds)
    row = {
        "attempt_id": made.id,
        "device_id": at.device_id,
        "device_code": at.device_code,
        "shift_id": at.shift_id,
        "operator": at.operator,
        "kind": terms.method,
        "code_masked": code_masked,
        "record": None,
    }
    await desk.insert(tx, row)
    # Whatever becomes of this process, somebody asks.
    await poll_in(tx, made.id, knobs.get(settings.CODE_POLL_SECONDS))
    return BegunAtDesk(Next.PREPARE, made, order)


async def poll_in(tx: Tx, attempt_id: UUID, seconds: float) -> None:
    """Have the attempt asked about in `seconds`."""
    await tx.defer(POLL, delay_seconds=seconds, key=f"payments:{attempt_id}", attempt_id=str(attempt_id))


async def waits(tx: Tx, attempt_id: UUID, *, knobs: Knobs, why: str) -> Attempt:
    """The channel took the code and its owner is being asked to confirm."""
    _, found = await lock(tx, attempt_id)
    if found.state in {AttemptState.PREPARING, AttemptState.UNKNOWN}:
        await move(tx, ATTEMPT, attempt_id, found.state, AttemptState.PAYING, who=f"channel:{found.channel}", why=why)
        await records.ask_in(tx, attempt_id, knobs.get(settings.ASK_FIRST_SECONDS))
    return await attempt(tx, attempt_id)


async def stop(tx: Tx, attempt_id: UUID, at: AtDesk) -> Attempt:
    """The operator gives up: the attempt is reversed as soon as the channel allows. Raises `NotFound`."""
    found = await access_collection(tx, attempt_id, at)
    _, found = await lock(tx, attempt_id)
    if found.state in LIVE:
        await desk.stop(tx, attempt_id, REVERSE_AFTER_SECONDS)
        await audit.note(
            tx,
            actor=staff.actor_of(at),
            action="payments.collection_stopped",
            subject_kind="order",
            subject=found.order_id,
            detail={"attempt": str(attempt_id)},
        )
        await poll_in(tx, attempt_id, await desk.seconds_left(tx, attempt_id))
    return await attempt(tx, attempt_id)


async def access_collection(tx: Tx, attempt_id: UUID, at: AtDesk) -> Attempt:
    """The one door from an id in a desk's request to an attempt: its own device only. Raises `NotFound`."""
    taken = await desk.collection(tx, attempt_id)
    if taken is None or taken.device_id != at.device_id:
        raise NotFound
    return await attempt(tx, attempt_id)


async def owed(tx: Tx, patient_id: UUID, at: AtDesk) -> list[Order]:
    """A patient's orders that can be paid now; who looked is noted."""
    await audit.note(
        tx, actor=staff.actor_of(at), action="payments.owed_seen", subject_kind="patient", subject=patient_id
    )
    return await desk.owed(tx, patient_id)


def kind_of(code: str, knobs: Knobs) -> CodeKind | None:
    """What the scanned digits are."""
    return rules.recognised(code, knobs.get(settings.CODE_RULES))
