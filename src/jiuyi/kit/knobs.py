"""Knobs: the hospital's own numbers and switches, changed at run time, never constants in the code.

Rows are append-only (who, why, valid from). A process keeps one snapshot, replaced on NOTIFY and every 30 s.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from jiuyi.kit.db import Db, Tx
from jiuyi.kit.problems import Kind, Problem

V = TypeVar("V")
CHANNEL = "knobs"


class KnobRefused(Problem):
    """The value is not of the knob's kind or outside its bounds."""

    code = "kit.knob_refused"
    kind = Kind.UNPROCESSABLE
    zh = "设置值无效：{reason}"
    en = "The value cannot be used: {reason}"
    zh_detail = "设置没有改动。"
    en_detail = "The setting was not changed."


@dataclass(frozen=True)
class Knob(Generic[V]):
    """One run-time setting.

    `name` is `domain.word`; `kind` any type msgspec converts (int, bool, str, Struct, list…); `low`/`high` bound
    numbers; `source` says where the default comes from.
    """

    name: str
    kind: type[V]
    default: V
    zh: str
    en: str
    source: str
    low: float | None = None
    high: float | None = None

    def read(self, raw: object) -> V:
        """Convert and check a raw JSON value. Raises `KnobRefused`."""
        try:
            value = msgspec.convert(raw, self.kind)
        except msgspec.ValidationError as error:
            raise KnobRefused(reason=str(error)) from error
        if isinstance(value, int | float) and not isinstance(value, bool):
            if self.low is not None and value < self.low:
                raise KnobRefused(reason=f"≥ {self.low}")
            if self.high is not None and value > self.high:
                raise KnobRefused(reason=f"≤ {self.high}")
        return value


class _Row(msgspec.Struct):
    name: str
    value: Any


class Change(msgspec.Struct, frozen=True):
    """One value that a knob was given: by whom, why, and from when on."""

    value: Any
    who: str
    why: str
    valid_from: datetime


_CURRENT = """
SELECT DISTINCT ON (name) name, value FROM kit.knob WHERE valid_from <= app_now()
ORDER BY name, valid_from DESC, id DESC
"""
_SET = """
INSERT INTO kit.knob (name, value, who, why, valid_from) VALUES (%(name)s, %(value)s, %(who)s, %(why)s, app_now())
"""
_HISTORY = """
SELECT value, who, why, valid_from FROM kit.knob WHERE name = %(name)s ORDER BY valid_from DESC, id DESC
LIMIT %(most)s
"""
STATEMENTS = (_CURRENT, _SET, _HISTORY)


class Knobs:
    """Every knob of the program and this process's snapshot of their values."""

    def __init__(self, knobs: tuple[Knob[Any], ...]) -> None:
        self.known: dict[str, Knob[Any]] = {knob.name: knob for knob in knobs}
        self._values: dict[str, Any] = {}

    def get(self, knob: Knob[V]) -> V:
        """The value in force in this process (at most 30 s old; usually under a second)."""
        value: V = self._values.get(knob.name, knob.default)
        return value

    async def load(self, db: Db) -> None:
        """Replace the snapshot. Unknown names and values that no longer fit are ignored: the default holds."""
        async with db.autocommit() as tx:
            rows = await tx.all(_Row, _CURRENT)
        values: dict[str, Any] = {}
        for row in rows:
            knob = self.known.get(row.name)
            if knob is not None:
                try:
                    values[row.name] = knob.read(row.value)
                except KnobRefused:
                    continue
        self._values = values

    async def set(self, tx: Tx, knob: Knob[V], value: V, *, who: str, why: str) -> None:
        """Write a new value (a new row) and tell every process. Raises `KnobRefused`."""
        raw = msgspec.to_builtins(value)
        knob.read(raw)
        params = {"name": knob.name, "value": msgspec.json.encode(raw).decode(), "who": who, "why": why}
        await tx.run(_SET, params)
        await tx.notify(CHANNEL, knob.name)

    async def history(self, tx: Tx, knob: Knob[Any], *, most: int = 20) -> list[Change]:
        """What the knob was set to, newest first; empty while nobody has touched it."""
        return await tx.all(Change, _HISTORY, {"name": knob.name, "most": most})
