"""Alipay's medical payment: consent, and trades of two legs (alipay.commerce.medical.*; contracts/insurance.md §5).

UNCONFIRMED, so data here and not branches: the words of `industry`, `insurance_pay_scene`, `order_type` and of every
status, and the body of the result notice. An unknown status is waiting. The patient's own leg is an ordinary trade
under the same number: it is asked about, refunded and billed as such.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from jiuyi.adapters.alipay import pay_words
from jiuyi.adapters.alipay.gateway import Gateway
from jiuyi.adapters.alipay.keys import Untrusted
from jiuyi.adapters.alipay.pay import AlipayPay, buyer
from jiuyi.domains.insurance.ports import MIX_NOTICE
from jiuyi.domains.insurance.types import (
    Authorisation,
    AuthoriseAsk,
    Consent,
    ConsentKind,
    Mix,
    MixAsk,
    MixNotice,
    MixRefund,
    MixState,
    VisitKind,
)
from jiuyi.domains.payments.types import (
    BillLine,
    CloseOutcome,
    GivenBack,
    PrepareAsk,
    RefundAsk,
    Trade,
)
from jiuyi.kit.clock import local
from jiuyi.kit.inbox import Notice
from jiuyi.kit.money import yuan
from jiuyi.kit.outcomes import Refused
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected

SYSTEM = "alipay_medical"
METHOD = "alipay_medical"
PAY = "04107"
_GIVEN = "1"
_ABSENT = frozenset({"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"})
_FAILED = Acknowledgement(400, b"failure", "text/plain")


@dataclass(frozen=True)
class Access:
    """The hospital's access to insurance inside Alipay, and the words that are unconfirmed."""

    org_code: str
    org_app_id: str
    org_chnl_crtf_codg: str
    result_notify_url: str
    industry: str = "HOSPITAL"
    scene: str = "ONLINE"
    paid: frozenset[str] = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})
    failed: frozenset[str] = frozenset({"TRADE_FAIL", "TRADE_CLOSED"})


class AlipayMedical:
    """Satisfies `insurance.ports.MedicalCashier` for one app of Alipay's."""

    def __init__(self, app: Gateway, access: Access, own_method: str = METHOD) -> None:
        self._app = app
        self.own_method = own_method
        self._access = access

    # consent ---------------------------------------------------------------------------------------------------------

    async def authorise(self, ask: AuthoriseAsk) -> Authorisation:
        """auth.query: the consent where it was given, else the address where it is."""
        data = await self._asked(ask)
        if data.get("auth_stas") == _GIVEN and data.get("pay_auth_no"):
            return Authorisation(consent=_consent(data))
        url = data.get("auth_url")
        if not isinstance(url, str) or not url:
            raise self._app.garbled("auth_query", "neither consented nor where to")
        return Authorisation(url=url)

    async def exchange(self, ask: AuthoriseAsk, code: str) -> Consent:
        """The patient came back: asked again (Alipay gives no code). `Refused` while there is no consent."""
        del code
        data = await self._asked(ask)
        if data.get("auth_stas") != _GIVEN or not data.get("pay_auth_no"):
            raise Refused(self._app.system, "auth_query", "not_authorised", "医保授权没有完成")
        return _consent(data)

    async def _asked(self, ask: AuthoriseAsk) -> dict[str, Any]:
        biz = {
            "req_biz_no": ask.no,
            "call_url": ask.return_url,
            "ol_biz_type_code": PAY,
            "ins_code": ask.city,
            "org_code": self._access.org_code,
            "org_app_id": self._access.org_app_id,
            "org_chnl_crtf_code": self._access.org_chnl_crtf_codg,
            "extend_params": {
                "patient_name": ask.name,
                "patient_cert_no": ask.document_number,
                "patient_cert_type": "1",
            },
            **buyer(ask.subject, "open_id", "alipay_user_id"),
        }
        node = await self._app.ask("auth_query", "alipay.commerce.medical.authinfo.auth.query", biz)
        data = node.get("data")
        if not isinstance(data, dict) or data.get("req_biz_no") != ask.no:
            raise self._app.garbled("auth_query", "an answer about another consent")
        return data

    # trades ----------------------------------------------------------------------------------------------------------

    async def open(self, ask: MixAsk) -> Mix:
        """trade.createandpay: the address where both legs are confirmed. The same content again is the same trade."""
        split, access = ask.split, self._access
        biz = {
            "out_trade_no": ask.out_trade_no,
            "subject": ask.title,
            "total_amount": yuan(split.total_fen),
            "real_amount": yuan(split.own_fen),
            "gov_amount": yuan(split.pooled_fen),
            "account_amount": yuan(split.personal_account_fen),
            "other_amount": yuan(split.other_fen),
            "pay_auth_no": ask.consent.token,
            "pay_order_id": ask.centre_no,
            "med_org_ord": ask.no,
            "chrg_bch_no": ask.no,
            "org_no": access.org_code,
            "industry": access.industry,
            "insurance_pay_scene": access.scene,
            "order_type": "REG_PAY" if ask.visit_kind is VisitKind.REGISTRATION else "DIAG_PAY",
            "gmt_out_create": f"{local(ask.created_at):%Y-%m-%d %H:%M:%S}",
            "gmt_time_expire": f"{local(ask.expires_at):%Y-%m-%d %H:%M:%S}",
            "callback_url": ask.return_url,
            "result_notify_url": access.result_notify_url,
            **buyer(ask.subject, "open_id", "alipay_user_id"),
        }
        node = await self._app.ask("medical_open", "alipay.commerce.medical.trade.createandpay", biz)
        trade_no, url = node.get("trade_no"), node.get("pay_url")
        if node.get("out_trade_no") != ask.out_trade_no or not trade_no or not url:
            raise self._app.garbled("medical_open", "another trade, or no address")
        # What opens the cashier is the address; it belongs to the number for as long as the trade lives.
        return Mix(ask.out_trade_no, MixState.WAITING, f"{trade_no} {url}")

    def invoke(self, mix_no: str, own: Mapping[str, str] | None) -> dict[str, str]:
        """Where the phone goes."""
        del own
        trade_no, _, url = mix_no.partition(" ")
        return {"payUrl": url, "tradeNO": trade_no}

    async def find(self, out_trade_no: str) -> Mix:
        """trade.query: both legs as they stand."""
        try:
            node = await self._app.ask(
                "medical_find", "alipay.commerce.medical.trade.query", {"out_trade_no": out_trade_no}
            )
        except Refused as refused:
            if refused.code in _ABSENT:
                return Mix(out_trade_no, MixState.ABSENT)
            raise
        if node.get("out_trade_no") != out_trade_no:
            raise self._app.garbled("medical_find", "an answer about another trade")
        word = str(node.get("trade_status"))
        state = MixState.WAITING
        if word in self._access.paid:
            state = MixState.PAID
        elif word in self._access.failed:
            state = MixState.FAILED
        return Mix(out_trade_no, state, str(node.get("trade_no") or ""), word if state is MixState.FAILED else "")

    async def end(self, out_trade_no: str) -> None:
        """trade.cancel: only while nobody has paid; a trade that is not there cannot be paid either."""
        try:
            await self._app.ask(
                "medical_cancel", "alipay.commerce.medical.trade.cancel", {"out_trade_no": out_trade_no}
            )
        except Refused as refused:
            if refused.code not in _ABSENT:
                raise

    async def tell_refunded(self, told: MixRefund) -> None:
        """Alipay is not told: the insurance's part is the centre's, the own part's refund is Alipay's own."""
        del told


