"""docs/contracts/his.openapi.json and the sandbox agree, and so do the examples and real answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from jiuyi_sandbox.his.checking import fault_in
from jiuyi_sandbox.his.contract import EVENTS, OPERATIONS
from jiuyi_sandbox.his.examples import EVENT_EXAMPLES, OPERATION_EXAMPLES
from jiuyi_sandbox.his.gateway import HANDLERS
from jiuyi_sandbox.his.openapi import document
from tests.sandbox.conftest import Timetable, lock, payment
from tests.sandbox.vendor import Caller, request_no

PAGE = Path("docs/contracts/his.openapi.json")
TEXT = Path("docs/contracts/his.md")


def test_the_page_is_what_the_sandbox_speaks() -> None:
    assert json.loads(PAGE.read_text("utf-8")) == document(), (
        "run: python -m jiuyi_sandbox.his.openapi > docs/contracts/his.openapi.json"
    )


def test_every_reference_of_the_page_leads_somewhere() -> None:
    page = json.loads(PAGE.read_text("utf-8"))
    for target in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(page))):
        part: Any = page
        for step in target.split("/"):
            part = part[step]


def test_every_operation_has_a_handler_an_example_and_a_paragraph() -> None:
    text = TEXT.read_text("utf-8")
    assert set(OPERATIONS) == set(HANDLERS) == set(OPERATION_EXAMPLES)
    assert set(EVENTS) == set(EVENT_EXAMPLES)
    for name in [*OPERATIONS, *EVENTS]:
        assert f"`{name}`" in text, name
    for operation in OPERATIONS.values():
        for code in operation.refusals:
            assert f"`{code}`" in text, code


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_examples_fit_their_shapes(name: str) -> None:
    request, data = OPERATION_EXAMPLES[name]
    assert fault_in(OPERATIONS[name].request, request) is None
    assert fault_in(OPERATIONS[name].data, data) is None


@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_event_examples_fit_their_shapes(kind: str) -> None:
    assert fault_in(EVENTS[kind], EVENT_EXAMPLES[kind]) is None


async def test_real_answers_fit_their_shapes(his: Caller, timetable: Timetable) -> None:
    async def fits(name: str, **request: Any) -> dict[str, Any]:
        assert fault_in(OPERATIONS[name].request, request) is None
        data = await his.ok(name, **request)
        assert fault_in(OPERATIONS[name].data, data) is None
        return data

    await fits("catalog.list")
    await fits("schedules.list", **{"from": timetable.today, "to": "2099-01-01", "limit": 500})
    await fits("patients.get", patient_id="P0000004")
    _, slot = timetable.slot(quota=3)
    number = request_no("L")
    fee = (await lock(his, slot, "P0000002", number))["data"]["fee_fen"]
    await fits("registrations.confirm", request_no=request_no("F"), lock_request_no=number, payment=payment(fee))
    await fits("registrations.find", lock_request_no=number)
    await fits("registrations.list", patient_id="P0000002", **{"from": "2020-01-01", "to": "2099-01-01"})
    await fits("statements.daily", date=timetable.today)


def test_the_checker_finds_planted_faults() -> None:
    request, _ = OPERATION_EXAMPLES["registrations.confirm"]
    schema = OPERATIONS["registrations.confirm"].request
    broken = [
        (request | {"request_no": "lower-case"}, "request_no"),
        ({k: v for k, v in request.items() if k != "payment"}, "payment"),
        (request | {"payment": request["payment"] | {"amount_fen": -1}}, "payment.amount_fen"),
        (request | {"payment": request["payment"] | {"amount_fen": True}}, "payment.amount_fen"),
        (request | {"payment": request["payment"] | {"amount_fen": 1.5}}, "payment.amount_fen"),
        (request | {"payment": request["payment"] | {"paid_at": "2026-11-24T10:02:29"}}, "payment.paid_at"),
    ]
    for value, field in broken:
        fault = fault_in(schema, value)
        assert fault is not None
        assert fault.startswith(f"{field}: "), fault
