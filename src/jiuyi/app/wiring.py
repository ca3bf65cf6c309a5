"""Wiring: the only place that names an adapter class, and where domains, jobs, events and notices are joined."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from jiuyi.adapters.alipay import callback as alipay_callback
from jiuyi.adapters.alipay import pay as alipay_pay
from jiuyi.adapters.his.catalog import HisCatalog
from jiuyi.adapters.his.events import HisEvents
from jiuyi.adapters.his.fees import HisFees
from jiuyi.adapters.his.history import HisHistory
from jiuyi.adapters.his.mdt import HisMdtDesk
from jiuyi.adapters.his.patients import HisPatientFiles
from jiuyi.adapters.his.registrations import HisRegistrations
from jiuyi.adapters.his.schedules import HisSchedules
from jiuyi.adapters.his.wards import HisWards
from jiuyi.adapters.sms.tencent import TencentSms
from jiuyi.adapters.unionpay import codes as unionpay_codes
from jiuyi.adapters.wechat.account import OfficialAccount
from jiuyi.adapters.wechat.callback import AccountCallback
from jiuyi.adapters.wechat.messages import TemplateMessages
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.adapters.wechat.pay_keys import MerchantKey, PlatformKeys
from jiuyi.app import alipay as app_alipay
from jiuyi.app import books as app_books
from jiuyi.app import housekeeping
from jiuyi.app import insurance as app_insurance
from jiuyi.app.callbacks import Reader
from jiuyi.app.desk import CodeWays
from jiuyi.app.settings import Settings
from jiuyi.domains.accounts import flows as accounts_flows
from jiuyi.domains.accounts import jobs as accounts_jobs
from jiuyi.domains.accounts import service as accounts_service
from jiuyi.domains.accounts import settings as accounts_settings
from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.audit import jobs as audit_jobs
from jiuyi.domains.booking import jobs as booking_jobs
from jiuyi.domains.booking import settings as booking_settings
from jiuyi.domains.booking.flows.admission import Admission
from jiuyi.domains.booking.flows.billing import AppointmentBills
from jiuyi.domains.booking.flows.faces import Faces
from jiuyi.domains.booking.flows.holding import Desk
from jiuyi.domains.booking.flows.mirror import PLACES_CHANNEL
from jiuyi.domains.booking.service import Shop
from jiuyi.domains.catalog import jobs as catalog_jobs
from jiuyi.domains.catalog import service as catalog_service
from jiuyi.domains.catalog import settings as catalog_settings
from jiuyi.domains.codes import jobs as codes_jobs
from jiuyi.domains.codes import settings as codes_settings
from jiuyi.domains.home import settings as home_settings
from jiuyi.domains.home.types import Sdk
from jiuyi.domains.inpatient import jobs as inpatient_jobs
from jiuyi.domains.inpatient import settings as inpatient_settings
from jiuyi.domains.insurance import jobs as insurance_jobs
from jiuyi.domains.insurance import settings as insurance_settings
from jiuyi.domains.insurance.ports import CENTRE_NOTICE, MIX_NOTICE
from jiuyi.domains.notifications import jobs as notifications_jobs
from jiuyi.domains.notifications import settings as notifications_settings
from jiuyi.domains.outpatient import jobs as outpatient_jobs
from jiuyi.domains.outpatient import settings as outpatient_settings
from jiuyi.domains.outpatient.flows import CheckoutBills
from jiuyi.domains.patients import jobs as patients_jobs
from jiuyi.domains.patients import settings as patients_settings
from jiuyi.domains.payments import jobs as payments_jobs
from jiuyi.domains.payments import settings as payments_settings
from jiuyi.domains.payments.ports import Channel as PayChannel
from jiuyi.domains.payments.ports import Channels
from jiuyi.domains.reconciliation import jobs as reconciliation_jobs
from jiuyi.domains.reconciliation import settings as reconciliation_settings
from jiuyi.domains.staff import settings as staff_settings
from jiuyi.kit import knobs as kit_knobs
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Keys, Vault, parse_keys
from jiuyi.kit.db import Db
from jiuyi.kit.events import Subscriptions
from jiuyi.kit.http import WebAddress
from jiuyi.kit.inbox import Routes
from jiuyi.kit.jobs import Jobs
from jiuyi.kit.journal import Journal
from jiuyi.kit.knobs import Knob, Knobs
from jiuyi.kit.limits import Shield
from jiuyi.kit.listen import Listener
from jiuyi.wire.hospital import Door, Signer
from jiuyi.wire.http import Caller

KNOBS: tuple[Knob[Any], ...] = (
    *codes_settings.KNOBS,
    *accounts_settings.KNOBS,
    *patients_settings.KNOBS,
    *catalog_settings.KNOBS,
    *payments_settings.KNOBS,
    *insurance_settings.KNOBS,
    *booking_settings.KNOBS,
    *outpatient_settings.KNOBS,
    *inpatient_settings.KNOBS,
    *home_settings.KNOBS,
    *notifications_settings.KNOBS,
    *staff_settings.KNOBS,
    *reconciliation_settings.KNOBS,
)

ROUTES: dict[tuple[str, str], str] = {
    ("wechat_oa", "subscribe"): accounts_jobs.FOLLOW_NOTICE,
    ("wechat_oa", "unsubscribe"): accounts_jobs.FOLLOW_NOTICE,
    ("wechat_oa", "template_sent"): notifications_jobs.RECEIPT,
    **{
        (channel.value, event): accounts_jobs.FOLLOW_NOTICE
        for channel in (Channel.ALIPAY_LIFE, Channel.ALIPAY_MINI)
        for event in (alipay_callback.FOLLOW, alipay_callback.UNFOLLOW)
    },
    **{
        (system, kind): job
        for system in (WechatPay.system, alipay_pay.SYSTEM, unionpay_codes.SYSTEM)
        for kind, job in payments_jobs.NOTICE_JOBS.items()
    },
    ("insurance", CENTRE_NOTICE): insurance_jobs.CENTRE_NOTICES,
    ("wechat_medins", MIX_NOTICE): insurance_jobs.MIX_NOTICES,
    ("alipay_medical", MIX_NOTICE): insurance_jobs.MIX_NOTICES,
    ("his", "catalog.changed"): catalog_jobs.CHANGED_NOTICE,
    ("his", "schedule.changed"): booking_jobs.SCHEDULE_CHANGED,
    ("his", "clinic.stopped"): booking_jobs.CLINIC_STOPPED,
    ("his", "registration.changed"): booking_jobs.REGISTRATION_CHANGED,
    ("his", "mdt.reviewed"): booking_jobs.MDT_REVIEWED,
    ("his", "fees.changed"): outpatient_jobs.FEES_CHANGED,
}
"""(system, kind of notice) → job: the only demultiplexer of what comes in from outside."""

CLOCK_CHANNEL = "clock"


@dataclass
class Parts:
    """Everything one process holds. Made once, by `build`."""

    settings: Settings
    clock: Clock
    journal: Journal
    db: Db
    keys: Keys
    vault: Vault
    knobs: Knobs
    jobs: Jobs
    subscriptions: Subscriptions
    routes: Routes
    direct: Db
    """The same database past any pooler: LISTEN, jobs and advisory locks. Its pool is never opened."""
    listener: Listener
    sessions: accounts_flows.Sessions
    shield: Shield
    web: WebAddress
    door: Door
    directory: catalog_service.Directory
    callers: list[Caller] = field(default_factory=list)
    ports: dict[str, Any] = field(default_factory=dict)
    """Port by dependency name, for handlers."""
    readers: dict[str, Reader] = field(default_factory=dict)
    """System → who verifies and names what it sends to `/callbacks/<system>`."""

    async def start(self) -> None:
        """Open the pool and read what lives in the database."""
        await self.db.open()
        await self.knobs.load(self.db)
        await self.read_clock("")
        await self.directory.load()

    async def stop(self) -> None:
        """Close what was opened."""
        await self.journal.flush(self.db)
        for caller in self.callers:
            await caller.close()
        await self.db.close()

    async def read_clock(self, _payload: str) -> None:
        """Follow the database's clock (its offset is zero in production)."""
        async with self.db.autocommit() as tx:
            self.clock.offset = timedelta(seconds=float(await tx.value("SELECT offset_seconds FROM kit.clock")))

    async def read_knobs(self, _payload: str) -> None:
        """Replace the snapshot of the knobs."""
        await self.knobs.load(self.db)


