"""Every screen as data: its name, how to get there, what proves that it is there, which mockup it answers to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import Page

Mode = Literal["zh", "en", "elder", "narrow", "slim"]
Act = Callable[[Page], None]
ALL_MODES: tuple[Mode, ...] = ("zh", "en", "elder", "narrow", "slim")


@dataclass(frozen=True)
class Look:
    """How the phone is set for a mode."""

    width: int
    locale: str
    elder: bool
    title: str


LOOKS: dict[Mode, Look] = {
    "zh": Look(375, "zh-CN", elder=False, title="中文 375"),
    "en": Look(375, "en", elder=False, title="English 375"),
    "elder": Look(375, "zh-CN", elder=True, title="长辈版 375"),
    "narrow": Look(320, "en", elder=False, title="English 320"),
    "slim": Look(320, "zh-CN", elder=False, title="中文 320"),
}


@dataclass(frozen=True)
class Screen:
    """`path` may name facts of the story in braces. `shows` must be readable on the screen, in Chinese and English.

    `entry`: `w` the pages in WeChat, `l` in Alipay.
    """

    key: str
    title: str
    path: str
    shows: tuple[str, str]
    mockups: tuple[str, ...] = ()
    phone: str = "p1"
    acts: tuple[Act, ...] = ()
    modes: tuple[Mode, ...] = ALL_MODES
    may_refuse: bool = False
    entry: str = "w"
    # Done on the blank page before it goes there; seconds that the clock is moved on before.
    before: tuple[Act, ...] = ()
    later_seconds: int = 0
    # What it shows runs out in a quarter of an hour: it is taken first.
    soon: bool = False
    # The page that its acts lead to.
    arrives: str = ""

    @property
    def page(self) -> str:
        """The page of pages.json that the picture shows."""
        return self.arrives or self.path.partition("?")[0]


def tap(zh: str, en: str) -> Act:
    """Tap what carries this text, in whichever language the page is."""

    def act(page: Page) -> None:
        page.get_by_text(zh, exact=True).or_(page.get_by_text(en, exact=True)).first.click()

    return act


def unfold(zh: str, en: str) -> Act:
    """Tap the row whose words begin so: an amount or a count follows."""

    def act(page: Page) -> None:
        page.get_by_text(re.compile(f"^({re.escape(zh)}|{re.escape(en)})")).first.click()

    return act


def write(zh: str, en: str, value: str) -> Act:
    """Type into the field with this label."""

    def act(page: Page) -> None:
        page.get_by_label(zh, exact=True).or_(page.get_by_label(en, exact=True)).first.locator("input").fill(value)

    return act


def search(words: str) -> Act:
    """Type into the page's search box."""

    def act(page: Page) -> None:
        page.locator(".j-search input").first.fill(words)

    return act


def look_aside(page: Page) -> None:
    """Let what moves come to rest."""
    page.wait_for_timeout(400)


