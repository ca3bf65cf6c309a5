"""The yardstick: pgbench on the same server."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

FOLDER = Path(__file__).parent / "yardstick"
CLIENTS = (1, 8, 32)


@dataclass(frozen=True)
class Yardstick:
    """The best of 1, 8 and 32 clients, in transactions a second."""

    hot: float
    spread: float


def run(program: Path, dsn: str, seconds: int) -> Yardstick:
    """Run both scripts for each number of clients on a database of their own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in (FOLDER / "schema.sql").read_text().split(";"):
            if statement.strip():
                connection.execute(statement)
    return Yardstick(
        hot=max(_tps(program, dsn, "hot", clients, seconds) for clients in CLIENTS),
        spread=max(_tps(program, dsn, "spread", clients, seconds) for clients in CLIENTS),
    )


def _tps(program: Path, dsn: str, script: str, clients: int, seconds: int) -> float:
    command = [str(program), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds)]
    command += ["-f", str(FOLDER / f"{script}.pgbench"), dsn]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    if found is None:
        msg = f"pgbench said nothing about tps:\n{said}"
        raise RuntimeError(msg)
    return float(found[1])
