"""Documents, names, ages and relations, as tables."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiuyi.domains.patients import rules
from jiuyi.domains.patients.types import DocumentType, Relation, Sex
from jiuyi.kit.problems import FieldFault

pytestmark = pytest.mark.feature("F01")
TODAY = date(2026, 11, 22)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check(first: str) -> str:
    """GB 11643, written out here so that the product's library is not its own judge."""
    return first + "10X98765432"[sum(int(d) * w for d, w in zip(first, WEIGHTS, strict=True)) % 11]


@pytest.mark.parametrize(
    ("kind", "typed", "normal"),
    [
        ("mainland_id", with_check("44010019880312043"), with_check("44010019880312043")),
        ("mainland_id", "11010519491231002X", "11010519491231002X"),
        ("mainland_id", "11010519491231002x", "11010519491231002X"),
        ("mainland_id", "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"),
        ("mainland_id", " 110105 19491231 002X ", "11010519491231002X"),
        ("mainland_id", with_check("44010020000229001"), with_check("44010020000229001")),
        ("mainland_id", with_check("44010020261122001"), with_check("44010020261122001")),
        ("residence_permit", with_check("81000019941209008"), with_check("81000019941209008")),
        ("residence_permit", with_check("82000019941209008"), with_check("82000019941209008")),
        ("residence_permit", with_check("83000019941209008"), with_check("83000019941209008")),
        ("hk_macao_permit", "H12345678", "H12345678"),
        ("hk_macao_permit", "m12345678", "M12345678"),
        ("hk_macao_permit", "H1234567801", "H1234567801"),
        ("hk_macao_permit", "Ｈ１２３４５６７８（０１）", "H1234567801"),
        ("taiwan_permit", "12345678", "12345678"),
        ("taiwan_permit", "0123456789", "0123456789"),
        ("taiwan_permit", "0123456789(B)", "0123456789B"),
        ("passport", "e12345678", "E12345678"),
        ("passport", "B5012 3457", "B50123457"),
        ("passport", "12345", "12345"),
        ("passport", "A" * 19 + "1", "A" * 19 + "1"),
    ],
)
def test_good_numbers(kind: str, typed: str, normal: str) -> None:
    assert rules.document_number(DocumentType(kind), typed, TODAY) == normal


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        ("mainland_id", "", "请填写"),
        ("mainland_id", "110105194912310021", "逐位检查"),
        ("mainland_id", "110105491231002", "15 位"),
        ("mainland_id", "11010519491231002", "18 位"),
        ("mainland_id", "1101051949123100X2", "18 位"),
        ("mainland_id", "110105🙂9491231002X", "18 位"),
        ("mainland_id", with_check("44010019990229001"), "出生日期"),
        ("mainland_id", with_check("44010019000229001"), "出生日期"),
        ("mainland_id", with_check("44010018991231001"), "出生日期"),
        ("mainland_id", with_check("44010019881301001"), "出生日期"),
        ("mainland_id", with_check("44010020261123001"), "出生日期"),
        ("mainland_id", with_check("81000019941209008"), "居住证"),
        ("mainland_id", with_check("91000019941209008"), "护照"),
        ("residence_permit", with_check("44010019880312043"), "81、82 或 83"),
        ("residence_permit", with_check("84000019880312043"), "81、82 或 83"),
        ("hk_macao_permit", "A1234567", "H 或 M"),
        ("hk_macao_permit", "H1234567", "H 或 M"),
        ("hk_macao_permit", "H123456789", "H 或 M"),
        ("taiwan_permit", "1234567", "8 位"),
        ("taiwan_permit", "A123456789", "8 位"),
        ("passport", "1234", "5 到 20"),
        ("passport", "A" * 20 + "1", "5 到 20"),
        ("passport", "ABCDEF", "5 到 20"),
        ("passport", "E1234_678", "5 到 20"),
        ("passport", "护照123456", "5 到 20"),
    ],
)
def test_bad_numbers_say_how_to_mend_them(kind: str, typed: str, says: str) -> None:
    fault = rules.document_number(DocumentType(kind), typed, TODAY)
    assert isinstance(fault, FieldFault)
    assert fault.field == "document_number"
    assert says in fault.zh
    assert fault.en.isascii()


