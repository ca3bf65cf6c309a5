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
PHONE_TRUST_DAYS = Knob(
    "accounts.phone_trust_days",
    int,
    365,
    "多少天内核验过的手机号可用于合并账户",
    "Days for which a verified number may join accounts (numbers are given to new owners)",
    "docs/rules.md, protection",
    30,
    1095,
)
JOINING_MINUTES = Knob(
    "accounts.joining_minutes",
    int,
    15,
    "合并账户须在多少分钟内完成",
    "Minutes in which a joining must be finished",
    "docs/rules.md, protection",
    5,
    60,
)
JOININGS_PER_DAY = Knob(
    "accounts.joinings_per_day",
    int,
    5,
    "同一手机号、同一账户每天最多尝试合并次数",
    "Tries to join in a day, for a number and for an account",
    "docs/rules.md, protection",
    1,
    50,
)
JOINING_TRIES = Knob(
    "accounts.joining_tries",
    int,
    5,
    "每次合并最多填错证件号次数",
    "Wrong documents for one try to join",
    "docs/rules.md, protection",
    1,
    10,
)
CHANGES_PER_30_DAYS = Knob(
    "accounts.changes_per_30_days",
    int,
    3,
    "每个账户 30 天内最多合并、解除各几次",
    "Joinings, and detachments, of an account within 30 days",
    "docs/rules.md, protection",
    1,
    20,
)
NEW_HOURS = Knob(
    "accounts.new_hours",
    int,
    72,
    "新合并的入口多少小时内不能看报告、不能解除其他入口",
    "Hours in which a way in that was just joined sees no reports and cannot end the others",
    "docs/rules.md, protection: 72 h cooling",
    0,
    720,
)
KNOBS = (
    IDLE_MINUTES,
    SESSION_HOURS,
    ACCOUNTS_PER_PHONE,
    PHONE_TRUST_DAYS,
    JOINING_MINUTES,
    JOININGS_PER_DAY,
    JOINING_TRIES,
    CHANGES_PER_30_DAYS,
    NEW_HOURS,
)
