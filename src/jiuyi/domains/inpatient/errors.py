"""Refusals about inpatient deposits."""

from jiuyi.kit.problems import Kind, Problem


class StayUnknown(Problem):
    """No such stay, or the name differs: never said which."""

    code = "inpatient.stay_unknown"
    kind = Kind.UNKNOWN
    zh = "没有找到这位住院患者"
    en = "No such inpatient was found"
    zh_detail = "住院号和姓名要与住院卡（腕带）上完全一致，没有扣费。请核对后再试，或扫描床头的二维码。"
    en_detail = (
        "The inpatient number and the full name must be exactly as on the wristband. You were not charged. "
        "Please check them, or scan the code at the bed."
    )


class LookupsUsedUp(Problem):
    """The account looked for inpatients too often."""

    code = "inpatient.lookups_used_up"
    kind = Kind.TOO_MANY
    zh = "查找次数已用完"
    en = "Too many searches"
    zh_detail = "为保护患者隐私，1 小时内最多查找 {limit} 次，没有扣费。请稍后再试，或到住院收费处交预交金。"
    en_detail = (
        "To protect patients, at most {limit} searches an hour are possible. You were not charged. "
        "Please try again later, or pay at the inpatient cashier."
    )


class KeyEnded(Problem):
    """The page is older than half an hour, or its key is not this account's."""

    code = "inpatient.key_ended"
    kind = Kind.CONFLICT
    zh = "页面已过期，请重新查找"
    en = "This page is out of date"
    zh_detail = "没有扣费。请返回重新查找住院患者，再交预交金。"
    en_detail = "You were not charged. Please go back and look the patient up again."


class DepositClosed(Problem):
    """The HIS takes no deposit for this stay now."""

    code = "inpatient.deposit_closed"
    kind = Kind.CONFLICT
    zh = "现在不能交预交金"
    en = "No deposit can be paid now"
    zh_detail = "{note}没有扣费。有疑问请联系病区护士站或住院收费处。"
    en_detail = "{note_en} You were not charged. Please ask the ward or the inpatient cashier."


class AmountOutside(Problem):
    """Below or above what one deposit may be, or not whole yuan."""

    code = "inpatient.amount_outside"
    kind = Kind.UNPROCESSABLE
    zh = "金额要在 {low} 到 {high} 元之间，整元"
    en = "The amount must be {low} to {high} yuan, whole"
    zh_detail = "没有扣费。请修改金额后再试；需要交更多请分次，或到住院收费处。"
    en_detail = "You were not charged. Please change the amount; for more, pay several times or at the cashier."


class DayLimit(Problem):
    """More than may be paid for one stay in a day."""

    code = "inpatient.day_limit"
    kind = Kind.CONFLICT
    zh = "今天最多还能交 {left} 元"
    en = "At most {left} yuan more today"
    zh_detail = "同一位患者每天在线交预交金有上限，没有扣费。请减少金额、明天再交，或到住院收费处。"
    en_detail = (
        "Online deposits for one patient are limited per day. You were not charged. Pay less, or at the cashier."
    )


class DayLimitOther(Problem):
    """The same, for who is not bound to the patient: how much is left would say what others have paid."""

    code = "inpatient.day_limit_other"
    kind = Kind.CONFLICT
    zh = "超过今天可交的金额"
    en = "More than may be paid today"
    zh_detail = "同一位患者每天在线交预交金有上限，没有扣费。请减少金额、明天再交，或到住院收费处。"
    en_detail = (
        "Online deposits for one patient are limited per day. You were not charged. Pay less, or at the cashier."
    )


class RefundClosed(Problem):
    """Nothing of this deposit may be asked back."""

    code = "inpatient.refund_closed"
    kind = Kind.CONFLICT
    zh = "这笔预交金没有可退的钱"
    en = "Nothing of this deposit is left to give back"
    zh_detail = "医院没有入账，或已经全部退过，钱没有变化。请重新查找患者后核对。"
    en_detail = "It was not entered, or has all been given back; no money moved. Please look the patient up again."


class NotRefundable(Problem):
    """The HIS does not give so much back (any more)."""

    code = "inpatient.not_refundable"
    kind = Kind.CONFLICT
    zh = "医院现在不能退这么多"
    en = "The hospital does not give so much back now"
    zh_detail = "{reason}钱没有变化。请按最新的可退金额再办；出院结算后的余款由结算退回。"
    en_detail = "{reason_en} No money moved. Please use the newest sum; what is left after discharge is settled there."


class RefundUnderWay(Problem):
    """An earlier refund of this deposit has no result yet."""

    code = "inpatient.refund_under_way"
    kind = Kind.CONFLICT
    zh = "上一笔退款正在核对"
    en = "An earlier refund is being checked"
    zh_detail = "医院还没有答复上一笔退款，这次没有提交。通常几分钟内有结果，请勿重复办理。"
    en_detail = "The hospital has not answered the earlier one, so this was not submitted. Please do not ask again."