def build(settings: Settings, *, pool: int) -> Parts:
    """Make every part of one process; nothing is opened or called yet. `pool` is the number of connections."""
    clock, journal, subscriptions, jobs = Clock(), Journal(), Subscriptions(), Jobs()
    keys = parse_keys(settings.vault.masters, settings.vault.index, settings.vault.suite)
    database = settings.database
    db = Db(
        database.url,
        direct=database.direct_url,
        subscriptions=subscriptions,
        size=pool,
        prepared=database.prepared,
    )
    direct = Db(database.direct_url or database.url, subscriptions=subscriptions, size=1)
    knobs = Knobs(KNOBS)
    his = Caller("his", settings.his.base_url, journal, clock)
    parts = Parts(
        settings=settings,
        clock=clock,
        journal=journal,
        db=db,
        keys=keys,
        vault=Vault(keys),
        knobs=knobs,
        jobs=jobs,
        subscriptions=subscriptions,
        routes=Routes(ROUTES),
        direct=direct,
        listener=Listener(direct),
        sessions=accounts_flows.Sessions(db, knobs),
        shield=Shield(),
        web=WebAddress(
            settings.web.public_url,
            tuple(part.strip().lower() for part in settings.web.hosts.split(",") if part.strip()),
            settings.web.trusted_proxies,
        ),
        door=Door(his, settings.his.app_id, Signer(settings.his.secret, settings.his.signature), clock),
        directory=catalog_service.Directory(db, clock),
        callers=[his],
    )
    _connect_adapters(parts)
    _register(parts)
    return parts


