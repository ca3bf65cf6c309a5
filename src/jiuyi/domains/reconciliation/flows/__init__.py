"""Use cases of reconciliation that call out: comparing a day, and acting on what was found."""

from jiuyi.domains.reconciliation.flows.comparing import Books, Progress, reconcile
from jiuyi.domains.reconciliation.flows.mending import Mender

__all__ = ["Books", "Mender", "Progress", "reconcile"]