class OwnLeg:
    """The own part of a medical trade as a `payments.ports.Channel`: made with that trade, else an ordinary one."""

    def __init__(self, pay: AlipayPay, app_id: str) -> None:
        self._pay = pay
        self._app_id = app_id
        self.name = pay.name
        self.system = pay.system

    @property
    def merchant_id(self) -> str:
        """The hospital's merchant number."""
        return self._pay.merchant_id

    def app_id(self, channel: str) -> str:
        """As for ordinary trades."""
        return self._pay.app_id(channel)

    async def prepare(self, ask: PrepareAsk) -> str:
        """Nothing is announced here: createandpay makes both legs at once."""
        return ask.out_trade_no

    def invoke(self, app_id: str, token: str) -> dict[str, str]:
        """Nothing of its own opens the cashier."""
        del app_id, token
        return {}

    async def query(self, out_trade_no: str) -> Trade:
        """Absent until it is paid. The trade has no passback of ours, so whose app it is is known here only."""
        found = await self._pay.query(out_trade_no)
        return found if found.app_id is None else msgspec.structs.replace(found, app_id=self._app_id)

    async def close(self, out_trade_no: str) -> CloseOutcome:
        """The medical trade has been cancelled before; what is left is to see whether it was paid."""
        return await self._pay.close(out_trade_no)

    async def refund(self, ask: RefundAsk) -> GivenBack:
        """An ordinary refund."""
        return await self._pay.refund(ask)

    async def query_refund(self, out_refund_no: str, out_trade_no: str) -> GivenBack:
        """An ordinary refund's query."""
        return await self._pay.query_refund(out_refund_no, out_trade_no)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Ordinary notices."""
        return self._pay.read_notice(headers, body)

    def bill(self, day: date) -> AsyncIterator[BillLine]:
        """The ordinary bill has these trades too."""
        return self._pay.bill(day)


class MedicalNotices:
    """The reader of `/callbacks/alipay_medical`: results of medical trades, signed as trade notices are."""

    def __init__(self, pay: AlipayPay) -> None:
        self._pay = pay

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """Verify and name one notice. Raises `Rejected`, so that a true one comes again."""
        if inbound.method != "POST":
            raise Rejected("not a POST", _FAILED)
        try:
            notice = self._noticed(self._pay.verified(inbound.body), inbound.body)
        except (Untrusted, pay_words.NotUnderstood) as error:
            raise Rejected(str(error), _FAILED) from error
        return [notice], Acknowledgement(200, b"success", "text/plain")

    def _noticed(self, params: Mapping[str, str], body: bytes) -> Notice:
        """Which trade a notice speaks of. Raises `Untrusted`, `NotUnderstood`.

        The body is UNCONFIRMED: what ordinary notices have besides the number is checked where it is there.
        """
        number, seller, total = (params.get(name) for name in ("out_trade_no", "seller_id", "total_amount"))
        if not number:
            raise Untrusted("no trade in the notice")
        if seller and seller != self._pay.merchant_id:
            raise Untrusted("another seller's notice")
        told = MixNotice(out_trade_no=number, total_fen=pay_words.fen(total) if total else None)
        key = params.get("notify_id") or f"{number}:{params.get('trade_status', '')}"
        return Notice(SYSTEM, key[:200], MIX_NOTICE, msgspec.to_builtins(told), body)


def _consent(data: Mapping[str, Any]) -> Consent:
    return Consent(ConsentKind.PAY_AUTH, str(data["pay_auth_no"]), city=str(data.get("insu_org") or "") or None)
