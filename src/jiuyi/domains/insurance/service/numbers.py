"""Settlements by the number under which the insurance was told of them."""

from collections.abc import Sequence
from uuid import UUID

from jiuyi.domains.insurance import repository
from jiuyi.kit.db import Tx


async def numbered(tx: Tx, nos: Sequence[str]) -> dict[str, UUID]:
    """Our number → id of the settlement and of its leg in payments; numbers that are not ours are left out."""
    return await repository.numbered(tx, list(nos))
