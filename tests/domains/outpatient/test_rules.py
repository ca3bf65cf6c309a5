"""What outpatient decides and says, as tables."""

from datetime import UTC, date, datetime

import pytest

from jiuyi.domains.outpatient import rules
from jiuyi.domains.outpatient.rules import Money
from jiuyi.domains.outpatient.types import FeeBill, FeeLine, FeeVisit
from jiuyi.domains.payments.types import EntryState

pytestmark = pytest.mark.feature("F04")
S = EntryState
AT = datetime(2026, 11, 23, 9, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "asked", "refunded", "shown"),
    [
        (S.OPEN, 0, 0, "awaiting_payment"),
        (S.PAID, 0, 0, "confirming"),
        (S.CONFIRMING, 0, 0, "confirming"),
        (S.UNKNOWN, 0, 0, "confirming"),
        (S.CONFIRMED, 0, 0, "paid"),
        (S.CONFIRMED, 300, 0, "refunding"),
        (S.CONFIRMED, 300, 300, "partly_refunded"),
        (S.CONFIRMED, 500, 300, "refunding"),
        (S.CONFIRMED, 1000, 1000, "refunded"),
        (S.REFUSED, 1000, 0, "not_paid_refunding"),
        (S.REFUSED, 1000, 1000, "not_paid_refunded"),
        (S.CLOSED, 0, 0, "closed"),
    ],
)
def test_what_is_shown(state: S, asked: int, refunded: int, shown: str) -> None:
    money = Money(total=1000, paid=1000, asked=asked, refunded=refunded)
    assert rules.shown_state(state, money) == shown
    for language in ("zh", "en"):
        for refusal in (None, "fees_paid", "his_down", "unheard_of"):
            said = rules.detail(shown, money, refusal, "10:20", language)
            assert said
            assert "None" not in said
        assert rules.title(shown, language)


@pytest.mark.parametrize(
    ("insured", "said"),
    [
        (0, "¥10.00 已原路退回。"),
        (700, "医保 ¥7.00 已撤销，自付 ¥3.00 已退回。"),
        (1000, "医保 ¥10.00 已撤销。"),
    ],
)
def test_what_went_back_is_said_of_both_payers(insured: int, said: str) -> None:
    money = Money(total=1000, paid=1000, asked=1000, refunded=1000, insured=insured)
    assert rules.detail("refunded", money, None, "", "zh") == said
    assert "¥10.00" in rules.detail("refunded", money, None, "", "en") or insured == 700


def test_every_waiting_text_says_whether_money_was_taken() -> None:
    money = Money(total=1000, paid=1000, asked=1000, refunded=0)
    assert "¥10.00" in rules.detail("confirming", money, None, "", "zh")
    assert "请勿重复支付" in rules.detail("confirming", money, None, "", "zh")
    for shown in ("awaiting_payment", "closed"):
        assert "没有扣费" in rules.detail(shown, money, None, "10:20", "zh")


def _bill(number: str, *amounts: int, total: int | None = None) -> FeeBill:
    lines = [
        FeeLine(f"{n:02d}", "E1", "心电图", "ECG", "03", "", "次", "1", "1.00", fen, "0031", "A", "0")
        for n, fen in enumerate(amounts)
    ]
    fen = sum(amounts) if total is None else total
    return FeeBill(number, "exam", "检查", "Examination", "", "", len(lines), fen, AT, AT, "unpaid", True, None, lines)  # noqa: FBT003


def _visit(*bills: FeeBill) -> FeeVisit:
    return FeeVisit(
        "MZ1", "P1", date(2026, 11, 23), AT, "ordinary", "D1", "科", "", "A01", "C1", [], "", "", list(bills)
    )


def test_choosing_takes_whole_bills_of_the_visit_only() -> None:
    visit = _visit(_bill("A", 100, 50), _bill("B", 30), _bill("C", 30, total=31))
    assert [bill.bill_no for bill in rules.chosen(visit, ["B", "A", "A"]) or []] == ["A", "B"]
    for wrong in ([], ["X"], ["A", "X"], ["C"]):
        assert rules.chosen(visit, wrong) is None


def test_unknown_kinds_of_fee_are_other() -> None:
    assert (rules.category("09", "zh"), rules.category("99", "en")) == ("西药费", "Other")
