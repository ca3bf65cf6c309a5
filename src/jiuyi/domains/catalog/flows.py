import structlog

from jiuyi.domains.catalog import repository, service, settings
from jiuyi.domains.catalog.errors import ListingImplausible
from jiuyi.domains.catalog.ports import HospitalCatalog
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs

_log = structlog.get_logger("jiuyi.catalog")


async def refresh(db: Db, knobs: Knobs, hospital: HospitalCatalog) -> int:
    """Ask the HIS for the whole tree and take it over; return how many rows changed.

    Raises `kit.outcomes.NotDone` when the HIS does not answer (the old tree stays). An implausible tree is refused with
    an error in the log, which the inspection page shows.
    """
    listing = await hospital.listing()
    try:
        async with db.tx() as tx:
            changed = await service.take_over(
                tx, listing, most_vanishing_percent=knobs.get(settings.MOST_VANISHING_PERCENT)
            )
    except ListingImplausible as error:
        _log.error("catalog refused", reason=str(error))
        return 0
    if changed:
        _log.info("catalog refreshed", changed=changed, version=listing.version)
    return changed


async def refresh_when_due(db: Db, knobs: Knobs, hospital: HospitalCatalog) -> None:
    """Refresh when the last one is older than the hospital's setting. Raises like `refresh`."""
    async with db.tx() as tx:
        due = await repository.due(tx, knobs.get(settings.REFRESH_MINUTES))
    if due:
        await refresh(db, knobs, hospital)
