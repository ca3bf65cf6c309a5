"""What a page knows before it draws."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.home.types import BUILT, FEATURES
from tests.support.product import Product, running

pytestmark = pytest.mark.feature("F11")
ROOT = Path(__file__).resolve().parents[3]


@pytest_asyncio.fixture
async def product(dsn: str) -> AsyncIterator[Product]:
    async with running(dsn) as product:
        yield product


def test_the_feature_matrix_is_what_the_hospital_asked_for() -> None:
    text = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
    asked: dict[str, frozenset[Channel]] = {}
    for row in re.findall(r"^\| (F\d\d) \|(.*)$", text, re.MULTILINE):
        cells = [cell.strip() for cell in row[1].split("|")]
        columns = zip((Channel.WECHAT_OA, Channel.ALIPAY_LIFE, Channel.ALIPAY_MINI), cells[1:4], strict=True)
        asked[row[0]] = frozenset(channel for channel, mark in columns if mark == "●")
    assert asked == FEATURES
    assert set(FEATURES) >= BUILT


async def test_a_visitor_sees_the_hospital_and_no_account(product: Product) -> None:
    answer = (await product.visitor().get("/api/bootstrap")).json()
    assert answer["hospital"]["name"] == "岭南大学附属医院"
    assert answer["me"] is None
    assert answer["csrf_token"] is None
    assert answer["features"] == sorted(BUILT)
    assert answer["server_time"].endswith("+08:00")
    assert [block["block"] for block in answer["home_design"]["blocks"]][:2] == ["patient_card", "now_card"]


async def test_a_person_gets_their_own_csrf_value(product: Product) -> None:
    person = await product.sign_in()
    answer = (await person.get("/api/bootstrap")).json()
    assert answer["csrf_token"] == person.principal.csrf
    assert answer["me"]["account_id"] == str(person.principal.account_id)


@pytest.mark.parametrize(
    "name", ["booking_rules@1", "patient_agreement@1", "minor_guardian@1", "privacy@1", "mdt_application@1"]
)
async def test_agreements_are_read_in_both_languages(product: Product, name: str) -> None:
    answer = (await product.visitor().get(f"/api/agreements/{name}")).json()
    assert answer["title"]
    assert len(answer["body"]) > 50
    assert answer["body_en"].isascii() or "“" in answer["body_en"]


@pytest.mark.parametrize("name", ["nothing@1", "booking_rules@9", "..%2F..%2Fapi@1", "booking_rules@1.zh"])
async def test_other_files_are_not_agreements(product: Product, name: str) -> None:
    assert (await product.visitor().get(f"/api/agreements/{name}")).status_code == 404
