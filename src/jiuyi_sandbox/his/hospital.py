"""The hospital of one world: its catalogue in memory, its days made as they come, its events queued."""

from __future__ import annotations

import json
import secrets
import time
import weakref
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.clock import moment
from jiuyi_sandbox.his.envelope import Door

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Store
    from jiuyi_sandbox.world import World

DAYS_AHEAD = 14
_KINDS = ("departments", "doctors", "mdt_teams")
_hospitals: weakref.WeakKeyDictionary[World, Hospital] = weakref.WeakKeyDictionary()


class Hospital:
    """What operations and the desk share. Made once per world by ``of``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store: Store = world.store
        self.clock = world.clock
        self.door = Door(world)
        self.turned_away: set[str] = set()
        self._days: set[str] | None = None
        self._catalog: dict[str, Any] | None = None

    @property
    def catalog(self) -> dict[str, Any]:
        """The answer of ``catalog.list``; kept until something in it changes."""
        if self._catalog is None:
            from jiuyi_sandbox.hospital.tree import CAMPUSES

            rows = self.store.all("SELECT kind, data FROM his_catalog ORDER BY kind, position")
            self._catalog = {
                "version": self.store.meta("his_catalog_version"),
                "campuses": list(CAMPUSES),
            } | {kind: [json.loads(row["data"]) for row in rows if row["kind"] == kind] for kind in _KINDS}
        return self._catalog

    def catalog_changed(self) -> None:
        """Forget the kept catalogue and stamp a new version."""
        self.store.set_meta("his_catalog_version", moment(self.clock.now_us()))
        self._catalog = None

    def named(self, kind: str, code: str | None) -> dict[str, Any] | None:
        """One department, doctor or team, or None."""
        return next((item for item in self.catalog[kind] if item["code"] == code), None)

    def roll(self) -> int:
        """Make the clinics of every day up to ``DAYS_AHEAD`` not there yet; returns how many days were made."""
        if self._days is None:
            self._days = {row[0] for row in self.store.all("SELECT DISTINCT date FROM his_schedule")}
        today = self.clock.now().date()
        missing = [
            day
            for day in (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1))
            if day.isoformat() not in self._days
        ]
        for day in missing:
            self._make(day)
            self._days.add(day.isoformat())
        return len(missing)

    def forget_days(self) -> None:
        """Look again which days are there."""
        self._days = None

    def _make(self, day: date) -> None:
        from jiuyi_sandbox.hospital.clinics import clinics

        found = clinics(self.world.config.seed, day, self.catalog["doctors"], self.catalog["mdt_teams"])
        now = self.stamp_us()
        schedules, slots = [], []
        for clinic in found:
            slots += [slot | {"schedule_code": clinic["code"]} for slot in clinic.pop("slots")]
            state, reason = clinic.pop("state"), clinic.pop("stop_reason")
            schedules.append(
                (
                    clinic["code"],
                    clinic["date"],
                    clinic["doctor_code"],
                    clinic["department_code"],
                    json.dumps(clinic, ensure_ascii=False),
                    state,
                    reason,
                    state,
                    reason,
                    now,
                )
            )
        with self.store.transaction() as db:
            db.executemany(
                "INSERT OR IGNORE INTO his_schedule (code, date, doctor_code, department_code, data, state, "
                "stop_reason, seed_state, seed_reason, updated_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                schedules,
            )
            db.executemany(
                'INSERT OR IGNORE INTO his_slot (code, schedule_code, start, "end", online_quota, seed_quota, '
                "reserved, reserved_until) VALUES (:code, :schedule_code, :start, :end, :online_quota, :online_quota, "
                ":reserved, :reserved_until)",
                slots,
            )

    @staticmethod
    def stamp_us() -> int:
        """When something changed, for ``updated_at`` and ``as_of``: the machine's clock, which nobody moves back."""
        return time.time_ns() // 1000

    def tell(self, kind: str, data: dict[str, Any]) -> str:
        """Queue an event for the product inside the caller's transaction; returns its id."""
        event_id = f"EV{secrets.token_hex(12).upper()}"
        now = self.clock.now_us()
        body = {"event_id": event_id, "kind": kind, "occurred_at": moment(now), "data": data}
        self.store.execute(
            "INSERT INTO his_event (event_id, kind, body, created_us, next_us) VALUES (?, ?, ?, ?, ?)",
            (event_id, kind, json.dumps(body, ensure_ascii=False), now, now),
        )
        return event_id


def of(world: World) -> Hospital:
    """The hospital of a world."""
    if world not in _hospitals:
        _hospitals[world] = Hospital(world)
    return _hospitals[world]
