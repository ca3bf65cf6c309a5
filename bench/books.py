"""The books: how many channel notices a web process takes in, and how fast a day is compared in how much memory.

Notices are real ones: signed by a key that stands for WeChat Pay's, sealed with the APIv3 key, sent to the callback
route of one web process; each is verified, stored and acknowledged, then the worker books them. A day is seeded with
differences and compared by a process of its own, whose peak of memory is its own too.
"""

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rich.console import Console

from bench import bill_files, loader
from bench.place import Place, prepared, program, web_process
from bench.processes import rss_megabytes
from bench.results import Result, at_least, at_most, note
from jiuyi.domains.reconciliation.types import Fault
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi_sandbox.wechat_pay import signing
from tests.support.seeded_day import CHANNELS, PLANTED, SeededDay
from tests.support.seeded_legs import CENTRE, PLANTED_LEGS, SeededLegs

NOTICES, CONNECTIONS = 8000, 64
NOTICES_LEAST, ROWS_LEAST, GROWTH_MOST = 500, 20_000, 12.0
SIZES = (10_000, 200_000)
FEN = 1500
_say = Console(stderr=True).print
_KEY_ID = "PUB_KEY_ID_0000000000000000000000000000000001"

_SEED = """
WITH made AS (
    SELECT i, lpad(to_hex(i), 12, '0') AS hex, 'N' || lpad(i::text, 10, '0') AS no
    FROM generate_series(1, %(count)s) AS i
), ordered AS (
    INSERT INTO payments.orders (id, no, kind, subject_kind, subject_id, account_id, patient_id, total_fen, title_zh,
                                 title_en, created_at, expires_at)
    SELECT ('00000000-0000-7000-8000-' || hex)::uuid, no, 'registration', 'bench',
           ('00000000-0000-7000-8001-' || hex)::uuid, gen_random_uuid(), gen_random_uuid(), %(fen)s, '挂号费',
           'Registration', app_now(), app_now() + interval '1 day' FROM made
)
INSERT INTO payments.attempt (id, order_id, seq, idem_key, channel, method, account_channel, merchant_id, app_id,
                              out_trade_no, amount_fen, state, token, claimed_at, created_at, expires_at)
SELECT ('00000000-0000-7000-8002-' || hex)::uuid, ('00000000-0000-7000-8000-' || hex)::uuid, 1, 'bench', 'wechat',
       'wechat_jsapi', 'wechat_oa', %(merchant)s, %(app)s, no || '01', %(fen)s, 'prepared', 'token', app_now(),
       app_now(), app_now() + interval '1 hour' FROM made
"""
_YARDSTICK = """
CREATE UNLOGGED TABLE yardstick_line AS
SELECT CASE i %% 3 WHEN 0 THEN 'channel' WHEN 1 THEN 'ours' ELSE 'his' END AS source, 'wechat' AS channel,
       '42' || lpad((i / 3)::text, 20, '0') AS transaction_id, i %% 90000 + 1 AS amount_fen
FROM generate_series(0, %(rows)s - 1) AS i
"""
_YARDSTICK_COMPARE = """
SELECT count(*) FROM (SELECT 1 FROM yardstick_line GROUP BY channel, transaction_id
                      HAVING count(*) FILTER (WHERE source = 'his') <> 1) AS odd
"""


def measure(parts: frozenset[str]) -> list[Result]:
    """Run the parts that are asked for: `notices` about a minute, `books` two."""
    found: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="jiuyi-bench-") as name, prepared(Path(name)) as place:
        if "notices" in parts:
            found += _notices(place)
        if "books" in parts:
            found += _books(place)
    return found


# Notices -------------------------------------------------------------------------------------------------------------


