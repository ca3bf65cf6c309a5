"""Refusals of insurance. Each says what happened, whether money moved, and what to do."""

from jiuyi.kit.problems import Kind, Problem


class ClassOff(Problem):
    """The class is switched off in this channel, or not for this patient."""

    code = "insurance.class_off"
    kind = Kind.CONFLICT
    zh = "这里不能用{name_zh}"
    en = "{name_en} cannot be used here"
    zh_detail = "{reason_zh}。没有扣费。{instead_zh}，也可以在这里自费支付。"
    en_detail = "{reason_en}. You were not charged. {instead_en}, or pay it yourself here."


class InsuranceSilent(Problem):
    """The insurance or its channel does not answer; nothing was charged."""

    code = "insurance.silent"
    kind = Kind.UNAVAILABLE
    zh = "医保系统暂时没有响应"
    en = "The insurance system is not responding"
    zh_detail = "没有扣费。请过一会儿再试；着急请到窗口用医保结算，或在这里自费支付。"
    en_detail = "You were not charged. Please try again in a moment, settle at a window, or pay it yourself here."


class NotReadAtDesk(Problem):
    """What was read at a desk cannot settle this order; nothing was begun. `reason_*` says why."""

    code = "insurance.not_read_at_desk"
    kind = Kind.CONFLICT
    zh = "不能用医保结算"
    en = "The insurance cannot be used"
    zh_detail = "{reason_zh}。没有扣费。可以重新读卡或凭证；患者同意也可以按自费收款。"
    en_detail = (
        "{reason_en}. Nothing was charged. Read the card or voucher again, or take it all if the patient agrees."
    )


class SilentAtDesk(Problem):
    """The insurance does not answer a desk; nothing was charged."""

    code = "insurance.silent_at_desk"
    kind = Kind.UNAVAILABLE
    zh = "医保系统暂时没有响应"
    en = "The insurance system is not responding"
    zh_detail = "没有扣费。请稍等再试；患者同意也可以按自费收款。"
    en_detail = "Nothing was charged. Try again in a moment, or take it all if the patient agrees."


class SettledAtDesk(Problem):
    """A desk has this order's settlement in hand: a phone leaves it alone."""

    code = "insurance.settled_at_desk"
    kind = Kind.CONFLICT
    zh = "窗口正在用医保结算这一单"
    en = "A service desk is settling this order with insurance"
    zh_detail = "没有重复扣费。请在窗口办完；不办了，请窗口取消后再在这里支付。"
    en_detail = "You were not charged twice. Please finish at the desk, or have it cancelled there before paying here."


class SettlementEnded(Problem):
    """The settlement has ended; begin another."""

    code = "insurance.settlement_ended"
    kind = Kind.CONFLICT
    zh = "这次医保结算已经结束"
    en = "This insurance settlement has ended"
    zh_detail = "没有扣费。请返回重新选择结算方式。"
    en_detail = "You were not charged. Please go back and choose how to settle again."


class PresettlementOver(Problem):
    """The pre-settlement is older than it may be."""

    code = "insurance.presettlement_over"
    kind = Kind.CONFLICT
    zh = "试算结果已过期"
    en = "The pre-settlement has expired"
    zh_detail = "没有扣费。请重新试算后再支付。"
    en_detail = "You were not charged. Please have it calculated again, then pay."


class StillSettling(Problem):
    """The same tap is still being worked on."""

    code = "insurance.still_settling"
    kind = Kind.CONFLICT
    zh = "医保正在结算"
    en = "The insurance is being asked"
    zh_detail = "请稍等几秒，不用重复点击，也请勿重复支付。"
    en_detail = "Please wait a few seconds; there is no need to tap again, and please do not pay twice."


class NothingToSettle(Problem):
    """The HIS gives no bill for this order, or another amount than the order's."""

    code = "insurance.nothing_to_settle"
    kind = Kind.CONFLICT
    zh = "这一单不能用医保结算"
    en = "This order cannot be settled with insurance"
    zh_detail = "没有扣费。医院系统没有给出可以医保结算的费用明细，请到窗口办理，或在这里自费支付。"
    en_detail = "You were not charged. There are no items that insurance may settle; go to a window or pay here."


class CapabilityUnknown(Problem):
    """There is no such cell in the matrix, or the change is not one."""

    code = "insurance.capability_unknown"
    kind = Kind.UNPROCESSABLE
    zh = "没有这个医保类别或渠道"
    en = "There is no such class or channel"
    zh_detail = "设置没有改动。关闭时须写明原因。"
    en_detail = "Nothing was changed. Switching off needs a reason."
