"""Admission: who gets a place. Two statements for a whole batch, in one transaction.

`_LOCK` queues up: patients and accounts by advisory lock, slots by row lock, each in a fixed order, so that two batches
never wait for each other in a circle. `_ADMIT` then starts with a fresh snapshot in which everything that was admitted
before is visible; it judges every request, takes the places, writes appointments and their first steps.

A batch never holds two requests of one patient, account or idempotency key (`flows.admission` sees to that), so each
request is judged against committed rows only; inside the batch only the quota of a slot is shared.
"""
# ruff: noqa: S608 - statements are composed of this module's own constants

from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import tuple_row

from jiuyi.domains.booking.rules.limits import Judged
from jiuyi.kit.clock import local
from jiuyi.kit.db import Tx
from jiuyi.kit.ids import new_id

_LOCK: LiteralString = """
WITH people AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(k) FROM unnest(%(gates)s::bigint[]) AS g (k)
), held AS MATERIALIZED (SELECT count(*) FROM people),
-- Planning the statement that follows takes longer than running it, and its plan never depends on the values.
plan AS MATERIALIZED (SELECT set_config('plan_cache_mode', 'force_generic_plan', true))
SELECT s.id FROM booking.slot s, held, plan WHERE s.id = ANY(%(slots)s::uuid[]) ORDER BY s.id FOR UPDATE OF s
"""
_JUDGE: LiteralString = """
WITH moment AS MATERIALIZED (SELECT app_now() AS at, app_today() AS today),
asked AS MATERIALIZED (
  SELECT a.*, m.at, m.today, s.schedule_id, s.starts_at, s.ends_at, c.date, c.clinic_kind, c.department_code,
    c.doctor_code, c.releases_at,
    CASE WHEN s.reserved_until > m.at AND s.reserved > 0 THEN s.reserved_until END AS reserved_until,
    s.state = 'open' AND c.state = 'open' AS open,
    s.quota - s.booked - s.withheld - CASE WHEN s.reserved_until > m.at THEN s.reserved ELSE 0 END AS free,
    CASE c.clinic_kind WHEN 'special' THEN %(days_special)s::int WHEN 'mdt' THEN %(days_mdt)s::int
      ELSE %(days)s::int END AS days
  FROM unnest(%(ids)s::uuid[], %(keys)s::uuid[], %(accounts)s::uuid[], %(channels)s::text[], %(patients)s::uuid[],
      %(slots)s::uuid[], %(kinds)s::text[], %(reasons)s::bytea[], %(applications)s::uuid[], %(people)s::text[])
    WITH ORDINALITY AS a (id, key, account_id, channel, patient_id, slot_id, visit_kind, reason_sealed,
                          mdt_application_id, person, ord)
  CROSS JOIN moment m JOIN booking.slot s ON s.id = a.slot_id JOIN booking.schedule c ON c.id = s.schedule_id
),
judged AS MATERIALIZED (
  SELECT a.*, k.mine, h.again_after, h.cancels, h.last_cancel, h.no_shows, h.last_no_show,
    CASE
      WHEN k.mine IS NOT NULL THEN 'again'
      WHEN EXISTS (SELECT FROM booking.appointment t WHERE t.id = a.id) THEN 'ticket_used'
      WHEN NOT a.open THEN 'stopped'
      WHEN a.starts_at - make_interval(mins => %(lead)s::int) <= a.at THEN 'ended'
      WHEN a.date = a.today AND NOT %(same_day)s::boolean THEN 'ended'
      WHEN a.releases_at > a.at OR a.date > a.today + a.days THEN 'not_released'
      WHEN h.cancels >= %(cancels_pause)s::int
        AND h.last_cancel + make_interval(days => %(cancels_pause_days)s::int) > a.at THEN 'cancel_pause'
      WHEN h.no_shows >= %(no_shows_pause)s::int
        AND h.last_no_show + make_interval(days => %(no_shows_pause_days)s::int) > a.at THEN 'no_show_pause'
      WHEN h.unpaid >= %(open_unpaid)s::int THEN 'open_unpaid'
      WHEN h.clinic >= %(per_clinic)s::int THEN 'same_clinic'
      WHEN h.department >= %(per_department_day)s::int THEN 'same_department_day'
      WHEN h.day >= %(per_day)s::int THEN 'day_limit'
      WHEN h.week >= %(per_week)s::int THEN 'week_limit'
      WHEN a.clinic_kind = 'expert' AND h.expert >= %(per_week_expert)s::int THEN 'week_limit_expert'
      WHEN m.month >= %(per_month_account)s::int THEN 'account_limit'
      WHEN h.again_after > a.at THEN 'rebook_pause'
      WHEN a.mdt_application_id IS NOT NULL AND EXISTS (
        SELECT FROM booking.appointment t WHERE t.mdt_application_id = a.mdt_application_id
          AND t.state = ANY(%(active)s)) THEN 'application_used'
      WHEN a.free <= 0 THEN 'full'
      ELSE 'ok'
    END AS verdict
  FROM asked a
  CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE p.state = 'held') AS unpaid,
      count(*) FILTER (WHERE p.state = ANY(%(active)s::text[]) AND p.schedule_id = a.schedule_id) AS clinic,
      count(*) FILTER (WHERE p.state = ANY(%(active)s) AND p.date = a.date
        AND p.department_code = a.department_code) AS department,
      count(*) FILTER (WHERE p.state = ANY(%(active)s) AND p.date = a.date) AS day,
      count(*) FILTER (WHERE p.state = ANY(%(active)s)
        AND date_trunc('week', p.date::timestamp) = date_trunc('week', a.date::timestamp)) AS week,
      count(*) FILTER (WHERE p.state = ANY(%(active)s) AND p.clinic_kind = 'expert'
        AND date_trunc('week', p.date::timestamp) = date_trunc('week', a.date::timestamp)) AS expert,
      max(p.cancelled_at) FILTER (WHERE p.state = 'cancelled' AND p.doctor_code = a.doctor_code)
        + make_interval(mins => %(rebook_pause)s::int) AS again_after,
      coalesce(sum(CASE WHEN p.late_cancel THEN 2 ELSE 1 END) FILTER (WHERE p.state = 'cancelled'
        AND p.registration_no IS NOT NULL AND p.cancelled_at > a.at - interval '30 days'), 0) AS cancels,
      max(p.cancelled_at) FILTER (WHERE p.state = 'cancelled' AND p.registration_no IS NOT NULL) AS last_cancel,
      count(*) FILTER (WHERE p.state = 'no_show' AND p.starts_at > a.at - interval '90 days') AS no_shows,
      max(p.starts_at) FILTER (WHERE p.state = 'no_show') AS last_no_show
    FROM booking.appointment p WHERE p.patient_id = a.patient_id AND p.date > a.today - 120
  ) h
  CROSS JOIN LATERAL (
    SELECT count(*) AS month FROM booking.appointment p
    WHERE p.account_id = ANY(coalesce(a.person::uuid[], ARRAY[a.account_id]))
      AND p.created_at > a.at - interval '30 days' AND p.state = ANY(%(active)s)
  ) m
  LEFT JOIN LATERAL (
    SELECT p.id AS mine FROM booking.appointment p
    WHERE p.account_id = a.account_id AND p.idempotency_key = a.key
  ) k ON true
)
"""
_ADMIT: LiteralString = (
    _JUDGE
    + """
, ranked AS MATERIALIZED (
  SELECT j.*, j.verdict = 'ok'
    AND row_number() OVER (PARTITION BY j.slot_id, j.verdict = 'ok' ORDER BY j.ord) <= j.free AS admitted
  FROM judged j
),
taken AS (
  UPDATE booking.slot s SET booked = s.booked + n.places
  FROM (SELECT slot_id, count(*) AS places FROM ranked WHERE admitted GROUP BY slot_id) n WHERE s.id = n.slot_id
),
made AS (
  INSERT INTO booking.appointment
    (id, account_id, idempotency_key, channel, patient_id, slot_id, schedule_id, date, starts_at, ends_at, clinic_kind,
     department_code, doctor_code, state, placement, visit_kind, reason_sealed, mdt_application_id, held_until,
     created_at)
  SELECT id, account_id, key, channel, patient_id, slot_id, schedule_id, date, starts_at, ends_at, clinic_kind,
     department_code, doctor_code, 'held', 'none', visit_kind, reason_sealed, mdt_application_id,
     at + make_interval(mins => %(hold)s::int), at
  FROM ranked WHERE admitted
),
stepped AS (
  INSERT INTO booking.step (subject, axis, source, target, who, why, at)
  SELECT id, 'state', '', 'held', 'account:' || account_id, 'admitted', at FROM ranked WHERE admitted
)
SELECT ord, CASE WHEN admitted THEN 'held' WHEN verdict = 'ok' THEN 'full' ELSE verdict END, mine,
  CASE WHEN ord = min(ord) OVER () THEN at END, releases_at, again_after, cancels::int, last_cancel, no_shows::int,
  last_no_show, reserved_until
FROM ranked ORDER BY ord
"""
)
_FORESEE: LiteralString = (
    _JUDGE
    + """
SELECT verdict, mine, at, releases_at, again_after, cancels::int, last_cancel, no_shows::int, last_no_show,
  reserved_until
FROM judged
"""
)
_HOLDERS: LiteralString = """
SELECT account_id, idempotency_key FROM booking.appointment WHERE slot_id = %s AND holds_place
"""
_BY_KEY: LiteralString = """
SELECT id FROM booking.appointment WHERE account_id = %s AND idempotency_key = %s
"""
STATEMENTS = (_LOCK, _ADMIT, _FORESEE, _HOLDERS, _BY_KEY)


