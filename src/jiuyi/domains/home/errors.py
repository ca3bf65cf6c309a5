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
