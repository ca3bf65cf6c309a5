"""What the parts of Alipay share: the world, its keys, its people and the switches of `/_control/alipay`."""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from jiuyi_sandbox.alipay import behaviours
from jiuyi_sandbox.alipay.keyring import Keyring
from jiuyi_sandbox.alipay.problems import wrong_parameter
from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.people import BY_KEY, PEOPLE
from jiuyi_sandbox.store import Row
from jiuyi_sandbox.world import World

MODES = ("any", "key", "certificate")
IDENTITIES = ("open_id", "user_id", "both")
MERCHANT = "岭南大学附属医院"

_YUAN = re.compile(r"^[0-9]{1,9}(\.[0-9]{1,2})?$")
_MOST_FEN = 100_000_000_00


def digits(count: int) -> str:
    """Random decimal digits, for Alipay's long numbers."""
    return f"{secrets.randbelow(10**count):0{count}d}"


def local(unix_seconds: float) -> str:
    """`yyyy-MM-dd HH:mm:ss` in hospital time, as Alipay prints moments."""
    return datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME).strftime("%Y-%m-%d %H:%M:%S")


def yuan(fen: int) -> str:
    """Two decimals."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(body: Mapping[str, Any], name: str, *, least: int = 1) -> int:
    """Fen of a yuan field of biz_content. Raises Failure ACQ.INVALID_PARAMETER."""
    text = str(body.get(name, "")) if not isinstance(body.get(name), bool) else ""
    if not _YUAN.match(text):
        raise wrong_parameter(f"{name} 应为最多两位小数的元")
    whole, _, rest = text.partition(".")
    found = int(whole) * 100 + int(f"{rest:0<2}")
    if not least <= found <= _MOST_FEN:
        raise wrong_parameter(f"{name} 超出范围")
    return found


def text_field(body: Mapping[str, Any], name: str, longest: int, *, needed: bool = True) -> str | None:
    """A text of biz_content; None where it is absent and may be. Raises Failure ACQ.INVALID_PARAMETER."""
    value = body.get(name)
    if (value is None or value == "") and not needed:
        return None
    if not isinstance(value, str) or not value or len(value) > longest:
        raise wrong_parameter(f"{name} 应为 1 到 {longest} 个字符")
    return value


@dataclass
class Switches:
    """Run-time switches. `next_*` apply to one trade or refund and are then forgotten."""

    mode: str = "any"
    identity: str = "open_id"
    escape_slashes: bool = True
    notify_speed: float = 1.0
    refund_seconds: float = 2.0
    payer_seconds: float = 5.0
    skew_seconds: float = 600.0
    retry_seconds: float = 2.0
    next_payment: str | None = None
    next_refund: str | None = None

    def change(self, data: dict[str, Any]) -> None:
        """Set what `data` names. Raises ValueError."""

        def at_least_nothing(value: Any) -> bool:
            return isinstance(value, int | float) and value >= 0

        allowed: dict[str, Any] = {
            "mode": lambda v: v in MODES,
            "identity": lambda v: v in IDENTITIES,
            "escape_slashes": lambda v: isinstance(v, bool),
            "notify_speed": lambda v: isinstance(v, int | float) and v > 0,
            "refund_seconds": at_least_nothing,
            "payer_seconds": at_least_nothing,
            "skew_seconds": at_least_nothing,
            "retry_seconds": at_least_nothing,
            "next_payment": lambda v: v is None or v in behaviours.PAYMENT_NAMES,
            "next_refund": lambda v: v is None or v in behaviours.REFUND_NAMES,
        }
        for name, value in data.items():
            if name not in allowed or not allowed[name](value):
                raise ValueError(f"{name} cannot be {value!r}")
        for name, value in data.items():
            setattr(self, name, value)

    def take_payment(self, total: int) -> str:
        """The behaviour of the trade being made."""
        chosen, self.next_payment = self.next_payment, None
        return chosen or behaviours.payment_behaviour(total)

    def take_refund(self, amount: int) -> str:
        """The behaviour of the refund being asked for."""
        chosen, self.next_refund = self.next_refund, None
        return chosen or behaviours.refund_behaviour(amount)


class AlipayWorld:
    """One per process; handed to every part."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.keys = Keyring(world.keys)
        self.switches = Switches()

    def now(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return self.world.clock.time()

    def user_id_of(self, person: str) -> str:
        """The 2088 number of a sample person: stable over restarts and resets."""
        digest = hashlib.sha256(f"{self.keys.seller_id}:{person}".encode()).digest()
        return f"2088{int.from_bytes(digest[:8], 'big') % 10**12:012d}"

    def open_id_of(self, app_id: str, user_id: str) -> str:
        """A person's id under one application; another application sees another one."""
        digest = hashlib.sha256(f"{app_id}:{user_id}".encode()).digest()
        return "0" + base64.urlsafe_b64encode(digest).decode().rstrip("=")[:43]

    def meet_everyone(self) -> None:
        """Make the rows of the sample people; all but the newcomer on p6 follow the Life Account already."""
        for person in PEOPLE:
            self.world.store.execute(
                "INSERT INTO ali_person (user_id, person, following) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (self.user_id_of(person.key), person.key, person.key != "p6"),
            )

    def person(self, user_id: str | None) -> Row | None:
        """The person behind a 2088 number, or None."""
        return self.world.store.one("SELECT * FROM ali_person WHERE user_id = ?", (user_id,))

    def by_open_id(self, app_id: str, open_id: str) -> Row | None:
        """The person behind an open id of one application, or None."""
        rows = self.world.store.all("SELECT * FROM ali_person")
        return next((row for row in rows if self.open_id_of(app_id, row["user_id"]) == open_id), None)

    def identity(self, app_id: str, user_id: str, prefix: str = "") -> dict[str, str]:
        """The fields by which an answer names a person: open id, 2088 number, or both, as the switch says."""
        shown = self.switches.identity
        found = {f"{prefix}open_id": self.open_id_of(app_id, user_id)} if shown != "user_id" else {}
        if shown != "open_id":
            found[f"{prefix}user_id"] = user_id
        return found

    def logon_id(self, user_id: str) -> str:
        """The masked account name of a buyer."""
        row = self.person(user_id)
        mobile = BY_KEY[row["person"]].mobile if row else "13800000000"
        return f"{mobile[:3]}****{mobile[-4:]}"

    def registered(self, url: str) -> bool:
        """Whether a URL lies in the application's callback domains: the product's host and the phones' origins."""
        try:
            found, product = urlsplit(url), urlsplit(self.world.config.product_url)
        except ValueError:
            return False
        host = found.hostname or ""
        local_host = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
        return found.scheme in ("http", "https") and (local_host or host == product.hostname)
