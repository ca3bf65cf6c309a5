"""Who asked to be told when the hospital's system answers again is told once it does, and once only."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from jiuyi.domains.booking.flows import mirror
from jiuyi.domains.booking.ports import SchedulePage
from jiuyi.domains.notifications import service
from jiuyi.domains.notifications.types import About
from jiuyi.kit.outcomes import Unreachable
from tests.support.product import Person, Product, running

pytestmark = [pytest.mark.feature("F02"), pytest.mark.feature("F03")]


class Hospital:
    """Satisfies `Schedules`; `down` while nothing answers."""

    down = True

    async def page(self, first: date, last: date, changed_since: str | None, cursor: str | None) -> SchedulePage:
        del first, last, changed_since, cursor
        if self.down:
            raise Unreachable("his", "schedules")
        return SchedulePage([], None, "2026-11-23T19:06:00+08:00")


@pytest_asyncio.fixture
async def product(dsn: str) -> AsyncIterator[Product]:
    async with running(dsn) as product:
        yield product


async def _wish(person: Person, about: str) -> int:
    return (await person.call("PUT", f"/api/wishes/{about}")).status_code


async def _round(product: Product, hospital: Hospital) -> None:
    """What the worker does: it looks at the schedules, and what was deferred meanwhile runs, twice."""
    parts = product.parts
    try:
        await mirror.refresh(parts.db, parts.knobs, hospital)
    except Unreachable:
        assert hospital.down
    async with parts.db.tx() as tx:
        jobs = await tx.values(
            "SELECT task_name FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", (service.RECOVERED,)
        )
    for _ in [one for one in jobs for _ in range(2)]:
        await parts.jobs.functions[service.RECOVERED]()


async def _messages(person: Person, language: str = "zh-CN") -> list[dict[str, Any]]:
    answer = await person.http.get("/api/messages", headers={"accept-language": language})
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_everybody_who_waits_is_told_once(product: Product) -> None:
    lin, chen, third = [await product.sign_in() for _ in range(3)]
    hospital = Hospital()
    for person, about in ((lin, "fees"), (lin, "fees"), (chen, "booking")):
        assert await _wish(person, about) == 204
    await _round(product, hospital)
    assert await _messages(lin) == []
    hospital.down = False
    for _ in range(3):
        await _round(product, hospital)
    told, booked = await _messages(lin), await _messages(chen, "en")
    assert [(one["title"], one["link"]["page"]) for one in told] == [("医院系统已恢复", "fees_again")]
    assert "门诊缴费" in told[0]["body"]
    assert [(one["title"], one["link"]["page"]) for one in booked] == [("The hospital system is back", "booking")]
    assert await _messages(third) == []


async def test_a_new_outage_is_a_new_wish(product: Product) -> None:
    lin, hospital = await product.sign_in(), Hospital()
    hospital.down = False
    for number in (1, 2):
        assert await _wish(lin, About.RECORDS) == 204
        await _round(product, hospital)
        assert len(await _messages(lin)) == number


async def test_what_nobody_can_wait_for_is_unknown(product: Product) -> None:
    lin = await product.sign_in()
    assert await _wish(lin, "rain") in {400, 404}
    assert await _wish(Person(product.visitor(), lin.principal, ""), "fees") in {401, 403}


async def test_an_account_cannot_wish_without_end(product: Product) -> None:
    lin, chen = [await product.sign_in() for _ in range(2)]
    said = [await _wish(lin, "fees") for _ in range(11)]
    assert said == [204] * 10 + [429]
    assert await _wish(chen, "fees") == 204
