"""Run-time settings of staff."""

from jiuyi.kit.knobs import Knob

SHIFT_HOURS = Knob(
    "staff.shift_hours",
    int,
    14,
    "窗口一班最长多少小时，超过须重新登录",
    "Longest shift at a desk (hours); after that somebody signs in again",
    "docs/contracts/desk.md",
    1,
    24,
)
KEY_GRACE_MINUTES = Knob(
    "staff.key_grace_minutes",
    int,
    60,
    "更换设备密钥后旧密钥还能用多少分钟",
    "How long a device's old key still works after a new one was issued (minutes)",
    "docs/contracts/desk.md",
    0,
    1440,
)
PIN_TRIES = Knob(
    "staff.pin_tries",
    int,
    5,
    "PIN 连续输错几次后锁定工号",
    "Wrong PINs after which a staff number is locked",
    "docs/contracts/desk.md",
    3,
    10,
)
PIN_LOCK_MINUTES = Knob(
    "staff.pin_lock_minutes",
    int,
    15,
    "PIN 输错后锁定多少分钟",
    "How long a staff number is locked after wrong PINs (minutes)",
    "docs/contracts/desk.md",
    5,
    1440,
)
PIN_TRIES_DEVICE = Knob(
    "staff.pin_tries_device",
    int,
    20,
    "一台设备在锁定时长内最多输错几次 PIN",
    "Wrong PINs at one device within the time of a lock",
    "docs/contracts/desk.md",
    5,
    200,
)
KNOBS = (SHIFT_HOURS, KEY_GRACE_MINUTES, PIN_TRIES, PIN_LOCK_MINUTES, PIN_TRIES_DEVICE)
