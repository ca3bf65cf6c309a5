"""The contract's operations and events: what each takes, answers and refuses."""

from __future__ import annotations

from jiuyi_sandbox.his import charge_contract, insurance_contract
from jiuyi_sandbox.his.operation import Operation
from jiuyi_sandbox.his.shapes import (
    BOOL,
    CODE,
    DATE,
    DOCUMENT,
    FEN,
    MOMENT,
    PHONE,
    REGISTRATION_STATE,
    REQUEST_NO,
    SEX,
    Schema,
    many,
    maybe,
    one_of,
    record,
    ref,
    text,
    whole,
)

_PATIENT = record(patient=ref("Patient"))
_CURSOR = maybe(text(1, 200))

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
    **charge_contract.OPERATIONS,
    **insurance_contract.OPERATIONS,
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
    **charge_contract.EVENTS,
}
