"""The contract's shapes as JSON Schema 2020-12: requests are checked with them and the OpenAPI page is made of them."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def text(low: int = 0, high: int = 200, **more: Any) -> Schema:
    return {"type": "string", **({"minLength": low} if low else {}), "maxLength": high, **more}


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": list(values)}


def whole(low: int | None = 0, high: int | None = None) -> Schema:
    return {
        "type": "integer",
        **({} if low is None else {"minimum": low}),
        **({} if high is None else {"maximum": high}),
    }


def maybe(schema: Schema) -> Schema:
    """The same or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {
        **schema,
        "type": [schema["type"], "null"],
        **({"enum": [*schema["enum"], None]} if "enum" in schema else {}),
    }


def many(schema: Schema, high: int | None = None) -> Schema:
    return {"type": "array", "items": schema, **({} if high is None else {"maxItems": high})}


def record(optional: tuple[str, ...] = (), **properties: Schema) -> Schema:
    """An object whose properties are all required unless named in ``optional``."""
    return {
        "type": "object",
        "properties": properties,
        "required": [p for p in properties if p not in optional],
    }


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


BOOL: Schema = {"type": "boolean"}
DATE: Schema = {"type": "string", "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
CLOCK: Schema = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
REQUEST_NO: Schema = {"type": "string", "pattern": "^[0-9A-Z]{8,40}$"}
CODE = text(1, 40)
FEN = whole(0)
PHONE: Schema = {"type": "string", "pattern": r"^\+?[0-9][0-9 -]{4,19}$"}
SEX = one_of("male", "female", "unknown")
DOCUMENT = one_of("mainland_id", "residence_permit", "hk_macao_permit", "taiwan_permit", "passport", "none_child")
PAID_BY = one_of("wechat", "alipay", "unionpay", "bank_card", "insurance", "other")
REGISTRATION_STATE = one_of("locked", "confirmed", "released", "cancelled", "done", "no_show", "stopped")

COMPONENTS: dict[str, Schema] = {
    "Campus": record(
        code=CODE,
        name=text(),
        name_en=text(),
        address=text(),
        address_en=text(),
        phone=text(),
        latitude={"type": "number"},
        longitude={"type": "number"},
    ),
    "Department": record(
        code=CODE,
        parent_code=maybe(CODE),
        name=text(),
        name_en=text(),
        pinyin=text(),
        initials=text(),
        campus_codes=many(CODE),
        state=one_of("open", "closed", "walk_in_only"),
        state_reason=text(),
        state_reason_en=text(),
        place=text(),
        place_en=text(),
        intro=text(0, 2000),
        intro_en=text(0, 2000),
        hint=text(),
        hint_en=text(),
        sex=one_of("any", "male", "female"),
        age_min_years=maybe(whole()),
        age_max_years=maybe(whole()),
        sort=whole(),
    ),
    "Doctor": record(
        code=CODE,
        name=text(),
        name_en=text(),
        pinyin=text(),
        initials=text(),
        title=one_of("chief", "associate_chief", "attending", "resident"),
        academic_title=one_of("", "professor", "associate_professor"),
        sex=SEX,
        department_code=CODE,
        campus_codes=many(CODE),
        speciality=text(0, 2000),
        speciality_en=text(0, 2000),
        intro=text(0, 2000),
        intro_en=text(0, 2000),
        portrait=text(),
        active=BOOL,
    ),
    "MdtTeam": record(
        code=CODE,
        name=text(),
        name_en=text(),
        disease=text(),
        disease_en=text(),
        intro=text(0, 2000),
        intro_en=text(0, 2000),
        campus_code=CODE,
        department_codes=many(CODE),
        doctor_codes=many(CODE),
        fee_fen=FEN,
        documents=many(record(code=CODE, title=text(), title_en=text(), required=BOOL)),
    ),
    "FeeItem": record(code=CODE, name=text(), name_en=text(), fen=FEN),
    "Slot": record(
        code=CODE,
        start=CLOCK,
        end=CLOCK,
        online_quota=whole(),
        reserved=whole(),
        reserved_until=maybe(MOMENT),
    ),
    "Schedule": record(
        code=CODE,
        date=DATE,
        session=one_of("morning", "afternoon", "evening"),
        clinic_kind=one_of("ordinary", "expert", "special", "mdt"),
        department_code=CODE,
        doctor_code=maybe(CODE),
        mdt_team_code=maybe(CODE),
        campus_code=CODE,
        place=text(),
        place_en=text(),
        room=text(),
        fee_fen=FEN,
        fee_items=many(ref("FeeItem")),
        state=one_of("open", "stopped"),
        stop_reason=text(),
        releases_at=MOMENT,
        note=text(0, 2000),
        note_en=text(0, 2000),
        updated_at=MOMENT,
        slots=many(ref("Slot")),
    ),
    "Guardian": record(
        name=text(1, 80),
        document_type=DOCUMENT,
        document_number=text(1, 40),
        phone=PHONE,
        relation=text(1, 20),
    ),
    "Patient": record(
        patient_id=CODE,
        card_no=CODE,
        name=text(1, 80),
        sex=SEX,
        birth_date=DATE,
        document_type=DOCUMENT,
        document_number=maybe(text(1, 40)),
        phone=PHONE,
        guardian=maybe(ref("Guardian")),
        created_at=MOMENT,
        deceased=BOOL,
    ),
    "Payment": record(
        order_no=text(1, 64), channel=text(1, 32), transaction_id=text(1, 64), amount_fen=FEN, paid_at=MOMENT
    ),
    "Registration": record(
        lock_request_no=REQUEST_NO,
        state=REGISTRATION_STATE,
        registration_no=maybe(CODE),
        slot_code=CODE,
        schedule_code=CODE,
        patient_id=CODE,
        sequence_no=maybe(whole(1)),
        fee_fen=FEN,
        fee_items=many(ref("FeeItem")),
        place=text(),
        place_en=text(),
        room=text(),
        lock_expires_at=MOMENT,
        confirmed_at=maybe(MOMENT),
        cancelled_at=maybe(MOMENT),
    ),
    "RegistrationRow": record(
        registration_no=CODE,
        date=DATE,
        start=maybe(CLOCK),
        department_code=CODE,
        department_name=text(),
        department_name_en=text(),
        doctor_name=maybe(text()),
        doctor_name_en=maybe(text()),
        campus_code=CODE,
        source=one_of("online", "window", "machine", "phone", "other"),
        channel=maybe(text()),
        lock_request_no=maybe(REQUEST_NO),
        state=one_of("booked", "done", "cancelled", "no_show", "stopped", "refunded"),
        fee_fen=FEN,
    ),
    "StatementEntry": record(
        entry_no=CODE,
        kind=one_of("payment", "refund"),
        subject=one_of("registration", "outpatient_fee", "inpatient_deposit"),
        order_no=text(1, 64),
        registration_no=maybe(CODE),
        receipt_no=maybe(CODE),
        channel=text(),
        transaction_id=text(),
        amount_fen=FEN,
        insurance_fen=FEN,
        settlement_no=maybe(text(1, 64)),
        at=MOMENT,
    ),
}
