"""What the sweeper of checkouts takes first."""

import pytest

from jiuyi.domains.outpatient import service
from jiuyi.kit.db import Db
from jiuyi.kit.ids import new_id

pytestmark = pytest.mark.feature("F04")
_CHECKOUT = """
INSERT INTO outpatient.checkout (id, no, account_id, patient_id, idempotency_key, visit_no, visit_date, department,
  department_en, doctor, doctor_en, campus_code, total_fen, order_id, state, created_at, expires_at)
SELECT %(id)s, %(no)s, %(other)s, %(other)s, %(no)s, 'V1', app_today(), '心血管内科', 'Cardiology', '', '', 'C1', 1500,
  %(other)s, %(state)s, at, at + interval '15 minutes'
FROM (SELECT app_now() - make_interval(mins => %(minutes)s) AS at) asked
"""


@pytest.mark.parametrize("state", ["paid", "confirming", "unknown"])
async def test_what_is_paid_does_not_wait_behind_orders_that_cannot_be_closed(db: Db, state: str) -> None:
    paid = new_id()
    made = [(new_id(), "open", 90), (new_id(), "open", 60), (paid, state, 5), (new_id(), "open", 40)]
    async with db.tx() as tx:
        for key, its, minutes in made:
            row = {"id": key, "no": f"F{key.hex}", "other": new_id(), "state": its, "minutes": minutes}
            await tx.run(_CHECKOUT, row)
        assert await service.unrest(tx, 2) == [paid, made[0][0]]
