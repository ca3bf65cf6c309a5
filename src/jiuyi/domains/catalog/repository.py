"""Every SQL of the catalog. The mirror is written set-based from one JSON document for each table."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec

from jiuyi.domains.catalog.types import Availability, Campus, Department, Doctor, MdtTeam
from jiuyi.kit.db import Tx

_CAMPUSES = """
SELECT id, code, name, name_en, address, address_en, phone, latitude, longitude, active
FROM catalog.campus ORDER BY code
"""
_DEPARTMENTS = """
SELECT id, code, parent_code, name, name_en, pinyin, syllables, campus_codes, state, state_reason, state_reason_en,
       place, place_en, intro, intro_en, hint, hint_en, sex, age_min_years, age_max_years, sort, active
FROM catalog.department ORDER BY sort, code
"""
_DOCTORS = """
SELECT id, code, name, name_en, pinyin, syllables, title, academic_title, sex, department_code, campus_codes,
       speciality, speciality_en, intro, intro_en, portrait, active
FROM catalog.doctor ORDER BY code
"""
_MDT_TEAMS = """
SELECT id, code, name, name_en, disease, disease_en, intro, intro_en, campus_code, department_codes, doctor_codes,
       fee_fen, documents, active
FROM catalog.mdt_team ORDER BY code
"""
_AVAILABILITY = """
SELECT kind, subject, next_date, waitlist, clinic_kinds, fee_from_fen FROM catalog.availability
"""

# Each upsert touches only rows that really changed, so that an unchanged listing costs no writes and no NOTIFY.
_PUT_CAMPUSES = """
INSERT INTO catalog.campus AS t
      (id, code, name, name_en, address, address_en, phone, latitude, longitude, active, changed_at)
SELECT id, code, name, name_en, address, address_en, phone, latitude, longitude, true, app_now()
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id uuid, code text, name text, name_en text, address text,
     address_en text, phone text, latitude double precision, longitude double precision)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, address = excluded.address,
  address_en = excluded.address_en, phone = excluded.phone, latitude = excluded.latitude,
  longitude = excluded.longitude, active = true, changed_at = excluded.changed_at
WHERE (t.name, t.name_en, t.address, t.address_en, t.phone, t.latitude, t.longitude, t.active)
  IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.address, excluded.address_en, excluded.phone,
                    excluded.latitude, excluded.longitude, true)
"""
_PUT_DEPARTMENTS = """
INSERT INTO catalog.department AS t
      (id, code, parent_code, name, name_en, pinyin, syllables, campus_codes, state, state_reason, state_reason_en,
       place, place_en, intro, intro_en, hint, hint_en, sex, age_min_years, age_max_years, sort, active, changed_at)
SELECT id, code, parent_code, name, name_en, pinyin, syllables, campus_codes, state, state_reason, state_reason_en,
       place, place_en, intro, intro_en, hint, hint_en, sex, age_min_years, age_max_years, sort, true, app_now()
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id uuid, code text, parent_code text, name text, name_en text,
     pinyin text, syllables text[], campus_codes text[], state text, state_reason text, state_reason_en text,
     place text, place_en text, intro text, intro_en text, hint text, hint_en text, sex text, age_min_years int,
     age_max_years int, sort int)
ON CONFLICT (code) DO UPDATE SET parent_code = excluded.parent_code, name = excluded.name, name_en = excluded.name_en,
  pinyin = excluded.pinyin, syllables = excluded.syllables, campus_codes = excluded.campus_codes,
  state = excluded.state, state_reason = excluded.state_reason, state_reason_en = excluded.state_reason_en,
  place = excluded.place, place_en = excluded.place_en, intro = excluded.intro, intro_en = excluded.intro_en,
  hint = excluded.hint, hint_en = excluded.hint_en, sex = excluded.sex, age_min_years = excluded.age_min_years,
  age_max_years = excluded.age_max_years, sort = excluded.sort, active = true, changed_at = excluded.changed_at
