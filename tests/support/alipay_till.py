"""Alipay's payment codes as a test plays them: trade.pay, query and cancel, signed with a key of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.alipay.peer import answer, asked
from tests.support.listener import Heard, listening
from tests.support.ports import free_port

_OK = {"code": "10000", "msg": "Success"}


def _refused(sub_code: str) -> dict[str, Any]:
    return {"code": "40004", "msg": "Business Failed", "sub_code": sub_code}


@dataclass
class Trade:
    number: str
    amount: str
    state: str = "WAIT_BUYER_PAY"


@dataclass
class Till:
    """Each code waits for its buyer. `said`: methods in order."""

    trades: dict[str, Trade] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    url: str = ""

    def pays(self, number: str) -> None:
        """The buyer types the password."""
        assert self.trades[number].state == "WAIT_BUYER_PAY"
        self.trades[number].state = "TRADE_SUCCESS"

    def charged(self) -> int:
        """What stays taken, in fen."""
        taken = [trade for trade in self.trades.values() if trade.state == "TRADE_SUCCESS"]
        return sum(round(float(trade.amount) * 100) for trade in taken)

    def answer(self, heard: Heard) -> tuple[int, str]:
        call = asked(heard.path, heard.body)
        method, biz = call["method"], call["biz"]
        self.said.append(method)
        work = {
            "alipay.trade.pay": self._pay,
            "alipay.trade.query": self._query,
            "alipay.trade.cancel": self._cancel,
        }
        return 200, answer(method, work[method](biz))

    def _pay(self, biz: dict[str, Any]) -> dict[str, Any]:
        made = Trade(biz["out_trade_no"], biz["total_amount"])
        self.trades[made.number] = made
        return {"code": "10003", "msg": "order success pay inprocess", "out_trade_no": made.number}

    def _query(self, biz: dict[str, Any]) -> dict[str, Any]:
        found = self.trades.get(biz["out_trade_no"])
        if found is None:
            return _refused("ACQ.TRADE_NOT_EXIST")
        paid = {"send_pay_date": "2026-11-22 18:30:00"} if found.state == "TRADE_SUCCESS" else {}
        told = {"trade_no": f"2026{found.number}", "out_trade_no": found.number, "total_amount": found.amount}
        return {**_OK, **told, "trade_status": found.state, **paid}

    def _cancel(self, biz: dict[str, Any]) -> dict[str, Any]:
        found = self.trades.get(biz["out_trade_no"])
        if found is None:
            return _refused("ACQ.TRADE_NOT_EXIST")
        action = "refund" if found.state == "TRADE_SUCCESS" else "close"
        found.state = "TRADE_CLOSED"
        return {**_OK, "out_trade_no": found.number, "retry_flag": "N", "action": action}


@contextmanager
def playing() -> Iterator[Till]:
    """A till on a port of its own."""
    port = free_port()
    till = Till(url=f"http://127.0.0.1:{port}")
    with listening(port) as listener:
        listener.answer = till.answer
        yield till