def _connect_adapters(parts: Parts) -> None:
    """Make the adapters and name the ports that they satisfy."""
    settings, journal, clock = parts.settings, parts.journal, parts.clock
    oa, sms = settings.wechat_oa, settings.sms
    wechat = Caller("wechat", oa.api_url, journal, clock)
    texts = Caller("sms", sms.base_url, journal, clock)
    parts.callers += [wechat, texts]
    account = OfficialAccount(wechat, clock, app_id=oa.app_id, app_secret=oa.app_secret, open_url=oa.open_url)
    sender = TencentSms(
        texts,
        clock,
        secret_id=sms.secret_id,
        secret_key=sms.secret_key,
        sdk_app_id=sms.sdk_app_id,
        sign_name=sms.sign_name,
        region=sms.region,
        templates=sms.template_ids(),
    )
    parts.readers["his"] = HisEvents(parts.door, parts.vault).read
    parts.readers["wechat_oa"] = AccountCallback(
        clock, token=oa.token, encoding_aes_key=oa.encoding_aes_key, app_id=oa.app_id
    ).read
    alipay = app_alipay.connect(settings.alipay, journal, clock, settings.web.public_url)
    parts.callers += alipay.callers
    parts.readers |= alipay.readers
    messages = TemplateMessages(account, oa.template_ids(), oa.template_fields_by_role())
    notifications_jobs.register(
        parts.jobs,
        parts.subscriptions,
        db=parts.db,
        vault=parts.vault,
        channels={Channel.WECHAT_OA: messages, **alipay.messages},
        phone=sender,
        base_url=settings.web.public_url.rstrip("/"),
        clock=clock,
    )
    parts.ports |= {
        "sdk": Sdk(oa.js_sdk_url, alipay.js_sdk_url),
        "wechat_sign_in": account,
        "wechat_page": account,
        "alipay_life_sign_in": alipay.sign_ins[Channel.ALIPAY_LIFE],
        "alipay_mini_sign_in": alipay.sign_ins[Channel.ALIPAY_MINI],
        "sms": sender,
    }
    parts.ports["patient_files"] = HisPatientFiles(parts.door)
    parts.ports["history"] = HisHistory(parts.door)
    parts.ports["hospital_catalog"] = HisCatalog(parts.door)
    parts.ports["schedules"] = HisSchedules(parts.door)
    parts.ports["registrations"] = HisRegistrations(parts.door)
    parts.ports["mdt_desk"] = HisMdtDesk(parts.door)
    parts.ports["fees"] = HisFees(parts.door)
    parts.ports["wards"] = HisWards(parts.door)
    _connect_payments(parts, alipay)


