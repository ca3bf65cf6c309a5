"""The hospital's information system behind its integration platform: the contract of ``docs/contracts/his.md``.

``gateway`` speaks HTTP; ``registrations``, ``patients``, ``timetable``, ``mdt`` and ``statements`` are the operations;
``events`` tells the product what happened; ``desk`` is what hospital staff do, for the start page and for tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.his import desk, gateway
from jiuyi_sandbox.his.envelope import APP_ID
from jiuyi_sandbox.his.events import background
from jiuyi_sandbox.his.hospital import of
from jiuyi_sandbox.his.schema import SCHEMA
from jiuyi_sandbox.his.seed import reset, seed

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from jiuyi_sandbox.world import World

__all__ = ["SCHEMA", "background", "keys", "reset", "routes", "seed"]


def routes(world: World) -> list[BaseRoute]:
    """The contract's operations and the desk."""
    return [*gateway.routes(world), *desk.routes(world)]


def keys(world: World) -> dict[str, Any]:
    """What a caller needs to speak to the HIS."""
    return {
        "his": {
            "base_url": f"{world.config.base_url}/his-esb",
            "app_id": APP_ID,
            "secret": of(world).door.secret,
        }
    }
