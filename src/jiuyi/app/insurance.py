"""Insurance's adapters, made from its settings; without them every class is refused. Part of the wiring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from jiuyi.adapters.alipay import medical as alipay_medical
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.adapters.his.insurance import HisInsuredPeople, HisSettlements
from jiuyi.adapters.insurance.centre import SYSTEM as CENTRE
from jiuyi.adapters.insurance.centre import NationalCentre
from jiuyi.adapters.insurance.check_file import CheckFile
from jiuyi.adapters.wechat import medins
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.app.callbacks import Reader
from jiuyi.app.settings import Settings
from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.insurance import flows
from jiuyi.domains.insurance.ports import BillSource, Houses, MedicalCashier, Payer
from jiuyi.domains.insurance.types import Settlement
from jiuyi.domains.payments.ports import Channels
from jiuyi.kit.clock import Clock
from jiuyi.kit.crypto import Vault
from jiuyi.kit.db import Db
from jiuyi.kit.journal import Journal
from jiuyi.kit.knobs import Knobs
from jiuyi.wire.hospital import Door
from jiuyi.wire.http import Caller

ENTRIES: Mapping[str, str] = {Channel.WECHAT_OA.value: "/w/", Channel.ALIPAY_LIFE.value: "/l/"}
"""Account channel → where its pages begin."""


@dataclass
class Insured:
    """What a process holds of insurance."""

    houses: Houses
    city: str
    callers: list[Caller] = field(default_factory=list)
    readers: dict[str, Reader] = field(default_factory=dict)
    methods: dict[str, alipay_medical.OwnLeg] = field(default_factory=dict)
    bill: CheckFile | None = None
    """The centre's daily file, where it gives one."""
    mini_app_id: str = ""

    def ports(self, db: Db, *, vault: Vault, knobs: Knobs, channels: Channels) -> dict[str, Any]:
        """The flows over these houses, by the names that handlers know them by."""
        counter = flows.Counter(
            db,
            vault=vault,
            knobs=knobs,
            houses=self.houses,
            channels=channels,
            return_url=lambda origin, row: return_url(origin, row, self.mini_app_id),
            city=self.city,
        )
        outcome = flows.Outcome(counter)
        splitting, settling = flows.Splitting(counter, outcome), flows.Settling(counter, outcome)
        return {
            "outcome": outcome,
            "presettling": flows.Presettling(counter, splitting),
            "settling": settling,
            "desk_insurance": flows.DeskInsurance(counter, outcome, splitting, settling),
            "checking": flows.Checking(counter, outcome),
            "insurance_bill": self.bill,
        }


def connect(
    settings: Settings,
    journal: Journal,
    clock: Clock,
    door: Door,
    *,
    wechat: WechatPay,
    alipay: AlipayPay | None,
    gateways: Mapping[Channel, Gateway],
    bills: Mapping[str, BillSource],
) -> Insured:
    """Make the adapters; nothing is called yet."""
    payers: dict[str, Payer] = {HisSettlements.name: HisSettlements(door)}
    cashiers: dict[str, MedicalCashier] = {}
    houses = Houses(payers=payers, cashiers=cashiers, people=HisInsuredPeople(door), bills=bills)
    insurance, wecity = settings.insurance, settings.wecity
    if insurance is None:
        return Insured(houses, "440100")
    caller = Caller("insurance", insurance.base_url, journal, clock)
    centre = NationalCentre(
        caller, clock, insurance.envelope(), org_code=insurance.org_code, paths=insurance.path_map()
    )
    made = Insured(houses, insurance.city, [caller], {CENTRE: centre.read})
    houses.payers[centre.name] = centre
    if insurance.bill != "none":
        made.bill = CheckFile(
            centre,
            columns=insurance.columns(),
            extra=insurance.bill_asks(),
            with_his=insurance.bill == "all",
            not_yet=frozenset(filter(None, insurance.bill_not_yet.split(","))),
        )
    callbacks = f"{settings.web.public_url.rstrip('/')}/callbacks"
    if wecity is not None:
        people = Caller("wecity", wecity.query_url, journal, clock)
        access = medins.Access(
            app_id=settings.wechat_oa.app_id,
            auth_url=wecity.auth_url,
            query_url=wecity.query_url,
            partner_id=wecity.partner_id,
            partner_secret=wecity.partner_secret,
            channel=wecity.channel,
            org_chnl_crtf_codg=wecity.org_chnl_crtf_codg,
            org_code=insurance.org_code,
            org_name=insurance.org_name,
            org_app_id=insurance.app_id,
            callback_url=f"{callbacks}/{medins.SYSTEM}",
            passthrough=wecity.passthrough,
            test_env=wecity.test_env,
        )
        cashier = medins.WechatMedical(wechat, people, clock, access)
        made.callers.append(people)
        made.readers[medins.SYSTEM] = cashier.read
        houses.cashiers[Channel.WECHAT_OA.value] = cashier
    if alipay is not None:
        _connect_alipay(made, settings, alipay, gateways, f"{callbacks}/{alipay_medical.SYSTEM}")
    return made


def _connect_alipay(
    made: Insured, settings: Settings, alipay: AlipayPay, gateways: Mapping[Channel, Gateway], notify_url: str
) -> None:
    insurance, wecity = settings.insurance, settings.wecity
    if insurance is None:
        return
    access = alipay_medical.Access(
        org_code=insurance.org_code,
        org_app_id=insurance.app_id,
        org_chnl_crtf_codg=wecity.org_chnl_crtf_codg if wecity else "",
        result_notify_url=notify_url,
    )
    if settings.alipay is not None:
        made.mini_app_id = settings.alipay.mini_app_id or ""
    for channel, gateway in gateways.items():
        method = f"{alipay_medical.METHOD}_{channel.value.removeprefix('alipay_')}"
        made.houses.cashiers[channel.value] = alipay_medical.AlipayMedical(gateway, access, method)
        made.methods[method] = alipay_medical.OwnLeg(alipay, gateway.keys.app_id)
    made.readers[alipay_medical.SYSTEM] = alipay_medical.MedicalNotices(alipay).read


def return_url(origin: str, row: Settlement, mini_app_id: str) -> str:
    """Where a channel sends the patient back to after consenting: the page of this settlement.

    A mini program has no address of its own: Alipay opens it by its app id (scheme `alipays:`).
    """
    page = f"pages/settle/presettle?order={row.order_id}&settlement={row.id}"
    if row.channel == Channel.ALIPAY_MINI.value and mini_app_id:
        return f"alipays://platformapi/startapp?{urlencode({'appId': mini_app_id, 'page': page})}"
    return f"{origin}{ENTRIES.get(row.channel, '/w/')}#/{page}"
