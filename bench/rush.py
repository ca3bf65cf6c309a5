"""The rush: many patients ask for few places at once, through the whole product path over HTTP.

Session, rules, idempotency, admission, step, audit and job row, exactly as in production; PostgreSQL with fsync on; one
web process. The yardstick (one minimal booking by pgbench) runs on the same server before and after.
"""

import asyncio
import base64
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from psycopg import sql
from rich.console import Console

from bench import crowd, loader, pgbench
from bench.processes import Processor, rss_megabytes
from bench.results import Result, against, at_most, note
from jiuyi.app import migrate
from jiuyi.app import settings as app_settings
from jiuyi.app.cli.environment import from_keys
from jiuyi.app.cluster import Cluster
from jiuyi.app.cluster.binaries import installations
from jiuyi.app.wiring import build
from jiuyi.domains.booking.flows import mirror
from jiuyi.domains.catalog import flows as catalog_flows
from jiuyi.kit.crypto import Vault, parse_keys

PLACES, APPLICANTS = 500, 10_000
SLOTS = 1000
NEEDED = 45_000
_say = Console(stderr=True).print

_OPEN_SLOTS = """
SELECT s.id FROM booking.slot s JOIN booking.schedule c ON c.id = s.schedule_id
WHERE s.state = 'open' AND c.state = 'open' AND c.clinic_kind <> 'mdt' AND s.starts_at > app_now() + interval '1 day'
  AND (c.releases_at IS NULL OR c.releases_at <= app_now()) AND c.date <= app_today() + 13
  AND s.reserved_until IS NULL AND s.quota >= %s AND c.department_code <> 'D0802'
ORDER BY md5(s.id::text) LIMIT %s
"""


@dataclass(frozen=True)
class Plan:
    """How long and how wide."""

    seconds: float
    yardstick_seconds: int
    connections: int


@dataclass(frozen=True)
class Place:
    """Where everything of this run is."""

    folder: Path
    dsn: str
    yardstick_dsn: str
    pgbench: Path
    port: int
    environment: Mapping[str, str]

    @property
    def vault(self) -> Vault:
        keys = self.environment
        return Vault(parse_keys(keys["JIUYI_VAULT_MASTERS"], keys["JIUYI_VAULT_INDEX"], "intl"))

    @property
    def secret(self) -> bytes:
        return self.environment["JIUYI_WEB_TICKET_SECRET"].encode()


def measure(plan: Plan) -> list[Result]:
    """Run everything; takes about three minutes."""
    with tempfile.TemporaryDirectory(prefix="jiuyi-bench-") as name, contextlib.ExitStack() as stack:
        place = stack.enter_context(_place(Path(name)))
        return _measure(plan, place, stack)


def _measure(plan: Plan, place: Place, stack: contextlib.ExitStack) -> list[Result]:
    _say("schedules of the sample hospital")
    asyncio.run(_read_hospital(place))
    _say("yardstick, before")
    before = pgbench.run(place.pgbench, place.yardstick_dsn, plan.yardstick_seconds)
    web = stack.enter_context(_web(place))
    results: list[Result] = []
    rates: dict[str, float] = {}
    for name, slots in (("hot", 1), ("spread", SLOTS)):
        _say(f"rush on {slots} slot(s)")
        rates[name], found = _rush(plan, place, web, name, slots)
        results += found
    results.append(at_most("web process memory after the rush", rss_megabytes(web.pid), "MB", 200))
    _say(f"{APPLICANTS} people on {PLACES} places")
    results += _few_places(plan, place, web)
    _say("yardstick, after")
    after = pgbench.run(place.pgbench, place.yardstick_dsn, plan.yardstick_seconds)
    hot, spread = (before.hot + after.hot) / 2, (before.spread + after.spread) / 2
    return [
        against("bookings on one hot slot", rates["hot"], "/s", hot, 1.0),
        against(f"bookings over {SLOTS} slots", rates["spread"], "/s", spread, 0.5),
        note("yardstick hot, before", before.hot, "/s"),
        note("yardstick hot, after", after.hot, "/s"),
        note("yardstick spread, before", before.spread, "/s"),
        note("yardstick spread, after", after.spread, "/s"),
        *results,
    ]


