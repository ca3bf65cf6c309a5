"""Run-time settings of outpatient fees."""

from jiuyi.kit.knobs import Knob

PAY_MINUTES = Knob(
    "outpatient.pay_minutes",
    int,
    15,
    "门诊缴费订单有效分钟数",
    "Minutes that an outpatient order may be paid",
    "docs/rules.md, booking: the same as holding a place",
    5,
    120,
)
CONFIRM_PATIENCE_SECONDS = Knob(
    "outpatient.confirm_patience_seconds",
    int,
    600,
    "已付款而医院系统不通时，多久后自动退款（秒）",
    "Seconds to keep entering a payment in a HIS that cannot be reached, before the money goes back",
    "own choice: the patient stands at the pharmacy",
    30,
    7200,
)
REFUND_ONLINE = Knob(
    "outpatient.refund_online",
    bool,
    True,  # noqa: FBT003 - a default
    "允许在线申请门诊退费",
    "Refunds of outpatient fees may be asked for online",
    "docs/rules.md, refunds",
)
REFUND_DAYS = Knob(
    "outpatient.refund_days",
    int,
    30,
    "缴费后多少天内可在线退费",
    "Days after paying in which a refund may be asked for online",
    "own choice; the channels allow a year",
    0,
    360,
)
REFUND_EXPECTED_DAYS = Knob(
    "outpatient.refund_expected_days",
    int,
    7,
    "退费最迟到账工作日",
    "Working days within which money is back at the latest",
    "docs/rules.md, refunds: 1 to 7 working days",
    1,
    30,
)
LOOKS_PER_MINUTE = Knob(
    "outpatient.looks_per_minute",
    int,
    30,
    "每账号每分钟查询费用上限",
    "How often an account may ask the HIS for fees in a minute",
    "own choice",
    5,
    600,
)
KNOBS = (PAY_MINUTES, CONFIRM_PATIENCE_SECONDS, REFUND_ONLINE, REFUND_DAYS, REFUND_EXPECTED_DAYS, LOOKS_PER_MINUTE)
