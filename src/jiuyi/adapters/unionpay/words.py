"""UnionPay's fields in our words: amounts in fen, times of the hospital, payments with every fact."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from jiuyi.domains.payments.types import CNY, Trade, TradeState
from jiuyi.kit.clock import HOSPITAL_ZONE, local

YUAN = "156"
_FORM = "%Y%m%d%H%M%S"
_TERMINAL = 8


class NotUnderstood(Exception):
    """A field that we decide by is missing, or is not what it should be."""


def paid(said: Mapping[str, str]) -> Trade:
    """A payment with every fact. Raises `NotUnderstood` for one that lacks any."""
    if not said.get("queryId") or not said.get("orderId") or not said.get("merId"):
        raise NotUnderstood("a payment without its number")
    return Trade(
        out_trade_no=said["orderId"],
        state=TradeState.PAID,
        merchant_id=said["merId"],
        app_id=said["merId"],
        transaction_id=said["queryId"],
        total_fen=fen(said),
        currency=CNY if said.get("currencyCode") == YUAN else said.get("currencyCode"),
        paid_at=moment(said),
    )


def fen(said: Mapping[str, str]) -> int:
    """The amount. Raises `NotUnderstood`."""
    text = said.get("txnAmt", "")
    if not (text.isascii() and text.isdecimal()):
        raise NotUnderstood("an amount that is none")
    return int(text)


def moment(said: Mapping[str, str]) -> datetime:
    """`traceTime` is MMDDhhmmss; its year is the order's, or the next at New Year. Raises `NotUnderstood`."""
    try:
        begun = datetime.strptime(said["txnTime"], _FORM).replace(tzinfo=HOSPITAL_ZONE)
        trace = said.get("traceTime", "")
        if not trace:
            return begun
        found = datetime.strptime(f"{begun.year}{trace}", _FORM).replace(tzinfo=HOSPITAL_ZONE)
    except (KeyError, ValueError) as error:
        raise NotUnderstood("a time that is none") from error
    return found.replace(year=found.year + 1) if found < begun - timedelta(days=1) else found


def stamp(at: datetime) -> str:
    """A moment as UnionPay writes it."""
    return f"{local(at):{_FORM}}"


def terminal(code: str) -> str:
    """UnionPay's terminal number: eight letters and digits."""
    return "".join(each for each in code.upper() if each.isalnum())[-_TERMINAL:].rjust(_TERMINAL, "0")
