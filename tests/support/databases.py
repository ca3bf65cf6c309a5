"""Databases for tests: one migrated template, a fresh clone for each test.

Measured on two cores: clone and drop 80 ms in memory, 720 ms on a busy disk. Truncating is quicker but would also
lose what migrations insert.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from jiuyi.app import migrate
from jiuyi.app.cluster import Cluster


class Postgres:
    """A server on which tests make and drop databases."""

    def __init__(self, dsn: str, run: str) -> None:
        self.dsn = dsn
        self.run = run
        self._count = 0
        self._admin = psycopg.connect(dsn, autocommit=True)

    def dsn_for(self, database: str) -> str:
        return re.sub(r"^(postgres(?:ql)?://[^/?]*)(?:/[^?]*)?", rf"\1/{database}", self.dsn)

    def template(self) -> str:
        """The migrated template's name; the caller holds the lock of this run."""
        name = f"jiuyi_{self.run}_template"
        found = self._admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            half = f"{name}_half"
            self._do("DROP DATABASE IF EXISTS {}", half)
            self._do("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", half)
            migrate.upgrade(self.dsn_for(half))
            self._do("ALTER DATABASE {} RENAME TO {}", half, name)
        return name

    def empty(self) -> str:
        """A new database with nothing in it."""
        return self._new("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")

    def clone(self, template: str) -> str:
        """A copy of `template`; two clones of one template at a time must wait for each other."""
        until = time.monotonic() + 120
        while True:
            try:
                return self._new("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", template)
            except psycopg.errors.ObjectInUse:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)

    def drop(self, database: str) -> None:
        """Remove a database. An autovacuum worker in it belongs to the server's owner: it is waited for."""
        until = time.monotonic() + 120
        while True:
            try:
                return self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def drop_all(self) -> None:
        """Everything this run left behind."""
        pattern = f"jiuyi_{self.run}_%"
        rows = self._admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall()
        for (name,) in rows:
            self.drop(name)

    def close(self) -> None:
        self._admin.close()

    def _new(self, statement: str, *more: str) -> str:
        self._count += 1
        name = f"jiuyi_{self.run}_{os.getpid()}_{self._count}"
        self._do(statement, name, *more)
        return name

    def _do(self, statement: str, *names: str) -> None:
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 4 * 1024**3


@contextmanager
def quick_folder(folder: Path, run: str) -> Iterator[Path]:
    """A folder in memory where there is enough of it, else `folder`. The last process of the run removes it.

    What a killed run left there is removed by the next one.
    """
    try:
        roomy = shutil.disk_usage(MEMORY).free > MEMORY_NEEDED and os.access(MEMORY, os.W_OK)
    except OSError:
        roomy = False
    if not roomy:
        yield folder
        return
    for old in MEMORY.glob(f"jiuyi-tests-{os.geteuid()}-*"):
        if time.time() - old.stat().st_mtime > 3600:
            Cluster(old / "pg").stop()
            if not Cluster(old / "pg").status().running:
                shutil.rmtree(old, ignore_errors=True)
    place = MEMORY / f"jiuyi-tests-{os.geteuid()}-{run}"
    place.mkdir(mode=0o700, exist_ok=True)
    yield place / "pg"
    if not Cluster(place / "pg").status().running:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def server(folder: Path, run: str) -> Iterator[Postgres]:
    """`DATABASE_URL`'s server where it is set (its role may create databases), else an embedded one.

    The embedded one gives up durability, which no test of the product can see: the tests of the cluster itself,
    which can, make their own.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        postgres = Postgres(given, run)
        try:
            yield postgres
        finally:
            postgres.close()
        return
    with quick_folder(folder, run) as place, Cluster(place) as cluster:
        postgres = Postgres(cluster.dsn, run)
        try:
            for setting in (
                "fsync = off",
                "synchronous_commit = off",
                "full_page_writes = off",
                "max_wal_size = '256MB'",
            ):
                postgres._do(f"ALTER SYSTEM SET {setting}")
            postgres._do("SELECT pg_reload_conf()")
            yield postgres
        finally:
            postgres.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One of this run's processes at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
