"""The feature matrix, home designs, and the views of the first page."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.catalog.types import DoctorView
from jiuyi.domains.patients.types import PatientView

_W, _L, _M = Channel.WECHAT_OA, Channel.ALIPAY_LIFE, Channel.ALIPAY_MINI
_ALL = frozenset({_W, _L, _M})

FEATURES: dict[str, frozenset[Channel]] = {
    **{f"F{number:02d}": _ALL for number in range(1, 26)},
    "F26": frozenset({_L, _M}),
    **{f"F{number:02d}": frozenset({_W}) for number in range(27, 33)},
}
"""What the hospital asked for in each channel (docs/requirements.md; a test compares the two)."""

BUILT: frozenset[str] = frozenset({"F01", "F02", "F04", "F07", "F09", "F10", "F11"})
"""What this release can do (of F07 the deposit). A page offers what is asked for in its channel and built."""


class Hospital(msgspec.Struct, frozen=True):
    """The hospital's own facts, as pages show them."""

    name: str
    name_en: str
    short_name: str
    short_name_en: str
    phone: str
    emergency_phone: str
    address: str
    address_en: str
    icp: str


class Block(msgspec.Struct, frozen=True):
    """One block of a home page and how it is drawn."""

    block: str
    variant: str


class HomeDesign(msgspec.Struct, frozen=True):
    """An arrangement of blocks and the token set that colours it."""

    style: str
    name: str
    name_en: str
    blocks: list[Block]


class Notice(msgspec.Struct, frozen=True):
    """A notice of the hospital."""

    id: str
    title: str
    title_en: str
    at: datetime


class Sdk(msgspec.Struct):
    """Scripts of the platform that the page loads."""

    wechat_js_url: str | None
    alipay_js_url: str | None = None


class Limits(msgspec.Struct):
    """Numbers that pages tell people about."""

    patients_max: int
    adds_per_30_days: int
    hold_minutes: int
    window_days: int


class Me(msgspec.Struct):
    """The signed-in account."""

    account_id: UUID
    channel: Channel
    phone: str | None
    language: str
    patients_count: int
    default_patient: PatientView | None
    unread_messages: int


class Bootstrap(msgspec.Struct):
    """What a page must know before it draws."""

    hospital: Hospital
    channel: Channel
    features: list[str]
    home_design: HomeDesign
    sdk: Sdk
    server_time: datetime
    csrf_token: str | None
    me: Me | None
    notices: list[Notice]
    limits: Limits


class Action(msgspec.Struct):
    """A button of the now card: its words and the page that it opens."""

    label: str
    page: str


class NowItem(msgspec.Struct):
    """Something that is happening to the patient, most urgent first."""

    kind: Literal["awaiting_payment", "appointment_today", "appointment_next", "stopped", "fees"]
    title: str
    detail: str
    at: datetime
    action: Action
    appointment_id: UUID | None = None
    order_id: UUID | None = None
    patient_id: UUID | None = None


class Home(msgspec.Struct):
    """The first page's own facts."""

    patient: PatientView | None
    now: list[NowItem]
    favourites: list[DoctorView]
    notices: list[Notice]


class Registration(msgspec.Struct):
    """A registration as the HIS tells it (docs/contracts/his.md §2.4, RegistrationRow)."""

    registration_no: str
    date: date
    department_name: str
    campus_code: str
    source: str
    state: str
    fee_fen: int
    start: str | None = None
    department_name_en: str = ""
    doctor_name: str | None = None
    doctor_name_en: str | None = None
    lock_request_no: str | None = None


class RegistrationView(msgspec.Struct):
    """A registration in the patient's records."""

    registration_no: str
    date: date
    start: str | None
    department: str
    department_en: str
    doctor: str | None
    doctor_en: str | None
    campus: str
    campus_en: str
    source: str
    source_title: str
    state: str
    state_title: str
    fee_fen: int
    appointment_id: UUID | None


class Registrations(msgspec.Struct):
    """The patient's registrations; `stale` when the HIS did not answer and nothing can be shown."""

    items: list[RegistrationView]
    stale: bool
    as_of: datetime


class Agreement(msgspec.Struct, frozen=True):
    """A text that people agree to; `id` carries its version (`booking_rules@1`)."""

    id: str
    title: str
    title_en: str
    body: str
    body_en: str
    version: str
