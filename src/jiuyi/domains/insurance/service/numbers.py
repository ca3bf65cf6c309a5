"""Settlements by their numbers and ids, for whoever has the right to them already."""

from collections.abc import Sequence
from uuid import UUID

from jiuyi.domains.insurance import repository
from jiuyi.domains.insurance.types import Settlement
from jiuyi.kit.db import Tx


async def numbered(tx: Tx, nos: Sequence[str]) -> dict[str, UUID]:
    """Our number → id of the settlement and of its leg in payments; numbers that are not ours are left out."""
    return await repository.numbered(tx, list(nos))


async def settlements(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Settlement]:
    """Settlements by id."""
    return {row.id: row for row in await repository.settlements(tx, list(ids))}
