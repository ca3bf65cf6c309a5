"""What each standing says: what happened, whether money moved, what to do next, in both languages."""

import msgspec

from jiuyi.domains.booking.rules.standing import Standing

_S = Standing


class Facts(msgspec.Struct, frozen=True):
    """What the sentences name. Times are clock times of the hospital, amounts yuan text."""

    until: str = ""
    start: str = ""
    place: str = ""
    check_in: str = ""
    amount: str = ""
    reason: str = ""


_TITLES: dict[Standing, tuple[str, str]] = {
    _S.PLACING: ("正在向医院占号", "Reserving your place"),
    _S.AWAITING_PAYMENT: ("号已保留，请支付", "Place held, please pay"),
    _S.CONFIRMING: ("医院正在确认", "The hospital is confirming"),
    _S.BOOKED: ("预约成功", "Appointment booked"),
    _S.CHECKED_IN: ("已报到", "Checked in"),
    _S.CALLED: ("请就诊", "Please go in"),
    _S.DONE: ("已就诊", "Visit completed"),
    _S.CANCELLING: ("正在取消", "Cancelling"),
    _S.CANCELLED: ("已取消", "Cancelled"),
    _S.EXPIRED: ("超时未支付，号已释放", "Not paid in time, place released"),
    _S.NOT_BOOKED_REFUNDING: ("没有挂上号，正在退款", "Not booked, refund on its way"),
    _S.NOT_BOOKED_REFUNDED: ("没有挂上号，已退款", "Not booked, refunded"),
    _S.NOT_BOOKED: ("没有挂上号", "Not booked"),
    _S.STOPPED: ("医生停诊", "Clinic cancelled by the hospital"),
    _S.STOPPED_REFUNDED: ("医生停诊，已退款", "Clinic cancelled, refunded"),
    _S.NO_SHOW: ("已过就诊时间，未就诊", "Missed visit"),
    _S.PASSED: ("已过号", "Your number has passed"),
}
_DETAILS: dict[Standing, tuple[str, str]] = {
    _S.PLACING: (
        "没有扣费。通常几秒内完成，请不要重复提交。",
        "You have not been charged. This usually takes a few seconds; please do not submit again.",
    ),
    _S.AWAITING_PAYMENT: (
        "号已为您留住。\n还没有扣费。\n请在 {until} 前支付 ¥{amount}，到时未支付号会自动放出，不记爽约。",
        (
            "Your place is held.\nYou have not been charged.\n"
            "Please pay ¥{amount} before {until}. Otherwise the place is released, and it does not count against you."
        ),
    ),
    _S.CONFIRMING: (
        "医院正在确认，一般 2 分钟内完成。\n已收到 ¥{amount}。请勿重复支付。\n确认后会通知您；没挂上会自动退回。",
        (
            "The hospital is confirming your place, usually within 2 minutes.\n"
            "¥{amount} received. Please do not pay again.\n"
            "You will be told when it is confirmed; otherwise the money comes back by itself."
        ),
    ),
    _S.BOOKED: (
        "请于 {start} 到 {place} 就诊，{check_in} 起可以报到。",
        "Please come to {place} at {start}. Check-in opens at {check_in}.",
    ),
    _S.CHECKED_IN: ("请在 {place} 候诊，留意叫号。", "Please wait at {place} and watch for your number."),
    _S.CALLED: ("请到 {place} 就诊。", "Please go to {place} now."),
    _S.DONE: ("本次就诊已结束。", "This visit is completed."),
    _S.CANCELLING: (
        "已提交取消，正在等医院确认。\n已付的费用会全额原路退回。\n请稍等，不用再点。",
        "Your cancellation is with the hospital.\nAnything you paid will be returned in full.\nPlease wait a moment.",
    ),
    _S.CANCELLED: (
        "这个号已取消。\n已付的费用全额原路退回，没有支付的不会扣费。\n需要时可以重新预约。",
        (
            "This appointment is cancelled.\nAnything you paid is returned in full the way it came.\n"
            "You can book again when you need to."
        ),
    ),
    _S.EXPIRED: (
        "保留时间内没有支付，号已放给别人。\n没有扣费。\n如仍需就诊，请重新预约。这次不记爽约。",
        (
            "It was not paid in time and the place was released.\nYou were not charged.\n"
            "Please book again if you still need it. It does not count as a missed visit."
        ),
    ),
    _S.NOT_BOOKED_REFUNDING: (
        "{reason}\n¥{amount} 正在原路退回，一般几分钟、最晚 3 个工作日到账。\n可以重新预约。这次不记爽约。",
        (
            "{reason}\n¥{amount} is on its way back, usually within minutes and at most 3 working days.\n"
            "You can book again. It does not count as a missed visit."
        ),
    ),
    _S.NOT_BOOKED_REFUNDED: (
        "{reason}\n¥{amount} 已原路退回。\n可以重新预约。这次不记爽约。",
        "{reason}\n¥{amount} was returned the way it came.\nYou can book again. It does not count as a missed visit.",
    ),
    _S.NOT_BOOKED: (
        "{reason}\n没有扣费。\n请选择其他时段，或稍后再试。这次不记爽约。",
        "{reason}\nYou were not charged.\nPlease choose another time or try again later.",
    ),
    _S.STOPPED: (
        "{reason}\n已付的费用会自动全额原路退回。\n可以改约其他时间。不记取消次数。",
        (
            "{reason}\nAnything you paid is returned in full.\n"
            "Please choose another time. It does not count as a cancellation."
        ),
    ),
    _S.STOPPED_REFUNDED: (
        "{reason}\n¥{amount} 已全额原路退回。\n可以改约其他时间。不记取消次数。",
        (
            "{reason}\n¥{amount} was returned in full.\n"
            "You can choose another time. It does not count as a cancellation."
        ),
    ),
    _S.NO_SHOW: (
        "本次计为爽约。如有特殊情况，请联系医院服务台。",
        "This counts as a missed visit. Please talk to the help desk if something prevented you.",
    ),
    _S.PASSED: (
        "请到 {place} 的分诊台重新激活，仍可就诊。",
        "Please see the desk at {place}; you can still be seen.",
    ),
}
_REASONS: dict[str, tuple[str, str]] = {
    "his_down": ("医院系统暂时没有响应。", "The hospital's system did not respond. "),
    "his_silent": ("医院系统没有确认。", "The hospital's system did not confirm. "),
    "slot_full": ("这个时段刚刚约满。", "This time has just been taken. "),
    "slot_unknown": ("这个时段已调整。", "This time has been changed. "),
    "slot_started": ("这个时段已开始就诊。", "The session has started. "),
    "clinic_stopped": ("门诊已停诊。", "The clinic was cancelled. "),
    "patient_blocked": (
        "就诊人暂不能网上预约，请到窗口。",
        "This patient cannot book online; please ask a window. ",
    ),
    "binding_ended": ("这位就诊人已不在您的名下。", "This patient is no longer on your list. "),
    "desk": ("医院窗口取消了这个号。", "It was cancelled at the hospital's desk. "),
    "patient_limit": ("医院的预约限制。", "A limit of the hospital. "),
    "lock_expired": ("支付到账时号源已释放。", "The place was released before the payment arrived. "),
}
_UNSAID = ("医院没有确认这个号。", "The hospital did not confirm this place.")
_STEPS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("state", "held"): ("submitted", "提交预约", "Request submitted"),
    ("placement", "placed"): ("held", "医院已保留号源", "Place held by the hospital"),
    ("state", "booked"): ("booked", "预约成功", "Booked"),
    ("leaving", "cancelled"): ("cancel_asked", "申请取消", "Cancellation asked"),
    ("state", "cancelled"): ("cancelled", "已取消", "Cancelled"),
    ("state", "expired"): ("expired", "超时未支付，号已释放", "Not paid in time, released"),
    ("state", "refused"): ("not_booked", "没有挂上号", "Not booked"),
    ("state", "stopped"): ("stopped", "医院停诊", "Clinic cancelled by the hospital"),
    ("state", "checked_in"): ("checked_in", "已报到", "Checked in"),
    ("state", "called"): ("called", "叫号", "Called"),
    ("state", "done"): ("done", "就诊结束", "Visit completed"),
    ("state", "no_show"): ("no_show", "未就诊", "Missed visit"),
    ("state", "passed"): ("passed", "过号", "Number passed"),
}


