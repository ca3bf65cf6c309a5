"""Run-time settings of accounts."""

from jiuyi.kit.knobs import Knob

IDLE_MINUTES = Knob(
    "accounts.idle_minutes",
    int,
    30,
    "多久不操作后重新登录（分钟）",
    "Idle time before signing in again",
    "docs/rules.md, protection",
    5,
    240,
)
SESSION_HOURS = Knob(
    "accounts.session_hours",
    int,
    72,
    "登录最长有效时间（小时）",
    "Longest life of a session (hours)",
    "docs/rules.md, protection",
    1,
    720,
)
ACCOUNTS_PER_PHONE = Knob(
    "accounts.per_phone",
    int,
    3,
    "一个手机号最多关联账号数",
    "Accounts per phone number",
    "docs/rules.md, booking",
    1,
    10,
)
KNOBS = (IDLE_MINUTES, SESSION_HOURS, ACCOUNTS_PER_PHONE)
