"""Screens of settling with an insurance, and how the story comes to them: by hand, on the consent page."""

import re

from playwright.sync_api import Page

from tests.browser.screens import Screen, look_aside, tap, unfold
from tests.browser.visitor import Visitor

INSURED_NAME = "陈美华"
CLASS = "广州职工医保 · 普通门诊"
UNCHOSEN, CHOSEN = "unchosen", "gz_employee"
SECONDS = 30_000


def settle(visitor: Visitor) -> None:
    """Calculate the fees that are to be paid; let the insurance refuse the held place once, and split it then."""
    visitor.facts["split"] = _consent(visitor, visitor.facts["fees_order"], "医保统筹支付")
    people = visitor.demo.control("GET", "insurance/people")["people"]
    number = next(one["psn_no"] for one in people if one["name"] == INSURED_NAME)
    visitor.demo.control("PUT", "insurance/people", {"psn_no": number, "policy": UNCHOSEN})
    visitor.facts["not_insured"] = _consent(visitor, visitor.facts["held_order"], "医保没有算成")
    visitor.demo.control("PUT", "insurance/people", {"psn_no": number, "policy": CHOSEN})
    _consent(visitor, visitor.facts["held_order"], "医保统筹支付")


def _consent(visitor: Visitor, order: str, ends: str) -> str:
    """From the choice of a class through the consent to what the insurance says. The settlement's id."""
    if visitor.page is None:
        raise RuntimeError("sign in first")
    page = visitor.page
    page.goto(f"{visitor.origin}/{visitor.entry}/#/pages/settle/classes?order={order}", wait_until="load")
    page.reload()
    page.get_by_text(CLASS, exact=True).click()
    page.locator(".j-btn").filter(has_text="去授权并试算").click()
    page.get_by_role("link").filter(has_text=INSURED_NAME).click(timeout=SECONDS)
    page.get_by_text(ends).first.wait_for(state="visible", timeout=SECONDS)
    found = re.search(r"settlement=([0-9a-f-]+)", page.url)
    if found is None:
        raise RuntimeError(f"no settlement in {page.url}")
    return found.group(1)


def _without_account(page: Page) -> None:
    """The personal account is left out, so that something is the patient's own to pay."""
    switch = page.get_by_role("switch").first
    switch.wait_for(state="visible")
    if switch.get_attribute("aria-checked") == "true":
        switch.click()


INSURED: tuple[Screen, ...] = (
    Screen(
        "settle-classes",
        "选择结算类别",
        "pages/settle/classes?order={fees_order}",
        ("选择结算类别", "How to settle"),
        soon=True,
    ),
    Screen(
        "settle-split",
        "医保试算",
        "pages/settle/presettle?order={fees_order}&settlement={split}",
        ("医保统筹支付", "Paid by the insurance fund"),
        ("flows/14-presettle",),
        soon=True,
    ),
    Screen(
        "settle-split-why",
        "医保试算，自付的原因和明细",
        "pages/settle/presettle?order={fees_order}&settlement={split}",
        ("二甲双胍", "Metformin"),
        ("flows/14-presettle",),
        soon=True,
        acts=(_without_account, unfold("为什么有", "Why ¥"), unfold("费用明细（", "Items ("), look_aside),
    ),
    Screen(
        "settle-refused",
        "医保没有算成",
        "pages/settle/presettle?order={held_order}&settlement={not_insured}",
        ("医保没有算成", "Insurance did not work"),
        ("flows/14b-insurance-failed",),
        soon=True,
    ),
    Screen(
        "settle-refused-steps",
        "医保没有算成，先去选点的步骤",
        "pages/settle/presettle?order={held_order}&settlement={not_insured}",
        ("进入“门诊选点”", "Open 门诊选点"),
        ("flows/14b-insurance-failed",),
        soon=True,
        acts=(tap("先去选点，再用医保", "Choose this hospital first"), look_aside),
    ),
)
