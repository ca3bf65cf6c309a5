from uuid import UUID

from jiuyi.domains.catalog import repository, settings
from jiuyi.domains.catalog.errors import DoctorUnknown, TooManyFavourites
from jiuyi.domains.catalog.service.directory import Directory
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs


async def favourites(tx: Tx, accounts: list[UUID]) -> list[UUID]:
    """Ids of the doctors this account follows, newest first; also those who have left."""
    return await repository.favourites(tx, accounts)


async def follow(tx: Tx, knobs: Knobs, directory: Directory, account_id: UUID, doctor_id: UUID) -> None:
    """Follow a doctor; following twice is as good as once. Raises `DoctorUnknown` or `TooManyFavourites`."""
    doctor = directory.tree.doctors.get(doctor_id)
    if doctor is None or not doctor.active:
        raise DoctorUnknown
    most = knobs.get(settings.FAVOURITES_MAX)
    if not await repository.follow(tx, account_id, doctor_id, most):
        raise TooManyFavourites(most=most)


async def unfollow(tx: Tx, accounts: list[UUID], doctor_id: UUID) -> None:
    """Stop following; a doctor that was not followed is no fault."""
    await repository.unfollow(tx, accounts, doctor_id)