WHERE (t.parent_code, t.name, t.name_en, t.pinyin, t.syllables, t.campus_codes, t.state, t.state_reason,
       t.state_reason_en, t.place, t.place_en, t.intro, t.intro_en, t.hint, t.hint_en, t.sex, t.age_min_years,
       t.age_max_years, t.sort, t.active)
  IS DISTINCT FROM (excluded.parent_code, excluded.name, excluded.name_en, excluded.pinyin, excluded.syllables,
       excluded.campus_codes, excluded.state, excluded.state_reason, excluded.state_reason_en, excluded.place,
       excluded.place_en, excluded.intro, excluded.intro_en, excluded.hint, excluded.hint_en, excluded.sex,
       excluded.age_min_years, excluded.age_max_years, excluded.sort, true)
"""
_PUT_DOCTORS = """
INSERT INTO catalog.doctor AS t
      (id, code, name, name_en, pinyin, syllables, title, academic_title, sex, department_code, campus_codes,
       speciality, speciality_en, intro, intro_en, portrait, active, changed_at)
SELECT id, code, name, name_en, pinyin, syllables, title, academic_title, sex, department_code, campus_codes,
       speciality, speciality_en, intro, intro_en, portrait, true, app_now()
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id uuid, code text, name text, name_en text, pinyin text,
     syllables text[], title text, academic_title text, sex text, department_code text, campus_codes text[],
     speciality text, speciality_en text, intro text, intro_en text, portrait text)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, pinyin = excluded.pinyin,
  syllables = excluded.syllables, title = excluded.title, academic_title = excluded.academic_title,
  sex = excluded.sex, department_code = excluded.department_code, campus_codes = excluded.campus_codes,
  speciality = excluded.speciality, speciality_en = excluded.speciality_en, intro = excluded.intro,
  intro_en = excluded.intro_en, portrait = excluded.portrait, active = true, changed_at = excluded.changed_at
WHERE (t.name, t.name_en, t.pinyin, t.syllables, t.title, t.academic_title, t.sex, t.department_code, t.campus_codes,
       t.speciality, t.speciality_en, t.intro, t.intro_en, t.portrait, t.active)
  IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.pinyin, excluded.syllables, excluded.title,
       excluded.academic_title, excluded.sex, excluded.department_code, excluded.campus_codes, excluded.speciality,
       excluded.speciality_en, excluded.intro, excluded.intro_en, excluded.portrait, true)
"""
_PUT_MDT_TEAMS = """
INSERT INTO catalog.mdt_team AS t
      (id, code, name, name_en, disease, disease_en, intro, intro_en, campus_code, department_codes, doctor_codes,
       fee_fen, documents, active, changed_at)
SELECT id, code, name, name_en, disease, disease_en, intro, intro_en, campus_code, department_codes, doctor_codes,
       fee_fen, documents, true, app_now()
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (id uuid, code text, name text, name_en text, disease text,
     disease_en text, intro text, intro_en text, campus_code text, department_codes text[], doctor_codes text[],
     fee_fen int, documents jsonb)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, disease = excluded.disease,
  disease_en = excluded.disease_en, intro = excluded.intro, intro_en = excluded.intro_en,
  campus_code = excluded.campus_code, department_codes = excluded.department_codes,
  doctor_codes = excluded.doctor_codes, fee_fen = excluded.fee_fen, documents = excluded.documents, active = true,
  changed_at = excluded.changed_at
WHERE (t.name, t.name_en, t.disease, t.disease_en, t.intro, t.intro_en, t.campus_code, t.department_codes,
       t.doctor_codes, t.fee_fen, t.documents, t.active)
  IS DISTINCT FROM (excluded.name, excluded.name_en, excluded.disease, excluded.disease_en, excluded.intro,
       excluded.intro_en, excluded.campus_code, excluded.department_codes, excluded.doctor_codes, excluded.fee_fen,
       excluded.documents, true)
