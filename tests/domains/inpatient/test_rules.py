"""Pure decisions about stays."""

from datetime import UTC, date, datetime

import pytest

from jiuyi.domains.inpatient import rules
from jiuyi.domains.inpatient.types import Question, Stay

pytestmark = pytest.mark.feature("F09")

STAY = Stay(
    inpatient_no="ZY26003081",
    patient_id="P0000006",
    name="李秀珍",
    department_name="心血管内科",
    department_name_en="Cardiology",
    ward="九楼东",
    ward_en="9 East",
    bed="18 床",
    admitted_on=date(2026, 11, 18),
    state="admitted",
    deposit_open=True,
    deposit_note="",
    deposit_note_en="",
    as_of=datetime(2026, 11, 23, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("question", "same"),
    [
        (Question(inpatient_no="ZY26003081", name="李秀珍"), True),
        (Question(inpatient_no="zy26003081", name="李秀珍"), True),
        (Question(inpatient_no="ZY26003080", name="李秀珍"), False),
        (Question(bed_code="C1-B09-18-7KQ2M9XA"), True),
    ],
)
def test_a_neighbour_s_stay_is_no_answer(question: Question, same: bool) -> None:
    assert rules.answers(STAY, question) is same


@pytest.mark.parametrize(
    ("number", "name", "code", "asked"),
    [
        (None, None, " C1-B09-18-7KQ2M9XA ", Question(bed_code="C1-B09-18-7KQ2M9XA")),
        (" zy26003081", "李秀珍 ", None, Question(inpatient_no="ZY26003081", name="李秀珍")),
        (None, None, "W12-03", None),
        (None, None, "W12-03".ljust(20), None),
        (None, None, "x" * 65, None),
        ("ZY26003081", " ", None, None),
        ("ZY26003081", None, None, None),
        (None, None, None, None),
    ],
)
def test_a_guess_is_not_asked(number: str | None, name: str | None, code: str | None, asked: Question | None) -> None:
    assert rules.question(number, name, code) == asked
