"""SQL of payments: `records` (orders, attempts, refunds), `legs` (what an insurance pays), and the `ledger`."""

from jiuyi.domains.payments.repository import ledger, legs, records

STATEMENTS = (*records.STATEMENTS, *legs.STATEMENTS, *ledger.STATEMENTS)
