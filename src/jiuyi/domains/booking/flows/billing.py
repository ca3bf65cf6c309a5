"""A registration fee as the insurance sees it: one line, from what the HIS said when it gave the place."""

from jiuyi.domains.booking.repository import appointments
from jiuyi.domains.catalog.service import Directory
from jiuyi.domains.insurance.service import registration_item
from jiuyi.domains.insurance.types import Bill, Diagnosis, FeeLine, VisitKind
from jiuyi.domains.payments.types import Order
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knobs
from jiuyi.kit.money import yuan
from jiuyi.kit.outcomes import Refused


class AppointmentBills:
    """`insurance.ports.BillSource` for appointments: while a place is being paid, its lock number is the visit's."""

    def __init__(self, db: Db, directory: Directory, knobs: Knobs) -> None:
        self._db = db
        self._directory = directory
        self._knobs = knobs

    async def bill(self, order: Order) -> Bill:
        """The bill of an appointment's order. Raises `Refused` when the HIS holds no place for it."""
        async with self._db.tx() as tx:
            row = await appointments.appointment(tx, order.subject_id)
        if row is None or row.lock_no is None or row.fee_fen is None:
            raise Refused("his", "bill", "visit_not_found", "医院没有这次挂号的记录")
        tree, item = self._directory.tree, registration_item(self._knobs)
        department = tree.department_by_code(row.department_code)
        doctor = tree.doctor_by_code(row.doctor_code) if row.doctor_code else None
        name = department.name if department else row.department_code
        return Bill(
            visit_no=row.lock_no,
            kind=VisitKind.REGISTRATION,
            begun_at=row.created_at,
            department_code=row.department_code,
            department_name=name,
            doctor_code=row.doctor_code or row.department_code,
            doctor_name=doctor.name if doctor else name,
            lines=[
                FeeLine(
                    no="1",
                    code=item.med_list_code,
                    name=item.name,
                    med_list_code=item.med_list_code,
                    category=item.category,
                    quantity="1",
                    price=yuan(row.fee_fen),
                    amount_fen=row.fee_fen,
                )
            ],
            diagnoses=[Diagnosis(item.diagnosis_code, item.diagnosis_name, main=True)],
        )
