"""Use cases of insurance that call out: everything about one settlement, over the houses outside."""

from jiuyi.domains.insurance.flows.checking import Checking
from jiuyi.domains.insurance.flows.counter import Counter
from jiuyi.domains.insurance.flows.desk import DeskInsurance
from jiuyi.domains.insurance.flows.outcome import Outcome
from jiuyi.domains.insurance.flows.presettling import Presettling
from jiuyi.domains.insurance.flows.settling import Settling
from jiuyi.domains.insurance.flows.splitting import Splitting

__all__ = ["Checking", "Counter", "DeskInsurance", "Outcome", "Presettling", "Settling", "Splitting"]