def title(standing: Standing, language: str) -> str:
    """One line."""
    return _TITLES[standing][language == "en"]


def detail(standing: Standing, facts: Facts, language: str) -> str:
    """The facts in sentences; where something is amiss or waited for, in lines: what happened, money, what next."""
    return _DETAILS[standing][language == "en"].format(**msgspec.structs.asdict(facts))


def reason(why: str | None, said: str | None, language: str) -> str:
    """Why it was not booked: the hospital's own sentence where there is one; never empty, ends with a full stop."""
    if said:
        return said if said.endswith(("。", ".")) else said.rstrip() + ("。" if language != "en" else ".")
    return _REASONS.get(why or "", _UNSAID)[language == "en"].rstrip()


def step(axis: str, target: str, language: str) -> tuple[str, str] | None:
    """Code and title of a move that patients see; None for those they do not."""
    found = _STEPS.get((axis, target))
    return (found[0], found[2 if language == "en" else 1]) if found else None


_BLOCKED = {
    "too_late": ("已过取消截止时间，请到窗口咨询", "The deadline for cancelling has passed; please ask at a window"),
    "not_now": ("当前状态不能取消", "It cannot be cancelled in its present state"),
}


def cancel_blocked(cancelling: str) -> tuple[str, str] | None:
    """Why it cannot be cancelled, in both languages; None when it can."""
    return _BLOCKED.get(cancelling)
