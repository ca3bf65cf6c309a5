import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiuyi.domains.catalog import rules
from jiuyi.domains.catalog.rules import Words

pytestmark = pytest.mark.feature("F02", "F10")


def words(name: str, reading: str = "", name_en: str = "", more: str = "") -> Words:
    return Words(name, tuple(rules.syllables_of(name, reading)), name_en, more)


CARDIOLOGY = words("心血管内科", "xinxueguanneike", "Cardiology", "胸闷、心慌、高血压 chest tightness, palpitations")
LIN = words("林志远", "linzhiyuan", "Lin Zhiyuan", "冠心病、高血压的介入治疗 coronary disease")
SHAN = words("单雪", "shanxue", "Shan Xue")
CT = words("CT室（东院区）", "ctshidongyuanqu", "CT Room (East)")
ORTHO = words("骨外科", "guwaike", "Orthopaedics")


@pytest.mark.parametrize(
    ("typed", "found", "expected"),
    [
        ("心血管内科", CARDIOLOGY, 0),
        ("cardiology", CARDIOLOGY, 0),
        ("Lin Zhiyuan", LIN, 0),
        ("心", CARDIOLOGY, 1),
        ("心血管", CARDIOLOGY, 1),
        ("xinxueguanneike", CARDIOLOGY, 1),
        ("xin xue guan", CARDIOLOGY, 1),
        ("XXGNK", CARDIOLOGY, 1),
        ("xxg", CARDIOLOGY, 1),
        ("xinxg", CARDIOLOGY, 1),
        ("心xgn", CARDIOLOGY, 1),
        ("xinxueg", CARDIOLOGY, 1),
        ("ｘｘｇ", CARDIOLOGY, 1),
        ("lzy", LIN, 1),
        ("linzy", LIN, 1),
        ("lin'zhi'yuan", LIN, 0),
        ("lin'zhi'y", LIN, 1),
        ("shanx", SHAN, 1),
        ("sx", SHAN, 1),
        ("ctsdyq", CT, 1),
        ("内科", CARDIOLOGY, 3),
        ("nk", CARDIOLOGY, 3),
        ("志远", LIN, 3),
        ("zhiyuan", LIN, 3),
        ("cardio", CARDIOLOGY, 4),
        ("心臟", words("心脏中心", "xinzangzhongxin"), 5),
        ("林致远", LIN, 5),
        ("心内科", CARDIOLOGY, 2),
        ("xnk", CARDIOLOGY, 2),
        ("骨科", ORTHO, 2),
        ("高血压", CARDIOLOGY, 6),
        ("高血压", LIN, 6),
        ("palpitations", CARDIOLOGY, 6),
        ("林志远 高血压", LIN, 7),
        ("danxue", SHAN, None),
        ("皮肤科", CARDIOLOGY, None),
        ("zzz", CARDIOLOGY, None),
        ("xnx", CARDIOLOGY, None),
        ("xk", CARDIOLOGY, None),
    ],
)
def test_rank(typed: str, found: Words, expected: int | None) -> None:
    query = rules.read_query(typed)
    assert query is not None
    assert rules.rank(query, found) == expected


@pytest.mark.parametrize("typed", ["", " ", "x", "…", "'", "1", "🙂", "%_"])
def test_too_short_to_search(typed: str) -> None:
    assert rules.read_query(typed) is None


@pytest.mark.parametrize("typed", ["心", "xx", "12", " 林 ", "l z"])
def test_long_enough(typed: str) -> None:
    assert rules.read_query(typed) is not None


@pytest.mark.parametrize(
    ("name", "reading", "expected"),
    [
        ("单雪", "shanxue", ["shan", "xue"]),
        ("单雪", "", ["dan", "xue"]),
        ("重症医学科", "zhongzhengyixueke", ["zhong", "zheng", "yi", "xue", "ke"]),
        ("CT室", "ctshi", ["c", "t", "shi"]),
        ("行长", "unheardof", ["xing", "zhang"]),
    ],
)
def test_syllables_follow_the_hospital(name: str, reading: str, expected: list[str]) -> None:
    assert rules.syllables_of(name, reading) == expected


@given(st.text(max_size=60))
def test_any_text_can_be_searched(typed: str) -> None:
    query = rules.read_query(typed)
    if query is not None:
        for found in (CARDIOLOGY, LIN, SHAN, CT):
            assert rules.rank(query, found) in {None, 0, 1, 2, 3, 4, 5, 6, 7}


@given(st.data())
def test_any_mixture_of_initials_and_syllables_finds_the_name(data: st.DataObject) -> None:
    typed = "".join(
        data.draw(st.sampled_from([name, *(syllable[:n] for n in range(1, len(syllable) + 1))]))
        for name, syllable in zip("心血管内科", CARDIOLOGY.syllables, strict=True)
    )
    query = rules.read_query(typed)
    assert query is not None
    assert rules.rank(query, CARDIOLOGY) in {0, 1}


@pytest.mark.parametrize(
    ("before", "kept", "percent", "too_many"),
    [(0, 0, 50, False), (10, 5, 50, False), (10, 4, 50, True), (10, 0, 100, True), (1, 0, 100, True), (3, 3, 1, False)],
)
def test_a_broken_listing_is_recognised(before: int, kept: int, percent: int, *, too_many: bool) -> None:
    assert rules.vanishing_too_many(before, kept, percent) is too_many
