"""Run-time settings of notifications."""

from jiuyi.kit.knobs import Knob

PERMIT_USES = Knob(
    "notifications.permit_uses",
    int,
    3,
    "小程序内每笔付款可发的模板消息数（平台规定未公开确认）",
    "Mini program messages that one payment allows (the platform's number is not confirmed)",
    "docs/contracts/alipay.md",
    1,
    20,
)
PERMIT_DAYS = Knob(
    "notifications.permit_days",
    int,
    7,
    "小程序内一次付款后多少天内可发模板消息（平台规定未公开确认）",
    "Days after a payment in which those messages may be sent (not confirmed either)",
    "docs/contracts/alipay.md",
    1,
    30,
)
KNOBS = (PERMIT_USES, PERMIT_DAYS)
