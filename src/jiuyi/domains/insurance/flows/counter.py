"""What every flow of insurance holds, and the keys with which an insurance is asked."""

from collections.abc import Callable

import structlog

from jiuyi.domains.insurance.ports import Houses, MedicalCashier, Payer
from jiuyi.domains.insurance.service import sealing, steps
from jiuyi.domains.insurance.service.tasks import ALARMS
from jiuyi.domains.insurance.types import (
    Announced,
    AuthoriseAsk,
    Insured,
    MedTypes,
    Settlement,
    SettlementKey,
    VisitKind,
)
from jiuyi.domains.payments.ports import Channels
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.outcomes import Garbled, NotDone

_log = structlog.get_logger("jiuyi.insurance")


class Counter:
    """One process's insurance counter: the database, the houses outside, and the channels of payments.

    `return_url` makes, from where our pages are reached, the address to which a channel sends a patient back after
    consenting to a settlement.
    """

    def __init__(
        self,
        db: Db,
        *,
        vault: Vault,
        knobs: Knobs,
        houses: Houses,
        channels: Channels,
        return_url: Callable[[str, Settlement], str],
        city: str,
    ) -> None:
        self.db = db
        self.vault = vault
        self.knobs = knobs
        self.houses = houses
        self.channels = channels
        self.return_url = return_url
        self.city = city

    def payer(self, row: Settlement) -> Payer:
        """Who settles it. Raises `KeyError` when it was taken out of service too early."""
        return self.houses.payers[row.payer]

    def cashier(self, row: Settlement) -> MedicalCashier | None:
        """The channel's cashier, where insurance and patient pay together; None where the payer settles by itself."""
        return self.houses.cashiers.get(row.channel) if self.payer(row).with_channel else None

    def key(self, row: Settlement) -> SettlementKey:
        """Everything with which the insurance is asked about one settlement that it was told of."""
        insured = sealing.insured_of(self.vault, row) or Insured("", "", "", "", "")
        return SettlementKey(
            no=row.no,
            centre_no=row.centre_no or "",
            token=row.centre_token or "",
            insured=insured,
            split=steps.split_of(row),
            settle_no=row.settle_no or "",
            reverse_token=row.reverse_token or "",
        )

    def announced(self, row: Settlement) -> Announced | None:
        """What the insurance called it, once it was told of it."""
        return None if row.centre_no is None else Announced(row.centre_no, row.centre_token or "")

    def authorise_ask(
        self, row: Settlement, origin: str, *, subject: str, name: str, document_number: str
    ) -> AuthoriseAsk:
        """What the channel needs to ask for the patient's consent."""
        return AuthoriseAsk(
            no=row.no,
            subject=subject,
            name=name,
            document_number=document_number,
            return_url=self.return_url(origin, row),
            city=self.city,
        )


def own_key(row: Settlement) -> str:
    """The idempotency key of the own part's attempt: one settlement has one."""
    return f"insurance-{row.id}"


def med_type(types: MedTypes, kind: VisitKind) -> str:
    """The national code of a kind of visit."""
    found: str = getattr(types, kind.value)
    return found


def look_at(error: NotDone, row: Settlement) -> None:
    """Note an outside call that was not done; an answer that cannot be trusted is an alarm."""
    if isinstance(error, Garbled):
        ALARMS.labels("garbled").inc()
        _log.error("insurance alarm", what="garbled", settlement=str(row.id), error=str(error))
    else:
        _log.info("not settled yet", settlement=str(row.id), error=str(error))
