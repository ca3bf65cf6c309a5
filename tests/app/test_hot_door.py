"""The hot door and the framework's route give the same answers (with a slash at the end the framework answers)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from jiuyi.app import hot_door
from jiuyi.kit.ids import new_id
from tests.support.product import Person, Product, running

_PATIENT = str(new_id())
_BODY = {"slot_id": str(new_id()), "patient_id": _PATIENT, "ticket": "none", "agreements": ["booking_rules@1"]}


@pytest_asyncio.fixture
async def product(dsn: str) -> AsyncIterator[Product]:
    async with running(dsn) as product:
        yield product


async def _both(person: Person, headers: dict[str, str], **sent: Any) -> list[dict[str, Any]]:
    """Status, headers and body of the same request at the door and at the route."""
    answers = []
    for path in ("/api/appointments", "/api/appointments/"):
        answer = await person.http.post(path, headers=headers, **sent)
        body = answer.json()
        assert body.pop("request_id") == answer.headers["x-request-id"]
        kept = {name: value for name, value in answer.headers.items() if name not in {"x-request-id", "content-length"}}
        answers.append({"status": answer.status_code, "headers": kept, "body": body})
    return answers


@pytest.mark.parametrize(
    ("code", "headers", "sent"),
    [
        ("stale_form", {"x-csrf-token": "another"}, {"json": _BODY}),
        ("stale_form", {"x-csrf-token": ""}, {"json": _BODY}),
        ("invalid_request", {"idempotency-key": "1"}, {"json": _BODY}),
        ("invalid_request", {"idempotency-key": ""}, {"json": _BODY}),
        ("invalid_request", {}, {"json": {**_BODY, "slot_id": "1"}}),
        ("invalid_request", {}, {"json": {**_BODY, "fee_fen": 1}}),
        ("invalid_request", {}, {"json": {**_BODY, "ticket": "A" * 1025}}),
        ("booking.ticket_stale", {}, {"json": {**_BODY, "ticket": "A" * 1024}}),
        ("invalid_request", {}, {"json": [_BODY]}),
        ("invalid_request", {}, {"content": b""}),
        ("invalid_request", {}, {"content": b'{"a":' * 10_000}),
        ("invalid_request", {}, {"content": b'{"ticket": "\xff"}'}),
        ("booking.agreement_missing", {}, {"json": {**_BODY, "agreements": []}}),
        ("booking.ticket_stale", {}, {"json": _BODY}),
        ("booking.ticket_stale", {"accept-language": "en-GB,en"}, {"json": _BODY}),
    ],
)
async def test_a_refusal_is_the_same_at_both(
    product: Product, code: str, headers: dict[str, str], sent: dict[str, Any]
) -> None:
    person = await product.sign_in()
    given = {**person._headers, "idempotency-key": str(new_id()), "accept-language": "zh-CN", **headers}
    door, route = await _both(person, given, **sent)
    assert door["body"]["code"] == code
    assert door == route


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("booking/preview", {"slot_id": str(new_id()), "patient_id": _PATIENT}),
        ("appointments/ID/cancel", {"reason": "time"}),
        ("appointments/ID/rebook", {"slot_id": str(new_id())}),
        ("mdt/applications", {"team_id": str(new_id()), "patient_id": _PATIENT, "summary": "", "document_ids": []}),
        ("mdt/applications/ID/supplement", {"summary": ""}),
    ],
)
async def test_a_field_that_nobody_knows_is_refused(product: Product, path: str, body: dict[str, Any]) -> None:
    person, url = await product.sign_in(), f"/api/{path.replace('ID', str(new_id()))}"
    assert (await person.post(url, body)).json()["code"] != "invalid_request"
    answer = await person.post(url, {**body, "fee_fen": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.parametrize("cookies", [{}, {"jiuyi_session": "somebody"}])
async def test_nobody_gets_in_without_a_session(product: Product, cookies: dict[str, str]) -> None:
    stranger = Person(product.visitor(cookies), (await product.sign_in()).principal, "bench")
    door, route = await _both(stranger, {"idempotency-key": str(new_id())}, json=_BODY)
    assert (door["status"], door["body"]["code"]) == (401, "sign_in_required")
    assert door == route


async def test_a_body_larger_than_any_request_for_a_place_is_refused(product: Product) -> None:
    person = await product.sign_in()
    answer = await person.http.post(
        "/api/appointments",
        content=b" " * (hot_door.MOST_BODY + 1),
        headers={**person._headers, "idempotency-key": str(new_id())},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_other_methods_of_the_path_go_to_the_framework(product: Product) -> None:
    person = await product.sign_in()
    assert (await person.get("/api/appointments")).json() == {"items": [], "next_cursor": None}
    assert (await person.call("PUT", "/api/appointments", {})).status_code == 404


async def test_the_door_is_counted_under_its_route(product: Product) -> None:
    person = await product.sign_in()
    await person.post("/api/appointments", _BODY)
    metrics = (await person.http.get("/metrics")).text
    assert 'jiuyi_http_requests_total{method="POST",route="/api/appointments",status="400"}' in metrics
