"""The cashier's screens with an insurance: read, split, agreed to, the own part refused, all of it taken back, paid."""

from tests.browser.demo import Demo
from tests.browser.screens import Screen
from tests.browser.window import Window

FILE, DEPARTMENT, CLINIC = "P0000001", "D0301", "心血管内科"
TOKEN = "EC9944010000000000000011"
"""The magic e-voucher of the sandbox's first person, good at any time (docs/sandbox-desk.md)."""
PAYS, NOT_ENOUGH = "139900000000000001", "139900000000000601"
NOWHERE = "990100"
"""An insured place that is in no table: no class is guessed."""
_PAGE, _MOCKUP = "console/", ("admin/17-cashier",)
READY = Screen(
    "desk-insurance-ready", "Desk: card or e-voucher", _PAGE, ("等待读医保卡或凭证", "Waiting for a card"), _MOCKUP
)
UNKNOWN_CLASS = Screen(
    "desk-insurance-refused",
    "Desk: a class that is refused",
    _PAGE,
    ("不能用医保结算", "The insurance cannot be used"),
    _MOCKUP,
)
SPLIT = Screen(
    "desk-insurance-split",
    "Desk: the split",
    _PAGE,
    ("请患者核对后确认医保结算", "Have the patient check the split"),
    _MOCKUP,
)
AGREED = Screen(
    "desk-insurance-agreed",
    "Desk: settled, the own part is due",
    _PAGE,
    ("医保统筹（已结算）", "Pooled fund (settled)"),
    _MOCKUP,
)
OWN_REFUSED = Screen(
    "desk-insurance-own-refused", "Desk: own part refused", _PAGE, ("余额不足", "Not enough balance"), _MOCKUP
)
GIVING_UP = Screen(
    "desk-insurance-cancel",
    "Desk: give the insurance up?",
    _PAGE,
    ("要取消医保结算吗？", "Cancel the insurance settlement?"),
    _MOCKUP,
)
REVERSED = Screen(
    "desk-insurance-reversed", "Desk: reversed", _PAGE, ("医保结算已撤销", "The insurance was reversed"), _MOCKUP
)
PAID = Screen("desk-insurance-paid", "Desk: both parts in", _PAGE, ("医保结算", "Insurance:"), _MOCKUP)
SCREENS = (READY, UNKNOWN_CLASS, SPLIT, AGREED, OWN_REFUSED, GIVING_UP, REVERSED, PAID)


def take(window: Window, document: str) -> None:
    """With a fresh visit of the sandbox's first person, whose identity number is `document`."""
    demo, page = window.demo, window.page
    ended = {"patient_id": FILE, "department_code": DEPARTMENT}
    demo.control("POST", "hospital/fees/end_consultation", ended)
    window.looks_up(document)
    page.locator(".visits li").filter(has_text=CLINIC).get_by_role("button").last.click()
    # The order that was made is chosen, and the cursor has gone to the scanner's field: it goes there last.
    page.locator("tr.on").filter(has_text="门诊缴费").wait_for(state="visible")
    page.locator(".scan input:focus:enabled").wait_for(state="attached")
    page.keyboard.press("F6")
    window.picture(READY)
    number, home = _insured(demo)
    demo.control("PUT", "insurance/people", {"psn_no": number, "place": NOWHERE})
    _reads(window)
    # A refusal is said once, in the language it was asked in.
    window.picture(UNKNOWN_CLASS, again=lambda: _reads(window))
    demo.control("PUT", "insurance/people", {"psn_no": number, "place": home})
    _splits(window)
    window.picture(SPLIT)
    page.keyboard.press("F9")
    window.picture(AGREED)
    window.scan(NOT_ENOUGH)
    window.picture(OWN_REFUSED)
    window.on()
    page.keyboard.press("Escape")
    window.picture(GIVING_UP)
    page.keyboard.press("F9")
    window.picture(REVERSED)
    _splits(window)
    page.keyboard.press("F9")
    page.get_by_text(AGREED.shows[0]).first.wait_for(state="visible")
    window.scan(PAYS)
    page.get_by_text("收款成功").first.wait_for(state="visible")
    window.picture(PAID)
    window.on()


def _insured(demo: Demo) -> tuple[str, str]:
    """The person's number at the insurance, and where they are insured."""
    people = demo.control("GET", "insurance/people")["people"]
    row = next(one for one in people if one["patient_id"] == FILE)
    return row["psn_no"], row["place"]


def _reads(window: Window) -> None:
    """F6, then the scanner types and presses Enter."""
    page = window.page
    page.keyboard.press("F6")
    page.locator(".insure input:focus:enabled").wait_for(state="attached")
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")


def _splits(window: Window) -> None:
    """Read, and split without the personal account, so that something is left to the patient."""
    _reads(window)
    window.page.get_by_text(SPLIT.shows[0]).first.wait_for(state="visible")
    window.page.get_by_text("用个人账户支付").click()
    window.page.locator(".split .own").filter(has_text="¥").wait_for(state="visible")
    window.page.locator(".el-checkbox:not(.is-checked)").wait_for(state="visible")
