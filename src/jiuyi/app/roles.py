"""The role that the running processes use: it changes rows, never the schema, and only adds to what is append-only."""

import psycopg
from psycopg import sql

SYSTEM = ("pg_catalog", "information_schema", "pg_toast")

APPEND_ONLY = frozenset(
    {
        "audit.entry",
        "audit.seal",
        "payments.posting",
        "payments.entry",
        "reconciliation.proposal",
        "reconciliation.decision",
        "kit.knob",
    }
)
"""Besides every table named `step`. What stands there is never changed: not by a fault, not by an intruder."""

READ_ONLY = frozenset({"kit.clock", "public.alembic_version"})
"""Time is moved in demo and test only, and there by the owner; the revision is the owner's too."""

_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname <> ALL(%s) AND n.nspname NOT LIKE 'pg\\_%%' ORDER BY 1, 2
"""


def rights(schema: str, table: str) -> str:
    """What the role may do with a table."""
    name = f"{schema}.{table}"
    if name in READ_ONLY:
        return "SELECT"
    if name in APPEND_ONLY or table == "step":
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def grant(dsn: str, role: str) -> int:
    """Give `role` exactly these rights on every table there is now; return the number of tables.

    Run by the owner after each migration. Raises `psycopg.errors.UndefinedObject` when there is no such role.
    """
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(_TABLES, [list(SYSTEM)]).fetchall()
        who = sql.Identifier(role)
        for schema in sorted({schema for schema, _ in tables}):
            where = sql.Identifier(schema)
            for statement in (
                "REVOKE ALL ON ALL TABLES IN SCHEMA {where} FROM {who}",
                "GRANT USAGE ON SCHEMA {where} TO {who}",
                "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {where} TO {who}",
                "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {where} TO {who}",
            ):
                connection.execute(sql.SQL(statement).format(where=where, who=who))
        for schema, table in tables:
            connection.execute(
                sql.SQL("GRANT {rights} ON {table} TO {who}").format(
                    rights=sql.SQL(rights(schema, table)),
                    table=sql.Identifier(schema, table),
                    who=who,
                )
            )
    return len(tables)
