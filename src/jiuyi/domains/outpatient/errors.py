"""Refusals about outpatient fees."""

from jiuyi.kit.problems import Kind, Problem


class FeesChanged(Problem):
    """What was chosen is not to be paid any more, or not like that."""

    code = "outpatient.fees_changed"
    kind = Kind.CONFLICT
    zh = "单据有变化，请重新核对"
    en = "These bills have changed"
    zh_detail = "所选单据的项目或金额刚刚有变化，没有扣费。请返回待缴费列表查看最新的单据。"
    en_detail = "Items or amounts have just changed and you were not charged. Please look at the list again."


class FeesLocked(Problem):
    """The HIS keeps a chosen bill for itself at this moment."""

    code = "outpatient.fees_locked"
    kind = Kind.CONFLICT
    zh = "这张单暂时不能在手机上缴"
    en = "This bill cannot be paid here right now"
    zh_detail = "{text}没有扣费。其他单据不受影响，可以单独缴。"
    en_detail = "{text_en} You were not charged. Other bills can be paid as usual."


class BeingPaid(Problem):
    """Another account is paying one of the bills."""

    code = "outpatient.being_paid"
    kind = Kind.CONFLICT
    zh = "家人正在支付这张单"
    en = "Somebody else is paying this bill"
    zh_detail = "另一个账号已为这张单下单，为避免重复收费先不能再付，没有扣费。对方付完或 {until} 前未付，会自动放开。"
    en_detail = (
        "Another account has begun to pay this bill, so it cannot be paid twice. You were not charged. "
        "It opens again if they have not paid before {until}."
    )


class NotRefundable(Problem):
    """A chosen line cannot go back (any more)."""

    code = "outpatient.not_refundable"
    kind = Kind.CONFLICT
    zh = "所选项目现在不能退"
    en = "These items cannot be refunded now"
    zh_detail = "有项目已经执行、发药或已退费，这次没有退。请刷新后重新选择；有疑问请带就诊卡到收费窗口。"
    en_detail = (
        "Some of them have been carried out, handed out or refunded already, so nothing was refunded this time. "
        "Please refresh and choose again, or ask at a cashier's window with your card."
    )


class RefundClosed(Problem):
    """Refunds of this payment are not taken online."""

    code = "outpatient.refund_closed"
    kind = Kind.CONFLICT
    zh = "这笔缴费不能在线退"
    en = "This payment cannot be refunded online"
    zh_detail = "没有退费，已付的钱没有变化。请带就诊卡到收费窗口办理退费，款项同样原路退回。"
    en_detail = (
        "Nothing was refunded and what you paid is unchanged. A cashier's window can refund it the way it was paid; "
        "please bring your card."
    )


class RefundUnderWay(Problem):
    """An earlier refund of this payment has no result yet."""

    code = "outpatient.refund_under_way"
    kind = Kind.CONFLICT
    zh = "上一笔退费正在核对"
    en = "An earlier refund is being checked"
    zh_detail = "医院还没有答复上一笔退费，这次没有提交。通常几分钟内有结果，请勿重复申请。"
    en_detail = (
        "The hospital has not answered the earlier request, so this one was not submitted. "
        "There is usually a result within minutes; please do not ask again."
    )


class WholeOnly(Problem):
    """An insurance settled it: all of it goes back or nothing."""

    code = "outpatient.whole_only"
    kind = Kind.CONFLICT
    zh = "医保结算的缴费只能整单退"
    en = "What an insurance settled is refunded whole"
    zh_detail = "没有退费。请选择全部项目一起退；只退其中几项，请带就诊卡到收费窗口重新结算。"
    en_detail = (
        "Nothing was refunded. Please choose all items together; to refund only some of them, "
        "a cashier's window can settle the rest again."
    )
