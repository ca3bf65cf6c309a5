"""A phone opens the H5 in Chromium."""

import pytest
from playwright.async_api import Page

from tests.support.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.feature("F11"), pytest.mark.slow]


async def test_the_home_page_opens_for_a_person(live: Live, page: Page) -> None:
    await live.idle()
    phone = live.phone(1)
    await page.goto(f"{phone.origin}/w/sign-in")
    await page.wait_for_url(f"{phone.origin}/w/**")
    await page.get_by_text("预约挂号").first.wait_for()
