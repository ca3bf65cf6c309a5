"""What the parts of WeChat Pay share: the world, its keys and the switches of `/_control/wechat_pay`."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.wechat_pay import behaviours
from jiuyi_sandbox.wechat_pay.keyring import Keyring
from jiuyi_sandbox.wechat_pay.signing import Signer
from jiuyi_sandbox.world import World

MODES = ("public_key", "certificate", "both")


def rfc3339(unix_seconds: float) -> str:
    """Hospital time, to the second, as WeChat prints it."""
    return datetime.fromtimestamp(unix_seconds, HOSPITAL_TIME).isoformat(timespec="seconds")


def digits(count: int) -> str:
    """Random decimal digits, for WeChat's long numbers."""
    return f"{secrets.randbelow(10**count):0{count}d}"


@dataclass
class Switches:
    """Run-time switches. `next_*` apply to one order or refund and are then forgotten."""

    mode: str = "public_key"
    notify_speed: float = 1.0
    refund_seconds: float = 2.0
    next_payment: str | None = None
    next_refund: str | None = None

    def change(self, data: dict[str, Any]) -> None:
        """Set what `data` names. Raises ValueError."""
        allowed: dict[str, Any] = {
            "mode": lambda v: v in MODES,
            "notify_speed": lambda v: isinstance(v, int | float) and v > 0,
            "refund_seconds": lambda v: isinstance(v, int | float) and v >= 0,
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

    def take_refund(self, amount: int) -> str:
        """The behaviour of the refund being asked for."""
        chosen, self.next_refund = self.next_refund, None
        return chosen or behaviours.refund_behaviour(amount)


class PayWorld:
    """One per process; handed to every part."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.keys = Keyring(world.keys)
        self.switches = Switches()
        self._turn = 0

    @property
    def app_id(self) -> str:
        """The official account the merchant is bound to (made by whoever asks first)."""
        return app_id(self.world)

    @cached_property
    def base_path(self) -> str:
        """The mount that signatures do not cover."""
        return "/wechat-pay"

    def now(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return self.world.clock.time()

    def signer(self, asked_serial: str = "") -> Signer:
        """Who signs the next answer or notice: by the mode, and in `both` by the caller's `Wechatpay-Serial`."""
        mode = self.switches.mode
        if mode == "both":
            if asked_serial:
                return self.keys.by_public_key if asked_serial.startswith("PUB_KEY_ID_") else self.keys.by_certificate
            self._turn += 1
            return self.keys.by_public_key if self._turn % 2 else self.keys.by_certificate
        return self.keys.by_certificate if mode == "certificate" else self.keys.by_public_key


def app_id(world: World) -> str:
    """The sandbox's one official account."""
    return world.keys.get("wechat_oa.app_id", lambda: "wx" + secrets.token_hex(8))
