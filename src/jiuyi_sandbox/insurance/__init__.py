"""The national mobile-payment centre (6201, 6202, 6203, 6301, 6302, 6401) and everybody who is insured.

`centre_of(world)` is the centre; `settling.confirm` is what a channel's cashier calls when the person agrees;
`authorisations.issue` is what an authorisation page gives out. `docs/sandbox-insurance.md` has the tables.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.insurance import bills, control, gateway, notices, settling
from jiuyi_sandbox.insurance.centre import BASE_PATH, ORG_CODE, ORG_NAME, VERSION, Switches, centre_of
from jiuyi_sandbox.insurance.schema import SCHEMA, TABLES

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from jiuyi_sandbox.world import World

__all__ = ["SCHEMA", "background", "centre_of", "keys", "reset", "routes", "seed"]

_TICK_SECONDS = 0.1
_log = logging.getLogger(__name__)


def seed(world: World) -> None:
    """Insure the sample people; a notice that was on its way when the process died is due again."""
    centre_of(world).seed()
    world.store.execute("UPDATE ins_notice SET state = 'due' WHERE state = 'sending'")


def reset(world: World) -> None:
    """Forget visits, orders, refunds and switches; everybody is insured as in the table again."""
    with world.store.transaction() as db:
        for table in TABLES:
            db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from a constant
        db.execute("DELETE FROM meta WHERE key LIKE 'insurance.%'")
        centre_of(world).seed()
    centre_of(world).switches = Switches()


def keys(world: World) -> dict[str, Any]:
    """The `insurance` part of `/_control/keys`. SM2 keys are Base64: 32 bytes private, `04 ‖ X ‖ Y` public."""
    centre = centre_of(world)
    return {
        "insurance": {
            "base_url": f"{world.config.base_url}{BASE_PATH}",
            "app_id": centre.app_id,
            "app_secret": centre.app_secret,
            "private_key": centre.hospital_keys.private_text,
            "platform_public_key": centre.platform_keys.public_text,
            "org_code": ORG_CODE,
            "org_name": ORG_NAME,
            "version": VERSION,
            "bill": "all",
            "bill_not_yet": bills.NOT_YET,
        }
    }


def routes(world: World) -> list[BaseRoute]:
    """Everything under `/insurance`, and its controls."""
    centre = centre_of(world)
    return [*gateway.routes(centre), *control.routes(centre)]


async def background(world: World) -> None:
    """Settle what is waiting and deliver notices as their time comes."""
    centre = centre_of(world)
    while True:
        try:
            await settling.finish_due(centre)
            await notices.deliver_due(centre)
        except Exception:  # noqa: BLE001 - one bad row must not silence every later notice; the log shows it
            _log.exception("a round of insurance notices failed")
        await asyncio.sleep(_TICK_SECONDS)
