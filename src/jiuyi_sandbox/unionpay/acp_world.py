"""What the parts of UnionPay share: keys, switches, codes, the clock."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.unionpay import behaviours
from jiuyi_sandbox.unionpay.keyring import Keyring

if TYPE_CHECKING:
    from jiuyi_sandbox.world import World

CODE_SECONDS = 60
_SHAPE = re.compile(r"^62[0-9]{17}$")
_MAGIC = re.compile(r"^6299000000000000([0-9]{2})([1-8])$")


@dataclass
class Switches:
    """Run-time switches. `next_shown` is for the next code of ours that somebody scans."""

    notify_speed: float = 1.0
    refund_seconds: float = 2.0

    def change(self, data: dict[str, Any]) -> None:
        """Set what `data` names. Raises ValueError."""
        for name, value in data.items():
            if name not in self.__dict__ or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} cannot be {value!r}")
        for name, value in data.items():
            setattr(self, name, value)


class AcpWorld:
    """One per world; made by `world_of`."""

    def __init__(self, world: World) -> None:
        self.world, self.store = world, world.store
        self.keys = Keyring(world.keys)
        self.switches = Switches()

    def now(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return self.world.clock.time()

    def new_code(self, person: str, behaviour: str = behaviours.NORMAL) -> str:
        """A fresh code of somebody's bank app, good for a minute and once."""
        code = f"62{secrets.randbelow(10**17):017d}"
        self.store.execute(
            "INSERT INTO acp_code (code, person, behaviour, created_at) VALUES (?, ?, ?, ?)",
            (code, person, behaviour, self.now()),
        )
        return code

    def use_code(self, code: str) -> str | None:
        """The behaviour of a code, which is used up; None when it cannot be used."""
        magic = _MAGIC.match(code)
        if magic:
            return behaviours.CODES.get(int(magic[1]), (behaviours.NORMAL, ""))[0]
        row = self.store.one("SELECT * FROM acp_code WHERE code = ?", (code,))
        if not _SHAPE.match(code) or row is None or row["created_at"] + CODE_SECONDS < self.now():
            return None
        used = self.store.execute("UPDATE acp_code SET used = 1 WHERE code = ? AND used = 0", (code,))
        return str(row["behaviour"]) if used else None


def magic_code(number: int, person: str) -> str:
    """The code that does what `number` says (0: pays) for that person, any number of times."""
    return f"6299000000000000{number:02d}{person.removeprefix('p')}"


_worlds: WeakKeyDictionary[World, AcpWorld] = WeakKeyDictionary()


def world_of(world: World) -> AcpWorld:
    """The one `AcpWorld` of a world."""
    if world not in _worlds:
        _worlds[world] = AcpWorld(world)
    return _worlds[world]


def local(unix_seconds: float, form: str) -> str:
    """Hospital time in a form."""
    return f"{datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME):{form}}"


def unix(text: str) -> float:
    """Unix seconds of `yyyyMMddHHmmss`. Raises ValueError."""
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=HOSPITAL_TIME).timestamp()
