"""What the parts of the insurance centre share: keys, switches, persons, refusals."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from jiuyi_sandbox.hospital.samples import NEWCOMER, SAMPLES
from jiuyi_sandbox.insurance import behaviours, sm2
from jiuyi_sandbox.insurance.envelope import Suite
from jiuyi_sandbox.insurance.insured import INSURED, PLACES, Insured

if TYPE_CHECKING:
    from jiuyi_sandbox.store import Row
    from jiuyi_sandbox.world import World

ORG_CODE = "H44010100199"
ORG_NAME = "岭南大学附属医院"
VERSION = "2.0.1"
BASE_PATH = "/insurance"


class Refusal(Exception):
    """A request the centre understood and turns down: a number other than 0 and a Chinese sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Silence(Exception):
    """The request was carried out and the connection is cut."""


@dataclass
class Switches:
    """Run-time switches. `next_*` apply to one order or refund and are then forgotten."""

    callback_url: str | None = None
    auth_seconds: float = 300
    settle_seconds: float = 0.0
    notify_speed: float = 1.0
    timestamp_form: str = "yyyyMMddHHmmss"
    next_payment: str | None = None
    next_refund: str | None = None

    def change(self, data: dict[str, Any]) -> None:
        """Set what `data` names. Raises ValueError."""
        seconds = lambda v: isinstance(v, int | float) and v >= 0  # noqa: E731
        allowed: dict[str, Any] = {
            "callback_url": lambda v: v is None or isinstance(v, str),
            "auth_seconds": seconds,
            "settle_seconds": seconds,
            "notify_speed": lambda v: isinstance(v, int | float) and v > 0,
            "timestamp_form": lambda v: v in ("yyyyMMddHHmmss", "milliseconds"),
            "next_payment": lambda v: v is None or v in behaviours.PAYMENT_NAMES,
            "next_refund": lambda v: v is None or v in behaviours.REFUND_NAMES,
        }
        for name, value in data.items():
            if name not in allowed or not allowed[name](value):
                raise ValueError(f"{name} cannot be {value!r}")
        for name, value in data.items():
            setattr(self, name, value)

    def take_payment(self, total: int) -> str:
        """The behaviour of the order being made."""
        chosen, self.next_payment = self.next_payment, None
        return chosen or behaviours.payment_behaviour(total)

    def take_refund(self, total: int) -> str:
        """The behaviour of the refund being asked for."""
        chosen, self.next_refund = self.next_refund, None
        return chosen or behaviours.refund_behaviour(total)


class Centre:
    """One per world; made by `centre_of`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store = world.store
        self.switches = Switches()
        self.app_id = world.keys.get("insurance.app_id", lambda: secrets.token_hex(16).upper())
        self.app_secret = world.keys.get("insurance.app_secret", lambda: secrets.token_hex(16).upper())

    @cached_property
    def hospital_keys(self) -> sm2.KeyPair:
        """What the hospital signs with; the centre knows the public half."""
        return sm2.read_private(self.world.keys.get("insurance.private_key", sm2.new_private_text))

    @cached_property
    def platform_keys(self) -> sm2.KeyPair:
        """What the centre signs with."""
        return sm2.read_private(self.world.keys.get("insurance.platform_private_key", sm2.new_private_text))

    @cached_property
    def suite(self) -> Suite:
        """The centre's side of the envelope."""
        return Suite(self.app_id, self.app_secret, self.platform_keys, self.hospital_keys.public)

    @cached_property
    def forger(self) -> Suite:
        """What somebody without the centre's key would send."""
        return Suite(self.app_id, self.app_secret, sm2.read_private(sm2.new_private_text()), self.hospital_keys.public)

    @property
    def callback_url(self) -> str:
        """Where 6302 goes."""
        return self.switches.callback_url or f"{self.world.config.product_url}/callbacks/insurance"

    def now(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return self.world.clock.time()

    def timestamp(self) -> str:
        """The envelope's time in the form the switches ask for."""
        if self.switches.timestamp_form == "milliseconds":
            return str(int(self.now() * 1000))
        return f"{self.world.clock.now():%Y%m%d%H%M%S}"

    def person(self, psn_no: str) -> Row | None:
        """An insured person by number."""
        return self.store.one("SELECT * FROM ins_person WHERE psn_no = ?", (psn_no,))

    def person_by_document(self, number: str, name: str | None = None) -> Row | None:
        """An insured person by document number, and name where one is given."""
        row = self.store.one("SELECT * FROM ins_person WHERE document_number = ?", (number.upper(),))
        return row if row is None or name is None or row["name"] == name else None

    def seed(self) -> None:
        """Write the table of insured persons where it is not there yet."""
        if self.store.one("SELECT 1 FROM ins_person") is None:
            for one in INSURED:
                self.insure(one)

    def insure(self, one: Insured) -> None:
        """Insure one of the sample people."""
        sample = next((asdict(s) for s in SAMPLES if s.patient_id == one.patient_id), None)
        known = sample or {**NEWCOMER, "patient_id": "newcomer", "born": NEWCOMER["birth_date"]}
        self.store.execute(
            "INSERT OR REPLACE INTO ins_person VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                one.psn_no, one.patient_id, known["name"], known["document_type"], known["document_number"],
                known["sex"], known["born"], one.insutype, one.psn_type, one.place, one.state, one.paused_on,
                one.account_fen, one.policy, json.dumps([asdict(e) for e in one.entitlements], ensure_ascii=False),
                one.employer,
            ),
        )  # fmt: skip


_centres: WeakKeyDictionary[World, Centre] = WeakKeyDictionary()


def centre_of(world: World) -> Centre:
    """The one centre of a world."""
    if world not in _centres:
        _centres[world] = Centre(world)
    return _centres[world]


def place_name(code: str) -> tuple[str, str]:
    """Chinese and English name of an insured place; the code itself for one that nobody registered."""
    return PLACES.get(code, (code, code))


def yuan(fen: int) -> str:
    """`-12.30`: two decimals, always."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100}.{fen % 100:02d}"


def fen_of(value: Any, name: str) -> int:
    """Fen of a yuan amount given as text or number. Raises Refusal for more than two decimals or a negative one."""
    try:
        amount = Decimal(str(value)) * 100
    except InvalidOperation as wrong:
        raise Refusal(50001, f"{name} 不是金额") from wrong
    if not amount.is_finite() or amount != amount.to_integral_value() or amount < 0:
        raise Refusal(50001, f"{name} 应为不小于 0、最多两位小数的金额")
    return int(amount)
