"""Bookings in every state there is: held, paid, cancelled, refused after payment, stopped; and an MDT application."""

import uuid
from typing import Any

from tests.browser.visitor import Visitor
from tests.browser.waiting import until

PARENT_NAME = "陈志华"
METHODS = {"w": "wechat_jsapi", "l": "alipay_h5"}
# The sandbox's patient whose places are refused once they are paid (docs/sandbox.md).
REFUSED = {"document_number": "44010019800112822X", "name": "测试过期", "relation": "other"}
REFUSED_MOBILE = "13800008012"
SUMMARY = "右肺上叶磨玻璃结节 8 毫米，今年 9 月体检发现，三个月后复查没有变化，想知道要不要手术。"
DEPARTMENTS = (
    "消化内科",
    "呼吸与危重症医学科",
    "眼科",
    "神经内科",
    "皮肤科",
    "内分泌科",
    "肾内科",
    "血液内科",
    "全科医学科",
)


class Bookings:
    """Books for one person; every booking is in a clinic of its own, so that no limit of the hospital is met."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.clinics = _ordinary(visitor)

    def live(self) -> None:
        """Every state that a page shows; ids go to the person's facts. What must not run out is made last."""
        facts = self.visitor.facts
        parent = facts["parent"]
        facts["ticket"] = self.found(parent, "booked") or self.paid(parent, "booked")
        facts["paid_order"] = self.visitor.get(f"/appointments/{facts['ticket']}")["order_id"]
        facts["cancelled"] = self.found(parent, "cancelled") or self.cancelled(parent)
        facts["stopped"] = self.found(parent, "stopped_refunded") or self.stopped(parent)
        facts["failed"] = self.found(facts["refused"], "not_booked_refunded") or self.paid(
            facts["refused"], "not_booked_refunded"
        )
        facts["paying_order"] = self.paying(parent)

    def found(self, patient: str, state: str) -> str:
        """A booking in this state from an earlier life of a demo that runs on; empty when there is none."""
        items = self.visitor.get("/appointments", patient_id=patient, scope="all")["items"]
        return next((str(one["id"]) for one in items if one["state"] == state), "")

    def held(self, patient: str, clinic: str = "") -> Any:
        """A place in this clinic or the next ordinary one, to be paid within the hold. The Appointment."""
        clinic = clinic or self.clinics.pop(0)
        slots = self.visitor.get(f"/clinics/{clinic}/slots")["items"]
        free = next(one["id"] for one in slots if one["state"] in {"available", "few"})
        return hold(self.visitor, patient, free)

    def paid(self, patient: str, state: str, clinic: str = "") -> str:
        """Pay a place and wait until the hospital has said what becomes of it. The booking's id."""
        booking = self.held(patient, clinic)
        token = self.start_paying(booking["order_id"])
        place = "payments" if self.visitor.entry == "w" else "alipay/trades"
        self.visitor.demo.control("POST", f"{place}/{token}/confirm", {})
        return self.becomes(booking["id"], state)

    def start_paying(self, order: str) -> str:
        """Open the cashier for an order; the channel's number of what is to be paid."""
        key = {"Idempotency-Key": str(uuid.uuid4())}
        method = METHODS[self.visitor.entry]
        invoke = self.visitor.send("POST", f"/orders/{order}/payments", {"method": method}, **key)["invoke"]
        return str(invoke.get("tradeNO") or invoke["package"].removeprefix("prepay_id="))

    def paying(self, patient: str) -> str:
        """An order whose cashier is open. The order's id."""
        items = self.visitor.get("/appointments", patient_id=patient, scope="all")["items"]
        booking = next((one for one in items if one["state"] == "awaiting_payment"), None) or self.held(patient)
        self.start_paying(booking["order_id"])
        return str(booking["order_id"])

    def cancelled(self, patient: str) -> str:
        """Pay a place, give it back and have the money returned."""
        booking = self.paid(patient, "booked")
        self.visitor.send("POST", f"/appointments/{booking}/cancel", {"reason": "time"})
        self.becomes(booking, "cancelled")
        until(lambda: self.visitor.get(f"/appointments/{booking}")["pay_state"] == "refunded", "refund")
        return booking

    def stopped(self, patient: str) -> str:
        """Pay a place with a doctor who comes more than once, in a clinic that the hospital then stops."""
        booking = self.paid(patient, "booked", self.often_here())
        control = self.visitor.demo.control
        known = control("GET", f"hospital/bookings?q={PARENT_NAME}")["bookings"]
        control("POST", "hospital/clinics/stop", {"schedule_code": known[0]["schedule_code"]})
        return self.becomes(booking, "stopped_refunded")

    def often_here(self) -> str:
        """An open clinic of the doctor of the story's department who has the most of them; not the story's own."""
        items = later(self.visitor, self.visitor.facts["department"])
        own = self.visitor.facts["clinic"]
        free = [one for one in items if one["state"] == "available" and one["doctor"] and one["id"] != own]
        doctors = [one["doctor"]["id"] for one in free]
        busiest = max(doctors, key=doctors.count)
        return next(str(one["id"]) for one in free if one["doctor"]["id"] == busiest)

    def becomes(self, booking: str, state: str) -> str:
        """Wait for the state. Raises RuntimeError when it does not come."""
        until(lambda: self.visitor.get(f"/appointments/{booking}")["state"] == state, f"booking that is {state}")
        return booking