def _rush(plan: Plan, place: Place, web: Processor, name: str, slots: int) -> tuple[float, list[Result]]:
    """Everybody asks for a place of very large slots; bookings a second."""
    people = crowd.gather(place.dsn, place.vault, NEEDED, first=100_000 if name == "hot" else 200_000)
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        ids = [row[0] for row in connection.execute(_OPEN_SLOTS, (1, slots))]
        connection.execute("UPDATE booking.slot SET quota = 1000000, his_quota = 1000000 WHERE id = ANY(%s)", (ids,))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    _send(place, plan, crowd.looking(people, _host(place)), seconds=60)
    database = Processor.of_postgres(place.dsn)
    web_cpu, database_cpu = web.seconds(), database.seconds()
    said = _send(place, plan, crowd.wanting(people, ids, place.secret, _host(place)), seconds=plan.seconds)
    wall, booked = float(said["wall"]), int(said["statuses"].get("201", 0))
    if booked != said["answers"]:
        log = (place.folder / "web.log").read_text(errors="replace")[-2000:]
        msg = f"not every request was admitted: {said['statuses']} {said['examples']}\n{log}"
        raise RuntimeError(msg)
    shares = {
        "generator": float(said["cpu_share"]),
        "web process": (web.seconds() - web_cpu) / wall,
        "database": (database.seconds() - database_cpu) / wall,
    }
    _check_books(place, ids)
    return booked / wall, [
        note(f"{name}: booked", booked, "bookings"),
        note(f"{name}: p50", float(said["p50_ms"]), "ms"),
        note(f"{name}: p99", float(said["p99_ms"]), "ms"),
        *(note(f"{name}: {who}'s share of a processor", share, "") for who, share in shares.items()),
    ]


