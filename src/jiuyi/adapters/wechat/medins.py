"""WeChat's medical-insurance payment: consent at the city-services page, and mixed orders `/v3/med-ins/*`.

The own part is an ordinary JSAPI order under the same number, with its own notice; the insurance's part is the national
centre's order. What a mixed order says never decides alone: the centre is asked (docs/contracts/insurance.md §4).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

import msgspec

from jiuyi.adapters.wechat import pay_words
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.adapters.wechat.pay_keys import Untrusted
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
from jiuyi.kit.clock import Clock, local
from jiuyi.kit.ids import new_id
from jiuyi.kit.inbox import Notice
from jiuyi.kit.outcomes import Garbled, NotDone, Refused, Unanswered
from jiuyi.wire.envelopes import Acknowledgement, Inbound, Rejected
from jiuyi.wire.http import Caller

SYSTEM = "wechat_medins"
PAY = "04107"
"""bizType of consent to a payment."""
_STATES = {
    "MIX_PAY_SUCCESS": MixState.PAID,
    "MIX_PAY_REFUND": MixState.PAID,
    "MIX_PAY_FAIL": MixState.FAILED,
}
"""Every other word (also those that the guides name and the lists do not) is waiting."""
_ORDER_TYPES = {VisitKind.REGISTRATION: "REG_PAY"}
_NOT_THERE = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"})
_SERVER_ERROR = 500
_FAILED = Acknowledgement(status=401, body='{"code":"FAIL","message":"失败"}'.encode())


@dataclass(frozen=True)
class Access:
    """The hospital's access to insurance inside WeChat. Names as in the access package."""

    app_id: str
    auth_url: str
    query_url: str
    partner_id: str
    partner_secret: str
    channel: str
    org_chnl_crtf_codg: str
    org_code: str
    org_name: str
    org_app_id: str
    callback_url: str
    passthrough: bool = False
    """Whether passthrough_request_content is sent: the official texts contradict each other (UNCONFIRMED)."""
    test_env: bool = False


class _Told(msgspec.Struct):
    code: int | str
    message: str = ""
    user_name: str = ""
    user_card_no: str = ""
    city_id: str = ""
    pay_auth_no: str = ""
    user_longitude_latitude: dict[str, Any] = {}


class _Order(msgspec.Struct):
    mix_trade_no: str
    out_trade_no: str
    mix_pay_status: str
    med_ins_fail_reason: str = ""


_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Noticed(msgspec.Struct):
    """What a notice must say of an order; it is the order's whole body."""

    mix_trade_no: _Text
    out_trade_no: _Text
    appid: _Text
    mix_pay_status: Literal["MIX_PAY_SUCCESS"]
    total_fee: Annotated[int, msgspec.Meta(gt=0)]


