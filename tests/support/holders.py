"""Who of the sandbox's people plays which insurance, each on their own phone (docs/sandbox.md, People)."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from jiuyi.domains.insurance.types import InsuranceClass
from tests.support.live import Phone
from tests.support.sandbox import Sandbox

C = InsuranceClass
Post = Callable[[str, dict[str, Any]], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Holder:
    """Phone, name, file of the hospital, and the disease their bill is for."""

    number: int
    name: str
    patient_id: str
    disease: str | None = None


HOLDERS = {
    C.GZ_EMPLOYEE: Holder(1, "陈美华", "P0000001"),
    C.GZ_ORDINARY: Holder(8, "罗秋萍", "P0000015"),
    C.CITY_DIRECT: Holder(7, "何伟明", "P0000014"),
    C.PROVINCE_DIRECT: Holder(2, "陈国栋", "P0000005"),
    C.IN_PROVINCE: Holder(4, "黄子晴", "P0000009"),
    C.CHRONIC: Holder(5, "林家豪", "P0000012", "M03900"),
    C.SPECIAL_DISEASE: Holder(5, "林家豪", "P0000012", "M00500"),
    C.OUT_OF_PROVINCE: Holder(4, "何家俊", "P0000011"),
}
ONLINE = tuple(which for which in C if which is not C.OUT_OF_PROVINCE)


async def insured(sandbox: Sandbox, holder: Holder) -> dict[str, Any]:
    """The insurance's row of somebody."""
    people = (await sandbox.http.get("/_control/insurance/people")).raise_for_status().json()["people"]
    found: dict[str, Any] = next(one for one in people if one["patient_id"] == holder.patient_id)
    return found


async def bind_self(sandbox: Sandbox, phone: Phone, holder: Holder) -> str:
    """Bind the holder's file as themselves, as the pages do it: look-up, a text message, its code. The patient's id."""
    return await bind_by(phone.post, sandbox, await insured(sandbox, holder))


async def bind_by(post: Post, sandbox: Sandbox, row: dict[str, Any]) -> str:
    """The same by whatever posts for the account."""
    form = {
        "document_type": row["document_type"],
        "document_number": row["document_number"],
        "name": row["name"],
        "relation": "self",
        "phone": "13800138000",
        "consents": ["patient_agreement@1"],
        "birth_date": row["birth_date"],
        "sex": row["sex"],
    }
    opened = await post("/api/patients/verifications", form)
    assert opened.status_code == 201, opened.text
    path = f"/api/patients/verifications/{opened.json()['id']}"
    sent = await post(f"{path}/code", {"way": "sms_on_file"})
    assert sent.status_code == 200, sent.text
    text = str((await sandbox.sms())[-1]["text"])
    code = re.search(r"(?<!\d)\d{6}(?!\d)", text)
    assert code is not None, text
    proof = {"way": "sms_on_file", "code_id": sent.json()["code_id"], "code": code.group()}
    bound = await post(f"{path}/proof", proof)
    assert bound.status_code == 201, bound.text
    return str(bound.json()["id"])