ACCOUNT: tuple[Screen, ...] = (
    Screen("home", "首页 S1", "pages/home/index", ("就诊卡号", "Card no."), ("home/s1",), soon=True),
    Screen("home-signed-out", "首页，未登录", "pages/home/index", ("登录后使用", "Sign in to start"), phone="p5"),
    Screen(
        "home-new",
        "首页，还没有就诊人",
        "pages/home/index",
        ("添加就诊人", "Add a patient"),
        ("flows/28c-empty",),
        "p6",
    ),
    Screen("patients", "就诊人", "pages/patients/index", ("用这位就诊", "Use this patient")),
    Screen(
        "patients-none",
        "还没有就诊人",
        "pages/patients/index",
        ("还没有就诊人", "No patients yet"),
        ("flows/28c-empty",),
        "p6",
    ),
    Screen(
        "patient-add",
        "添加就诊人",
        "pages/patients/add",
        ("就诊人用哪种证件？", "Which document"),
        ("flows/10-add-patient",),
    ),
    Screen(
        "patient-add-typing",
        "添加就诊人，正在填写",
        "pages/patients/add",
        ("还差 4 位", "4 to go"),
        ("flows/10-add-patient",),
        acts=(
            write("姓名", "Name", "陈秀兰"),
            write("身份证号", "ID number", "44010519580812"),
            tap("配偶", "Spouse"),
        ),
    ),
    Screen(
        "patient-add-child",
        "添加还没有证件的儿童",
        "pages/patients/add",
        ("监护人", "Guardian"),
        acts=(tap("还没有证件的儿童", "Child without a document"),),
    ),
    Screen("patient", "就诊人详情", "pages/patients/detail?id={self}", ("谁绑定了这位就诊人", "Who has access")),
    Screen(
        "patient-unbind",
        "解绑前的确认",
        "pages/patients/detail?id={parent}",
        ("确认解绑", "cannot book for them"),
        acts=(tap("解绑", "Unlink"), look_aside),
    ),
    Screen("patient-code", "就诊码", "pages/patients/card?id={self}", ("立即更新", "Renew now")),
    Screen(
        "bindings",
        "谁绑定了我",
        "pages/patients/bindings?id={self}",
        ("保护", "Protection"),
        ("flows/12-who-is-bound",),
    ),
    Screen(
        "bindings-ask",
        "谁绑定了我，有人待确认",
        "pages/patients/bindings?id={self}",
        ("这是您认识的人吗", "Do you know this person"),
        ("flows/12-who-is-bound",),
    ),
    Screen("accesses", "访问记录", "pages/patients/accesses?id={self}", ("记录谁在什么时间", "Who looked at what")),
    Screen("visits", "就诊", "pages/visits/index", ("家人的预约", "For your family"), soon=True),
    Screen(
        "visits-none",
        "就诊，还没有就诊人",
        "pages/visits/index",
        ("还没有就诊人", "No patients yet"),
        ("flows/28c-empty",),
        "p6",
    ),
    Screen(
        "records",
        "我的记录",
        "pages/records/index?patient_id={parent}",
        ("近半年", "Last 6 months"),
        ("flows/25-records",),
    ),
    Screen(
        "records-none",
        "我的记录，还没有就诊人",
        "pages/records/index",
        ("还没有就诊人", "No patients yet"),
        phone="p6",
    ),
    Screen("payments", "缴费记录", "pages/records/index?tab=payments", ("缴费记录只含", "Payments are those")),
    Screen("favourites", "我的医生", "pages/favourites/index", ("看排班", "Schedule")),
    Screen(
        "favourites-none",
        "还没有关注的医生",
        "pages/favourites/index",
        ("还没有关注的医生", "No doctors followed"),
        phone="p6",
    ),
    Screen("messages", "消息", "pages/messages/index", ("今天", "Today")),
    Screen("messages-none", "还没有消息", "pages/messages/index", ("还没有消息", "No messages yet"), phone="p6"),
    Screen("me", "我的", "pages/me/index", ("退出登录", "Sign out")),
    Screen("me-signed-out", "我的，未登录", "pages/me/index", ("登录后查看", "Sign in to see"), phone="p5"),
    Screen(
        "me-sign-out",
        "退出前的确认",
        "pages/me/index",
        ("不退出", "Stay"),
        acts=(tap("退出登录", "Sign out"), look_aside),
    ),
    Screen("phone", "绑定手机号", "pages/me/phone", ("新手机号", "New mobile number")),
    Screen("identities", "登录入口", "pages/me/identities", ("从下面的入口登录", "These all open the same account")),
    Screen("join", "合并账户", "pages/me/join", ("用哪个手机号", "Which mobile number")),
    Screen("devices", "登录的设备", "pages/me/devices", ("本机", "This device")),
    Screen("official", "官方渠道核验", "pages/me/official", ("这是官方服务", "This is the official service")),
    Screen("agreement", "隐私政策", "pages/agreement/index?id=privacy@1", ("我们收集什么", "What we collect")),
    Screen("rules", "预约规则", "pages/agreement/index?id=booking_rules@1", ("取消", "cancel")),
)

BOOKING: tuple[Screen, ...] = (
    Screen("booking", "预约挂号", "pages/booking/index", ("全部预约", "All bookings"), soon=True),
    Screen(
        "departments", "选科室", "pages/booking/departments", ("心血管内科", "Cardiology"), ("flows/01-departments",)
    ),
    Screen(
        "doctors",
        "选医生和日期",
        "pages/booking/doctors?department={department}",
        ("余", "left"),
        ("flows/02-doctors",),
    ),
    Screen("doctor", "医生", "pages/booking/doctor?id={doctor}", ("主任医师", "hief"), ("flows/03-doctor",)),
    Screen(
        "slots",
        "选时段",
        "pages/booking/slots?clinic={clinic}",
        ("换日期", "Other dates"),
        ("flows/04-slots", "flows/29a-en-slots", "flows/27a-elder-slots"),
    ),
    Screen(
        "departments-search",
        "找科室和医生",
        "pages/booking/departments?focus=1",
        ("林志远", "Lin Zhiyuan"),
        acts=(search("lzy"), look_aside),
    ),
    Screen(
        "confirm",
        "确认挂号",
        "pages/booking/confirm?slot={slot}",
        ("锁定号源", "Hold this place"),
        ("flows/05-confirm",),
        acts=(look_aside, tap("切换", "Change"), look_aside, tap("测**期", "测**期"), look_aside),
    ),
    Screen(
        "confirm-insured",
        "确认挂号，用医保",
        "pages/booking/confirm?slot={slot}",
        ("最多自付", "You pay at most"),
        ("flows/05-confirm",),
        soon=True,
        acts=(look_aside, tap("广州职工医保 · 普通门诊", "Guangzhou employee insurance, outpatient"), look_aside),
    ),
    Screen(
        "confirm-not",
        "确认挂号，这次不能约",
        "pages/booking/confirm?slot={slot}",
        ("还有一个待支付的预约", "There is an unpaid"),
        soon=True,
    ),
    Screen(
        "hold",
        "保留号源，去支付",
        "pages/booking/hold?id={appointment}",
        ("支付", "Pay"),
        ("flows/06-hold",),
        soon=True,
    ),
    Screen(
        "appointment",
        "预约详情，还没有付款",
        "pages/booking/appointment?id={appointment}",
        ("办理记录", "History"),
        soon=True,
    ),
)
