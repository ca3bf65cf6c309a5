"""Use cases of insurance inside one transaction."""

from jiuyi.domains.insurance.service.numbers import numbered, settlements
from jiuyi.domains.insurance.service.opening import access_own, access_settlement, choose_way, current, open_settlement
from jiuyi.domains.insurance.service.policy import change_capability, registration_item
from jiuyi.domains.insurance.service.tasks import end_task, open_task, open_tasks, task_done
from jiuyi.domains.insurance.service.views import classes_view, settlement_view, way_view

__all__ = [
    "access_own",
    "access_settlement",
    "change_capability",
    "choose_way",
    "classes_view",
    "current",
    "end_task",
    "numbered",
    "open_settlement",
    "open_task",
    "open_tasks",
    "registration_item",
    "settlement_view",
    "settlements",
    "task_done",
    "way_view",
]
