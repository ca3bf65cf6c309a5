"""Facts of insurance that others act on."""

from typing import ClassVar

from jiuyi.kit.events import Event


class DeskTaskOpened(Event, frozen=True):
    """People at the desk must do something about a settlement."""

    task_id: str
    settlement_id: str
    order_id: str
    kind: str
    name: ClassVar[str] = "insurance.desk_task_opened"
