"""Processor time and memory of other processes, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Processor:
    """A process whose processor time is counted, alone or with everything below it."""

    pid: int
    whole_family: bool = False

    @classmethod
    def heaviest_below(cls, pid: int) -> "Processor":
        """The process that does the work: the child (granian's worker) with the most memory, or the process itself."""
        family = [pid, *_below(pid)]
        return cls(max(family, key=rss_megabytes))

    @classmethod
    def of_postgres(cls, dsn: str) -> "Processor":
        """The server that a connection string leads to, with all its backends."""
        with psycopg.connect(dsn) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            backend = int(row[0]) if row else 0
            return cls(_parent(backend), whole_family=True)

    def seconds(self) -> float:
        """Processor seconds used so far (of ended children too, as far as their parent has counted them)."""
        if not self.whole_family:
            return _used(self.pid, ended=False)
        return _used(self.pid, ended=True) + sum(_used(pid, ended=False) for pid in _below(self.pid))


def rss_megabytes(pid: int) -> float:
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def peak_megabytes() -> float:
    """The most memory that this process ever held. (`getrusage` would count its parent's before the exec as well.)"""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _fields(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _used(pid: int, *, ended: bool) -> float:
    try:
        fields = _fields(pid)
    except FileNotFoundError:
        return 0.0
    own = int(fields[11]) + int(fields[12])
    return (own + (int(fields[13]) + int(fields[14]) if ended else 0)) / _TICKS


def _parent(pid: int) -> int:
    return int(_fields(pid)[1])


def _below(pid: int) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = _parent(int(entry.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid:
                found += [int(entry.name), *_below(int(entry.name))]
    return found
