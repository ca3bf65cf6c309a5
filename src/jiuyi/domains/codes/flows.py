"""Sending a code and proving it. Each commits on its own: a wrong try counts whatever the caller does next."""

import secrets
from uuid import UUID

import structlog

from jiuyi.domains.codes import repository, rules, settings
from jiuyi.domains.codes.errors import CodeEnded, CodeWrong, SmsFailed
from jiuyi.domains.codes.ports import SmsSender
from jiuyi.domains.codes.types import CodeView
from jiuyi.kit import masking
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import NotDone, Unanswered

PHONE = "codes.code.phone"
_log = structlog.get_logger("jiuyi.codes")


def normal_phone(text: str) -> str:
    """A mobile number in the form that `prove` returns it. Raises `PhoneInvalid`."""
    return rules.normal_phone(text)


async def send(
    db: Db,
    sms: SmsSender,
    vault: Vault,
    knobs: Knobs,
    *,
    purpose: str,
    subject: str,
    phone: str,
    account_id: UUID | None,
    joined: tuple[UUID, ...] = (),
    ip: str,
    language: str = "zh",
) -> CodeView:
    """Issue six digits for (`purpose`, `subject`) and send them to `phone`, in `language` (`zh` or `en`).

    `joined`: other accounts of the same person, whose codes count too.
    Raises `PhoneInvalid`, `CodeTooSoon`, `CodeTooMany` (nothing sent) or `SmsFailed`. An unanswered SMS platform counts
    as sent: the message may well arrive.
    """
    number = rules.normal_phone(phone)
    digits, code_id = f"{secrets.randbelow(1_000_000):06d}", new_id()
    minutes = knobs.get(settings.LIFE_MINUTES)
    keys = {
        "phone_index": vault.index(number, PHONE),
        "ip_index": vault.index(ip, "codes.ip"),
        "account_id": account_id,
        "accounts": [one for one in (account_id, *joined) if one is not None],
    }
    async with db.tx() as tx:
        rules.check_limits(
            await repository.counts(tx, keys),
            gap=knobs.get(settings.GAP_SECONDS),
            hour=knobs.get(settings.PER_HOUR),
            day=knobs.get(settings.PER_DAY),
            ip_day=knobs.get(settings.PER_IP_DAY),
            account_day=knobs.get(settings.PER_ACCOUNT_DAY),
        )
        row = {
            **keys,
            "id": code_id,
            "purpose": purpose,
            "subject": subject,
            "phone_sealed": vault.seal(number, PHONE),
            "code_digest": vault.index(digits, f"codes.code:{code_id}"),
            "minutes": minutes,
        }
        await repository.insert(tx, row)
    await _deliver(db, sms, code_id, number, digits, minutes, language)
    return CodeView(
        code_id=code_id,
        phone=masking.phone(number),
        expires_in=minutes * 60,
        resend_in=knobs.get(settings.GAP_SECONDS),
    )


async def _deliver(
    db: Db, sms: SmsSender, code_id: UUID, number: str, digits: str, minutes: int, language: str
) -> None:
    state, failure = "sent", None
    try:
        await sms.send(number, "code_en" if language == "en" else "code", (digits, str(minutes)))
    except Unanswered:
        _log.warning("the SMS platform did not answer", code=str(code_id))
    except NotDone as error:
        state, failure = "failed", error
    async with db.tx() as tx:
        await repository.mark(tx, code_id, state)
    if failure is not None:
        raise SmsFailed from failure


async def prove(
    db: Db,
    vault: Vault,
    knobs: Knobs,
    *,
    code_id: UUID,
    digits: str,
    purpose: str,
    subject: str,
    account_id: UUID | None,
) -> str:
    """Use up a code; return the number (clear, `normal_phone` form) that it proves.

    Raises `CodeWrong` (the try is counted) or `CodeEnded` (used, expired, out of tries, or bound to something else).
    """
    limit = knobs.get(settings.TRIES)
    async with db.tx() as tx:
        row = await repository.read_locked(tx, code_id)
        bound = row is not None and (row.purpose, row.subject, row.account_id) == (purpose, subject, account_id)
        if row is None or not bound or row.expired or row.state not in {"sent", "waiting"} or row.tries >= limit:
            left = None
        elif vault.index(digits.strip(), f"codes.code:{code_id}") == row.code_digest:
            await repository.mark(tx, code_id, "used")
            return vault.open(row.phone_sealed, PHONE)
        else:
            await repository.tried(tx, code_id)
            left = limit - row.tries - 1
    if left:
        raise CodeWrong(left=left)
    raise CodeEnded
