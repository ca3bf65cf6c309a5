from typing import Protocol

from jiuyi.domains.catalog.types import Listing


class HospitalCatalog(Protocol):
    """The hospital's own list of campuses, departments, doctors and MDT teams."""

    async def listing(self) -> Listing:
        """The whole tree. Raises `Unreachable`, `Unanswered` or `Refused` (kit.outcomes)."""
        ...