def _notices(place: Place) -> list[Result]:
    _say(f"{NOTICES} signed notices")
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    keys = {"JIUYI_WECHAT_PAY_PUBLIC_KEY_ID": _KEY_ID, "JIUYI_WECHAT_PAY_PUBLIC_KEY_PEM": pem}
    place = replace(place, environment={**place.environment, **keys})
    facts = place.environment
    params = {
        "count": NOTICES,
        "fen": FEN,
        "merchant": facts["JIUYI_WECHAT_PAY_MCH_ID"],
        "app": facts["JIUYI_WECHAT_OA_APP_ID"],
    }
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute(_SEED, params)
        connection.execute("VACUUM ANALYZE payments.orders, payments.attempt")
    file, result = place.folder / "notices", place.folder / "notices.json"
    loader.write_requests(file, _requests(place, signing.Signer(_KEY_ID, key)))
    with contextlib.ExitStack() as stack:
        web = stack.enter_context(web_process(place))
        cpu = web.seconds()
        command = [sys.executable, "-m", "bench.loader", "--port", str(place.port), "--seconds", "60"]
        command += ["--connections", str(CONNECTIONS), "--requests", str(file), "--result", str(result)]
        subprocess.run(command, check=True)
        said = json.loads(result.read_text())
        share = (web.seconds() - cpu) / float(said["wall"])
        memory = rss_megabytes(web.pid)
    if said["statuses"] != {"204": NOTICES}:
        msg = f"not every notice was taken: {said['statuses']} {said['examples']}"
        raise RuntimeError(msg)
    booked = _book(place)
    return [
        at_least("notices taken by one web process", NOTICES / float(said["wall"]), "/s", NOTICES_LEAST),
        note("notices: p50", float(said["p50_ms"]), "ms"),
        note("notices: p99", float(said["p99_ms"]), "ms"),
        note("notices: web process's share of a processor", share, ""),
        note("notices: generator's share of a processor", float(said["cpu_share"]), ""),
        at_most("notices: web process memory", memory, "MB", 200),
        note("notices booked by one worker", booked, "/s"),
    ]


