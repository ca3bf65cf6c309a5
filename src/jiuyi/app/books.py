"""The books of every day: whose bills are compared, and who can tell the HIS again. Part of the wiring."""

from collections.abc import Mapping
from typing import Any

from jiuyi.adapters.his.statements import HisStatements
from jiuyi.adapters.unionpay import codes as unionpay_codes
from jiuyi.app.settings import Settings
from jiuyi.domains.booking.flows.reposting import RegistrationEntries
from jiuyi.domains.inpatient.flows.reposting import DepositEntries
from jiuyi.domains.outpatient.flows.reposting import CheckoutEntries
from jiuyi.domains.reconciliation import flows
from jiuyi.domains.reconciliation.ports import HisEntries
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.wire.hospital import Door


def mender(
    settings: Settings, db: Db, *, knobs: Knobs, vault: Vault, door: Door, ports: Mapping[str, Any]
) -> flows.Mender:
    """Comparing a day, and acting on what was found; nothing is called yet."""
    unionpay = settings.unionpay
    cuts = {} if unionpay is None else {unionpay_codes.SYSTEM: unionpay.cut()}
    books = flows.Books(db, knobs, ports["channels"], HisStatements(door), ports["insurance_bill"], cuts)
    entries: dict[str, HisEntries] = {
        "appointment": RegistrationEntries(db, ports["registrations"]),
        "checkout": CheckoutEntries(db, vault, ports["fees"]),
        "deposit": DepositEntries(db, vault, ports["wards"]),
    }
    return flows.Mender(books, entries, ports["checking"])
