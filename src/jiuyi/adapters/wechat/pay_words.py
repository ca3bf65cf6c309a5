"""WeChat Pay's words in ours: trades, refunds and notices, with nothing missing that we decide by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec

from jiuyi.adapters.wechat.pay_keys import Sealed, Untrusted
from jiuyi.domains.payments.types import GivenBack, GivenBackState, Trade, TradeState

_STATES: Mapping[str, TradeState] = {
    "SUCCESS": TradeState.PAID,
    "REFUND": TradeState.PAID,
    "NOTPAY": TradeState.WAITING,
    "USERPAYING": TradeState.WAITING,
    "ACCEPT": TradeState.WAITING,
    "CLOSED": TradeState.CLOSED,
    "REVOKED": TradeState.CLOSED,
    "PAYERROR": TradeState.CLOSED,
}
_REFUND_STATES: Mapping[str, GivenBackState] = {
    "PROCESSING": GivenBackState.PROCESSING,
    "SUCCESS": GivenBackState.SUCCESS,
    "CLOSED": GivenBackState.CLOSED,
    "ABNORMAL": GivenBackState.ABNORMAL,
}


class NotUnderstood(Exception):
    """A field that we decide by is missing, of the wrong type, or says something unknown."""


Word = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that may not be empty: what is missing and what is empty are the same lie."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""RFC 3339 with its offset."""


class Envelope(msgspec.Struct):
    """The outside of a notice."""

    id: Word
    event_type: Word
    resource_type: Word
    resource: Sealed


class _TradeAmount(msgspec.Struct):
    total: int
    currency: Word


class _Trade(msgspec.Struct):
    out_trade_no: Word
    trade_state: Word
    mchid: Word
    appid: Word
    transaction_id: Word | None = None
    amount: _TradeAmount | None = None
    success_time: Moment | None = None


class _RefundAmount(msgspec.Struct):
    total: int
    refund: int


class _Refund(msgspec.Struct):
    out_refund_no: Word
    out_trade_no: Word
    transaction_id: Word
    refund_id: Word
    status: Word
    amount: _RefundAmount
    success_time: Moment | None = None


class _RefundNotice(msgspec.Struct):
    mchid: Word
    out_refund_no: Word
    out_trade_no: Word
    transaction_id: Word
    refund_id: Word
    refund_status: Word
    amount: _RefundAmount
    success_time: Moment | None = None


_T = TypeVar("_T", bound=msgspec.Struct)


def _read(content: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise NotUnderstood(str(error)) from error


def trade(content: bytes) -> Trade:
    """A query's answer, or a payment notice's plaintext. A paid one must have every field. Raises `NotUnderstood`."""
    found = _read(content, _Trade)
    state = _STATES.get(found.trade_state)
    if state is None:
        raise NotUnderstood(f"trade_state {found.trade_state[:20]!r}")
    if state is TradeState.PAID:
        if found.amount is None or found.transaction_id is None or found.success_time is None:
            raise NotUnderstood("paid, but number, amount or time is missing")
        if found.amount.total < 1:
            raise NotUnderstood("paid, but no amount")
    return Trade(
        out_trade_no=found.out_trade_no,
        state=state,
        merchant_id=found.mchid,
        app_id=found.appid,
        transaction_id=found.transaction_id,
        total_fen=found.amount.total if found.amount else None,
        currency=found.amount.currency if found.amount else None,
        paid_at=found.success_time,
    )


def _state_of_refund(word: str, done_at: datetime | None) -> GivenBackState:
    state = _REFUND_STATES.get(word)
    if state is None:
        raise NotUnderstood(f"refund status {word[:20]!r}")
    if state is GivenBackState.SUCCESS and done_at is None:
        raise NotUnderstood("refunded, but the time is missing")
    return state


def given_back(content: bytes) -> GivenBack:
    """The answer to a refund or its query. Raises `NotUnderstood`."""
    found = _read(content, _Refund)
    return GivenBack(
        out_refund_no=found.out_refund_no,
        state=_state_of_refund(found.status, found.success_time),
        out_trade_no=found.out_trade_no,
        transaction_id=found.transaction_id,
        refund_id=found.refund_id,
        total_fen=found.amount.total,
        refund_fen=found.amount.refund,
        done_at=found.success_time,
    )


def given_back_notice(content: bytes) -> GivenBack:
    """A refund notice's plaintext. Raises `NotUnderstood`."""
    found = _read(content, _RefundNotice)
    return GivenBack(
        out_refund_no=found.out_refund_no,
        state=_state_of_refund(found.refund_status, found.success_time),
        out_trade_no=found.out_trade_no,
        merchant_id=found.mchid,
        transaction_id=found.transaction_id,
        refund_id=found.refund_id,
        total_fen=found.amount.total,
        refund_fen=found.amount.refund,
        done_at=found.success_time,
    )


def envelope(body: bytes) -> Envelope:
    """The outside of a notice, whose signature holds already. Raises `Untrusted`."""
    try:
        found = msgspec.json.decode(body, type=Envelope)
    except msgspec.MsgspecError as error:
        raise Untrusted("the notice is not WeChat Pay's JSON") from error
    if found.resource_type != "encrypt-resource":
        raise Untrusted("the notice has another kind of resource")
    return found
