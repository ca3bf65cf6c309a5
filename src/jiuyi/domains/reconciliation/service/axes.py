"""The status columns."""

from jiuyi.domains.audit.types import Actor
from jiuyi.domains.reconciliation.types import ITEM_GRAPH, RUN_GRAPH, Item, ItemState
from jiuyi.kit.db import Tx
from jiuyi.kit.moves import Axis, move

RUN = Axis("reconciliation", "run", "state", RUN_GRAPH)
ITEM = Axis("reconciliation", "item", "state", ITEM_GRAPH)
SYSTEM = Actor.system("reconciliation")


async def move_item(
    tx: Tx, item: Item, target: ItemState, *, why: str, who: str = SYSTEM.word, **columns: object
) -> None:
    """Move an item; `why` is also its note, which the page shows."""
    await move(tx, ITEM, item.id, item.state, target, who=who, why=why, note=why, **columns)
