"""Run-time settings of reconciliation."""

from typing import Annotated

import msgspec

from jiuyi.kit.knobs import Knob

_HHMM = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_SOURCE = "docs/reconciliation.md"
FETCH_AT = Knob(
    "reconciliation.fetch_at",
    _HHMM,
    "10:30",
    "次日几点开始取账单对账（微信账单上午 10 点后可取，具体时刻未经官方确认）",
    "When the day before is compared (WeChat's bill is there after 10:00; the exact hour is not confirmed)",
    _SOURCE,
)
RETRY_MINUTES = Knob(
    "reconciliation.retry_minutes",
    int,
    20,
    "账单未出时多久再取（分钟）",
    "How soon a bill that was not ready is asked for again (minutes)",
    _SOURCE,
    1,
    240,
)
LOOK_BACK_DAYS = Knob(
    "reconciliation.look_back_days",
    int,
    7,
    "自动补对最近几天未完成的账",
    "How many past days without a finished comparison are caught up by themselves",
    _SOURCE,
    1,
    60,
)
MIDNIGHT_MINUTES = Knob(
    "reconciliation.midnight_minutes",
    int,
    30,
    "零点前多少分钟内的单边账按跨日挂到次日",
    "Minutes before midnight in which a one-sided movement is carried to the next day",
    _SOURCE,
    0,
    240,
)
AUTO_REFUND_FEN = Knob(
    "reconciliation.auto_refund_fen",
    int,
    10000,
    "长款补登被 HIS 拒绝后，多少金额以内自动原路退回（分），0 为一律人工",
    "Up to which amount (fen) money that the HIS refuses to enter goes back by itself; 0 = always by two people",
    _SOURCE,
    0,
    10_000_000,
)
AUTO_MOST = Knob(
    "reconciliation.auto_most",
    int,
    200,
    "一天自动处理最多多少笔，超过则全部转人工",
    "Most differences of one day that the system acts on by itself; beyond that, people decide",
    _SOURCE,
    0,
    10_000,
)
EMPTY_MOST = Knob(
    "reconciliation.empty_most",
    int,
    20,
    "账单为空而我方超过多少笔时不作结论",
    "An empty bill is not believed when we have more movements than this",
    _SOURCE,
    0,
    100_000,
)
CARRY_DAYS = Knob(
    "reconciliation.carry_days",
    int,
    60,
    "未平差异最多跟踪多少天的后续账单",
    "For how many days later bills are searched for the missing side",
    _SOURCE,
    1,
    366,
)
KNOBS = (
    FETCH_AT,
    RETRY_MINUTES,
    LOOK_BACK_DAYS,
    MIDNIGHT_MINUTES,
    AUTO_REFUND_FEN,
    AUTO_MOST,
    EMPTY_MOST,
    CARRY_DAYS,
)
