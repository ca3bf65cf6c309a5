"""Where an MDT application stands, in words."""

from jiuyi.domains.booking.types import MdtState

_SHOWN = {
    MdtState.DRAFT: "submitted",
    MdtState.SENDING: "submitted",
    MdtState.SUBMITTED: "submitted",
    MdtState.MORE_WANTED: "more_wanted",
    MdtState.ACCEPTED: "accepted",
    MdtState.DECLINED: "declined",
    MdtState.BOOKED: "booked",
    MdtState.WITHDRAWING: "withdrawn",
    MdtState.WITHDRAWN: "withdrawn",
}
_TEXTS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "submitted": (
        ("审核中", "已提交给团队，一般 2 个工作日内答复。没有扣费。"),
        ("Under review", "The team usually answers within 2 working days. You have not been charged."),
    ),
    "more_wanted": (
        ("需要补充资料", "请按团队的说明补充后再次提交。没有扣费。"),
        ("More is needed", "Please add what the team asks for and submit again. You have not been charged."),
    ),
    "accepted": (
        ("审核通过，请选择时间", "请在截止日期前选择会诊时间并支付。还没有扣费。"),
        ("Accepted, choose a time", "Please choose a time and pay before the closing date. You have not been charged."),
    ),
    "declined": (
        ("未通过", "没有扣费。请看团队的说明，可以先到专科门诊就诊。"),
        ("Not accepted", "You were not charged. Please read the team's note; a specialist clinic may help first."),
    ),
    "booked": (
        ("已预约", "会诊时间已确定，请按预约时间就诊。"),
        ("Booked", "The time is fixed; please come as booked."),
    ),
    "withdrawn": (
        ("已撤回", "没有扣费。需要时可以重新申请。"),
        ("Withdrawn", "You were not charged. You can apply again when you need to."),
    ),
}


def shown(state: MdtState) -> str:
    """The word pages know."""
    return _SHOWN[state]


def texts(state: MdtState, language: str) -> tuple[str, str]:
    """Title and detail."""
    return _TEXTS[_SHOWN[state]][language == "en"]
