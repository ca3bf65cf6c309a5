"""SQL of payments: `records` (orders, attempts, refunds), `desk`, `legs` (what an insurance pays), and the `ledger`."""

from jiuyi.domains.payments.repository import desk, ledger, legs, records

STATEMENTS = (*records.STATEMENTS, *desk.STATEMENTS, *legs.STATEMENTS, *ledger.STATEMENTS)
