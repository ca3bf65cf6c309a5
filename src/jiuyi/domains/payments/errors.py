"""Refusals of payments. Each says what happened, whether money moved, and what to do."""

from jiuyi.kit.problems import Kind, Problem


class OrderEnded(Problem):
    """The order was closed, or its time is over."""

    code = "payments.order_ended"
    kind = Kind.CONFLICT
    zh = "这一单已经关闭"
    en = "This order is closed"
    zh_detail = "没有扣费。支付时间已过或订单已取消，请重新预约后再支付。"
    en_detail = "You were not charged. The time to pay is over or the order was cancelled; please book again."


class OrderPaidAlready(Problem):
    """The order is paid."""

    code = "payments.already_paid"
    kind = Kind.CONFLICT
    zh = "这一单已经支付"
    en = "This order is already paid"
    zh_detail = "没有重复扣费。请返回订单查看结果，不需要再次支付。"
    en_detail = "You were not charged again. Please go back to the order to see the result; do not pay again."


class OrderUnderReview(Problem):
    """The order is frozen: what the channel told does not fit it."""

    code = "payments.under_review"
    kind = Kind.CONFLICT
    zh = "这一单正在核对"
    en = "This order is being checked"
    zh_detail = "支付结果正在和支付渠道核对，请勿重复支付。核对完成后会通知您；如需帮助请拨打医院服务电话。"
    en_detail = (
        "We are checking the payment with the payment provider. Please do not pay again. We will tell you the result; "
        "call the hospital if you need help."
    )


class PaymentPaused(Problem):
    """The hospital's settlement window: nobody can pay now."""

    code = "payments.paused"
    kind = Kind.UNAVAILABLE
    zh = "{reason_zh}"
    en = "{reason_en}"
    zh_detail = "没有扣费。{until} 后可以继续支付；着急就诊请到窗口办理。"
    en_detail = "You were not charged. You can pay after {until}, or go to a service window."


class MethodUnknown(Problem):
    """The hospital does not offer this way to pay here."""

    code = "payments.method_unknown"
    kind = Kind.UNPROCESSABLE
    zh = "不支持这种支付方式"
    en = "This way to pay is not available"
    zh_detail = "没有扣费。请在{app_zh}里打开本页后再支付，或到窗口缴费。"
    en_detail = "You were not charged. Please open this page in {app_en} and pay there, or pay at a service window."


class ChannelRefused(Problem):
    """The channel refused to prepare the payment."""

    code = "payments.channel_refused"
    kind = Kind.OUTSIDE_FAILED
    zh = "{channel_zh}没有接受这笔支付"
    en = "{channel_en} did not accept this payment"
    zh_detail = "没有扣费。请稍后再试；仍不成功请到窗口缴费。"
    en_detail = "You were not charged. Please try again later, or pay at a service window."


class ChannelSilent(Problem):
    """The channel does not answer: it is not known how the earlier payment stands, or nothing was begun."""

    code = "payments.channel_silent"
    kind = Kind.UNAVAILABLE
    zh = "{channel_zh}暂时没有响应"
    en = "{channel_en} is not responding"
    zh_detail = "支付没有开始。如果您刚才已经付过款，请勿重复支付，我们会继续核对并通知您；否则请稍后再试。"
    en_detail = (
        "The payment was not started. If you have just paid, please do not pay again: we keep checking and will tell "
        "you. Otherwise try again in a moment."
    )


class StillPreparing(Problem):
    """A tap on this order, the same or another, is still being worked on."""

    code = "payments.still_preparing"
    kind = Kind.CONFLICT
    zh = "正在打开支付"
    en = "The payment is being opened"
    zh_detail = "没有扣费。请稍等几秒；如果这部手机没有打开支付，请再点一次。"
    en_detail = "You were not charged. Please wait a few seconds; if it does not open on this phone, tap once more."


class TooManyAttempts(Problem):
    """The order's limit of payment attempts is reached."""

    code = "payments.too_many_attempts"
    kind = Kind.TOO_MANY
    zh = "这一单支付次数过多"
    en = "Too many attempts to pay this order"
    zh_detail = "没有扣费。请到窗口缴费，或拨打医院服务电话。"
    en_detail = "You were not charged. Please pay at a service window or call the hospital."


class RefundTooMuch(Problem):
    """More was to be given back than is left of the payment."""

    code = "payments.refund_too_much"
    kind = Kind.CONFLICT
    zh = "可退金额不足"
    en = "There is not that much left to refund"
    zh_detail = "没有退款。这一单的可退余额小于申请金额，请核对后再试。"
    en_detail = "Nothing was refunded. What is left of this payment is less than the amount asked for."


class RefundNotPossible(Problem):
    """The order has no accepted payment."""

    code = "payments.refund_not_possible"
    kind = Kind.CONFLICT
    zh = "这一单没有可退的支付"
    en = "There is no payment to refund on this order"
    zh_detail = "没有退款。这一单没有支付成功的记录，如有疑问请拨打医院服务电话。"
    en_detail = (
        "Nothing was refunded. No successful payment is recorded for this order; please call the hospital if in doubt."
    )


class InsuranceInHand(Problem):
    """The order is being settled with an insurance: nothing else may pay it until that has ended."""

    code = "payments.insurance_in_hand"
    kind = Kind.CONFLICT
    zh = "这一单正在用医保结算"
    en = "This order is being settled with medical insurance"
    zh_detail = "没有重复扣费。请等医保结果出来；要改自费，请先在结算页取消医保结算。"
    en_detail = (
        "You were not charged again. Please wait for the insurance's answer; to pay it yourself, cancel the insurance "
        "settlement on its page first."
    )


