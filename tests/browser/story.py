"""What has happened before the pictures are taken. Made through the API, as the pages do it."""

from typing import Any

from tests.browser.visitor import Visitor

# The sandbox's sample people (docs/sandbox.md).
SELF = {"document_number": "440100198803120422", "name": "陈美华", "relation": "self"}
PARENT = {"document_number": "440100195905151234", "name": "陈志华", "relation": "parent"}
MOBILE = "13800002046"
FOLLOWED = 3


def prepare(visitor: Visitor) -> None:
    """Give this person patients and doctors; notes ids in `facts`."""
    visitor.facts["self"] = bind(visitor, SELF)["id"]
    visitor.facts["parent"] = bind(visitor, PARENT)["id"]
    follow(visitor)


def bind(visitor: Visitor, person: dict[str, str]) -> Any:
    """Bind an existing file: verification, a code to the phone on file, proof. The Patient."""
    body = {**person, "document_type": "mainland_id", "phone": MOBILE, "consents": ["patient_agreement@1"]}
    verification = visitor.send("POST", "/patients/verifications", body)
    path = f"/patients/verifications/{verification['id']}"
    sent = visitor.send("POST", f"{path}/code", {"way": "sms_on_file"})
    code = visitor.last_code(MOBILE)
    return visitor.send("POST", f"{path}/proof", {"way": "sms_on_file", "code_id": sent["code_id"], "code": code})


def follow(visitor: Visitor) -> None:
    """Follow a few doctors of the first department that has some."""
    department = _cardiology(visitor)
    visitor.facts["department"] = department
    doctors = visitor.get("/doctors", department_id=department)["items"]
    visitor.facts["doctor"] = doctors[0]["id"]
    for doctor in doctors[:FOLLOWED]:
        visitor.send("PUT", f"/favourites/{doctor['id']}")
    clinics = visitor.get("/clinics", department_id=department)["items"]
    open_ones = [one for one in clinics if one["state"] == "available"]
    visitor.facts["clinic"] = (open_ones or clinics)[0]["id"]


def _cardiology(visitor: Visitor) -> str:
    groups = visitor.get("/departments")["groups"]
    found = [one for group in groups for one in group["departments"] if one["name"] == "心血管内科"]
    return str(found[0]["id"])