@given(st.text(max_size=40), st.sampled_from([k for k in DocumentType if k is not DocumentType.NONE_CHILD]))
def test_any_number_is_judged_and_a_normal_form_stays(typed: str, kind: DocumentType) -> None:
    found = rules.document_number(kind, typed, TODAY)
    if isinstance(found, str):
        assert rules.document_number(kind, found, TODAY) == found


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17))
def test_one_wrong_digit_is_always_found(born: date, serial: int, place: int) -> None:
    number = with_check(f"440100{born:%Y%m%d}{serial:03d}")
    assert rules.document_number(DocumentType.MAINLAND_ID, number, TODAY) == number
    assert rules.from_mainland_number(number) == (born, Sex.MALE if serial % 2 else Sex.FEMALE)
    other = "0" if number[place] in "1X" else "1"
    changed = number[:place] + other + number[place + 1 :]
    assert isinstance(rules.document_number(DocumentType.MAINLAND_ID, changed, TODAY), FieldFault)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("陈美华", "陈美华"),
        ("  陈 美 华 ", "陈美华"),
        ("陈\u200b美华", "陈美华"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("𠮷田", "𠮷田"),
        ("〇一", "〇一"),
        ("㛃洁", "㛃洁"),
        ("欧阳娜娜", "欧阳娜娜"),
        ("Daniel Okafor", "Daniel Okafor"),
        ("Ｄａｎｉｅｌ  Okafor", "Daniel Okafor"),
        ("Anne-Marie O’Neill", "Anne-Marie O'Neill"),
        ("José Ñáñez", "José Ñáñez"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("Jean‑Luc D'Arc Jr.", "Jean-Luc D'Arc Jr."),
        ("Ng", "Ng"),
    ],
)
def test_good_names(typed: str, normal: str) -> None:
    assert rules.name_as_filed(typed) == normal


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "请填写"),
        (" \u200b ", "请填写"),
        ("陈", "太短"),
        ("陈美华🌸", "符号"),
        ("🌸小晴🐱✨", "符号"),
        ("Anna😀", "符号"),
        ("陈美华1", "符号"),
        ("陈美华(女)", "符号"),
        ("·陈美", "符号"),
        ("陈Anna", "中文姓名"),
        ("Иван Петров", "拉丁字母"),
        ("김하나", "拉丁字母"),
        ("محمد", "拉丁字母"),
        ("-Anna", "符号"),
        ("<script>", "符号"),
        ("Robert'); DROP", "符号"),
        ("陈\ue863华", "窗口"),
        ("陈" * 31, "太长"),
        ("A" * 81, "太长"),
    ],
)
def test_odd_names_are_refused_with_a_reason(typed: str, says: str) -> None:
    fault = rules.name_as_filed(typed)
    assert isinstance(fault, FieldFault), fault
    assert fault.field == "name"
    assert says in fault.zh


@given(st.text(max_size=100))
def test_any_name_is_judged_and_a_normal_form_stays(typed: str) -> None:
    found = rules.name_as_filed(typed)
    if isinstance(found, str):
        assert rules.name_as_filed(found) == found
        assert len(found) >= 2


@pytest.mark.parametrize(
    ("born", "today", "age"),
    [
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 2, 29), date(2020, 2, 28), 19),
        (date(2000, 2, 29), date(2020, 2, 29), 20),
        (date(2008, 11, 22), date(2026, 11, 22), 18),
        (date(2008, 11, 23), date(2026, 11, 22), 17),
        (date(2026, 11, 22), date(2026, 11, 22), 0),
    ],
)
def test_ages(born: date, today: date, age: int) -> None:
    assert rules.age_on(born, today) == age
    assert rules.is_minor(born, today) is (age < 18)


@pytest.mark.parametrize(
    ("now", "wanted", "minor", "allowed"),
    [
        ("parent", "spouse", False, True),
        ("other", "child", False, True),
        ("other", "child", True, False),
        ("child", "other", True, False),
        ("child", "other", False, True),
        ("parent", "self", False, False),
        ("self", "parent", False, False),
        ("self", "self", False, True),
    ],
)
def test_a_relation_changes_only_where_no_right_changes(now: str, wanted: str, *, minor: bool, allowed: bool) -> None:
    assert rules.may_change_relation(Relation(now), Relation(wanted), minor=minor) is allowed
