"""What takes money from codes at the desk, made from settings; a system without its settings is not there.

Part of the wiring.
"""

from jiuyi.adapters.alipay.bar_code import AlipayCodes
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.pay import AlipayPay
from jiuyi.adapters.unionpay.codes import UnionPayCodes
from jiuyi.adapters.unionpay.terminal import CardTerminals
from jiuyi.adapters.wechat.codepay import CodePay
from jiuyi.adapters.wechat.micropay import CODE, FACE, MicroPay
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.adapters.wechat.v2 import V2
from jiuyi.app.callbacks import Reader
from jiuyi.app.settings import Settings
from jiuyi.domains.payments.ports import CodeChannel
from jiuyi.domains.payments.types import CodeKind
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.http import Caller


class CodeWays:
    """The code channels of this hospital, their callers and the readers of their notices."""

    def __init__(self, settings: Settings, journal: Journal, clock: Clock) -> None:
        self.channels: list[CodeChannel] = [CardTerminals()]
        self.callers: list[Caller] = []
        self.readers: dict[str, Reader] = {}
        self._settings = settings
        self._journal = journal
        self._clock = clock

    def wechat(self, pay: WechatPay) -> None:
        """Codes by v2, or by v3 where the merchant was invited; faces by v2."""
        keys, app_id = self._settings.wechat_pay, self._settings.wechat_oa.app_id
        if keys.codepay == "v3":
            self.channels.append(CodePay(pay, self._clock, app_id=app_id, store_id=keys.store_id))
        if not keys.v2_key:
            return
        shown = (keys.client_cert_pem, keys.merchant_private_key_pem) if keys.client_cert_pem else None
        caller = self._caller("wechat_pay", keys.base_url, shown)
        v2 = V2(caller, app_id=app_id, mch_id=keys.mch_id, key=keys.v2_key, sign_type=keys.v2_sign_type)
        for paths in (FACE,) if keys.codepay == "v3" else (CODE, FACE):
            self.channels.append(MicroPay(v2, self._clock, create_ip=keys.create_ip, paths=paths))

    def alipay(self, pay: AlipayPay | None) -> None:
        """Bar codes and faces, under the Life Account's app, else the mini program's."""
        section = self._settings.alipay
        if pay is None or section is None:
            return
        keys = section.life_keys() if section.life_app_id else section.mini_keys()
        gateway = Gateway(self._caller("alipay", section.gateway_url), self._clock, keys)
        self.channels.append(AlipayCodes(gateway, pay, notify_url=self._notices(AlipayPay.system)))

    def unionpay(self) -> None:
        """Codes both ways."""
        section = self._settings.unionpay
        if section is None:
            return
        caller = self._caller("unionpay", section.base_url)
        files = self._caller("unionpay", section.files_url or "https://filedownload.95516.com")
        for kind in (CodeKind.UNIONPAY_CODE, CodeKind.UNIONPAY_SHOWN):
            made = UnionPayCodes(
                caller,
                self._clock,
                kind=kind,
                mer_id=section.mer_id,
                signer=section.signer(),
                trust=section.trust(),
                notify_url=self._notices(UnionPayCodes.system),
                files=files,
                layout=section.layout(),
            )
            self.channels.append(made)
            self.readers[UnionPayCodes.system] = made.read

    def _caller(self, system: str, url: str, certificate: tuple[str, str] | None = None) -> Caller:
        made = Caller(system, url, self._journal, self._clock, certificate=certificate)
        self.callers.append(made)
        return made

    def _notices(self, system: str) -> str:
        return f"{self._settings.web.public_url.rstrip('/')}/callbacks/{system}"
