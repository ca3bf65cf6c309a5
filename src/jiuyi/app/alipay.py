"""Alipay's adapters, made from its settings, or nothing where the hospital has no Alipay. Part of the wiring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from jiuyi.adapters.alipay.bill import BillStore
from jiuyi.adapters.alipay.callback import AppCallback
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.messages import LifeMessages, MiniMessages
from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.adapters.alipay.people import AlipayPeople
from jiuyi.app.callbacks import Reader
from jiuyi.app.settings.alipay import Alipay
from jiuyi.domains.accounts.ports import NotOffered, SignIn
from jiuyi.domains.accounts.types import Channel
from jiuyi.domains.notifications.ports import ChannelSender
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.http import Caller

METHODS: Mapping[Channel, str] = {Channel.ALIPAY_LIFE: "alipay_h5", Channel.ALIPAY_MINI: "alipay_mini"}
"""Account channel → method of the patient API."""


@dataclass
class Connected:
    """What a process holds of Alipay."""

    sign_ins: dict[Channel, SignIn] = field(
        default_factory=lambda: {Channel.ALIPAY_LIFE: NotOffered(), Channel.ALIPAY_MINI: NotOffered()}
    )
    callers: list[Caller] = field(default_factory=list)
    readers: dict[str, Reader] = field(default_factory=dict)
    messages: dict[Channel, ChannelSender] = field(default_factory=dict)
    gateways: dict[Channel, Gateway] = field(default_factory=dict)
    pay: AlipayPay | None = None
    js_sdk_url: str | None = None

    def methods(self) -> dict[str, AlipayPay]:
        """The ways to pay, by method."""
        return {} if self.pay is None else {METHODS[channel]: self.pay for channel in self.gateways}


def connect(settings: Alipay | None, journal: Journal, clock: Clock, public_url: str) -> Connected:
    """Make the adapters; nothing is called yet. `public_url`: where Alipay reaches us."""
    made = Connected()
    if settings is None:
        return made
    caller = Caller("alipay", settings.gateway_url, journal, clock)
    made.callers.append(caller)
    if settings.life_app_id:
        life = made.gateways[Channel.ALIPAY_LIFE] = Gateway(caller, clock, settings.life_keys())
        made.sign_ins[Channel.ALIPAY_LIFE] = AlipayPeople(life, settings.open_url, nickname=True)
        made.messages[Channel.ALIPAY_LIFE] = LifeMessages(life, settings.template_ids())
        made.js_sdk_url = settings.js_sdk_url
    if settings.mini_app_id:
        mini = made.gateways[Channel.ALIPAY_MINI] = Gateway(caller, clock, settings.mini_keys())
        made.sign_ins[Channel.ALIPAY_MINI] = AlipayPeople(mini, settings.open_url, nickname=False)
        made.messages[Channel.ALIPAY_MINI] = MiniMessages(mini, settings.mini_template_ids())
    for channel, gateway in made.gateways.items():
        made.readers[channel.value] = AppCallback(channel.value, gateway.keys, clock).read
    gateway_host = urlsplit(settings.gateway_url)
    bills = BillStore("alipay", journal, clock, [settings.bill_url, f"{gateway_host.scheme}://{gateway_host.netloc}"])
    made.callers += bills.callers
    made.pay = AlipayPay(
        {channel.value: gateway for channel, gateway in made.gateways.items()},
        clock,
        bills,
        seller_id=settings.seller_id,
        notify_url=f"{public_url.rstrip('/')}/callbacks/{AlipayPay.system}",
    )
    made.readers[AlipayPay.system] = made.pay.read
    return made
