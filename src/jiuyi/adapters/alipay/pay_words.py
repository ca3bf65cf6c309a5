"""Alipay's words about money in ours: trades, refunds and notices, with nothing missing that we decide by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs, parse_qsl, unquote

import msgspec

from jiuyi.adapters.alipay.keys import Untrusted
from jiuyi.domains.payments.types import CNY, GivenBack, GivenBackState, Trade, TradeState
from jiuyi.kit.clock import HOSPITAL_ZONE
from jiuyi.kit.money import NotMoney, fen_from_yuan

Word = Annotated[str, msgspec.Meta(min_length=1)]
"""A text that may not be empty: what is missing and what is empty are the same lie."""
_WAITING, _CLOSED = "WAIT_BUYER_PAY", "TRADE_CLOSED"
_PAID = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})
_KNOWN = _PAID | {_WAITING, _CLOSED}
_MOST_BYTES = 65536


class NotUnderstood(Exception):
    """A field that we decide by is missing, of the wrong type, or says something unknown."""


class _Trade(msgspec.Struct):
    out_trade_no: Word
    trade_no: Word
    trade_status: Word
    total_amount: Word
    send_pay_date: Word | None = None
    passback_params: str = ""


class _GivenBack(msgspec.Struct):
    out_trade_no: Word | None = None
    trade_no: Word | None = None
    out_request_no: Word | None = None
    refund_status: Word | None = None
    refund_amount: Word | None = None
    total_amount: Word | None = None
    gmt_refund_pay: Word | None = None


class Notified(msgspec.Struct):
    """What every notice about a trade must have, whatever it tells."""

    notify_id: Word
    notify_type: Word
    notify_time: Word
    app_id: Word
    seller_id: Word
    out_trade_no: Word
    trade_no: Word
    trade_status: Word
    total_amount: Word
    charset: Word
    version: Word
    gmt_payment: Word | None = None
    gmt_refund: Word | None = None
    refund_fee: Word | None = None
    out_biz_no: Word | None = None

    @property
    def of_refund(self) -> bool:
        """Whether it tells of money that went back: a paid trade whose sum of refunds changed."""
        return bool(self.refund_fee or self.gmt_refund or self.out_biz_no)


_T = TypeVar("_T", bound=msgspec.Struct)


def _read(node: Mapping[str, Any], kind: type[_T]) -> _T:
    try:
        return msgspec.convert(node, kind)
    except msgspec.ValidationError as error:
        raise NotUnderstood(str(error)) from error


def moment(text: str) -> datetime:
    """`2026-11-22 18:00:00`, with or without a fraction, on the hospital's clock. Raises `NotUnderstood`."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=HOSPITAL_ZONE)
    except ValueError as error:
        raise NotUnderstood(f"not a time: {text[:30]!r}") from error


def fen(text: str) -> int:
    """Positive fen of an amount in yuan. Raises `NotUnderstood`."""
    try:
        found = fen_from_yuan(text)
    except NotMoney as error:
        raise NotUnderstood("not an amount in yuan") from error
    if found < 1:
        raise NotUnderstood("no amount")
    return found


def form(body: bytes, charset: str = "utf-8") -> dict[str, str]:
    """A posted form. A name that comes twice is refused: two readers could understand different things.

    Raises `Untrusted`.
    """
    if len(body) > _MOST_BYTES:
        raise Untrusted("too large")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=True, encoding=charset, errors="strict"
        )
    except (ValueError, UnicodeError, LookupError) as error:
        raise Untrusted("not a form") from error
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Untrusted("a field comes twice")
    return found


