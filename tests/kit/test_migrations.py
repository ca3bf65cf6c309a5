"""Migrations go up, all the way down, and up again; what they leave is the same both times."""

from concurrent.futures import ThreadPoolExecutor
from subprocess import run
from sys import executable

import psycopg
import pytest
from alembic.script import ScriptDirectory

from jiuyi.app import migrate

VERSIONS = migrate.folder() / "versions"

SHAPE = """
SELECT 'column', table_schema, table_name, column_name, data_type, is_nullable, column_default
FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL
FROM pg_constraint WHERE connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT 'index', schemaname, indexname, indexdef, NULL, NULL, NULL
FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT 'function', pronamespace::regnamespace::text, proname, md5(prosrc), NULL, NULL, NULL
FROM pg_proc WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, NULL, NULL, NULL, NULL FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'type', typnamespace::regnamespace::text, typname, NULL, NULL, NULL, NULL
FROM pg_type WHERE typnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY 1, 2, 3, 4
"""


def shape(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return [row for row in connection.execute(SHAPE).fetchall() if "alembic_version" not in map(str, row[:3])]


@pytest.mark.feature("I01")
def test_up_down_up_leaves_the_same_database(empty_dsn: str) -> None:
    bare = shape(empty_dsn)
    migrate.upgrade(empty_dsn)
    once = shape(empty_dsn)
    assert len(once) > len(bare)
    migrate.downgrade(empty_dsn, "base")
    assert [row for row in shape(empty_dsn) if "alembic" not in str(row)] == bare
    migrate.upgrade(empty_dsn)
    assert shape(empty_dsn) == once


def test_each_single_step_can_be_undone(empty_dsn: str) -> None:
    before: list[list[tuple[object, ...]]] = []
    for name in revisions():
        before.append(shape(empty_dsn))
        migrate.upgrade(empty_dsn, name)
        migrate.downgrade(empty_dsn, "-1")
        after = [row for row in shape(empty_dsn) if "alembic" not in str(row)]
        assert after == [row for row in before[-1] if "alembic" not in str(row)], name
        migrate.upgrade(empty_dsn, name)


def test_revisions_are_one_line_and_whole() -> None:
    """One head, no branches, each file named after its revision, with both directions in SQL beside it."""
    names = revisions()
    files = sorted(path.stem for path in VERSIONS.glob("[0-9]*.py"))
    assert sorted(names) == [stem[:4] for stem in files], "a branch, or two files of one number"
    for stem in files:
        for direction in ("up", "down"):
            assert (VERSIONS / f"{stem}.{direction}.sql").exists(), f"{stem} has no {direction}"
    assert len(list(VERSIONS.glob("*.sql"))) == 2 * len(files), "an SQL file without a revision"


def test_two_processes_may_migrate_at_once(empty_dsn: str) -> None:
    program = "import sys; from jiuyi.app import migrate; migrate.upgrade(sys.argv[1])"
    with ThreadPoolExecutor(2) as pool:
        done = list(
            pool.map(
                lambda _n: run([executable, "-c", program, empty_dsn], capture_output=True, text=True, check=False),
                range(2),
            )
        )
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]


def revisions() -> list[str]:
    """Every revision in the order in which they run; raises when there is more than one head."""
    scripts = ScriptDirectory.from_config(migrate.config("postgresql://"))
    walked = [script.revision for script in scripts.walk_revisions("base", scripts.get_current_head() or "base")]
    return walked[::-1]
