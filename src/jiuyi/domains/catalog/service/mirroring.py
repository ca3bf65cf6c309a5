"""Writing the mirror and the availability."""

from collections.abc import Iterable
from typing import Any

import msgspec

from jiuyi.domains.catalog import repository, rules
from jiuyi.domains.catalog.errors import ListingImplausible
from jiuyi.domains.catalog.service.directory import CHANNEL
from jiuyi.domains.catalog.types import Availability, ListedDepartment, ListedDoctor, Listing
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id


async def take_over(tx: Tx, listing: Listing, *, most_vanishing_percent: int) -> int:
    """Make the mirror equal to `listing`; return how many rows changed.

    Raises `ListingImplausible` when too much would vanish at once: the old tree is kept.
    """
    await repository.lock(tx)
    doctors = [row for row in listing.doctors if row.active]
    before = await repository.active_codes(tx)
    for kind, listed in (("department", listing.departments), ("doctor", doctors)):
        kept = before[kind] & {row.code for row in listed}
        if rules.vanishing_too_many(len(before[kind]), len(kept), most_vanishing_percent):
            raise ListingImplausible(f"{len(before[kind]) - len(kept)} of {len(before[kind])} {kind}s would vanish")
    changed = await repository.mirror(tx, "campus", [_row(row) for row in listing.campuses])
    changed += await repository.mirror(tx, "department", [_named(row) for row in listing.departments])
    changed += await repository.mirror(tx, "doctor", [_named(row) for row in doctors])
    changed += await repository.mirror(tx, "mdt_team", [_row(row) for row in listing.mdt_teams])
    await repository.refreshed(tx, version=listing.version, changed=changed > 0)
    if changed:
        await tx.notify(CHANNEL)
    return changed


async def set_availability(tx: Tx, rows: Iterable[Availability]) -> int:
    """Tell when departments, doctors and MDT teams can be booked next; return how many rows changed.

    For booking: call it with whatever was recomputed, also when nothing changed (that costs one statement and no
    NOTIFY). A subject that has no clinic any more gets `next_date=None, waitlist=False, clinic_kinds=[]`.
    """
    wanted = list(rows)
    if not wanted:
        return 0
    changed = await repository.set_availability(tx, wanted)
    if changed:
        await tx.notify(CHANNEL)
    return changed


def _row(listed: msgspec.Struct) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(listed)
    row["id"] = str(new_id())
    return row


def _named(listed: ListedDepartment | ListedDoctor) -> dict[str, Any]:
    return {**_row(listed), "syllables": rules.syllables_of(listed.name, listed.pinyin)}
