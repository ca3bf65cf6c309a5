"""Use cases of deposits that call the HIS."""

from jiuyi.domains.inpatient.flows.entering import driver, refund_at_desk, refundable, refunder
from jiuyi.domains.inpatient.flows.paying import desk_stays, find_stay, own_stays, pay_at_desk, pay_deposit

__all__ = [
    "desk_stays",
    "driver",
    "find_stay",
    "own_stays",
    "pay_at_desk",
    "pay_deposit",
    "refund_at_desk",
    "refundable",
    "refunder",
]
