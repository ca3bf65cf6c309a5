"""Screens of what comes after a booking, and of what goes wrong: paid, cancelled, stopped, refused, slow, offline."""

from playwright.sync_api import Page, Route

from tests.browser.screens import Act, Screen, look_aside, tap, write

# One number gets five codes an hour, and the story has used some.
CODE_AGAIN_SECONDS = 25 * 60
BROKEN = '{"type":"about:blank","title":"","status":503,"detail":"","code":"","request_id":"E-1906-7C2F","fields":[]}'
SILENT_SINCE = "2026-11-23T19:06:00+08:00"
MINUTE = 61_000
# A call that is opened for such an address is not sent.
SILENT = """
const {open, send} = XMLHttpRequest.prototype
XMLHttpRequest.prototype.open = function (method, url, ...rest) {
  this.unheard = String(url).includes('PART')
  return open.call(this, method, url, ...rest)
}
XMLHttpRequest.prototype.send = function (...body) {
  if (!this.unheard) send.apply(this, body)
}
"""


def fails(pattern: str) -> Act:
    """The server cannot answer these calls."""

    def answer(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=BROKEN)

    def act(page: Page) -> None:
        page.route(pattern, answer)

    return act


def answers(pattern: str, body: dict[str, object]) -> Act:
    """The server answers these calls with this."""

    def act(page: Page) -> None:
        page.route(pattern, lambda route: route.fulfill(json=body))

    return act


def silent(part: str) -> Act:
    """Calls of an address with this part are never answered."""

    def act(page: Page) -> None:
        page.add_init_script(SILENT.replace("PART", part))

    return act


def offline(page: Page) -> None:
    """The network goes while the page is open, and the person opens the page again."""
    page.wait_for_load_state("networkidle")
    page.route("**/api/**", lambda route: route.abort("internetdisconnected"))
    page.reload()


def own_clock(page: Page) -> None:
    """Time on this phone is moved by hand."""
    page.clock.install()