def later(visitor: Visitor, department: str) -> list[Any]:
    """Clinics of the second day with places: whatever the hour, none of them ends while the pictures are taken."""
    days = visitor.get("/clinics", department_id=department)["dates"]
    free = [day["date"] for day in days if day["state"] == "available"]
    found: list[Any] = visitor.get("/clinics", department_id=department, date=free[1])["items"] if free[1:] else []
    return found


def hold(visitor: Visitor, patient: str, slot: str) -> Any:
    """Ask for this place for this patient, as the page that confirms does. The Appointment, once it is held."""
    wish = {"slot_id": slot, "patient_id": patient}
    ticket = visitor.send("POST", "/booking/preview", wish)["ticket"]
    body = {**wish, "ticket": ticket, "agreements": ["booking_rules@1"], "visit_kind": "first"}
    made = visitor.send("POST", "/appointments", body, **{"Idempotency-Key": str(uuid.uuid4())})

    def waiting() -> Any:
        now = visitor.get(f"/appointments/{made['id']}")
        return now if now["state"] == "awaiting_payment" and now["order_id"] else None

    return until(waiting, "place that is held")


def apply(visitor: Visitor) -> None:
    """Apply to a team with the documents it wants; notes the team and the application."""
    team = visitor.get("/mdt/teams")["items"][0]
    visitor.facts["team"] = team["id"]
    made = visitor.get("/mdt/applications")["items"]
    if not made:
        document = visitor.upload("/mdt/documents", "CT 报告.png")
        body = {
            "team_id": team["id"],
            "patient_id": visitor.facts["self"],
            "summary": SUMMARY,
            "document_ids": [document["id"]],
            "agreements": ["booking_rules@1"],
        }
        made = [visitor.send("POST", "/mdt/applications", body, **{"Idempotency-Key": str(uuid.uuid4())})]
    visitor.facts["application"] = made[0]["id"]


def _ordinary(visitor: Visitor) -> list[str]:
    """One ordinary clinic with free places in each of some departments that any grown-up may visit."""
    departments = [one for group in visitor.get("/departments")["groups"] for one in group["departments"]]
    found: list[str] = []
    for department in (one["id"] for one in departments if one["name"] in DEPARTMENTS):
        items = later(visitor, department)
        free = [one for one in items if one["state"] == "available" and one["clinic_kind"] == "ordinary"]
        if free:
            found.append(free[-1]["id"])
    return found
