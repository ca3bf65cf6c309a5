"""Refusals of reconciliation, read by the finance department."""

from jiuyi.kit.problems import Kind, Problem


class DayNotOver(Problem):
    """The books of a day are compared when the day is over."""

    code = "reconciliation.day_not_over"
    kind = Kind.CONFLICT
    zh = "这一天还没有结束"
    en = "This day is not over yet"
    zh_detail = "没有对账。账单次日上午才齐全，请改选昨天或更早的日期。"
    en_detail = "Nothing was compared. Bills are complete the next morning; please choose yesterday or an earlier day."


class AlreadyRunning(Problem):
    """Another comparison is under way."""

    code = "reconciliation.already_running"
    kind = Kind.CONFLICT
    zh = "正在对账"
    en = "A comparison is under way"
    zh_detail = "没有重复开始。请等当前这一次完成，页面会显示进度。"
    en_detail = "Nothing was started. Please wait until the current one has finished; its progress is shown."


class NotCompared(Problem):
    """The day has no finished comparison."""

    code = "reconciliation.not_compared"
    kind = Kind.UNKNOWN
    zh = "这一天还没有对账结果"
    en = "This day has not been compared yet"
    zh_detail = "账单到齐后自动对账，也可以手动开始。"
    en_detail = "It is compared by itself once all bills are there, or by hand."


class ActNotAllowed(Problem):
    """The class of difference has no such repair, or it is not the turn of one."""

    code = "reconciliation.act_not_allowed"
    kind = Kind.CONFLICT
    zh = "这笔差异现在不能这样处理"
    en = "This cannot be done about this difference now"
    zh_detail = "没有改动，也没有资金变化。请刷新后按当前状态处理。"
    en_detail = "Nothing was changed and no money moved. Please reload and act on the present state."


class SamePerson(Problem):
    """Maker and checker must be two people."""

    code = "reconciliation.same_person"
    kind = Kind.FORBIDDEN
    zh = "制单人不能复核自己的单"
    en = "The maker may not check their own proposal"
    zh_detail = "没有复核，也没有资金变化。须由另一位同事登录后复核。"
    en_detail = "Nothing was decided and no money moved. A colleague has to sign in and check it."