"""
_RETIRE_CAMPUSES = """
UPDATE catalog.campus SET active = false, changed_at = app_now() WHERE active AND code <> ALL(%(codes)s::text[])
"""
_RETIRE_DEPARTMENTS = """
UPDATE catalog.department SET active = false, changed_at = app_now() WHERE active AND code <> ALL(%(codes)s::text[])
"""
_RETIRE_DOCTORS = """
UPDATE catalog.doctor SET active = false, changed_at = app_now() WHERE active AND code <> ALL(%(codes)s::text[])
"""
_RETIRE_MDT_TEAMS = """
UPDATE catalog.mdt_team SET active = false, changed_at = app_now() WHERE active AND code <> ALL(%(codes)s::text[])
"""
_ACTIVE_CODES = """
SELECT 'department' AS kind, code FROM catalog.department WHERE active
UNION ALL SELECT 'doctor', code FROM catalog.doctor WHERE active
"""
_REVISION = """
SELECT tree, availability, his_version, refreshed_at FROM catalog.revision
"""
# Two refreshes at once take turns on this one row.
_LOCK = "SELECT tree FROM catalog.revision FOR UPDATE"
_REFRESHED = """
UPDATE catalog.revision SET his_version = %(version)s, refreshed_at = app_now(), tree = tree + %(changed)s::int
"""
_DUE = """
SELECT refreshed_at IS NULL OR refreshed_at <= app_now() - make_interval(mins => %(minutes)s) FROM catalog.revision
"""
_SET_AVAILABILITY = """
INSERT INTO catalog.availability AS t (subject, kind, next_date, waitlist, clinic_kinds, fee_from_fen, changed_at)
SELECT subject, kind, next_date, waitlist, clinic_kinds, fee_from_fen, app_now()
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r (subject uuid, kind text, next_date date, waitlist boolean,
     clinic_kinds text[], fee_from_fen int)
ON CONFLICT (subject) DO UPDATE SET next_date = excluded.next_date, waitlist = excluded.waitlist,
  clinic_kinds = excluded.clinic_kinds, fee_from_fen = excluded.fee_from_fen, changed_at = excluded.changed_at
WHERE (t.next_date, t.waitlist, t.clinic_kinds, t.fee_from_fen)
  IS DISTINCT FROM (excluded.next_date, excluded.waitlist, excluded.clinic_kinds, excluded.fee_from_fen)
"""
_AVAILABILITY_CHANGED = "UPDATE catalog.revision SET availability = availability + 1"
_FAVOURITES = """
SELECT doctor_id FROM catalog.favourite WHERE account_id = ANY(%s)
GROUP BY doctor_id ORDER BY max(created_at) DESC, doctor_id
"""
# The account's favourites are counted and written in one statement; two phones at once may pass the cap by one.
_FOLLOW = """
INSERT INTO catalog.favourite (account_id, doctor_id, created_at)
SELECT %(account_id)s, %(doctor_id)s, app_now()
WHERE (SELECT count(*) FROM catalog.favourite WHERE account_id = %(account_id)s AND doctor_id <> %(doctor_id)s)
      < %(most)s
