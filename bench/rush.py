"""The rush: many patients ask for few places at once, through the whole product path over HTTP.

Session, rules, idempotency, admission, step, audit and job row, exactly as in production; PostgreSQL with fsync on; one
web process. The yardstick (one minimal booking by pgbench) runs on the same server before and after.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
from rich.console import Console

from bench import crowd, loader, pgbench
from bench.place import Place, prepared, program, web_process
from bench.processes import Processor, rss_megabytes
from bench.results import Result, against, at_most, note
from jiuyi.app import settings as app_settings
from jiuyi.app.wiring import build
from jiuyi.domains.booking.flows import mirror
from jiuyi.domains.catalog import flows as catalog_flows

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


def measure(plan: Plan) -> list[Result]:
    """Run everything; takes about three minutes."""
    with tempfile.TemporaryDirectory(prefix="jiuyi-bench-") as name, contextlib.ExitStack() as stack:
        place = stack.enter_context(prepared(Path(name)))
        return _measure(plan, place, stack)


def _measure(plan: Plan, place: Place, stack: contextlib.ExitStack) -> list[Result]:
    _say("schedules of the sample hospital")
    asyncio.run(_read_hospital(place))
    _say("yardstick, before")
    before = pgbench.run(place.pgbench, place.yardstick_dsn, plan.yardstick_seconds)
    web = stack.enter_context(web_process(place))
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
    with program(place, "worker"), psycopg.connect(place.dsn, autocommit=True) as connection:
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
