"""A crowd: accounts with sessions and bound patients, written set-based, and the requests they send.

Everything a request needs is real (session, CSRF value, ticket under the server's own seal); only the confirm page's
round trip is skipped: its ticket is made here, with the key that the server has.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg

from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.booking.rules import tickets
from jiuyi.domains.booking.rules.tickets import Bound, Ticket
from jiuyi.kit.crypto import Vault
from jiuyi.kit.ids import new_id

_ACCOUNTS = """
INSERT INTO accounts.account (id, created_at) SELECT id, now() FROM unnest(%s::uuid[]) AS x (id)
"""
_IDENTITIES = """
INSERT INTO accounts.identity (id, account_id, channel, subject_sealed, subject_index, created_at)
SELECT x.identity, x.account, 'wechat_oa', %s, sha256(uuid_send(x.account)), now()
FROM unnest(%s::uuid[], %s::uuid[]) AS x (identity, account)
"""
_SESSIONS = """
INSERT INTO accounts.session (id, token_digest, account_id, identity_id, channel, carrier, csrf, device, created_at,
  last_seen_at, expires_at)
SELECT x.id, x.digest, x.account, x.identity, 'wechat_oa', 'cookie', 'bench', 'bench', app_now(), app_now(),
  app_now() + interval '1 day'
FROM unnest(%s::uuid[], %s::bytea[], %s::uuid[], %s::uuid[]) AS x (id, digest, account, identity)
"""
_PATIENTS = """
INSERT INTO patients.patient (id, his_patient_id, document_type, name_sealed, phone_sealed, card_sealed, sex,
  birth_date, deceased, created_at, refreshed_at)
SELECT x.id, x.his, 'mainland_id', %s, %s, %s, 'unknown', '1990-01-01', false, now(), now()
FROM unnest(%s::uuid[], %s::text[]) AS x (id, his)
"""
_BINDINGS = """
INSERT INTO patients.binding (id, patient_id, account_id, channel, relation, way, is_default, confirmed_at,
  reports_open_at, bound_at)
SELECT x.id, x.patient, x.account, 'wechat_oa', 'self', 'sms_on_file', true, now(), now(), now()
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[]) AS x (id, patient, account)
"""


@dataclass(frozen=True)
class Somebody:
    """One person of the crowd."""

    token: str
    principal: Principal
    patient_id: UUID


def gather(dsn: str, vault: Vault, size: int, first: int = 0) -> list[Somebody]:
    """Write `size` people; those with numbers below 5,000 have the files `P0000001`… of the sandbox."""
    people = []
    for number in range(first, first + size):
        account, identity, session = new_id(), new_id(), new_id()
        token = hashlib.sha256(f"bench {number} {account}".encode()).hexdigest()
        people.append(Somebody(token, Principal(account, identity, session, Channel.WECHAT_OA, "bench"), new_id()))
    accounts = [one.principal.account_id for one in people]
    identities = [one.principal.identity_id for one in people]
    patients = [one.patient_id for one in people]
    digests = [hashlib.sha256(one.token.encode()).digest() for one in people]
    files = [f"P{number + 1:07d}" if number < 5000 else f"BENCH{number:08d}" for number in range(first, first + size)]
    sealed = [vault.seal("陈建华", f"patients.patient.{field}") for field in ("name", "phone", "card")]
    with psycopg.connect(dsn) as connection:
        connection.execute(_ACCOUNTS, (accounts,))
        connection.execute(_IDENTITIES, (vault.seal("bench", "accounts.identity.subject"), identities, accounts))
        sessions = [one.principal.session_id for one in people]
        connection.execute(_SESSIONS, (sessions, digests, accounts, identities))
        connection.execute(_PATIENTS, (*sealed, patients, files))
        connection.execute(_BINDINGS, ([new_id() for _ in people], patients, accounts))
    return people


def wanting(people: Sequence[Somebody], slots: Sequence[UUID], secret: bytes, host: str) -> Iterator[bytes]:
    """Their requests for places, one each, over `slots` in turn."""
    expires = int(time.time()) + 1800
    for number, one in enumerate(people):
        slot, by = slots[number % len(slots)], one.principal
        bound = Bound(by.account_id, by.session_id, one.patient_id, slot)
        ticket = tickets.issue(secret, bound, Ticket(new_id(), expires, "陈*华", "*********8067"))
        body = (
            f'{{"slot_id":"{slot}","patient_id":"{one.patient_id}","ticket":"{ticket}",'
            '"agreements":["booking_rules@1"],"visit_kind":"first"}'
        ).encode()
        yield _request("POST", "/api/appointments", one, host, body)


def looking(people: Sequence[Somebody], host: str) -> Iterator[bytes]:
    """Each looks at a page first, as they do before a release: their sessions are known to the server then."""
    for one in people:
        yield _request("GET", "/api/sessions", one, host, b"")


def _request(method: str, path: str, one: Somebody, host: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nCookie: jiuyi_session={one.token}\r\nX-CSRF-Token: bench\r\n"
        f"Idempotency-Key: {new_id()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Accept: application/json\r\nAccept-Language: zh-CN,zh;q=0.9\r\n"
        "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0.49\r\n\r\n"
    )
    return head.encode() + body
