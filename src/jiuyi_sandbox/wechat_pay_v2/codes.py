"""Payment codes on phones and faces at terminals: made for a minute, used once, and the magic ones."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from jiuyi_sandbox.wechat_pay_v2 import behaviours

if TYPE_CHECKING:
    from jiuyi_sandbox.wechat_pay.pay_world import PayWorld

CODE_SECONDS = 60
CODE, FACE = "code", "face"
_SHAPE = {CODE: re.compile(r"^1[0-5][0-9]{16}$"), FACE: re.compile(r"^FACE[0-9]{24}$")}
_MAGIC = re.compile(r"^(?:13990000000000|FACE99000000000000000000)([0-9]{2})0([1-8])$")


def new_code(pay: PayWorld, person: str, kind: str = CODE, behaviour: str = behaviours.NORMAL) -> str:
    """A fresh code of a person's phone, or of their face."""
    code = f"13{secrets.randbelow(10**16):016d}" if kind == CODE else f"FACE{secrets.randbelow(10**24):024d}"
    pay.world.store.execute(
        "INSERT INTO pay_code (code, kind, person, behaviour, created_at) VALUES (?, ?, ?, ?, ?)",
        (code, kind, person, behaviour, pay.now()),
    )
    return code


def magic_code(number: int, person: str, kind: str = CODE) -> str:
    """The code that does what `number` says (0: pays) for that person, any number of times."""
    mark = "13990000000000" if kind == CODE else "FACE99000000000000000000"
    return f"{mark}{number:02d}0{person.removeprefix('p')}"


def use(pay: PayWorld, code: str, kind: str) -> tuple[str, str]:
    """(person, behaviour) of a code, which is used up; ("", expired or invalid) when it cannot be."""
    if not _SHAPE[kind].match(code):
        return "", behaviours.INVALID
    magic = _MAGIC.match(code)
    if magic:
        return f"p{magic[2]}", behaviours.CODES.get(int(magic[1]), (behaviours.NORMAL, ""))[0]
    row = pay.world.store.one("SELECT * FROM pay_code WHERE code = ? AND kind = ?", (code, kind))
    if row is None:
        return "", behaviours.INVALID
    used = not pay.world.store.execute("UPDATE pay_code SET used = 1 WHERE code = ? AND used = 0", (code,))
    if used or row["created_at"] + CODE_SECONDS < pay.now():
        return "", behaviours.EXPIRED
    return row["person"], row["behaviour"]
