"""Chosen bills as an insurance sees them: their lines from the HIS at the moment of settling."""

from jiuyi.domains.insurance.types import Bill, Diagnosis, FeeLine, VisitKind
from jiuyi.domains.outpatient import rules, service
from jiuyi.domains.outpatient.ports import Fees
from jiuyi.domains.payments.types import Order
from jiuyi.kit.db import Db
from jiuyi.kit.outcomes import Refused

_KINDS = {"chronic": VisitKind.CHRONIC_SPECIAL, "special_disease": VisitKind.CHRONIC_SPECIAL}


class CheckoutBills:
    """`insurance.ports.BillSource` for checkouts."""

    def __init__(self, db: Db, fees: Fees) -> None:
        self._db = db
        self._fees = fees

    async def bill(self, order: Order) -> Bill:
        """The bill of a checkout's order. Raises `Refused` when it changed or no insurance pays for part of it."""
        async with self._db.tx() as tx:
            row = await service.checkout(tx, order.subject_id)
            wanted = await service.bills_of(tx, row.id)
        visit = await self._fees.detail(row.visit_no)
        bills = rules.chosen(visit, wanted) if visit else None
        if visit is None or bills is None or not all(rules.payable(bill) for bill in bills):
            raise Refused("his", "bill", "fees_changed", "单据有变化，请返回待缴费列表重新选择")
        if not all(bill.insurance for bill in bills):
            # The HIS has split what no insurance pays for; the two are paid one after the other.
            raise Refused("his", "bill", "not_insured", "所选单据里有只能自费的单，请与医保能报的单分开结算")
        return Bill(
            visit_no=visit.visit_no,
            kind=_KINDS.get(visit.kind, VisitKind.OUTPATIENT),
            begun_at=visit.opened_at,
            department_code=visit.department_national_code,
            department_name=visit.department_name,
            doctor_code=visit.doctor_national_code or visit.department_national_code,
            doctor_name=visit.doctor_name or visit.department_name,
            lines=[
                FeeLine(
                    no=f"{bill.bill_no}-{line.line_no}",
                    code=line.code,
                    name=line.name,
                    med_list_code=line.med_list_code,
                    category=line.category,
                    quantity=line.quantity,
                    price=line.price,
                    amount_fen=line.amount_fen,
                    insurance_class=line.insurance_class,
                    self_pay_ratio=line.self_pay_ratio,
                )
                for bill in bills
                for line in bill.lines
            ],
            diagnoses=[Diagnosis(one.code, one.name, main=one.main) for one in visit.diagnoses],
            disease_code=visit.disease_code,
            disease_name=visit.disease_name,
        )