def a_minute_later(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.clock.fast_forward(MINUTE)


def fill_child(page: Page) -> None:
    """A child with a file here, to the page that asks how to prove it."""
    for act in (
        write("姓名", "Name", "林一诺"),
        write("身份证号", "ID number", "440100202005170643"),
        tap("子女", "Child"),
        write("就诊人手机号", "Mobile number of the patient", "13800002046"),
    ):
        act(page)
    for box in page.get_by_role("checkbox").all():
        box.click()
    tap("下一步：核验身份", "Next: verify identity")(page)


PAID: tuple[Screen, ...] = (
    Screen(
        "pay-processing",
        "支付确认中",
        "pages/pay/processing?order={paying_order}",
        ("订单号", "Order no."),
        ("flows/15-processing",),
        soon=True,
    ),
    Screen(
        "pay-slow",
        "一分钟还没有结果",
        "pages/pay/processing?order={paying_order}",
        ("这一单暂时不能再付", "cannot be paid"),
        ("flows/28d-timeout",),
        soon=True,
        before=(own_clock,),
        acts=(a_minute_later,),
    ),
    Screen(
        "pay-result",
        "支付结果",
        "pages/pay/result?id={paid_order}",
        ("支付成功", "Paid"),
        ("flows/16-pay-result", "flows/29b-en-pay-result"),
    ),
    Screen(
        "ticket-fresh",
        "约好了",
        "pages/booking/appointment?id={ticket}&fresh=1",
        ("约好了", "You are booked"),
        ("flows/08-ticket",),
    ),
    Screen(
        "ticket", "就诊凭证", "pages/booking/appointment?id={ticket}", ("办理记录", "History"), ("flows/08-ticket",)
    ),
    Screen(
        "ticket-way",
        "就诊凭证，怎么走",
        "pages/booking/appointment?id={ticket}",
        ("找不到", "Cannot find it"),
        ("flows/08-ticket",),
        acts=(tap("怎么走", "Directions"), look_aside),
    ),
    Screen(
        "ticket-offline",
        "没有网络时的凭证",
        "pages/booking/appointment?id={ticket}",
        ("没有网络", "No network"),
        ("flows/28b-offline",),
        acts=(offline,),
        may_refuse=True,
    ),
    Screen(
        "cancel",
        "取消前的确认",
        "pages/booking/appointment?id={ticket}",
        ("为什么取消", "Why are you cancelling"),
        acts=(tap("取消预约", "Cancel booking"), look_aside),
    ),
    Screen("cancelled", "已取消，已退款", "pages/booking/appointment?id={cancelled}", ("办理记录", "History")),
    Screen(
        "failed",
        "付了款没约上，已退款",
        "pages/booking/appointment?id={failed}",
        ("办理记录", "History"),
        ("flows/28f-paid-not-booked",),
    ),
    Screen(
        "stopped",
        "停诊，可改约",
        "pages/booking/appointment?id={stopped}",
        ("都不合适", "None suits"),
        ("flows/28g-stop-clinic",),
    ),
)

MDT: tuple[Screen, ...] = (
    Screen("mdt", "多学科会诊", "pages/mdt/teams", ("会诊团队", "Teams")),
    Screen("mdt-team", "会诊团队", "pages/mdt/team?id={team}", ("要准备的资料", "Documents to prepare")),
    Screen("mdt-apply", "申请会诊", "pages/mdt/apply?team={team}", ("病情说明", "Your condition")),
    Screen("mdt-application", "会诊申请", "pages/mdt/application?id={application}", ("提交时间", "Sent")),
)

FAULTS: tuple[Screen, ...] = (
    Screen(
        "his-down",
        "医院系统连不上",
        "pages/booking/doctors?department={department}",
        ("再试一次", "Try again"),
        ("flows/28a-his-down",),
        before=(fails("**/api/clinics**"),),
        may_refuse=True,
    ),
    Screen(
        "loading",
        "正在读取",
        "pages/visits/index",
        ("就诊", "Visits"),
        ("flows/28e-loading",),
        before=(silent("/api/appointments"),),
        acts=(look_aside,),
    ),
    Screen(
        "part-failed",
        "一块没有读出来",
        "pages/booking/index",
        ("再试一次", "Try again"),
        ("flows/28e-loading",),
        before=(fails("**/api/appointments**"),),
        may_refuse=True,
    ),
    Screen(
        "records-stale",
        "我的记录，医院系统没有回应",
        "pages/records/index?patient_id={parent}",
        ("暂时查不到挂号记录", "Records cannot be read"),
        ("flows/28a-his-down", "flows/25-records"),
        before=(answers("**/api/records/registrations**", {"items": [], "stale": True, "as_of": SILENT_SINCE}),),
    ),
    Screen(
        "fees-stale",
        "待缴费，医院系统没有回应",
        "pages/fees/index?patient_id={parent}",
        ("暂时查不到费用", "Fees cannot be read"),
        ("flows/28a-his-down", "flows/13-bills"),
        before=(answers("**/api/fees?**", {"visits": [], "stale": True, "as_of": SILENT_SINCE}),),
    ),
)

# The clock moves on: `shots` takes them last.
VERIFY: tuple[Screen, ...] = (
    Screen(
        "verify",
        "核验身份",
        "pages/patients/add",
        ("任选一种方式核验", "Choose any way to verify"),
        ("flows/11-verify",),
        # An account looks twelve files up in a day: each of the two pictures in five modes has an account of its own.
        phone="p6",
        acts=(fill_child,),
        arrives="pages/patients/verify",
    ),
    Screen(
        "verify-code",
        "填写验证码",
        "pages/patients/add",
        ("验证码已发到", "A code was sent"),
        ("flows/11-verify",),
        acts=(fill_child, tap("短信验证码", "SMS code")),
        later_seconds=CODE_AGAIN_SECONDS,
        arrives="pages/patients/code",
    ),
)

TURNS = (*PAID, *MDT, *FAULTS, *VERIFY)

RUNS_OUT = {"alipay-hold", "alipay-processing", "alipay-slow"}
IN_ALIPAY: tuple[Screen, ...] = tuple(
    Screen(key, title, path, shows, phone="p2", entry="l", before=before, acts=acts, soon=key in RUNS_OUT)
    for key, title, path, shows, before, acts in (
        ("alipay-home", "支付宝：首页", "pages/home/index", ("就诊卡号", "Card no."), (), ()),
        (
            "alipay-hold",
            "支付宝：去支付",
            "pages/booking/hold?id={alipay_held}",
            ("支付宝支付", "with Alipay"),
            (),
            (),
        ),
        (
            "alipay-processing",
            "支付宝：确认中",
            "pages/pay/processing?order={alipay_order}",
            ("支付宝查询付款", "Asking Alipay"),
            (),
            (),
        ),
        (
            "alipay-slow",
            "支付宝：一分钟还没有结果",
            "pages/pay/processing?order={alipay_order}",
            ("支付宝那边还没有回音", "Alipay has not answered"),
            (own_clock,),
            (a_minute_later,),
        ),
        (
            "alipay-result",
            "支付宝：支付结果",
            "pages/pay/result?id={alipay_paid_order}",
            ("支付宝", "Alipay"),
            (),
            (),
        ),
        ("alipay-payments", "支付宝：缴费记录", "pages/records/index?tab=payments", ("支付宝", "Alipay"), (), ()),
        (
            "alipay-cancelled",
            "支付宝：已取消",
            "pages/booking/appointment?id={alipay_cancelled}",
            ("已原路退回", "refunded"),
            (),
            (),
        ),
        ("alipay-messages", "支付宝：消息", "pages/messages/index", ("支付宝", "Alipay"), (), ()),
        ("alipay-me", "支付宝：我的", "pages/me/index", ("支付宝", "Alipay"), (), ()),
    )
)
"""The same pages in Alipay: what is said of the app, of paying and of refunds."""
