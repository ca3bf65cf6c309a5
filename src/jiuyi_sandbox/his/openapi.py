"""The machine-readable contract: ``python -m jiuyi_sandbox.his.openapi > docs/contracts/his.openapi.json``."""

from __future__ import annotations

import json
import sys
from typing import Any

from jiuyi_sandbox.his.components import COMPONENTS
from jiuyi_sandbox.his.contract import EVENTS, OPERATIONS
from jiuyi_sandbox.his.examples import EVENT_EXAMPLES, OPERATION_EXAMPLES
from jiuyi_sandbox.his.operation import Operation
from jiuyi_sandbox.his.shapes import MOMENT, Schema, record, text

EVERYWHERE = ("invalid_request",)
CHANGES = ("request_no_conflict",)
TRANSPORT = ("bad_signature", "stale_timestamp", "nonce_reused", "unknown_app")
LATER = ("busy", "maintenance")

_TRACE = "Sees the call through both sides' logs"
_HEADERS = {
    "X-App-Id": "Which caller; given by the hospital",
    "X-Timestamp": "Unix seconds, at most 300 away from the receiver's clock",
    "X-Nonce": "16 to 64 characters of 0-9 A-Z a-z _ -, never used twice within 10 minutes",
    "X-Trace-Id": _TRACE,
    "X-Content-SHA256": "Lower-case hexadecimal digest of the exact body bytes",
    "X-Signature": "Lower-case hex HMAC over METHOD, PATH, APP_ID, TIMESTAMP, NONCE, CONTENT_SHA256 joined by \\n",
}
_ANSWER_HEADERS = {
    "X-Timestamp": "Unix seconds",
    "X-Nonce": "Of the answer",
    "X-Content-SHA256": "Digest of the answer's body",
    "X-Signature": "HMAC over STATUS, REQUEST_NONCE, TIMESTAMP, NONCE, CONTENT_SHA256 joined by \\n",
}


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "HIS contract of Jiuyi",
            "version": "1.0.0",
            "description": "What a hospital's HIS offers Jiuyi and what Jiuyi offers the HIS. "
            "Rules, signatures and the meaning of each field are in his.md.",
        },
        "servers": [{"url": "https://esb.hospital.example", "description": "the hospital's integration platform"}],
        "paths": {f"/his/v1/{name}": {"post": _operation(name, one)} for name, one in OPERATIONS.items()},
        "webhooks": {kind: {"post": _event(kind, data)} for kind, data in EVENTS.items()},
        "components": {
            "schemas": {**COMPONENTS, "Refusal": _refusal()},
            "parameters": {_key(name): _header(name, about) for name, about in _HEADERS.items()}
            | {
                "XSignatureType": {
                    "name": "X-Signature-Type",
                    "in": "header",
                    "required": False,
                    "description": "HMAC-SM3 where commercial cryptography is required; absent means HMAC-SHA256",
                    "schema": {"type": "string", "enum": ["HMAC-SHA256", "HMAC-SM3"]},
                }
            },
            "headers": {
                _key(name): {"required": True, "description": about, "schema": {"type": "string"}}
                for name, about in _ANSWER_HEADERS.items()
            },
        },
    }


def _operation(name: str, operation: Operation) -> dict[str, Any]:
    request, data = OPERATION_EXAMPLES[name]
    done = record(code={"const": "ok"}, message=text(), data=operation.data)
    refusals = [*operation.refusals, *EVERYWHERE, *(CHANGES if operation.changes else ())]
    return {
        "operationId": name.replace(".", "_"),
        "summary": operation.title,
        "tags": [name.partition(".")[0]],
        "parameters": _parameters(),
        "requestBody": {"required": True, "content": _json(operation.request, request)},
        "responses": {
            "200": {
                "description": f"Done, or refused with one of: {', '.join(refusals)}",
                "headers": _answer_headers(),
                "content": _json(
                    {"anyOf": [done, {"$ref": "#/components/schemas/Refusal"}]},
                    {"code": "ok", "message": "", "data": data},
                ),
            },
            "401": _refused(f"Transport: {', '.join(TRANSPORT)}", "bad_signature", "X-Signature does not match"),
            "503": _refused(f"Nothing was done, repeat later: {', '.join(LATER)}", "busy", "系统繁忙，请稍后再试"),
        },
    }


def _event(kind: str, data: Schema) -> dict[str, Any]:
    body = record(event_id=text(1, 64), kind={"const": kind}, occurred_at=MOMENT, data=data)
    example = {
        "event_id": "EV20261124000001",
        "kind": kind,
        "occurred_at": "2026-11-24T18:20:00+08:00",
        "data": EVENT_EXAMPLES[kind],
    }
    return {
        "operationId": "event_" + kind.replace(".", "_"),
        "summary": f"POST {{our base}}/callbacks/his with kind {kind}",
        "tags": ["events"],
        "parameters": _parameters(),
        "requestBody": {"required": True, "content": _json(body, example)},
        "responses": {
            "200": {
                "description": "Stored. Anything else: repeat after 5 s, 30 s, 2 min, 10 min, then hourly for a day",
                "content": _json(record(code={"const": "ok"}), {"code": "ok"}),
            }
        },
    }


def _refusal() -> Schema:
    codes = {code for operation in OPERATIONS.values() for code in operation.refusals}
    return record(
        code={"type": "string", "enum": sorted({*codes, *EVERYWHERE, *CHANGES, *TRANSPORT, *LATER})},
        message=text(0, 500),
        data={"type": "null"},
    )


def _parameters() -> list[dict[str, str]]:
    names = [_key(name) for name in _HEADERS]
    return [{"$ref": f"#/components/parameters/{name}"} for name in [*names, "XSignatureType"]]


def _answer_headers() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{_key(name)}"} for name in _ANSWER_HEADERS}


def _refused(about: str, code: str, message: str) -> dict[str, Any]:
    return {
        "description": about,
        "headers": _answer_headers(),
        "content": _json({"$ref": "#/components/schemas/Refusal"}, {"code": code, "message": message, "data": None}),
    }


def _json(schema: Schema, example: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, "example": example}}


def _key(name: str) -> str:
    return name.replace("-", "")


def _header(name: str, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), ensure_ascii=False, indent=1) + "\n")
