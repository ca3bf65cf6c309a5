"""Accounts that have become one: what was used up under either counts against the person."""

from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest

from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.booking import settings as booking_settings
from jiuyi.domains.booking.errors import UploadsLimit
from jiuyi.domains.booking.service import mdt
from jiuyi.domains.booking.service.showing import Shop
from jiuyi.domains.inpatient import repository as deposits
from jiuyi.domains.inpatient import service as inpatient
from jiuyi.domains.inpatient import settings as inpatient_settings
from jiuyi.domains.inpatient.errors import LookupsUsedUp
from jiuyi.kit.crypto import Vault, parse_keys
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id
from jiuyi.kit.knobs import Knobs
from tests.support.product import settings_for

pytestmark = pytest.mark.feature("F01", "F07")
KEYS = parse_keys(settings_for("").vault.masters, settings_for("").vault.index, settings_for("").vault.suite)


def person(account: UUID, *joined: UUID) -> Principal:
    return Principal(account, new_id(), new_id(), Channel.WECHAT_OA, None, joined=joined)


async def test_looks_for_somebody_else_s_stay(db: Db) -> None:
    knobs, before, after = Knobs(inpatient_settings.KNOBS), new_id(), new_id()
    for _ in range(knobs.get(inpatient_settings.LOOKUPS_PER_HOUR)):
        async with db.tx() as tx:
            await inpatient.count_lookup(tx, knobs, person(before))
    async with db.tx() as tx:
        with pytest.raises(LookupsUsedUp):
            await inpatient.count_lookup(tx, knobs, person(after, before))
    async with db.tx() as tx:
        await inpatient.count_lookup(tx, knobs, person(new_id()))


async def test_deposits_that_are_being_paid_for_a_stay(db: Db) -> None:
    before, after, stay = new_id(), new_id(), b"s" * 32
    async with db.tx() as tx:
        made = new_id()
        row = {"id": made, "no": "D1", "account_id": before, "key": "key-1", "patient_id": None, "index": stay}
        row |= {"stay": b"", "amount_fen": 5000, "order_id": new_id(), "expires_at": await deposits.now(tx)}
        assert await deposits.insert(tx, row, "account:1")
        assert await deposits.today(tx, stay, person(after, before).accounts) == 5000
        assert await deposits.today(tx, stay, person(after).accounts) == 0


async def test_documents_of_a_day(db: Db) -> None:
    before, after = new_id(), new_id()
    shop = cast("Shop", SimpleNamespace(knobs=Knobs(booking_settings.KNOBS), vault=Vault(KEYS)))

    async def keep(by: Principal) -> None:
        async with db.tx() as tx:
            await mdt.keep_document(tx, shop, KEYS, by, name="a.png", content_type="image/png", body=b"a")

    for _ in range(mdt.MOST_UPLOADS):
        await keep(person(before))
    with pytest.raises(UploadsLimit):
        await keep(person(after, before))
    await keep(person(after))
