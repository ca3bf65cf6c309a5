from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from jiuyi.domains.catalog import flows
from tests.domains.catalog.listings import FakeHospital
from tests.support.product import Product, running

pytestmark = pytest.mark.feature("F02", "F10")


@pytest_asyncio.fixture
async def product(dsn: str) -> AsyncIterator[Product]:
    async with running(dsn) as product:
        await flows.refresh(product.parts.db, product.parts.knobs, FakeHospital())
        await product.parts.directory.load()
        yield product


async def test_anybody_reads_what_hangs_on_the_walls(product: Product) -> None:
    visitor = product.visitor()
    assert [row["name"] for row in (await visitor.get("/api/campuses")).json()["items"]] == ["本部", "东院区"]
    groups = (await visitor.get("/api/departments")).json()["groups"]
    assert [group["name"] for group in groups] == ["内科", "急诊科"]
    cardiology = groups[0]["departments"][0]
    assert (cardiology["name_en"], cardiology["parent_id"]) == ("Cardiology", groups[0]["id"])
    doctors = (await visitor.get("/api/doctors", params={"department_id": cardiology["id"]})).json()
    assert [row["name"] for row in doctors["items"]] == ["林志远", "陈建华"]
    one = (await visitor.get(f"/api/doctors/{doctors['items'][0]['id']}")).json()
    assert (one["title"], one["department_name"], one["is_favourite"]) == ("主任医师", "心血管内科", False)


@pytest.mark.parametrize("q", ["心", "xnk", "xxgnk", "xinxueguan", "cardiology", "心xg"])
async def test_search_over_http(product: Product, q: str) -> None:
    found = (await product.visitor().get("/api/search", params={"q": q})).json()
    assert "心血管内科" in [row["name"] for row in found["departments"]]


async def test_a_short_search_says_what_is_wanted(product: Product) -> None:
    answer = await product.visitor().get("/api/search", params={"q": "x"}, headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["fields"] == [
        {"field": "q", "message": "Please enter at least one Chinese character or two letters"}
    ]


@pytest.mark.parametrize("path", ["/api/doctors/not-an-id", "/api/doctors/4999bd15-94ab-4211-ae16-33600128429c"])
async def test_an_unknown_doctor_is_not_found(product: Product, path: str) -> None:
    assert (await product.visitor().get(path)).status_code == 404


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "1000"}, {"cursor": "x"}, {"clinic_kind": "free"}])
async def test_malformed_questions_are_refused(product: Product, params: dict[str, str]) -> None:
    assert (await product.visitor().get("/api/doctors", params=params)).status_code == 400


async def test_favourites_are_each_account_s_own(product: Product) -> None:
    mine, theirs = await product.sign_in(), await product.sign_in()
    lin = (await mine.get("/api/doctors", q="lzy")).json()["items"][0]
    path = f"/api/favourites/{lin['id']}"
    assert (await product.visitor().put(path)).status_code == 401
    assert (await mine.http.put(path)).status_code == 403
    assert (await mine.call("PUT", path)).status_code == 204
    assert (await mine.call("PUT", path)).status_code == 204
    assert [row["name"] for row in (await mine.get("/api/favourites")).json()["items"]] == ["林志远"]
    assert (await mine.get(f"/api/doctors/{lin['id']}")).json()["is_favourite"] is True
    assert (await theirs.get("/api/favourites")).json()["items"] == []
    assert (await theirs.call("DELETE", path)).status_code == 204
    assert len((await mine.get("/api/favourites")).json()["items"]) == 1
    assert (await mine.call("DELETE", path)).status_code == 204
    assert (await mine.get("/api/favourites")).json()["items"] == []
    assert (await mine.call("PUT", f"/api/favourites/{uuid4()}")).status_code == 404
