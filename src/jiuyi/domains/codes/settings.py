"""Run-time settings of one-time codes."""

from jiuyi.kit.knobs import Knob

LIFE_MINUTES = Knob(
    "codes.life_minutes",
    int,
    5,
    "验证码有效时间（分钟）",
    "Life of a code (minutes)",
    "docs/rules.md, protection",
    1,
    10,
)
TRIES = Knob("codes.tries", int, 5, "验证码最多输错次数", "Wrong tries per code", "docs/rules.md, protection", 1, 10)
GAP_SECONDS = Knob(
    "codes.gap_seconds",
    int,
    60,
    "两次发送间隔（秒）",
    "Seconds between two codes to a number",
    "docs/rules.md, protection",
    30,
    600,
)
PER_HOUR = Knob(
    "codes.per_hour", int, 5, "同一号码每小时条数", "Codes per number and hour", "docs/rules.md, protection", 1, 50
)
PER_DAY = Knob(
    "codes.per_day", int, 10, "同一号码每天条数", "Codes per number and day", "docs/rules.md, protection", 1, 100
)
PER_IP_DAY = Knob(
    "codes.per_ip_day",
    int,
    200,
    "同一网络每天条数",
    "Codes per address and day",
    "docs/rules.md, protection",
    5,
    100000,
)
PER_ACCOUNT_DAY = Knob(
    "codes.per_account_day",
    int,
    20,
    "同一账号每天条数",
    "Codes per account and day",
    "docs/rules.md, protection",
    1,
    200,
)
KNOBS = (LIFE_MINUTES, TRIES, GAP_SECONDS, PER_HOUR, PER_DAY, PER_IP_DAY, PER_ACCOUNT_DAY)
