"""Use cases of payments that call out.

Other domains use `close_order`, `Clerk` to enter what was paid and `Withdrawer` to take it back.
"""

from jiuyi.domains.payments.flows.asking import ask, check
from jiuyi.domains.payments.flows.closing import close_order, end_attempt
from jiuyi.domains.payments.flows.collecting import check_collection, collect, collect_card, poll
from jiuyi.domains.payments.flows.day_sheet import day_sheet
from jiuyi.domains.payments.flows.entering import LATEST_ARRIVAL_SECONDS, Clerk
from jiuyi.domains.payments.flows.paying import pay
from jiuyi.domains.payments.flows.refunding import send_refund
from jiuyi.domains.payments.flows.sweeping import sweep_attempts, sweep_orders, sweep_refunds
from jiuyi.domains.payments.flows.withdrawing import Withdrawer

__all__ = [
    "LATEST_ARRIVAL_SECONDS",
    "Clerk",
    "Withdrawer",
    "ask",
    "check",
    "check_collection",
    "close_order",
    "collect",
    "collect_card",
    "day_sheet",
    "end_attempt",
    "pay",
    "poll",
    "send_refund",
    "sweep_attempts",
    "sweep_orders",
    "sweep_refunds",
]
