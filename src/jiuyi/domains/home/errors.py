"""Refusals of the first page."""

from jiuyi.kit.problems import Kind, Problem


class AgreementUnknown(Problem):
    """No such text, or not in that version."""

    code = "home.agreement_unknown"
    kind = Kind.UNKNOWN
    zh = "没有找到这份文件"
    en = "This document was not found"
    zh_detail = "文件可能已经更新。请返回上一页重新打开。"
    en_detail = "It may have been replaced. Please go back and open it again."


class PeriodTooLong(Problem):
    """The period asked for is backwards or longer than five years."""

    code = "home.period_too_long"
    kind = Kind.UNPROCESSABLE
    zh = "查询时间段不对"
    en = "The period is not right"
    zh_detail = "开始日期应早于结束日期，一次最多查 5 年。"
    en_detail = "The start must come before the end, and at most five years can be shown at once."
