"""Use cases of the catalog. Reading goes through `Directory`, one per process; writing takes a transaction.

For booking: `set_availability` tells when something can be booked next; `Directory.tree` resolves HIS codes to ids
(`department_by_code`, `doctor_by_code`, `campus_by_code`, `mdt_team_by_code`).
"""

from jiuyi.domains.catalog.service.directory import CHANNEL, Directory
from jiuyi.domains.catalog.service.favourites import favourites, follow, unfollow
from jiuyi.domains.catalog.service.mirroring import set_availability, take_over
from jiuyi.domains.catalog.service.tree import Tree
from jiuyi.domains.catalog.service.views import (
    campus_views,
    department_groups,
    department_view,
    doctor_page,
    doctor_view,
    search,
)

__all__ = [
    "CHANNEL",
    "Directory",
    "Tree",
    "campus_views",
    "department_groups",
    "department_view",
    "doctor_page",
    "doctor_view",
    "favourites",
    "follow",
    "search",
    "set_availability",
    "take_over",
    "unfollow",
]