async def admit(tx: Tx, columns: dict[str, Any], gates: str, limits: dict[str, Any]) -> dict[int, Judged]:
    """Judge a batch and take the places; request number (from 1) → verdict. Unknown slots are missing.

    `columns`: one array for each column of the batch. `gates`: sorted advisory-lock keys, an array literal.
    """
    params = {**columns, **limits}
    # A cursor for each statement: one cursor in a pipeline sometimes answers with an earlier statement's result.
    async with tx.connection.cursor(row_factory=tuple_row) as cursor:
        await tx.connection.execute(_LOCK, {"gates": gates, "slots": columns["slots"]})
        await cursor.execute(_ADMIT, params)
        rows = await cursor.fetchall()
    if not rows:
        return {}
    at = local(rows[0][3])
    return {number: Judged(verdict, mine, at, *more) for number, verdict, mine, _, *more in rows}


async def foresee(tx: Tx, accounts: list[UUID], patient: UUID, slot: UUID, limits: dict[str, Any]) -> Judged:
    """What admission would say now (`ok` or a refusal) to the first of a person's `accounts`; nothing is taken.

    Raises `Absent` for no such slot.
    """
    columns = dict.fromkeys(("channels", "kinds", "reasons", "applications"), "{NULL}")
    columns |= {"ids": f"{{{new_id()}}}", "keys": f"{{{new_id()}}}", "accounts": f"{{{accounts[0]}}}"}
    columns |= {"patients": f"{{{patient}}}", "slots": f"{{{slot}}}"}
    columns |= {"people": '{"{' + ",".join(map(str, accounts)) + '}"}'}
    return await tx.must(Judged, _FORESEE, {**columns, **limits})


async def by_key(tx: Tx, account: UUID, key: UUID) -> UUID | None:
    """The appointment that an idempotency key of this account made."""
    found: UUID | None = await tx.value(_BY_KEY, (account, key))
    return found


async def holders(tx: Tx, slot: UUID) -> frozenset[tuple[UUID, UUID]]:
    """(account, idempotency key) of everybody who has a place of a slot."""
    async with tx.connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(_HOLDERS, (slot,))
        return frozenset((row[0], row[1]) for row in await cursor.fetchall())
