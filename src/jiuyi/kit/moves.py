"""`move`: the only writer of a status. It checks the graph, writes the row and one step row saying who and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier, Placeholder

from jiuyi.kit.db import Absent, Tx
from jiuyi.kit.states import Transitions

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Axis:
    """One status column of one table, with its graph. Steps go to `<schema>.step`.

    The step table has `subject uuid, axis, source, target, who, why text, at timestamptz`.
    """

    schema: str
    table: str
    column: str
    graph: Transitions[Any]


class Moved(Exception):
    """The row was not in the status that the caller read: somebody was faster. Re-read and decide again."""

    def __init__(self, axis: Axis, row: UUID, found: str) -> None:
        super().__init__(f"{axis.table}.{axis.column} of {row} is {found} now")
        self.found = found


async def move(
    tx: Tx,
    axis: Axis,
    row: UUID,
    source: S,
    target: S,
    *,
    who: str,
    why: str,
    **columns: Any,
) -> None:
    """Move one row from `source` to `target`, set `columns` with it, and record the step.

    Raises `ForbiddenMove` when the graph has no such edge and `Moved` when the row is not in `source` any more.
    """
    axis.graph.check(source, target)
    params = {"row": row, "source": source.value, "target": target.value, "who": who, "why": why, **columns}
    done = await tx.value(_update(axis, columns), params)
    if done is None:
        await _raise_moved(tx, axis, row)
    await tx.run(_step(axis), {**params, "axis": axis.column})


async def correct(
    tx: Tx,
    axis: Axis,
    row: UUID,
    source: S,
    target: S,
    *,
    who: str,
    why: str,
    **columns: Any,
) -> None:
    """Set a status to what the outside truth is, off the graph. The step is marked `corrected`; use it rarely.

    Raises `Moved` like `move`.
    """
    params = {
        "row": row,
        "source": source.value,
        "target": target.value,
        "who": who,
        "why": f"corrected: {why}",
        **columns,
    }
    done = await tx.value(_update(axis, columns), params)
    if done is None:
        await _raise_moved(tx, axis, row)
    await tx.run(_step(axis), {**params, "axis": axis.column})


def _update(axis: Axis, columns: Mapping[str, Any]) -> Composed:
    sets = SQL(", ").join(
        [SQL("{} = %(target)s").format(Identifier(axis.column))]
        + [SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in sorted(columns)]
    )
    return SQL("UPDATE {}.{} SET {} WHERE id = %(row)s AND {} = %(source)s RETURNING id").format(
        Identifier(axis.schema), Identifier(axis.table), sets, Identifier(axis.column)
    )


def _step(axis: Axis) -> Composed:
    return SQL(
        "INSERT INTO {}.step (subject, axis, source, target, who, why, at)"
        " VALUES (%(row)s, %(axis)s, %(source)s, %(target)s, %(who)s, %(why)s, app_now())"
    ).format(Identifier(axis.schema))


async def _raise_moved(tx: Tx, axis: Axis, row: UUID) -> None:
    query = SQL("SELECT {} FROM {}.{} WHERE id = %s").format(
        Identifier(axis.column), Identifier(axis.schema), Identifier(axis.table)
    )
    found = await tx.value(query, (row,))
    if found is None:
        raise Absent(f"{axis.table} {row}")
    raise Moved(axis, row, found)
