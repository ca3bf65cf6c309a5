"""Rules of the house for SQL: every statement is listed, prepares on the real schema, and stays in its domain."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlglot
from psycopg import sql
from psycopg.sql import Composed
from sqlglot import exp

from jiuyi.app import reference
from jiuyi.kit.db import Db
from tests.support.tree import SRC

READ_ALL = {"analytics", "ops"}
ASKS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)", re.IGNORECASE)
SQL = re.compile(r"\s*(?:(?:SELECT|WITH|VALUES)\s|INSERT INTO |UPDATE \S+ |DELETE FROM )(?s:.)*")
Statements = Iterable[tuple[str, Any]]


async def prepare_faults(db: Db, statements: Statements) -> tuple[int, list[str]]:
    """How many prepare, and what PostgreSQL says to the others."""
    count, wrong = 0, []
    async with db.pool.connection() as connection:
        for module, statement in statements:
            text = statement.as_string(connection) if isinstance(statement, Composed) else str(statement)
            numbered = _numbered(text)
            if not ASKS.match(numbered):
                continue
            try:
                await connection.execute(f"PREPARE meta_{count} AS {numbered}".encode())
            except psycopg.errors.IndeterminateDatatype:
                # A parameter without context (a bare SELECT %s): psycopg gives its type when it runs.
                continue
            except psycopg.Error as error:
                wrong.append(f"{module}: {error}\n{numbered}")
                continue
            count += 1
    return count, wrong


def _numbered(text: str) -> str:
    """psycopg's parameters as PostgreSQL's: `%s` and `%(name)s` become `$1`, `$2`, …"""
    names: dict[str, int] = {}
    position = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal position
        if match.group(0) == "%%":
            return "%"
        name = match.group(1)
        if name is None:
            position += 1
            return f"${position}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return re.sub(r"%%|%(?:\((\w+)\))?s", replace, text)


def unlisted(root: Path, statements: Statements) -> list[str]:
    """SQL texts below `root` (…/jiuyi/domains) that no list has.

    A part of which listed statements are composed counts as listed; SQL outside a repository never does.
    """
    listed = [str(statement) for _, statement in statements]
    wrong = []
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.fullmatch(node.value):
                named = inside.parts[1].removesuffix(".py") == "repository"
                if not named or not any(node.value in one for one in listed):
                    what = "is not in STATEMENTS" if named else "belongs into the repository"
                    wrong.append(f"{inside}:{node.lineno} {what}: {node.value.strip()[:60]}")
    return wrong


def trespasses(statements: Statements) -> list[str]:
    """Where a domain names another's schema."""
    wrong = []
    for module, statement in statements:
        parts = module.split(".")
        owner = parts[2] if parts[1] == "domains" else parts[1]
        if owner in READ_ALL or isinstance(statement, Composed):
            continue
        for tree in sqlglot.parse(_numbered(str(statement)), read="postgres"):
            tables = tree.find_all(exp.Table) if tree else ()
            wrong += [
                f"{module} names {table.db}.{table.name}: ask that domain's service"
                for table in tables
                if table.db and table.db not in {"public", owner}
            ]
    return wrong


async def test_every_statement_prepares_on_the_real_schema(db: Db) -> None:
    count, wrong = await prepare_faults(db, reference.statements())
    assert not wrong, "\n\n".join(wrong)
    assert count > 200


async def test_a_planted_statement_does_not_prepare(db: Db) -> None:
    planted = [
        ("fine", "SELECT seq FROM payments.attempt WHERE id = %(id)s AND method LIKE '100%%'"),
        ("table", "SELECT 1 FROM payments.nowhere"),
        ("column", sql.Composed([sql.SQL("UPDATE payments.attempt SET "), sql.SQL("nothing = %s")])),
        ("no question", "FOR UPDATE SKIP LOCKED"),
    ]
    count, wrong = await prepare_faults(db, [("sample." + name, one) for name, one in planted])
    assert [line.partition("\n")[0] for line in wrong] == [
        'sample.table: relation "payments.nowhere" does not exist',
        'sample.column: column "nothing" of relation "attempt" does not exist',
    ]
    assert count == 1


def test_every_statement_is_listed() -> None:
    """What is listed in `STATEMENTS` is PREPAREd and looked through; here: nothing is left off the lists."""
    wrong = unlisted(SRC / "jiuyi" / "domains", reference.statements())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("where", "what"), [("repository/slots.py", "is not in STATEMENTS"), ("flows.py", "belongs into the repository")]
)
def test_a_planted_text_is_found(tmp_path: Path, where: str, what: str) -> None:
    path = tmp_path / "booking" / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("FREE = 'SELECT id FROM booking.slot'\nSAY = 'Select a place'\n")
    assert unlisted(tmp_path, []) == [f"booking/{where}:1 {what}: SELECT id FROM booking.slot"]
    listed = unlisted(tmp_path, [("x", "SELECT id FROM booking.slot")])
    assert listed == (
        [] if where.startswith("repository") else [f"booking/{where}:1 {what}: SELECT id FROM booking.slot"]
    )


def test_a_domain_names_only_its_own_schema() -> None:
    wrong = trespasses(reference.statements())
    assert not wrong, "\n".join(wrong)


def test_a_planted_trespass_is_found() -> None:
    planted = [
        ("jiuyi.domains.booking.repository", "SELECT 1 FROM booking.slot JOIN payments.attempt a ON true"),
        ("jiuyi.domains.booking.repository", "SELECT 1 FROM public.procrastinate_jobs"),
        ("jiuyi.kit.journal", "WITH x AS (DELETE FROM audit.entry RETURNING id) SELECT * FROM x"),
    ]
    assert [line.partition(":")[0] for line in trespasses(planted)] == [
        "jiuyi.domains.booking.repository names payments.attempt",
        "jiuyi.kit.journal names audit.entry",
    ]
