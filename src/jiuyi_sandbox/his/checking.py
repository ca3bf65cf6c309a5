"""Checks a value against the part of JSON Schema that ``shapes`` uses, and names the field that is wrong."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.his.components import COMPONENTS

if TYPE_CHECKING:
    from jiuyi_sandbox.his.shapes import Schema

_PYTHON: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def fault_in(schema: Schema, value: Any, where: str = "") -> str | None:
    """None when the value fits, else a sentence such as ``payment.amount_fen: must be at least 0``."""
    if "$ref" in schema:
        return fault_in(COMPONENTS[schema["$ref"].rpartition("/")[2]], value, where)
    if "anyOf" in schema:
        faults = [fault_in(option, value, where) for option in schema["anyOf"]]
        return None if None in faults else faults[0]
    name = where or "the body"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(_is(kind, value) for kind in kinds):
        return f"{name}: must be {' or '.join(kinds)}"
    if value is None:
        return None
    if "enum" in schema and value not in schema["enum"]:
        return f"{name}: must be one of {', '.join(str(v) for v in schema['enum'] if v is not None)}"
    if isinstance(value, dict):
        return _object_fault(schema, value, where)
    if isinstance(value, list):
        return _list_fault(schema, value, where)
    return _text_fault(schema, value, name) if isinstance(value, str) else _number_fault(schema, value, name)


def _is(kind: str, value: Any) -> bool:
    return isinstance(value, _PYTHON[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))


def _text_fault(schema: Schema, value: str, name: str) -> str | None:
    if len(value) < schema.get("minLength", 0):
        return f"{name}: must not be empty"
    if len(value) > schema.get("maxLength", len(value)):
        return f"{name}: at most {schema['maxLength']} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{name}: must match {schema['pattern']}"
    if "format" in schema:
        try:
            moment = date.fromisoformat(value) if schema["format"] == "date" else datetime.fromisoformat(value)
        except ValueError:
            return f"{name}: must be a {schema['format']}"
        if isinstance(moment, datetime) and moment.tzinfo is None:
            return f"{name}: the offset is missing"
    return None


def _number_fault(schema: Schema, value: float, name: str) -> str | None:
    if value < schema.get("minimum", value):
        return f"{name}: must be at least {schema['minimum']}"
    if value > schema.get("maximum", value):
        return f"{name}: must be at most {schema['maximum']}"
    return None


def _list_fault(schema: Schema, value: list[Any], where: str) -> str | None:
    if len(value) > schema.get("maxItems", len(value)):
        return f"{where}: at most {schema['maxItems']}"
    faults = (fault_in(schema["items"], item, f"{where}[{i}]") for i, item in enumerate(value))
    return next((f for f in faults if f), None)


def _object_fault(schema: Schema, value: dict[str, Any], where: str) -> str | None:
    prefix = f"{where}." if where else ""
    for name in schema.get("required", ()):
        if name not in value:
            return f"{prefix}{name}: is missing"
    for name, part in schema.get("properties", {}).items():
        if name in value:
            found = fault_in(part, value[name], f"{prefix}{name}")
            if found:
                return found
    return None