def _requests(place: Place, signer: signing.Signer) -> Iterator[bytes]:
    facts = place.environment
    now = datetime.now(HOSPITAL_ZONE)  # noqa: TID251 - the channel's own clock
    for index in range(1, NOTICES + 1):
        plain = {
            "mchid": facts["JIUYI_WECHAT_PAY_MCH_ID"],
            "appid": facts["JIUYI_WECHAT_OA_APP_ID"],
            "out_trade_no": f"N{index:010d}01",
            "transaction_id": f"42{index:026d}",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "success_time": now.isoformat(timespec="seconds"),
            "amount": {"total": FEN, "payer_total": FEN, "currency": "CNY", "payer_currency": "CNY"},
        }
        sealed = signing.seal_resource(
            signing.compact(plain), api_v3_key=facts["JIUYI_WECHAT_PAY_API_V3_KEY"], associated_data="transaction"
        )
        body = signing.compact(
            {
                "id": f"EV-{index:020d}",
                "create_time": now.isoformat(timespec="seconds"),
                "resource_type": "encrypt-resource",
                "event_type": "TRANSACTION.SUCCESS",
                "summary": "支付成功",
                "resource": {"original_type": "transaction", **sealed},
            }
        )
        headers = {
            "Host": f"localhost:{place.port}",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **signer.headers(body, timestamp=int(now.timestamp())),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield f"POST /callbacks/wechat_pay HTTP/1.1\r\n{head}\r\n".encode() + body


def _book(place: Place) -> float:
    """The worker books what was taken in for a while: payments a second; the ledger must balance."""
    with program(place, "worker"), psycopg.connect(place.dsn, autocommit=True) as connection:
        began, first = time.monotonic(), -1.0
        count = 0
        while time.monotonic() - began < 40 and count < NOTICES:
            time.sleep(0.5)
            row = connection.execute("SELECT count(*) FROM payments.posting WHERE kind = 'paid'").fetchone()
            count = int(row[0]) if row else 0
            if first < 0 and count > 0:
                first, at_first = time.monotonic(), count
        seconds = time.monotonic() - first
        balance = connection.execute("SELECT coalesce(sum(amount_fen), 0) FROM payments.entry").fetchone()
    if balance is None or balance[0] != 0 or count == 0:
        msg = f"the worker booked {count}, the ledger's balance is {balance}"
        raise RuntimeError(msg)
    return (count - at_first) / seconds


# Reconciliation ------------------------------------------------------------------------------------------------------


def _books(place: Place) -> list[Result]:
    found: list[Result] = []
    peaks: dict[int, float] = {}
    for size in SIZES:
        _say(f"a day of {size} payments is seeded")
        day = _yesterday(place.dsn) - timedelta(days=SIZES.index(size))
        faults = planted(size)
        with psycopg.connect(place.dsn, autocommit=True) as connection:
            told = SeededDay(day, size, faults)
            ours = told.seed(place.dsn) + insured(day, size).seed(place.dsn)
            connection.execute("VACUUM ANALYZE")
        _say("its bills are written and compared")
        folder = place.folder / f"bills-{size}"
        folder.mkdir()
        sha1 = bill_files.write(told, folder)
        with bill_files.served(folder) as url:
            said = _compared(place, day, size, url, sha1)
        if said["wrong"]:
            msg = f"differences were missed or made up: {said['wrong']}"
            raise RuntimeError(msg)
        rows, seconds = int(said["outside"]) + ours, float(said["seconds"])
        peaks[size] = float(said["peak_mb"])
        yardstick = _yardstick(place, rows)
        found += [
            at_least(f"reconciliation, {size} payments: rows", rows / seconds, "/s", ROWS_LEAST),
            note(f"reconciliation, {size} payments: rows of all sides", rows, "rows"),
            note(f"reconciliation, {size} payments: seconds", seconds, "s"),
            note(f"reconciliation, {size} payments: share of a processor", float(said["cpu"]) / seconds, ""),
            note(f"reconciliation, {size} payments: PostgreSQL alone, generating and grouping", yardstick, "rows/s"),
            note(f"reconciliation, {size} payments: differences found, none missed or made up", said["found"], ""),
            note(f"reconciliation, {size} payments: peak memory of the process", peaks[size], "MB"),
            note(f"reconciliation, {size} payments: of it before it began", float(said["before_mb"]), "MB"),
        ]
    growth = peaks[SIZES[1]] - peaks[SIZES[0]]
    return [*found, at_most("reconciliation: memory grown from the small day to the large", growth, "MB", GROWTH_MOST)]


def planted(size: int) -> dict[int, Fault]:
    """Each class five times, spread over the day. Only WeChat's bill names the merchant."""
    step = size // (5 * len(PLANTED) + 1)
    places = {step * (place + 1): fault for place, fault in enumerate(PLANTED * 5)}
    wechat = len(CHANNELS)
    return {at - at % wechat if fault is Fault.UNKNOWN_MERCHANT else at: fault for at, fault in places.items()}


def insured(day: date, size: int) -> SeededLegs:
    """Every tenth payment beside an insurance's, every fourth of those the HIS's own; each class five times."""
    legs = size // 10
    step = legs // (5 * len(PLANTED_LEGS) + 1)
    faults = {step * (place + 1): fault for place, fault in enumerate(PLANTED_LEGS * 5)}
    return SeededLegs(day, legs, faults, frozenset({CENTRE}))


def _yesterday(dsn: str) -> date:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT app_today() - 1").fetchone()
    if row is None:
        raise RuntimeError("the database does not know the day")
    found: date = row[0]
    return found


def _compared(place: Place, day: date, size: int, url: str, sha1: str) -> dict[str, float]:
    result = place.folder / f"compared-{size}.json"
    command = [sys.executable, "-m", "bench.compare_day", "--dsn", place.dsn, "--day", day.isoformat()]
    command += ["--url", url, "--sha1", sha1]
    subprocess.run([*command, "--size", str(size), "--result", str(result)], check=True)
    said: dict[str, float] = json.loads(result.read_text())
    return said


def _yardstick(place: Place, rows: int) -> float:
    """What the database alone needs to make as many rows and group them: nothing read, nothing copied in."""
    with psycopg.connect(place.yardstick_dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS yardstick_line")
        began = time.monotonic()
        connection.execute(_YARDSTICK, {"rows": rows})
        connection.execute(_YARDSTICK_COMPARE)
        return rows / (time.monotonic() - began)
