"""Alarms: what people must look at. Counted, logged, and in the audit log, without personal data."""

from uuid import UUID

import structlog
from prometheus_client import Counter

from jiuyi.domains.audit import service as audit
from jiuyi.domains.audit.types import Actor
from jiuyi.kit.db import Tx
from jiuyi.kit.outcomes import Garbled, NotDone

ALARMS = Counter("jiuyi_payments_alarms_total", "Payments that people must look at", ["what"])
_log = structlog.get_logger("jiuyi.payments")
_ACTION = "payments.alarm"


async def raise_alarm(tx: Tx, what: str, subject_kind: str, subject: UUID | str, **facts: str | int | None) -> None:
    """Say that something about money is not as it must be. `facts` are numbers and codes only."""
    ALARMS.labels(what).inc()
    _log.error("payments alarm", what=what, subject_kind=subject_kind, subject=str(subject), **facts)
    detail = {"what": what, **facts}
    actor = Actor.system("payments")
    await audit.note(tx, actor=actor, action=_ACTION, subject_kind=subject_kind, subject=str(subject), detail=detail)


async def raise_once(tx: Tx, what: str, subject_kind: str, subject: UUID) -> None:
    """The same for what is found again at every ask: once for each subject, which the caller has locked."""
    said = await audit.about(tx, subject_kind, str(subject), [_ACTION])
    if all(one.detail.get("what") != what for one in said):
        await raise_alarm(tx, what, subject_kind, subject)


def look_at(error: NotDone, subject_kind: str, subject: UUID) -> None:
    """Note an outside call that was not done; an answer that cannot be trusted is an alarm."""
    if isinstance(error, Garbled):
        ALARMS.labels("garbled").inc()
        _log.error("payments alarm", what="garbled", subject_kind=subject_kind, subject=str(subject), error=str(error))
    else:
        _log.info("not settled yet", subject_kind=subject_kind, subject=str(subject), error=str(error))