def _connect_payments(parts: Parts, alipay: app_alipay.Connected) -> None:
    """Make the ways to pay; what they send in is routed by `ROUTES`."""
    settings = parts.settings
    keys = settings.wechat_pay
    caller = Caller("wechat_pay", keys.base_url, parts.journal, parts.clock)
    parts.callers.append(caller)
    wechat = WechatPay(
        caller,
        parts.clock,
        merchant=MerchantKey(keys.mch_id, keys.merchant_serial_no, keys.merchant_private_key_pem),
        platform=PlatformKeys(
            public_key_id=keys.public_key_id, public_key_pem=keys.public_key_pem, api_v3_key=keys.api_v3_key
        ),
        app_ids={Channel.WECHAT_OA: settings.wechat_oa.app_id},
        notify_url=f"{settings.web.public_url.rstrip('/')}/callbacks/{WechatPay.system}",
    )
    parts.readers[WechatPay.system] = wechat.read
    codes = CodeWays(settings, parts.journal, parts.clock)
    codes.wechat(wechat)
    codes.alipay(alipay.pay)
    codes.unionpay()
    parts.callers += codes.callers
    parts.readers |= codes.readers
    insured = app_insurance.connect(
        settings,
        parts.journal,
        parts.clock,
        parts.door,
        wechat=wechat,
        alipay=alipay.pay,
        gateways=alipay.gateways,
        bills={
            "appointment": AppointmentBills(parts.db, parts.directory, parts.knobs),
            "checkout": CheckoutBills(parts.db, parts.ports["fees"]),
        },
    )
    parts.callers += insured.callers
    parts.readers |= insured.readers
    ways: dict[str, PayChannel] = {"wechat_jsapi": wechat, **alipay.methods(), **insured.methods}
    parts.ports["channels"] = Channels(ways, codes.channels)
    parts.ports |= insured.ports(parts.db, vault=parts.vault, knobs=parts.knobs, channels=parts.ports["channels"])


def _register(parts: Parts) -> None:
    """Join jobs, events and what each process listens to."""
    housekeeping.register(parts.jobs, db=parts.db)
    audit_jobs.register(parts.jobs, db=parts.db)
    codes_jobs.register(parts.jobs, db=parts.db)
    accounts_jobs.register(parts.jobs, db=parts.db, vault=parts.vault)
    patients_jobs.register(
        parts.jobs, db=parts.db, vault=parts.vault, knobs=parts.knobs, patient_files=parts.ports["patient_files"]
    )
    catalog_jobs.register(parts.jobs, db=parts.db, knobs=parts.knobs, hospital_catalog=parts.ports["hospital_catalog"])
    _register_booking(parts)
    inpatient_jobs.register(
        parts.jobs,
        parts.subscriptions,
        db=parts.db,
        knobs=parts.knobs,
        vault=parts.vault,
        wards=parts.ports["wards"],
    )
    outpatient_jobs.register(
        parts.jobs,
        parts.subscriptions,
        db=parts.db,
        knobs=parts.knobs,
        vault=parts.vault,
        fees=parts.ports["fees"],
    )
    payments_jobs.register(parts.jobs, db=parts.db, channels=parts.ports["channels"], knobs=parts.knobs)
    insurance_jobs.register(parts.jobs, db=parts.db, outcome=parts.ports["outcome"])
    mender = parts.ports["mender"] = app_books.mender(
        parts.settings, parts.db, knobs=parts.knobs, vault=parts.vault, door=parts.door, ports=parts.ports
    )
    reconciliation_jobs.register(parts.jobs, mender=mender)
    parts.listener.on(kit_knobs.CHANNEL, parts.read_knobs)
    parts.listener.on(CLOCK_CHANNEL, parts.read_clock)
    parts.listener.on(accounts_service.REVOKED, parts.sessions.hear, regularly=False)
    parts.listener.on(catalog_service.CHANNEL, parts.directory.hear)


def _register_booking(parts: Parts) -> None:
    """Booking's jobs, and the desk where a web process takes requests for places."""
    booking_jobs.register(
        parts.jobs,
        parts.subscriptions,
        db=parts.db,
        knobs=parts.knobs,
        directory=parts.directory,
        vault=parts.vault,
        schedules=parts.ports["schedules"],
        registrations=parts.ports["registrations"],
        channels=parts.ports["channels"],
        keys=parts.keys,
        mdt_desk=parts.ports["mdt_desk"],
    )
    admission = Admission(parts.db, parts.knobs)
    faces = Faces(parts.db, parts.directory, parts.knobs)
    shop = Shop(parts.directory, parts.knobs, parts.vault)
    parts.ports["desk"] = Desk(parts.db, shop, admission, faces, parts.settings.web.ticket_secret.encode())
    parts.listener.on(PLACES_CHANNEL, admission.hear, regularly=False)
    parts.listener.on(PLACES_CHANNEL, faces.hear)
