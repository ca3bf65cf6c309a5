"""Run-time settings of booking (docs/rules.md, booking: every row is one setting)."""

from jiuyi.kit.knobs import Knob

_SOURCE = "docs/rules.md, booking"


def _number(name: str, default: int, low: int, high: int, zh: str, en: str, source: str = _SOURCE) -> Knob[int]:
    return Knob(f"booking.{name}", int, default, zh, en, source, low=low, high=high)


WINDOW_DAYS = _number("window_days", 14, 1, 120, "普通、专家号可预约天数", "Days ahead that may be booked")
WINDOW_DAYS_SPECIAL = _number("window_days_special", 28, 1, 180, "特需号可预约天数", "Days ahead, special-need clinics")
WINDOW_DAYS_MDT = _number("window_days_mdt", 60, 1, 180, "多学科门诊可预约天数", "Days ahead, MDT clinics")
SAME_DAY = Knob(
    name="booking.same_day",
    kind=bool,
    default=True,
    zh="允许预约当天的号",
    en="Places of the same day may be booked",
    source=_SOURCE,
)
SAME_DAY_LEAD_MINUTES = _number(
    "same_day_lead_minutes", 0, 0, 240, "开诊前多少分钟停止预约", "Minutes before a slot when booking closes"
)
PER_CLINIC = _number("per_clinic", 1, 1, 5, "同一医生同一单元限号", "Per patient: same doctor, same session")
PER_DEPARTMENT_DAY = _number(
    "per_department_day", 1, 1, 5, "同一科室同一天限号", "Per patient: same department, same day"
)
PER_DAY = _number("per_day", 3, 1, 20, "每位就诊人每天限号", "Per patient per day")
PER_WEEK = _number("per_week", 5, 1, 50, "每位就诊人每周限号", "Per patient per week")
PER_WEEK_EXPERT = _number(
    "per_week_expert", 2, 1, 50, "每位就诊人每周专家号限号", "Per patient per week, expert clinics"
)
PER_MONTH_ACCOUNT = _number("per_month_account", 15, 1, 500, "每个账号 30 天内限号", "Per account in 30 days")
OPEN_UNPAID = _number("open_unpaid", 1, 1, 10, "每位就诊人同时待支付的号", "Unpaid places a patient may hold at a time")
REBOOK_PAUSE_MINUTES = _number(
    "rebook_pause_minutes", 120, 0, 1440, "退号后再约同一医生的间隔（分钟）", "Minutes before rebooking the same doctor"
)
CANCELS_WARN = _number(
    "cancels_warn", 5, 1, 100, "30 天内取消几次开始提醒", "Cancellations in 30 days before a warning"
)
CANCELS_PAUSE = _number(
    "cancels_pause", 8, 1, 100, "30 天内取消几次暂停网上预约", "Cancellations in 30 days before a pause"
)
CANCELS_PAUSE_DAYS = _number("cancels_pause_days", 30, 1, 365, "取消过多暂停天数", "Days of that pause")
NO_SHOWS_PAUSE = _number(
    "no_shows_pause", 3, 1, 50, "90 天内爽约几次暂停网上预约", "No-shows in 90 days before a pause"
)
NO_SHOWS_PAUSE_DAYS = _number("no_shows_pause_days", 90, 1, 365, "爽约暂停天数", "Days of that pause")
HOLD_MINUTES = _number("hold_minutes", 15, 3, 60, "待支付号保留分钟数", "Minutes that an unpaid place is held")
RETURN_MINUTES_LOW = _number(
    "return_minutes_low", 20, 0, 1440, "退号随机放出：最少分钟", "A returned place reopens: least minutes"
)
RETURN_MINUTES_HIGH = _number(
    "return_minutes_high", 120, 0, 1440, "退号随机放出：最多分钟", "A returned place reopens: most minutes"
)
CANCEL_LEAD_MINUTES = _number(
    "cancel_lead_minutes",
    30,
    0,
    1440,
    "普通号取消截止：就诊前分钟",
    "Ordinary clinics: cancel until minutes before the slot",
)
CANCEL_HOUR_EXPERT = _number(
    "cancel_hour_expert",
    17,
    0,
    23,
    "专家、特需号取消截止：就诊前一天几点",
    "Expert and special clinics: cancel until hour of the day before",
)
CANCEL_LATE_EXPERT = Knob(
    name="booking.cancel_late_expert",
    kind=bool,
    default=True,
    zh="专家号过截止时间仍可取消，但计入取消次数两次",
    en="Expert clinics may be cancelled late, counted twice",
    source=_SOURCE,
)
CHECK_IN_BEFORE = _number(
    "check_in_before",
    60,
    0,
    240,
    "就诊前多少分钟开始报到",
    "Check-in opens minutes before the slot",
    "docs/rules.md, check-in",
)
CHECK_IN_AFTER = _number(
    "check_in_after",
    15,
    0,
    240,
    "就诊时间后多少分钟停止报到",
    "Check-in closes minutes after the slot begins",
    "docs/rules.md, check-in",
)
OFFER_MINUTES = _number(
    "offer_minutes",
    1440,
    5,
    10080,
    "停诊改约名额保留分钟数",
    "Minutes that places offered after a stopped clinic are kept",
)
FEW_LEFT = _number(
    "few_left", 3, 1, 50, "余号几个以内提示紧张", "From how many places left a slot reads as few", "own choice"
)
TICKET_SECONDS = _number(
    "ticket_seconds",
    120,
    20,
    600,
    "确认页有效秒数",
    "Seconds that a confirm page is good for",
    "docs/rules.md, protection",
)
PLACE_PATIENCE_SECONDS = _number(
    "place_patience_seconds",
    60,
    10,
    600,
    "医院系统不通时占号等待秒数",
    "Seconds to keep trying when the HIS is down",
    "own choice",
)
CONFIRM_PATIENCE_SECONDS = _number(
    "confirm_patience_seconds", 120, 10, 900, "已付款待确认的等待秒数", "Seconds to keep confirming what is paid",
    "docs/rules.md, booking: paid but not confirmed is refunded within 2 minutes",
)  # fmt: skip
MDT_DOCUMENTS_MAX = _number(
    "mdt_documents_max", 9, 1, 30, "多学科申请最多资料份数", "Most documents of an MDT application", "own choice"
)
MDT_KEEP_DAYS = _number(
    "mdt_keep_days", 365, 30, 3650, "多学科申请资料保存天数", "Days that MDT documents are kept", "own choice"
)