def _few_places(plan: Plan, place: Place, web: Processor) -> list[Result]:
    """Ten thousand people on five hundred places that the HIS really has; then the worker places them there."""
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        connection.execute("TRUNCATE booking.step, booking.appointment CASCADE")
        connection.execute("UPDATE booking.slot SET booked = 0, withheld = 0")
        asyncio.run(_read_hospital(place))
        ids = [row[0] for row in connection.execute(_OPEN_SLOTS, (5, PLACES // 5))]
        connection.execute("UPDATE booking.slot SET quota = 5, his_quota = 5 WHERE id = ANY(%s)", (ids,))
        connection.execute("SELECT pg_notify('booking_slots', '')")
    people = crowd.gather(place.dsn, place.vault, APPLICANTS)
    _send(place, plan, crowd.looking(people, _host(place)), seconds=60)
    said = _send(place, plan, crowd.wanting(people, ids, place.secret, _host(place)), seconds=120)
    booked, refused = int(said["statuses"].get("201", 0)), int(said["statuses"].get("409", 0))
    oversold = _check_books(place, ids) + max(0, booked - PLACES)
    _say("the worker places them in the HIS")
    locks = _place_them(place)
    return [
        at_most("places sold beyond the quota", oversold, "places", 0),
        Result("places given of 500", booked, "places", PLACES, None, "= 500", booked == PLACES),
        note("people answered (with refusals)", (booked + refused) / float(said["wall"]), "/s"),
        note("refusals", refused / float(said["wall"]), "/s"),
        note("rush on few places: p99", float(said["p99_ms"]), "ms"),
        at_most("HIS lock calls per place admitted", locks["lock"] / max(1, booked), "", 1.05),
        note("HIS confirm calls per place admitted", locks["confirm"] / max(1, booked), ""),
        note("HIS find calls per place admitted", locks["find"] / max(1, booked), ""),
        note("seconds until all were placed", locks["seconds"], "s"),
        at_most("web process memory after all", rss_megabytes(web.pid), "MB", 200),
    ]


def _place_them(place: Place) -> dict[str, float]:
    sandbox = place.environment["JIUYI_SANDBOX_URL"]
    began = time.monotonic()
    with _program(place, "worker"), psycopg.connect(place.dsn, autocommit=True) as connection:
        while time.monotonic() - began < 180:
            waiting = connection.execute(
                "SELECT count(*) FROM booking.appointment WHERE placement IN ('none', 'placing', 'unknown')"
                " AND state = 'held'"
            ).fetchone()
            if waiting is not None and waiting[0] == 0:
                break
            time.sleep(0.2)
    seconds = time.monotonic() - began
    counters = httpx.get(f"{sandbox}/_control/counters", trust_env=False).json()["counters"]

    def calls(operation: str) -> float:
        return float(sum(count for name, count in counters.items() if f"registrations.{operation}" in name))

    return {"lock": calls("lock"), "confirm": calls("confirm"), "find": calls("find"), "seconds": seconds}


def _check_books(place: Place, ids: list[UUID]) -> int:
    """How many places were sold that a slot does not have, by two independent counts."""
    with psycopg.connect(place.dsn) as connection:
        row = connection.execute(
            """
            SELECT coalesce(sum(greatest(n.sold - s.quota, 0)), 0) + coalesce(sum(abs(n.sold - s.booked)), 0)
            FROM booking.slot s JOIN LATERAL
              (SELECT count(*) AS sold FROM booking.appointment a WHERE a.slot_id = s.id AND a.holds_place) n ON true
            WHERE s.id = ANY(%s)
            """,
            (ids,),
        ).fetchone()
    return int(row[0]) if row else 0


def _send(place: Place, plan: Plan, requests: Iterator[bytes], *, seconds: float) -> dict[str, Any]:
    file, result = place.folder / "requests", place.folder / "result.json"
    loader.write_requests(file, requests)
    command = [sys.executable, "-m", "bench.loader", "--port", str(place.port), "--seconds", str(seconds)]
    command += ["--connections", str(plan.connections), "--requests", str(file), "--result", str(result)]
    subprocess.run(command, check=True)
    said: dict[str, Any] = json.loads(result.read_text())
    return said


def _host(place: Place) -> str:
    return f"localhost:{place.port}"


async def _read_hospital(place: Place) -> None:
    parts = build(app_settings.load(place.environment), pool=2)
    await parts.start()
    try:
        await catalog_flows.refresh(parts.db, parts.knobs, parts.ports["hospital_catalog"])
        await mirror.refresh(parts.db, parts.knobs, parts.ports["schedules"], full=True)
    finally:
        await parts.stop()


# Servers ---------------------------------------------------------------------------------------------------------


@contextmanager
def _place(folder: Path) -> Iterator[Place]:
    """Database, sandbox and settings; everything is gone afterwards."""
    given = os.environ.get("DATABASE_URL")
    with contextlib.ExitStack() as stack:
        if given:
            server = given
        else:
            cluster = Cluster(folder / "pg")
            server = cluster.start()
            stack.callback(cluster.stop, force=True)
        names = [f"jiuyi_bench_{os.getpid()}", f"jiuyi_yardstick_{os.getpid()}"]
        with psycopg.connect(server, autocommit=True) as connection:
            for name in names:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                        sql.Identifier(name)
                    )
                )
                stack.callback(_drop, server, name)
        dsn, yardstick = (_other(server, name) for name in names)
        migrate.upgrade(dsn)
        port, sandbox_port = _free_port(), _free_port()
        sandbox = f"http://localhost:{sandbox_port}"
        arguments = ["--port", str(sandbox_port), "--data", str(folder / "sandbox")]
        arguments += ["--product-url", f"http://localhost:{port}"]
        stack.enter_context(_child("jiuyi_sandbox", arguments, folder / "sandbox.log", {}, f"{sandbox}/_control/keys"))
        keys = httpx.get(f"{sandbox}/_control/keys", trust_env=False).json()
        environment = {
            **from_keys(keys),
            "JIUYI_MODE": "test",
            "JIUYI_DATABASE_URL": dsn,
            "JIUYI_WEB_PUBLIC_URL": f"http://localhost:{port}",
            "JIUYI_WEB_HOSTS": "localhost,127.0.0.1",
            "JIUYI_WEB_TICKET_SECRET": secrets.token_urlsafe(48),
            "JIUYI_SANDBOX_URL": sandbox,
            "JIUYI_VAULT_MASTERS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "JIUYI_VAULT_INDEX": base64.b64encode(secrets.token_bytes(32)).decode(),
            "JIUYI_LOG_LEVEL": "WARNING",
        }
        program = next(found.bin / "pgbench" for found in installations() if (found.bin / "pgbench").exists())
        yield Place(folder, dsn, yardstick, program, port, environment)


def _other(server: str, database: str) -> str:
    info = psycopg.conninfo.conninfo_to_dict(server)
    host = str(info.get("host", ""))
    user, port = info.get("user", "postgres"), info.get("port")
    if host.startswith("/"):
        return f"postgresql://{user}@/{database}?host={host}" + (f"&port={port}" if port else "")
    password = f":{info['password']}" if info.get("password") else ""
    return f"postgresql://{user}{password}@{host or 'localhost'}:{port or 5432}/{database}"


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def _web(place: Place) -> Iterator[Processor]:
    log = place.folder / "web.log"
    arguments = ["web", "--port", str(place.port)]
    ready = f"http://127.0.0.1:{place.port}/readyz"
    with _child("jiuyi.app.cli", arguments, log, place.environment, ready) as process:
        yield Processor.heaviest_below(process.pid)


@contextmanager
def _program(place: Place, name: str) -> Iterator[None]:
    with _child("jiuyi.app.cli", [name], place.folder / f"{name}.log", place.environment, None):
        yield


@contextmanager
def _child(
    module: str, arguments: list[str], log: Path, environment: Mapping[str, str], ready: str | None
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
    try:
        until = time.monotonic() + 60
        while ready is not None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(ready, timeout=2, trust_env=False).status_code == httpx.codes.OK:
                    break
            if process.poll() is not None or time.monotonic() > until:
                msg = f"{module} did not start:\n{log.read_text(errors='replace')[-3000:]}"
                raise RuntimeError(msg)
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    import socket

    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]
        return port
