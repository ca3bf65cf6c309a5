"""Use cases of outpatient fees inside one transaction.

For other domains: `waiting` is the hint for the first page; `access_checkout` is the one door from an id to a row.
"""

from jiuyi.domains.outpatient.repository import bills as bills_of
from jiuyi.domains.outpatient.repository import refund_tried, refunds_unrest, tried, unrest
from jiuyi.domains.outpatient.service.checkouts import (
    CHECKOUT,
    DRIVE,
    GUIDE,
    KIND,
    SUBJECT,
    Placed,
    Raced,
    access_checkout,
    alarm,
    bills_came,
    checkout,
    confirm_ask,
    ended,
    place,
    remember,
    waiting,
)
from jiuyi.domains.outpatient.service.papers import statement
from jiuyi.domains.outpatient.service.refunds import (
    REFUND,
    SETTLE_REFUND,
    begin_refund,
    may_refund,
    refund_done,
    refund_refused,
    refund_row,
    wanted_lines,
)
from jiuyi.domains.outpatient.service.views import checkout_page, checkout_view, fees_view, refundable_view, visit_view

__all__ = [
    "CHECKOUT",
    "DRIVE",
    "GUIDE",
    "KIND",
    "REFUND",
    "SETTLE_REFUND",
    "SUBJECT",
    "Placed",
    "Raced",
    "access_checkout",
    "alarm",
    "begin_refund",
    "bills_came",
    "bills_of",
    "checkout",
    "checkout_page",
    "checkout_view",
    "confirm_ask",
    "ended",
    "fees_view",
    "may_refund",
    "place",
    "refund_done",
    "refund_refused",
    "refund_row",
    "refund_tried",
    "refundable_view",
    "refunds_unrest",
    "remember",
    "statement",
    "tried",
    "unrest",
    "visit_view",
    "waiting",
    "wanted_lines",
]
