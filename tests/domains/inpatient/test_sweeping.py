"""What the sweeper of deposits takes first."""

import pytest

from jiuyi.domains.inpatient import service
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id

pytestmark = pytest.mark.feature("F09")
_DEPOSIT = """
INSERT INTO inpatient.deposit (id, no, account_id, idempotency_key, stay_index, stay_sealed, amount_fen, order_id,
  state, created_at, expires_at)
SELECT %(id)s, %(no)s, %(other)s, %(no)s, '', '', 50000, %(other)s, %(state)s, at, at + interval '15 minutes'
FROM (SELECT app_now() - make_interval(mins => %(minutes)s) AS at) asked
"""


@pytest.mark.parametrize("state", ["paid", "confirming", "unknown"])
async def test_what_is_paid_does_not_wait_behind_orders_that_cannot_be_closed(db: Db, state: str) -> None:
    paid = new_id()
    made = [(new_id(), "open", 90), (new_id(), "open", 60), (paid, state, 5), (new_id(), "open", 40)]
    async with db.tx() as tx:
        for key, its, minutes in made:
            row = {"id": key, "no": f"D{key.hex}", "other": new_id(), "state": its, "minutes": minutes}
            await tx.run(_DEPOSIT, row)
        assert await service.unrest(tx, 2) == [paid, made[0][0]]
