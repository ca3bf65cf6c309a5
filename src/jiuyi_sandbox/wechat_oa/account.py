"""The official account itself: its keys, its switches and the people who know it."""

import base64
import hashlib
import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.people import BY_KEY, PEOPLE
from jiuyi_sandbox.store import Row
from jiuyi_sandbox.world import World

TOKEN_SECONDS = 7200
MODES = ("aes", "compat", "plain")


class Failure(Exception):
    """An answer other than success: HTTP 200 with `errcode` and `errmsg`."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg


@dataclass
class Switches:
    """Run-time switches of `/_control/wechat_oa`."""

    mode: str = "aes"
    force_40001: int = 0
    retry_seconds: float = 2.0
    template_status: str = "success"

    def change(self, data: dict[str, Any]) -> None:
        """Set what `data` names. Raises ValueError."""
        allowed: dict[str, Any] = {
            "mode": lambda v: v in MODES,
            "force_40001": lambda v: isinstance(v, int) and v >= 0,
            "retry_seconds": lambda v: isinstance(v, int | float) and v >= 0,
            "template_status": lambda v: v in ("success", "failed:user block", "failed: system failed"),
        }
        for name, value in data.items():
            if name not in allowed or not allowed[name](value):
                raise ValueError(f"{name} cannot be {value!r}")
        for name, value in data.items():
            setattr(self, name, value)


def _aes_key() -> str:
    """43 letters and digits, as WeChat gives them; the last one carries four bits only."""
    free = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(42))
    return free + secrets.choice("AEIMQUYcgkosw048")


class Account:
    """One per process; handed to every part."""

    def __init__(self, world: World) -> None:
        keys = world.keys
        self.world = world
        self.switches = Switches()
        self.app_id = keys.get("wechat_oa.app_id", lambda: "wx" + secrets.token_hex(8))
        self.app_secret = keys.get("wechat_oa.app_secret")
        self.token = keys.get("wechat_oa.token", lambda: secrets.token_hex(12))
        self.encoding_aes_key = keys.get("wechat_oa.encoding_aes_key", _aes_key)
        self.original_id = keys.get("wechat_oa.original_id", lambda: "gh_" + secrets.token_hex(6))

    def now(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return self.world.clock.time()

    def when(self, unix_seconds: float) -> str:
        """RFC 3339 in hospital time."""
        return datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME).isoformat(timespec="seconds")

    def openid_of(self, person: str) -> str:
        """The openid of a sample person under this account: stable over restarts and resets."""
        digest = hashlib.sha256(f"{self.app_id}:{person}".encode()).digest()
        return "oJ" + base64.urlsafe_b64encode(digest).decode()[:26]

    def meet_everyone(self) -> None:
        """Make the rows of the sample people; all but the newcomer on p6 follow the account already."""
        for person in PEOPLE:
            unionid = "oU" + hashlib.sha256(f"union:{person.key}".encode()).hexdigest()[:26]
            self.world.store.execute(
                "INSERT INTO oa_person VALUES (?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
                (self.openid_of(person.key), person.key, unionid, person.key != "p6"),
            )

    def person(self, openid: str) -> Row | None:
        """The person behind an openid, or None."""
        return self.world.store.one("SELECT * FROM oa_person WHERE openid = ?", (openid,))

    def nickname(self, row: Row) -> str:
        """What WeChat calls them."""
        return BY_KEY[row["person"]].nickname

    def check_app(self, app_id: str | None, secret: str | None) -> None:
        """Raises Failure 40013 or 40125."""
        if app_id != self.app_id:
            raise Failure(40013, "invalid appid")
        if not secret:
            raise Failure(41004, "appsecret missing")
        if not secrets.compare_digest(secret, self.app_secret):
            raise Failure(40125, "invalid appsecret")