class WechatMedical:
    """Satisfies `insurance.ports.MedicalCashier` for the Official Account. `people`: where consent is exchanged."""

    own_method = "wechat_jsapi"

    def __init__(self, pay: WechatPay, people: Caller, clock: Clock, access: Access) -> None:
        self._pay = pay
        self._people = people
        self._clock = clock
        self._access = access

    # consent ---------------------------------------------------------------------------------------------------------

    async def authorise(self, ask: AuthoriseAsk) -> Authorisation:
        """The address of the consent page; no call is made."""
        access = self._access
        query = {
            "authType": "2",
            "isDepart": "2",
            "appid": access.app_id,
            "cityCode": ask.city,
            "channel": access.channel,
            "orgChnlCrtfCodg": access.org_chnl_crtf_codg,
            "orgCodg": access.org_code,
            "bizType": PAY,
            "orgAppId": access.org_app_id,
            "redirectUrl": ask.return_url,
        }
        return Authorisation(url=f"{access.auth_url}?{urlencode(query)}")

    async def exchange(self, ask: AuthoriseAsk, code: str) -> Consent:
        """userQuery: who consented, and the single-use number."""
        access = self._access
        timestamp = str(int(self._clock.now().timestamp() * 1000))
        signed = hmac.new(access.partner_secret.encode(), f"{access.partner_id}{timestamp}".encode(), hashlib.sha256)
        headers = {
            "content-type": "application/json; charset=utf-8",
            "god-portal-timestamp": timestamp,
            "god-portal-signature": signed.hexdigest(),
            "god-portal-request-id": new_id().hex,
        }
        body = msgspec.json.encode({"qrcode": code, "openid": ask.subject})
        answer = await self._people.send("userQuery", "POST", f"/{access.partner_id}", headers=headers, body=body)
        system = self._people.system
        if answer.status >= _SERVER_ERROR:
            raise Unanswered(system, "userQuery", f"HTTP {answer.status}")
        try:
            told = msgspec.json.decode(answer.body, type=_Told)
        except msgspec.MsgspecError as error:
            raise Garbled(system, "userQuery", "the answer's shape") from error
        if str(told.code) != "0":
            raise Refused(system, "userQuery", str(told.code), told.message)
        if not told.pay_auth_no:
            raise Refused(system, "userQuery", "no_pay_auth", "只能由本人授权使用医保")
        # Without who consented, nothing of WeChat's would tie this consent to the patient.
        if not told.user_card_no:
            raise Refused(system, "userQuery", "no_identity", "微信没有告知授权人的证件号，不能确认是就诊人本人")
        if "*" in told.user_card_no:
            raise Refused(system, "userQuery", "masked_identity", "微信只告知了部分证件号，不能确认是就诊人本人")
        place = told.user_longitude_latitude
        where = f"{place['longitude']},{place['latitude']}" if {"longitude", "latitude"} <= place.keys() else None
        return Consent(
            ConsentKind.PAY_AUTH,
            told.pay_auth_no,
            name=told.user_name or None,
            document_number=told.user_card_no,
            city=told.city_id or None,
            location=where,
        )

    # orders ----------------------------------------------------------------------------------------------------------

    async def open(self, ask: MixAsk) -> Mix:
        """POST /v3/med-ins/orders. An order of that number that is there already is the same order."""
        try:
            answer = await self._pay.ask("medins_open", "POST", "/v3/med-ins/orders", self._body(ask))
        except Refused as refused:
            if refused.code == "ALREADY_EXISTS":
                return await self.find(ask.out_trade_no)
            raise
        except Unanswered:
            # The guide: query first, then decide. What is there is used; what is not may be sent again later.
            found = await self.find(ask.out_trade_no)
            if found.state is MixState.ABSENT:
                raise
            return found
        return self._read("medins_open", answer.body, ask.out_trade_no)

    def _body(self, ask: MixAsk) -> dict[str, Any]:
        access, split = self._access, ask.split
        body: dict[str, Any] = {
            "mix_pay_type": "CASH_AND_INSURANCE" if split.own_fen else "INSURANCE_ONLY",
            "order_type": _ORDER_TYPES.get(ask.visit_kind, "DIAG_PAY"),
            "appid": access.app_id,
            "openid": ask.subject,
            "payer": {
                "name": self._pay.seal(ask.insured.name),
                "id_digest": self._pay.seal(id_digest(ask.insured.document_number)),
                "card_type": "ID_CARD",
            },
            "out_trade_no": ask.out_trade_no,
            "serial_no": ask.no,
            "pay_order_id": ask.centre_no,
            "pay_auth_no": ask.consent.token,
            "geo_location": ask.consent.location or "",
            "city_id": ask.insured.place,
            "med_inst_name": access.org_name,
            "med_inst_no": access.org_code,
            "med_ins_order_create_time": local(ask.created_at).isoformat(timespec="seconds"),
            "total_fee": split.total_fen,
            "med_ins_gov_fee": split.pooled_fen,
            "med_ins_self_fee": split.personal_account_fen,
            "med_ins_other_fee": split.other_fen,
            "med_ins_cash_fee": split.own_fen,
            "callback_url": access.callback_url,
        }
        if not ask.consent.location:
            del body["geo_location"]
        if split.own_fen:
            body |= {"wechat_pay_cash_fee": split.own_fen, "prepay_id": ask.own_token}
        if access.passthrough:
            through = {"payAuthNo": ask.consent.token, "payOrdId": ask.centre_no, "setlLatlnt": ask.consent.location}
            body["passthrough_request_content"] = msgspec.json.encode(through).decode()
        if access.test_env:
            body["med_ins_test_env"] = True
        return body

    def invoke(self, mix_no: str, own: Mapping[str, str] | None) -> dict[str, str]:
        """The parameters of `requestMedicalInsurancePay`; `mixTradeNo` is not part of the signature."""
        given = {name: value for name, value in (own or {}).items() if name != "appId"}
        return {"appid": self._access.app_id, "mixTradeNo": mix_no, **given}

    async def find(self, out_trade_no: str) -> Mix:
        """GET …/out-trade-no/{}."""
        path = f"/v3/med-ins/orders/out-trade-no/{quote(out_trade_no, safe='')}"
        try:
            answer = await self._pay.ask("medins_find", "GET", path)
        except Refused as refused:
            if refused.code in _NOT_THERE or "268529515" in refused.message:
                return Mix(out_trade_no, MixState.ABSENT)
            raise
        return self._read("medins_find", answer.body, out_trade_no)

    def _read(self, operation: str, body: bytes, out_trade_no: str) -> Mix:
        try:
            order = msgspec.json.decode(body, type=_Order)
        except msgspec.MsgspecError as error:
            raise Garbled(SYSTEM, operation, "the answer's shape") from error
        if order.out_trade_no != out_trade_no or not order.mix_trade_no:
            raise Garbled(SYSTEM, operation, "an answer about another order")
        state = _STATES.get(order.mix_pay_status, MixState.WAITING)
        return Mix(out_trade_no, state, order.mix_trade_no, order.med_ins_fail_reason)

    async def end(self, out_trade_no: str) -> None:
        """There is no closing of a mixed order: its own part is closed, and the insurance's is withdrawn."""
        del out_trade_no

    async def tell_refunded(self, told: MixRefund) -> None:
        """POST /v3/med-ins/refunds/notify, after the own part's refund has the same number."""
        split = told.split
        back = {
            "med_refund_total_fee": split.total_fen - split.own_fen,
            "med_refund_gov_fee": split.pooled_fen,
            "med_refund_self_fee": split.personal_account_fen,
            "med_refund_other_fee": split.other_fen,
            "refund_time": local(told.at).isoformat(timespec="seconds"),
            "out_refund_no": told.out_refund_no,
        }
        path = f"/v3/med-ins/refunds/notify?{urlencode({'mix_trade_no': told.mix_no})}"
        await self._pay.ask("medins_refunded", "POST", path, back)

    # notices ---------------------------------------------------------------------------------------------------------

    async def read(self, inbound: Inbound) -> tuple[list[Notice], Acknowledgement]:
        """A request to `/callbacks/wechat_medins`: MEDICAL_INSURANCE.SUCCESS. Raises `Rejected`."""
        if inbound.method != "POST":
            raise Rejected("not a POST", _FAILED)
        try:
            outside, plain = await self._pay.opened(inbound)
            if not outside.event_type.startswith("MEDICAL_INSURANCE."):
                raise pay_words.NotUnderstood(f"unknown event {outside.event_type[:40]!r}")  # noqa: TRY301
            order = msgspec.json.decode(plain, type=_Noticed)
            if order.appid != self._access.app_id:
                raise pay_words.NotUnderstood("another account's order")  # noqa: TRY301
        except (Untrusted, pay_words.NotUnderstood, msgspec.MsgspecError, NotDone) as error:
            raise Rejected(str(error), _FAILED) from error
        told = MixNotice(out_trade_no=order.out_trade_no, total_fen=order.total_fee)
        notice = Notice(SYSTEM, outside.id[:200], MIX_NOTICE, msgspec.to_builtins(told), inbound.body)
        return [notice], Acknowledgement(status=204)


def id_digest(number: str) -> str:
    """Lower-case hexadecimal MD5 of the number in upper case; a number of 15 digits becomes one of 18 first."""
    text = number.upper()
    if len(text) == 15:  # noqa: PLR2004 - identity numbers before 1999
        text = _eighteen(text)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _eighteen(old: str) -> str:
    """GB 11643: the century, and the check digit."""
    body = f"{old[:6]}19{old[6:]}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11]