ON CONFLICT (account_id, doctor_id) DO NOTHING
"""
_FOLLOWS = "SELECT EXISTS (SELECT FROM catalog.favourite WHERE account_id = %s AND doctor_id = %s)"
_UNFOLLOW = "DELETE FROM catalog.favourite WHERE account_id = ANY(%s) AND doctor_id = %s"

STATEMENTS = (
    _CAMPUSES,
    _DEPARTMENTS,
    _DOCTORS,
    _MDT_TEAMS,
    _AVAILABILITY,
    _PUT_CAMPUSES,
    _PUT_DEPARTMENTS,
    _PUT_DOCTORS,
    _PUT_MDT_TEAMS,
    _RETIRE_CAMPUSES,
    _RETIRE_DEPARTMENTS,
    _RETIRE_DOCTORS,
    _RETIRE_MDT_TEAMS,
    _ACTIVE_CODES,
    _REVISION,
    _LOCK,
    _REFRESHED,
    _DUE,
    _SET_AVAILABILITY,
    _AVAILABILITY_CHANGED,
    _FAVOURITES,
    _FOLLOW,
    _FOLLOWS,
    _UNFOLLOW,
)
_MIRRORS: dict[str, tuple[LiteralString, LiteralString]] = {
    "campus": (_PUT_CAMPUSES, _RETIRE_CAMPUSES),
    "department": (_PUT_DEPARTMENTS, _RETIRE_DEPARTMENTS),
    "doctor": (_PUT_DOCTORS, _RETIRE_DOCTORS),
    "mdt_team": (_PUT_MDT_TEAMS, _RETIRE_MDT_TEAMS),
}


class Revision(msgspec.Struct, frozen=True):
    """Counters that grow with each change, the HIS's version word, and when the HIS was last read."""

    tree: int
    availability: int
    his_version: str
    refreshed_at: datetime | None


class _Coded(msgspec.Struct):
    kind: str
    code: str


async def campuses(tx: Tx) -> list[Campus]:
    return await tx.all(Campus, _CAMPUSES)


async def departments(tx: Tx) -> list[Department]:
    return await tx.all(Department, _DEPARTMENTS)


async def doctors(tx: Tx) -> list[Doctor]:
    return await tx.all(Doctor, _DOCTORS)


async def mdt_teams(tx: Tx) -> list[MdtTeam]:
    return await tx.all(MdtTeam, _MDT_TEAMS)


async def availability(tx: Tx) -> list[Availability]:
    return await tx.all(Availability, _AVAILABILITY)


async def mirror(tx: Tx, table: str, rows: list[dict[str, Any]]) -> int:
    """Write `rows` (with fresh ids for new codes), make the others inactive; return how many rows changed."""
    put, retire = _MIRRORS[table]
    changed = await tx.run(put, {"rows": msgspec.json.encode(rows).decode()})
    return changed + await tx.run(retire, {"codes": [row["code"] for row in rows]})


async def active_codes(tx: Tx) -> dict[str, set[str]]:
    """The codes of active departments and doctors, by `department` and `doctor`."""
    found: dict[str, set[str]] = {"department": set(), "doctor": set()}
    for row in await tx.all(_Coded, _ACTIVE_CODES):
        found[row.kind].add(row.code)
    return found


async def revision(tx: Tx) -> Revision:
    return await tx.must(Revision, _REVISION)


async def lock(tx: Tx) -> None:
    await tx.value(_LOCK)


async def refreshed(tx: Tx, *, version: str, changed: bool) -> None:
    await tx.run(_REFRESHED, {"version": version, "changed": int(changed)})


async def due(tx: Tx, minutes: int) -> bool:
    """Whether the HIS was last read `minutes` or more ago, or never."""
    return bool(await tx.value(_DUE, {"minutes": minutes}))


async def set_availability(tx: Tx, rows: list[Availability]) -> int:
    """Write what changed; return how many rows that were."""
    changed = await tx.run(_SET_AVAILABILITY, {"rows": msgspec.json.encode(rows).decode()})
    if changed:
        await tx.run(_AVAILABILITY_CHANGED)
    return changed


async def favourites(tx: Tx, accounts: list[UUID]) -> list[UUID]:
    """Doctors the account follows, newest first."""
    return await tx.values(_FAVOURITES, (accounts,))


async def follow(tx: Tx, account_id: UUID, doctor_id: UUID, most: int) -> bool:
    """Follow; True when the account follows the doctor afterwards, False when `most` is reached."""
    params = {"account_id": account_id, "doctor_id": doctor_id, "most": most}
    if await tx.run(_FOLLOW, params):
        return True
    return bool(await tx.value(_FOLLOWS, (account_id, doctor_id)))


async def unfollow(tx: Tx, accounts: list[UUID], doctor_id: UUID) -> None:
    await tx.run(_UNFOLLOW, (accounts, doctor_id))