class InsuredRefundWhole(Problem):
    """Part of an insured order was to be given back: insurance goes back in full only (docs/insurance.md)."""

    code = "payments.insured_refund_whole"
    kind = Kind.CONFLICT
    zh = "医保结算的单只能整单退"
    en = "An order settled with insurance can only be refunded as a whole"
    zh_detail = "没有退款。医保部分不能只退一部分；请到窗口退费后重新结算。"
    en_detail = "Nothing was refunded. Insurance cannot be taken back in part; please go to a service window."


class BeingCollected(Problem):
    """A desk is taking the money for this order right now."""

    code = "payments.being_collected"
    kind = Kind.CONFLICT
    zh = "窗口正在收这一单"
    en = "A service desk is taking this payment"
    zh_detail = "没有重复扣费。请等窗口收完；超过一分钟仍没有结果，可以再试。"
    en_detail = "You were not charged twice. Please wait for the desk; if there is no result in a minute, try again."


class CodeNotRecognised(Problem):
    """The digits are not a payment code that this hospital takes."""

    code = "payments.code_not_recognised"
    kind = Kind.UNPROCESSABLE
    zh = "不是可以收款的付款码"
    en = "This is not a payment code we take"
    zh_detail = "没有扣款。请患者打开微信、支付宝或云闪付的付款码再扫；不要扫就诊码或收款码。"
    en_detail = (
        "Nobody was charged. Scan the payment code of WeChat, Alipay or UnionPay, not a card or collection code."
    )


class KindNotTaken(Problem):
    """The hospital has no channel for this kind of code."""

    code = "payments.kind_not_taken"
    kind = Kind.UNPROCESSABLE
    zh = "本院暂不收{kind_zh}"
    en = "This hospital does not take {kind_en} here"
    zh_detail = "没有扣款。请患者换一种方式付款。"
    en_detail = "Nobody was charged. Ask the patient to pay another way."


class CardResultRefused(Problem):
    """A card terminal's result does not fit the order, or is incomplete."""

    code = "payments.card_result_refused"
    kind = Kind.UNPROCESSABLE
    zh = "刷卡结果与这一单不符"
    en = "The terminal's result does not fit this order"
    zh_detail = "没有记账（{what}）。如果终端已打印成功小票，请在终端上撤销后再收，并报财务核对。"
    en_detail = (
        "Nothing was booked ({what}). If the terminal printed a receipt, void it there before charging again, and "
        "tell finance."
    )


class CardResultUsed(Problem):
    """The terminal result was booked on another order."""

    code = "payments.card_result_used"
    kind = Kind.CONFLICT
    zh = "这笔刷卡已经记在另一单"
    en = "This card payment is booked on another order"
    zh_detail = "没有重复记账。请核对小票上的流水号。"
    en_detail = "It was not booked twice. Check the trace number on the receipt."


class RefundedElsewhere(Problem):
    """The order has a record in the HIS that must give the money free first: money alone is not given back here."""

    code = "payments.refunded_elsewhere"
    kind = Kind.CONFLICT
    zh = "这一单不能在收银页直接退款"
    en = "This order cannot be refunded on this page"
    zh_detail = "没有退款。门诊费用按项目退，住院预交金按医院还能退的金额退：请查找这位患者，在“退款”里办理。"
    en_detail = (
        "Nothing was refunded. Outpatient fees go back by item, inpatient deposits as far as the hospital gives them "
        "back: please look the patient up and use Refund."
    )


class CancelInstead(Problem):
    """All of a registration fee goes back only with its appointment."""

    code = "payments.cancel_instead"
    kind = Kind.CONFLICT
    zh = "整笔退挂号费要连同预约一起取消"
    en = "A whole registration fee goes back by cancelling the appointment"
    zh_detail = "没有退款。请查找这位患者，在“退款”里取消这次预约：号源退回，HIS 同步取消，钱自动原路退回。"
    en_detail = (
        "Nothing was refunded. Please look the patient up and cancel the appointment under Refund: the place and the "
        "money go back together."
    )


class RefundKeyUsed(Problem):
    """The idempotency key belongs to a refund of another amount."""

    code = "payments.refund_key_used"
    kind = Kind.CONFLICT
    zh = "这次退款已经提交过，金额不同"
    en = "This refund was already asked for with another amount"
    zh_detail = "没有再次退款。请核对本班记录后重新操作。"
    en_detail = "Nothing more was refunded. Check this shift's list and start again."


class RefundAtTerminal(Problem):
    """Money of a card terminal goes back at a terminal: nothing can be sent from here."""

    code = "payments.refund_at_terminal"
    kind = Kind.CONFLICT
    zh = "刷卡收的钱须在终端上退"
    en = "What a card terminal took goes back at a terminal"
    zh_detail = "没有再次发送。请财务在收款的终端上办理退货。"
    en_detail = "Nothing was sent. Please have finance refund it at the terminal that took it."


class NotOfTerminal(Problem):
    """The money did not come from a card terminal: its channel says whether it went back, nobody else."""

    code = "payments.not_of_terminal"
    kind = Kind.CONFLICT
    zh = "这笔钱不是刷卡收的"
    en = "This money did not come from a card terminal"
    zh_detail = "没有改动。微信、支付宝和银联的退款以渠道的答复为准，请用“再发一次”。"
    en_detail = "Nothing was changed. WeChat, Alipay and UnionPay say themselves what went back: have it sent again."


class SlipUsed(Problem):
    """Another refund was given back under this slip."""

    code = "payments.slip_used"
    kind = Kind.CONFLICT
    zh = "这张退货小票已经用过"
    en = "This slip stands for another refund"
    zh_detail = "没有改动。请核对小票上的终端号、批次号和凭证号。"
    en_detail = "Nothing was changed. Check terminal, batch and trace number on the slip."