KNOBS = (
    WINDOW_DAYS,
    WINDOW_DAYS_SPECIAL,
    WINDOW_DAYS_MDT,
    SAME_DAY,
    SAME_DAY_LEAD_MINUTES,
    PER_CLINIC,
    PER_DEPARTMENT_DAY,
    PER_DAY,
    PER_WEEK,
    PER_WEEK_EXPERT,
    PER_MONTH_ACCOUNT,
    OPEN_UNPAID,
    REBOOK_PAUSE_MINUTES,
    CANCELS_WARN,
    CANCELS_PAUSE,
    CANCELS_PAUSE_DAYS,
    NO_SHOWS_PAUSE,
    NO_SHOWS_PAUSE_DAYS,
    HOLD_MINUTES,
    RETURN_MINUTES_LOW,
    RETURN_MINUTES_HIGH,
    CANCEL_LEAD_MINUTES,
    CANCEL_HOUR_EXPERT,
    CANCEL_LATE_EXPERT,
    CHECK_IN_BEFORE,
    CHECK_IN_AFTER,
    OFFER_MINUTES,
    FEW_LEFT,
    TICKET_SECONDS,
    PLACE_PATIENCE_SECONDS,
    CONFIRM_PATIENCE_SECONDS,
    MDT_DOCUMENTS_MAX,
    MDT_KEEP_DAYS,
)
