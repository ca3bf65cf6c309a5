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
PAID_BY = one_of("wechat", "alipay", "unionpay", "insurance", "other")
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
        order_no=text(1, 64),
        registration_no=CODE,
        channel=text(),
        transaction_id=text(),
        amount_fen=FEN,
        at=MOMENT,
    ),
}

_PATIENT = record(patient=ref("Patient"))
_CURSOR = maybe(text(1, 200))


class Operation:
    """One operation of the contract: its request, its answer's data, its own refusals, and whether it changes anything."""

    def __init__(self, title: str, request: Schema, data: Schema, *refusals: str) -> None:
        self.title, self.request, self.data, self.refusals = title, request, data, refusals

    @property
    def changes(self) -> bool:
        """Whether the operation carries a ``request_no`` and is idempotent by it."""
        return "request_no" in self.request["properties"]


_REGISTRATION = ref("Registration")
OPERATIONS: dict[str, Operation] = {
    "catalog.list": Operation(
        "The whole tree",
        record(),
        record(
            version=text(),
            campuses=many(ref("Campus")),
            departments=many(ref("Department")),
            doctors=many(ref("Doctor")),
            mdt_teams=many(ref("MdtTeam")),
        ),
    ),
    "schedules.list": Operation(
        "Schedules of some days, or what changed",
        record(
            ("changed_since", "cursor", "limit"),
            **{"from": DATE, "to": DATE},
            changed_since=maybe(MOMENT),
            cursor=_CURSOR,
            limit=whole(1, 500),
        ),
        record(items=many(ref("Schedule")), next_cursor=_CURSOR, as_of=MOMENT),
    ),
    "patients.find": Operation(
        "Find a file by document or card, and name",
        record(
            ("document_type", "document_number", "card_no"),
            document_type=DOCUMENT,
            document_number=text(1, 40),
            card_no=text(1, 40),
            name=text(1, 80),
        ),
        _PATIENT,
        "patient_not_found",
    ),
    "patients.get": Operation("Read a file", record(patient_id=CODE), _PATIENT, "patient_not_found"),
    "patients.create": Operation(
        "Open a file",
        record(
            request_no=REQUEST_NO,
            document_type=DOCUMENT,
            document_number=maybe(text(1, 40)),
            name=text(1, 80),
            sex=SEX,
            birth_date=DATE,
            phone=PHONE,
            guardian=maybe(ref("Guardian")),
        ),
        _PATIENT,
        "patient_exists",
    ),
    "patients.bind_card": Operation(
        "Check a card against a file",
        record(request_no=REQUEST_NO, patient_id=CODE, card_no=text(1, 40)),
        _PATIENT,
        "patient_not_found",
        "card_mismatch",
    ),
    "patients.check_counter_code": Operation(
        "Check a code given out at the desk",
        record(request_no=REQUEST_NO, patient_id=CODE, code=text(1, 12)),
        record(valid=BOOL),
        "counter_code_wrong",
        "counter_code_expired",
    ),
    "patients.update_phone": Operation(
        "Change the phone number on file",
        record(request_no=REQUEST_NO, patient_id=CODE, phone=PHONE),
        _PATIENT,
        "patient_not_found",
    ),
    "registrations.lock": Operation(
        "Hold a place",
        record(
            ("mdt_application_no",),
            request_no=REQUEST_NO,
            slot_code=CODE,
            patient_id=CODE,
            channel=text(1, 32),
            hold_seconds=whole(60, 86400),
            mdt_application_no=maybe(CODE),
        ),
        _REGISTRATION,
        "slot_full",
        "slot_unknown",
        "clinic_stopped",
        "slot_started",
        "patient_limit",
        "patient_blocked",
        "patient_not_found",
        "application_unknown",
        "application_state",
    ),
    "registrations.confirm": Operation(
        "Turn a lock into a booking",
        record(request_no=REQUEST_NO, lock_request_no=REQUEST_NO, payment=maybe(ref("Payment"))),
        _REGISTRATION,
        "lock_expired",
        "lock_cancelled",
        "already_confirmed",
        "amount_mismatch",
        "registration_not_found",
    ),
    "registrations.cancel": Operation(
        "Give a place back",
        record(
            request_no=REQUEST_NO,
            lock_request_no=REQUEST_NO,
            reason=one_of("patient", "expired", "payment_failed", "system"),
            note=text(0, 500),
        ),
        _REGISTRATION,
        "not_cancellable",
        "registration_not_found",
    ),
    "registrations.find": Operation(
        "What became of a lock", record(lock_request_no=REQUEST_NO), _REGISTRATION, "registration_not_found"
    ),
    "registrations.list": Operation(
        "All of a patient's registrations in the hospital",
        record(
            ("cursor", "limit"),
            patient_id=CODE,
            **{"from": DATE, "to": DATE},
            cursor=_CURSOR,
            limit=whole(1, 100),
        ),
        record(items=many(ref("RegistrationRow")), next_cursor=_CURSOR),
        "patient_not_found",
    ),
    "mdt.submit": Operation(
        "Apply for a multidisciplinary consultation",
        record(
            request_no=REQUEST_NO,
            application_no=CODE,
            team_code=CODE,
            patient_id=CODE,
            summary=text(1, 5000),
            documents=many(
                record(
                    id=CODE,
                    title=text(),
                    content_type=text(1, 80),
                    size=whole(0, 5 * 1024 * 1024),
                    sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
                ),
                30,
            ),
        ),
        record(application_no=CODE, state=one_of("submitted")),
        "patient_not_found",
        "application_unknown",
        "application_state",
    ),
    "mdt.document": Operation(
        "Bring one document of an application",
        record(application_no=CODE, id=CODE, content_base64=text(1, 7 * 1024 * 1024)),
        record(id=CODE),
        "application_unknown",
        "application_state",
    ),
    "mdt.withdraw": Operation(
        "Withdraw an application",
        record(request_no=REQUEST_NO, application_no=CODE),
        record(application_no=CODE, state=one_of("withdrawn")),
        "application_unknown",
        "application_state",
    ),
    "statements.daily": Operation(
        "Money of one day",
        record(("cursor", "limit"), date=DATE, cursor=_CURSOR, limit=whole(1, 1000)),
        record(
            items=many(ref("StatementEntry")),
            next_cursor=_CURSOR,
            totals=record(payment_fen=FEN, refund_fen=FEN, count=whole()),
        ),
    ),
}

EVENTS: dict[str, Schema] = {
    "clinic.stopped": record(schedule_code=CODE, slot_codes=many(CODE), reason=text(), reason_en=text()),
    "schedule.changed": record(schedule_codes=many(CODE)),
    "catalog.changed": record(),
    "registration.changed": record(lock_request_no=REQUEST_NO, state=REGISTRATION_STATE),
    "mdt.reviewed": record(
        application_no=CODE,
        decision=one_of("accepted", "more_wanted", "declined"),
        note=text(0, 2000),
        clinics_until=maybe(DATE),
    ),
}
