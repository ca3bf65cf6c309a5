"""The pure parts of the kit."""

import string
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiuyi.kit import ids, log, masking, money
from jiuyi.kit.states import ForbiddenMove, Transitions


def test_ids_sort_by_the_time_they_were_made() -> None:
    made = [ids.new_id() for _ in range(50)]
    assert len(set(made)) == 50
    assert all(one.version == 7 and one.variant == "specified in RFC 4122" for one in made)
    assert [one.int >> 80 for one in made] == sorted(one.int >> 80 for one in made)
    written = UUID(ids.new_hex())
    assert written.version == 7
    assert written.int >> 80 >= made[-1].int >> 80


def test_numbers_people_read_are_stable_and_unambiguous() -> None:
    one = ids.new_id()
    assert ids.number_from("R", one) == ids.number_from("R", one)
    assert len({ids.number_from("R", ids.new_id()) for _ in range(500)}) == 500
    assert not set(ids.number_from("", one)) & set("ILOU")
    # 48 bits of time and the last 32: sixteen digits of five bits, the highest first.
    assert ids.number_from("L", UUID(int=0)) == "L0000000000000000"
    assert ids.number_from("L", UUID(int=2**128 - 1)) == "LZZZZZZZZZZZZZZZZ"
    assert ids.number_from("L", UUID("01890a5d-ac96-774b-bcce-b302099a8057")) == "L064GMQDCJR4SN02Q"


@given(st.integers(-(10**14), 10**14))
def test_money_goes_to_text_and_back(fen: int) -> None:
    assert money.fen_from_yuan(money.yuan(fen)) == fen


@pytest.mark.parametrize("text", ["", "1.234", "1e3", "1,000.00", "¥1", "--1", "0x10", "１.5.", "nan"])
def test_what_is_not_money_is_refused(text: str) -> None:
    with pytest.raises(money.NotMoney):
        money.fen_from_yuan(text)


@pytest.mark.parametrize(
    ("clear", "masked"),
    [
        ("陈建华", "陈*华"),
        ("陈华", "陈*"),
        ("欧阳建国", "欧**国"),
        ("陈", "陈"),
        ("Jane Smith", "J*** S****"),
        ("", ""),
        ("阿卜杜拉·买买提", "阿******提"),
    ],
)
def test_names_are_masked_as_settled(clear: str, masked: str) -> None:
    assert masking.name(clear) == masked


@pytest.mark.parametrize(
    ("clear", "kind", "masked"),
    [
        ("440106199001011234", "mainland_id", "4401**********1234"),
        ("H12345678", "hk_macao_permit", "H******78"),
        ("E12345678", "passport", "E*****678"),
        ("12", "passport", "**"),
    ],
)
def test_documents_are_masked(clear: str, kind: str, masked: str) -> None:
    assert masking.document(clear, kind) == masked


@given(st.text(alphabet=string.digits, min_size=0, max_size=20))
def test_a_masked_number_never_shows_more_than_its_ends(number: str) -> None:
    shown = [c for c in masking.document(number) if c != "*"]
    assert len(shown) <= 8
    assert len(masking.document(number)) == len(number)


def test_phones_and_cards_are_masked() -> None:
    assert masking.phone("13812342046") == "138****2046"
    assert masking.phone("+85261234567") == "********4567"
    assert masking.card("4400012348067") == "*********8067"


def test_logs_cut_out_what_looks_personal() -> None:
    line = log.redact('id 44010619900101123X phone 13812342046 "token": "abcdefghijkl" order 01a20503')
    assert line == 'id [id] phone [phone] "token": "[cut]" order 01a20503'


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


def test_a_graph_wants_every_status_and_refuses_other_edges() -> None:
    with pytest.raises(ValueError, match="no edges"):
        Transitions("light", Light, Light.RED, {Light.RED: [Light.GREEN]})
    graph = Transitions("light", Light, Light.RED, {Light.RED: [Light.GREEN], Light.GREEN: []})
    graph.check(Light.RED, Light.GREEN)
    with pytest.raises(ForbiddenMove):
        graph.check(Light.GREEN, Light.RED)
    assert graph.final == {Light.GREEN}
    assert "red --> green" in graph.mermaid()
