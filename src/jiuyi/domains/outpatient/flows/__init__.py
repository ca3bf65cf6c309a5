"""Use cases of outpatient fees that call the HIS or a channel."""

from jiuyi.domains.outpatient.flows.billing import CheckoutBills
from jiuyi.domains.outpatient.flows.choosing import check_out, refresh_waiting, unpaid, visit
from jiuyi.domains.outpatient.flows.driving import driver
from jiuyi.domains.outpatient.flows.refunding import refund, refund_at_desk, refundable, refunder

__all__ = [
    "CheckoutBills",
    "check_out",
    "driver",
    "refresh_waiting",
    "refund",
    "refund_at_desk",
    "refundable",
    "refunder",
    "unpaid",
    "visit",
]
