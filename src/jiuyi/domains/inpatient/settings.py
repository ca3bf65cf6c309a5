"""Run-time settings of inpatient deposits."""

from jiuyi.kit.knobs import Knob

_SOURCE = "docs/rules.md, inpatient: 100 at least, 20,000 a payment, 50,000 a day, whole yuan"
MIN_FEN = Knob("inpatient.deposit_min_fen", int, 100_00, "单笔预交金最少（分）", "Least deposit (fen)", _SOURCE, 100)
MAX_FEN = Knob(
    "inpatient.deposit_max_fen", int, 20_000_00, "单笔预交金最多（分）", "Most of one deposit (fen)", _SOURCE, 100
)
DAY_FEN = Knob(
    "inpatient.deposit_day_fen",
    int,
    50_000_00,
    "每位患者每天在线预交金最多（分）",
    "Most deposits for one stay in a day (fen)",
    _SOURCE,
    100,
)
CHOICES_FEN = Knob(
    "inpatient.deposit_choices_fen",
    list[int],
    [500_00, 1_000_00, 2_000_00],
    "预交金快捷金额（分）",
    "Sums offered for a deposit (fen)",
    "own choice",
)
PAY_MINUTES = Knob(
    "inpatient.pay_minutes",
    int,
    15,
    "预交金订单有效分钟数",
    "Minutes that a deposit's order may be paid",
    "own choice: the same as outpatient fees",
    5,
    120,
)
CONFIRM_PATIENCE_SECONDS = Knob(
    "inpatient.confirm_patience_seconds",
    int,
    1800,
    "已付款而医院系统不通时，多久后自动退款（秒）",
    "Seconds to keep entering a deposit in a HIS that cannot be reached, before the money goes back",
    "own choice: nobody waits at a window for it",
    30,
    86400,
)
LOOKUPS_PER_HOUR = Knob(
    "inpatient.lookups_per_hour",
    int,
    10,
    "每账号每小时查找他人住院次数",
    "How often an account may look for somebody else's stay in an hour",
    "own choice: numbers must not be tried out",
    1,
    100,
)
KNOBS = (MIN_FEN, MAX_FEN, DAY_FEN, CHOICES_FEN, PAY_MINUTES, CONFIRM_PATIENCE_SECONDS, LOOKUPS_PER_HOUR)
