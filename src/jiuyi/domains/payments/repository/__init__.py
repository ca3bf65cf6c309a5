"""SQL of payments: `records` (orders, attempts, refunds), `desk`, `legs` (of insurances), the `ledger`, `books`.

`books` is what reconciliation reads; `failed` what people have to see to; `reversals` whose turn it is to reverse.
"""

from jiuyi.domains.payments.repository import books, desk, failed, ledger, legs, records, reversals

STATEMENTS = (
    *records.STATEMENTS,
    *desk.STATEMENTS,
    *legs.STATEMENTS,
    *ledger.STATEMENTS,
    *books.STATEMENTS,
    *failed.STATEMENTS,
    *reversals.STATEMENTS,
)
