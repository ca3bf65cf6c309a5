"""What has happened before the pictures are taken. Made through the API, as the pages do it."""

from typing import Any

from tests.browser.bookings import REFUSED, REFUSED_MOBILE, Bookings, apply, hold, later
from tests.browser.fees import prepare_fees
from tests.browser.insured import settle
from tests.browser.visitor import Visitor
from tests.browser.waiting import until

# The sandbox's sample people (docs/sandbox.md).
SELF = {"document_number": "440100198803120422", "name": "陈美华", "relation": "self"}
PARENT = {"document_number": "440100195905151234", "name": "陈志华", "relation": "parent"}
MOBILE = "13800002046"
ELDER = {"document_number": "440100195208190318", "name": "陈国栋", "relation": "self"}
ELDER_MOBILE = "13800003074"
ELDERS_WIFE = {"document_number": "440100195501300926", "name": "李秀珍", "relation": "spouse"}
FOLLOWED = 3
# One number gets a code a minute.
BETWEEN_CODES_SECONDS = 65


def prepare(visitor: Visitor) -> None:
    """Give this person patients, doctors and bookings; notes ids in `facts`. The held place is made last."""
    bound = {one["relation"]: one["id"] for one in visitor.get("/patients")["items"]}
    for fact, person, mobile in (
        ("self", SELF, MOBILE),
        ("parent", PARENT, MOBILE),
        ("refused", REFUSED, REFUSED_MOBILE),
    ):
        if person["relation"] not in bound:
            bound[person["relation"]] = bind(visitor, person, mobile)["id"]
            visitor.demo.control("PUT", "clock", {"add_seconds": BETWEEN_CODES_SECONDS})
        visitor.facts[fact] = bound[person["relation"]]
    follow(visitor)
    apply(visitor)
    Bookings(visitor).live()
    prepare_fees(visitor)
    book(visitor)
    settle(visitor)


def prepare_stranger(visitor: Visitor) -> None:
    """Somebody who has bound the person on phone 1, and is not known yet."""
    if not visitor.get("/patients")["items"]:
        bind(visitor, {**SELF, "relation": "other"}, MOBILE)
        visitor.demo.control("PUT", "clock", {"add_seconds": BETWEEN_CODES_SECONDS})


def prepare_alipay(visitor: Visitor) -> None:
    """Somebody in Alipay: their own file, a visit that is paid, a place that is held, and one being paid."""
    bound = visitor.get("/patients")["items"]
    own = bound[0]["id"] if bound else bind(visitor, ELDER, ELDER_MOBILE)["id"]
    if not bound:
        visitor.demo.control("PUT", "clock", {"add_seconds": BETWEEN_CODES_SECONDS})
        bind(visitor, ELDERS_WIFE, ELDER_MOBILE)
    bookings = Bookings(visitor)
    facts = visitor.facts
    facts["alipay_ticket"] = bookings.found(own, "booked") or bookings.paid(own, "booked")
    facts["alipay_paid_order"] = visitor.get(f"/appointments/{facts['alipay_ticket']}")["order_id"]
    facts["alipay_cancelled"] = bookings.found(own, "cancelled") or bookings.cancelled(own)
    facts["alipay_order"] = bookings.paying(own)
    items = visitor.get("/appointments", patient_id=own, scope="all")["items"]
    facts["alipay_held"] = next(one["id"] for one in items if one["state"] == "awaiting_payment")


def book(visitor: Visitor) -> None:
    """Hold a place that is still to be paid; note it, and a free slot for the page that confirms."""
    slots = visitor.get(f"/clinics/{visitor.facts['clinic']}/slots")["items"]
    free = [one["id"] for one in slots if one["state"] in {"available", "few"}]
    visitor.facts["slot"] = free[-1]
    items = visitor.get("/appointments", patient_id=visitor.facts["self"], scope="all")["items"]
    held = next((one for one in items if one["state"] == "awaiting_payment"), None)
    if held is None:
        held = hold(visitor, visitor.facts["self"], free[0])
    visitor.facts |= {"appointment": held["id"], "held_order": held["order_id"]}


def bind(visitor: Visitor, person: dict[str, str], mobile: str) -> Any:
    """Bind an existing file: verification, a code to the phone on file, proof. The Patient."""
    body = {**person, "document_type": "mainland_id", "phone": mobile, "consents": ["patient_agreement@1"]}
    verification = visitor.send("POST", "/patients/verifications", body)
    path = f"/patients/verifications/{verification['id']}"
    sent = visitor.send("POST", f"{path}/code", {"way": "sms_on_file"})
    code = visitor.last_code(mobile)
    return visitor.send("POST", f"{path}/proof", {"way": "sms_on_file", "code_id": sent["code_id"], "code": code})


def follow(visitor: Visitor) -> None:
    """Follow a few cardiologists; note a department, a doctor and a clinic with free places."""
    groups = until(lambda: visitor.get("/departments")["groups"], "departments from the HIS")
    departments = [one for group in groups for one in group["departments"]]
    department = next(one["id"] for one in departments if one["name"] == "心血管内科")
    doctors = visitor.get("/doctors", department_id=department)["items"]
    clinics = until(lambda: _clinics(visitor, department), "clinics from the HIS")
    visitor.facts |= {"department": department, "doctor": doctors[0]["id"], "clinic": clinics[0]["id"]}
    for doctor in doctors[:FOLLOWED]:
        visitor.send("PUT", f"/favourites/{doctor['id']}")


def _clinics(visitor: Visitor, department: str) -> list[Any]:
    return [one for one in later(visitor, department) if one["state"] == "available" and one["doctor"]]
