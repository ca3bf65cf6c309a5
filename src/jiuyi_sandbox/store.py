"""The sandbox's own state: one SQLite file in WAL mode, called synchronously."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = sqlite3.Row

_SCHEMA = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"


class Store:
    """One connection behind a re-entrant lock: safe from any thread, and from any task as nothing awaits inside.

    Durability is per process (``synchronous=NORMAL`` in WAL): a killed sandbox loses nothing that was answered,
    a power cut may lose the last moments. That is enough for a sandbox and keeps a write at tens of microseconds.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, cached_statements=512)
        self._db.row_factory = sqlite3.Row
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "wal_autocheckpoint=4000",
            "busy_timeout=5000",
        ):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(_SCHEMA)

    def create(self, schema: str) -> None:
        """Run a package's ``CREATE TABLE IF NOT EXISTS`` script."""
        with self._lock:
            self._db.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction; nested calls join the outer one. Never await inside."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._db
            except BaseException:
                self._depth -= 1
                if outermost:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            if outermost:
                self._db.execute("COMMIT")

    def execute(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> int:
        """Run one statement; returns the number of rows changed."""
        with self._lock:
            return self._db.execute(sql, parameters).rowcount

    def all(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """Every row of a query."""
        with self._lock:
            return self._db.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self._lock:
            row: Row | None = self._db.execute(sql, parameters).fetchone()
            return row

    def meta(self, key: str) -> str | None:
        """A small remembered text, or None."""
        row = self.one("SELECT value FROM meta WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def set_meta(self, key: str, value: str) -> None:
        """Remember a small text."""
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def close(self) -> None:
        """Close the file; the store must not be used afterwards."""
        with self._lock:
            self._db.close()
