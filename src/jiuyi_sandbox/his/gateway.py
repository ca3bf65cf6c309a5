"""The HTTP side of the HIS: one address for every operation, checked, made idempotent, signed."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.his import (
    deposit_refunds,
    fee_refunds,
    fees,
    inpatient,
    insurance_desk,
    magic,
    mdt,
    patients,
    registrations,
    statements,
    timetable,
)
from jiuyi_sandbox.his.checking import fault_in
from jiuyi_sandbox.his.contract import OPERATIONS
from jiuyi_sandbox.his.envelope import Refused, suite_of
from jiuyi_sandbox.his.hospital import Hospital, of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from jiuyi_sandbox.world import World

_BODY_LIMIT, _DOCUMENT_LIMIT = 1024 * 1024, 8 * 1024 * 1024
_JOURNALLED_ANSWER = 4096

HANDLERS: dict[str, Callable[[Hospital, dict[str, Any]], dict[str, Any]]] = {
    "catalog.list": timetable.catalog,
    "schedules.list": timetable.schedules,
    "patients.find": patients.find,
    "patients.get": patients.get,
    "patients.create": patients.create,
    "patients.bind_card": patients.bind_card,
    "patients.check_counter_code": patients.check_counter_code,
    "patients.update_phone": patients.update_phone,
    "registrations.lock": registrations.lock,
    "registrations.confirm": registrations.confirm,
    "registrations.cancel": registrations.cancel,
    "registrations.find": registrations.find,
    "registrations.list": registrations.listed,
    "mdt.submit": mdt.submit,
    "mdt.document": mdt.document,
    "mdt.withdraw": mdt.withdraw,
    "statements.daily": statements.daily,
    "fees.unpaid": fees.unpaid,
    "fees.detail": fees.detail,
    "fees.confirm": fees.confirm,
    "fees.find": fees.find,
    "fees.refundable": fee_refunds.refundable,
    "fees.refund": fee_refunds.refund,
    "fees.refund_find": fee_refunds.find,
    "inpatient.find": inpatient.find,
    "inpatient.deposit": inpatient.deposit,
    "inpatient.deposit_find": inpatient.deposit_find,
    "inpatient.deposit_refundable": deposit_refunds.refundable,
    "inpatient.deposit_refund": deposit_refunds.refund,
    "inpatient.deposit_refund_find": deposit_refunds.find,
    "insurance.identify": insurance_desk.identify,
    "insurance.visit": insurance_desk.visit,
    "settlements.presettle": insurance_desk.presettle,
    "settlements.settle": insurance_desk.settle,
    "settlements.reverse": insurance_desk.reverse,
    "settlements.find": insurance_desk.find,
}


def routes(world: World) -> list[BaseRoute]:
    """The contract's operations below ``/his-esb``."""
    return [Route("/his-esb/his/v1/{operation}", _endpoint(of(world)), methods=["POST"])]


def _endpoint(hospital: Hospital) -> Callable[[Request], Awaitable[Response]]:
    async def call(request: Request) -> Response:
        body = await request.body()
        notes: dict[str, Any] = request.scope.get("journal", {})
        notes["what"] = operation = str(request.path_params["operation"])
        status, act = 200, None
        try:
            suite = suite_of(request.headers)
        except Refused:
            suite = "sha256"
        try:
            path = (request.scope.get("raw_path") or request.url.path.encode()).decode("ascii").partition("?")[0]
            hospital.door.check("POST", path, request.headers, body)
            data = understood(operation, body)
            act = magic.act(hospital, operation, data) or insurance_desk.act(operation, data)
            done = {} if act == "lost" else perform(hospital, operation, data, act)
            answer: dict[str, Any] = {"code": "ok", "message": "", "data": done}
        except Refused as refused:
            status = refused.status
            answer = {"code": refused.code, "message": refused.message, "data": None}
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        notes["code"] = answer["code"]
        notes["answer"] = answer if len(content) <= _JOURNALLED_ANSWER else f"{len(content)} bytes"
        if act in _FAULTS:
            notes["fault"] = _FAULTS[act]
        if act == "late":
            await asyncio.sleep(magic.LATE_SECONDS)
        headers = hospital.door.sign_answer(status, request.headers.get("X-Nonce", ""), suite, content)
        return Response(content, status, headers, "application/json")

    return call


_FAULTS = {"cut": "cut_after", "lost": "cut_before", "garbled": "garbled"}


def understood(operation: str, body: bytes) -> dict[str, Any]:
    """The request as JSON in the shape of its operation; raises Refused ``invalid_request`` naming the field."""
    if operation not in OPERATIONS:
        raise Refused("invalid_request", f"no operation {operation}", 404)
    if len(body) > (_DOCUMENT_LIMIT if operation == "mdt.document" else _BODY_LIMIT):
        raise Refused("invalid_request", "the body is too large")
    try:
        data = json.loads(body)
    except ValueError as wrong:
        raise Refused("invalid_request", "the body is not JSON") from wrong
    fault = fault_in(OPERATIONS[operation].request, data)
    if fault:
        raise Refused("invalid_request", fault)
    fitting: dict[str, Any] = data
    return fitting


def perform(hospital: Hospital, operation: str, request: dict[str, Any], act: str | None = None) -> dict[str, Any]:
    """Carry out an operation once per ``request_no``; a repeat gets the first answer, refusals included.

    ``busy`` and ``maintenance`` mean that nothing was done and are not remembered.
    """
    if not OPERATIONS[operation].changes:
        return HANDLERS[operation](hospital, request)
    digest = hashlib.sha256(json.dumps([operation, request], sort_keys=True).encode()).hexdigest()
    with hospital.store.transaction() as db:
        known = db.execute(
            "SELECT digest, answer FROM his_request WHERE request_no = ?", (request["request_no"],)
        ).fetchone()
        if known is not None:
            return _again(known["digest"], digest, json.loads(known["answer"]))
        db.execute("SAVEPOINT operation")
        try:
            magic.refuse(hospital, request, act)
            outcome: dict[str, Any] = {"data": HANDLERS[operation](hospital, request)}
        except Refused as refused:
            db.execute("ROLLBACK TO operation")
            if refused.status != 200:  # noqa: PLR2004
                raise
            outcome = {"code": refused.code, "message": refused.message}
        db.execute("RELEASE operation")
        db.execute(
            "INSERT INTO his_request VALUES (?, ?, ?, ?, ?)",
            (
                request["request_no"],
                operation,
                digest,
                json.dumps(outcome, ensure_ascii=False),
                hospital.clock.now_us(),
            ),
        )
    return _again(digest, digest, outcome)


def _again(known: str, digest: str, outcome: dict[str, Any]) -> dict[str, Any]:
    if known != digest:
        raise Refused("request_no_conflict", "this request_no was used with other content")
    if "code" in outcome:
        raise Refused(outcome["code"], outcome["message"])
    data: dict[str, Any] = outcome["data"]
    return data
