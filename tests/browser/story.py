"""What has happened before the pictures are taken. Made through the API, as the pages do it."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.browser.visitor import Visitor

# The sandbox's sample people (docs/sandbox.md).
SELF = {"document_number": "440100198803120422", "name": "陈美华", "relation": "self"}
PARENT = {"document_number": "440100195905151234", "name": "陈志华", "relation": "parent"}
MOBILE = "13800002046"
FOLLOWED = 3
# One number gets a code a minute.
BETWEEN_CODES_SECONDS = 65
MIRROR_SECONDS = 60


def prepare(visitor: Visitor) -> None:
    """Give this person patients and doctors; notes ids in `facts`."""
    bound = {one["relation"]: one["id"] for one in visitor.get("/patients")["items"]}
    for fact, person in (("self", SELF), ("parent", PARENT)):
        if fact not in bound:
            bound[fact] = bind(visitor, person)["id"]
            visitor.demo.control("PUT", "clock", {"add_seconds": BETWEEN_CODES_SECONDS})
        visitor.facts[fact] = bound[fact]
    follow(visitor)
    book(visitor)


def book(visitor: Visitor) -> None:
    """Hold a place that is still to be paid; note it, and a free slot for the page that confirms."""
    slots = visitor.get(f"/clinics/{visitor.facts['clinic']}/slots")["items"]
    free = [one["id"] for one in slots if one["state"] in {"available", "few"}]
    visitor.facts["slot"] = free[-1]
    held = visitor.get("/appointments", patient_id=visitor.facts["self"])["items"]
    if not held:
        wish = {"slot_id": free[0], "patient_id": visitor.facts["self"]}
        ticket = visitor.send("POST", "/booking/preview", wish)["ticket"]
        body = {**wish, "ticket": ticket, "agreements": ["booking_rules@1"], "visit_kind": "first"}
        held = [visitor.send("POST", "/appointments", body, **{"Idempotency-Key": str(uuid.uuid4())})]
    visitor.facts["appointment"] = held[0]["id"]


def bind(visitor: Visitor, person: dict[str, str]) -> Any:
    """Bind an existing file: verification, a code to the phone on file, proof. The Patient."""
    body = {**person, "document_type": "mainland_id", "phone": MOBILE, "consents": ["patient_agreement@1"]}
    verification = visitor.send("POST", "/patients/verifications", body)
    path = f"/patients/verifications/{verification['id']}"
    sent = visitor.send("POST", f"{path}/code", {"way": "sms_on_file"})
    code = visitor.last_code(MOBILE)
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
    items = visitor.get("/clinics", department_id=department)["items"]
    return [one for one in items if one["state"] == "available" and one["doctor"]]


def until(ask: Callable[[], list[Any]], what: str) -> list[Any]:
    """The first answer with something in it: the mirror of the HIS fills soon after the first start."""
    end = time.monotonic() + MIRROR_SECONDS
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.5)
    raise RuntimeError(f"no {what} after {MIRROR_SECONDS} seconds")
