"""Putting the first page together."""

import re
from importlib import resources

import msgspec

from jiuyi.domains.accounts import service as accounts
from jiuyi.domains.accounts.types import Channel, Principal
from jiuyi.domains.booking import service as booking
from jiuyi.domains.booking.service import Shop, appointments
from jiuyi.domains.booking.types import AppointmentRow, AppointmentView, ClinicView
from jiuyi.domains.catalog import service as catalog
from jiuyi.domains.home import rules, settings
from jiuyi.domains.home.errors import AgreementUnknown
from jiuyi.domains.home.types import Agreement, Bootstrap, Home, Limits, Me, Sdk
from jiuyi.domains.notifications import service as notifications
from jiuyi.domains.outpatient import service as outpatient
from jiuyi.domains.patients import service as patients
from jiuyi.domains.patients.types import PatientView
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Tx
from jiuyi.kit.knobs import Knobs

MOST_DOCTORS = 10
MOST_NOTICES = 3
MOST_VISITS = 30
_ID = re.compile(r"[a-z_]{1,40}@\d{1,4}")


def bootstrap(
    knobs: Knobs, clock: Clock, channel: Channel, limits: Limits, sdk: Sdk, me: Me | None, csrf: str | None
) -> Bootstrap:
    """What every page must know before it draws."""
    return Bootstrap(
        hospital=knobs.get(settings.HOSPITAL),
        channel=channel,
        features=rules.features(channel),
        home_design=rules.design(channel, knobs.get(settings.DESIGN)),
        sdk=sdk,
        server_time=local(clock.now()),
        csrf_token=csrf,
        me=me,
        notices=knobs.get(settings.NOTICES)[:MOST_NOTICES],
        limits=limits,
    )


async def me(tx: Tx, vault: Vault, clock: Clock, by: Principal) -> Me:
    """The signed-in account."""
    view = await accounts.account_view(tx, vault, by)
    views = await patients.patients_page(tx, vault, clock, by)
    return Me(
        account_id=view.account_id,
        channel=by.channel,
        phone=view.phone,
        language=view.language,
        patients_count=len(views),
        default_patient=next((one for one in views if one.is_default), None),
        unread_messages=await notifications.unread(tx, by.accounts),
    )


async def home(tx: Tx, shop: Shop, clock: Clock, by: Principal, language: str) -> Home:
    """The first page's own facts: who, what is happening now, the doctors that the account follows."""
    views = await patients.patients_page(tx, shop.vault, clock, by)
    followed = await catalog.favourites(tx, by.accounts)
    doctors = (
        catalog.doctor_view(shop.directory, one, followed) for one in shop.directory.tree.doctors_by_ids(followed)
    )
    return Home(
        patient=next((one for one in views if one.is_default), None),
        now=rules.now_items(
            await _visits(tx, shop, by, language), clock.now(), language, fees=await _fees(tx, by, views, language)
        ),
        favourites=[one for one in doctors if one is not None][:MOST_DOCTORS],
        notices=shop.knobs.get(settings.NOTICES)[:MOST_NOTICES],
    )


async def _fees(tx: Tx, by: Principal, views: list[PatientView], language: str) -> list[rules.Fees]:
    if "F04" not in rules.features(by.channel):
        return []
    names = {view.id: view.name for view in views}
    return [
        rules.Fees(
            patient_id=one.patient_id,
            patient_name=names.get(one.patient_id, ""),
            bills=one.bills,
            department=one.department_en if language == "en" else one.department,
            as_of=one.as_of,
        )
        for one in await outpatient.waiting(tx, list(names))
    ]


async def _visits(tx: Tx, shop: Shop, by: Principal, language: str) -> list[rules.Visit]:
    rows, _ = await appointments.page(tx, by, patient_id=None, scope="all", cursor=None, limit=MOST_VISITS)
    shown = await booking.views(tx, shop, rows, language)
    return [_visit(row, view, english=language == "en") for row, view in zip(rows, shown, strict=True)]


def _visit(row: AppointmentRow, view: AppointmentView, *, english: bool) -> rules.Visit:
    clinic = view.clinic
    if isinstance(clinic, msgspec.Raw):
        clinic = msgspec.json.decode(clinic, type=ClinicView)
    department = clinic.department.name_en if english else clinic.department.name
    doctor = "" if clinic.doctor is None else clinic.doctor.name_en if english else clinic.doctor.name
    return rules.Visit(
        id=row.id,
        state=view.state,
        title=view.state_title,
        who=f"{view.patient.name} · {department} {doctor}".strip(),
        place=f"{view.place_en or view.place} {view.room}".strip() if english else f"{view.place} {view.room}".strip(),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        fee_fen=view.fee_fen,
        held_until=view.held_until,
        order_id=view.order_id,
    )


def agreement(agreement_id: str) -> Agreement:
    """A text that people agree to, in both languages. Raises `AgreementUnknown`."""
    if _ID.fullmatch(agreement_id) is None:
        raise AgreementUnknown
    folder = resources.files("jiuyi.domains.home") / "agreements"
    texts = []
    for language in ("zh", "en"):
        file = folder / f"{agreement_id}.{language}.md"
        if not file.is_file():
            raise AgreementUnknown
        title, _, body = file.read_text(encoding="utf-8").partition("\n")
        texts.append((title.lstrip("# ").strip(), body.strip()))
    (title, body), (title_en, body_en) = texts
    return Agreement(agreement_id, title, title_en, body, body_en, agreement_id.partition("@")[2])