def trade(node: Mapping[str, Any], app_id: str, seller_id: str) -> Trade:
    """A query's answer. It names neither app nor seller: the app travels in our own passback, the seller is whose key
    signed the request. `app_id` is the asking app, for trades without passback. Raises `NotUnderstood`.
    """
    found = _read(node, _Trade)
    if found.trade_status not in _KNOWN:
        raise NotUnderstood(f"trade_status {found.trade_status[:20]!r}")
    # A trade whose whole amount went back is closed too; one that was never paid has no time of payment.
    paid = found.trade_status in _PAID or (found.trade_status == _CLOSED and found.send_pay_date is not None)
    if paid and found.send_pay_date is None:
        raise NotUnderstood("paid, but the time is missing")
    if not paid:
        state = TradeState.WAITING if found.trade_status == _WAITING else TradeState.CLOSED
        return Trade(found.out_trade_no, state, merchant_id=seller_id)
    return Trade(
        out_trade_no=found.out_trade_no,
        state=TradeState.PAID,
        merchant_id=seller_id,
        app_id=parse_qs(unquote(found.passback_params)).get("app_id", [app_id])[0],
        transaction_id=found.trade_no,
        total_fen=fen(found.total_amount),
        currency=CNY,
        paid_at=moment(found.send_pay_date or ""),
    )


def given_back(node: Mapping[str, Any], out_refund_no: str, seller_id: str) -> GivenBack:
    """The answer to a refund's query. An empty one means: not done, or never asked for. Raises `NotUnderstood`."""
    found = _read(node, _GivenBack)
    if found.refund_status is None and found.refund_amount is None:
        return GivenBack(out_refund_no, GivenBackState.UNSEEN)
    if found.refund_amount is None or found.total_amount is None:
        raise NotUnderstood("a refund without its amounts")
    if found.refund_status not in {"REFUND_SUCCESS", "REFUND_PROCESSING", None}:
        raise NotUnderstood(f"refund_status {str(found.refund_status)[:20]!r}")
    return GivenBack(
        out_refund_no=found.out_request_no or out_refund_no,
        state=GivenBackState.SUCCESS if found.refund_status == "REFUND_SUCCESS" else GivenBackState.PROCESSING,
        out_trade_no=found.out_trade_no,
        merchant_id=seller_id,
        transaction_id=found.trade_no,
        refund_id=out_refund_no,
        total_fen=fen(found.total_amount),
        refund_fen=fen(found.refund_amount),
        done_at=moment(found.gmt_refund_pay) if found.gmt_refund_pay else None,
    )


def notified(params: Mapping[str, str]) -> Notified:
    """The fields of a notice whose signature holds already. Raises `NotUnderstood`."""
    found = _read(params, Notified)
    if found.notify_type != "trade_status_sync":
        raise NotUnderstood(f"notify_type {found.notify_type[:40]!r}")
    if found.trade_status not in _KNOWN or found.charset.lower() != "utf-8":
        raise NotUnderstood(f"trade_status {found.trade_status[:20]!r} in {found.charset[:20]!r}")
    moment(found.notify_time)
    return found


def paid_notice(found: Notified) -> Trade:
    """A notice of a payment; every fact is there. Raises `NotUnderstood`."""
    if found.trade_status not in _PAID or found.gmt_payment is None:
        raise NotUnderstood("a payment notice about an unpaid trade, or without its time")
    return Trade(
        out_trade_no=found.out_trade_no,
        state=TradeState.PAID,
        merchant_id=found.seller_id,
        app_id=found.app_id,
        transaction_id=found.trade_no,
        total_fen=fen(found.total_amount),
        currency=CNY,
        paid_at=moment(found.gmt_payment),
    )


def refund_notice(found: Notified) -> GivenBack:
    """A notice of a refund. It tells the sum of all refunds of the trade, not the amount of this one, so that
    `refund_fen` stays empty: the channel is asked. Raises `NotUnderstood`.
    """
    if found.out_biz_no is None or found.refund_fee is None or found.gmt_refund is None:
        raise NotUnderstood("a refund notice without its number, sum or time")
    if found.trade_status not in _PAID | {_CLOSED}:
        raise NotUnderstood("a refund notice about an unpaid trade")
    total = fen(found.total_amount)
    if fen(found.refund_fee) > total:
        raise NotUnderstood("more went back than came")
    return GivenBack(
        out_refund_no=found.out_biz_no,
        state=GivenBackState.SUCCESS,
        out_trade_no=found.out_trade_no,
        merchant_id=found.seller_id,
        transaction_id=found.trade_no,
        refund_id=found.out_biz_no,
        total_fen=total,
        done_at=moment(found.gmt_refund),
    )
