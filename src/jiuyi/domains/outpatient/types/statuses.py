"""The graphs of checkouts and of their refunds."""

from jiuyi.domains.payments.types import entry_graph, withdrawal_graph

CHECKOUT_GRAPH = entry_graph("outpatient.checkout")
REFUND_GRAPH = withdrawal_graph("outpatient.refund")
