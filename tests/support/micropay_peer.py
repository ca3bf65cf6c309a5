"""WeChat Pay v2 as a test plays it: payment codes, queries, reversals. Written from the protocol, not from the product.

What happens to a code is told by `plan`: the next payment takes the next plan, `success` when there is none.
"""

import hashlib
import hmac
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.listener import Heard, Listener, listening
from tests.support.ports import free_port

KEY = "v2key0123456789v2key0123456789ab"
APP, MCH = "wx0000000000000001", "1900000001"


def sign(values: dict[str, str], key: str = KEY) -> str:
    text = "&".join(f"{k}={v}" for k, v in sorted(values.items()) if v and k != "sign") + f"&key={key}"
    if values.get("sign_type") == "MD5":
        return hashlib.md5(text.encode()).hexdigest().upper()  # noqa: S324 - the protocol's own
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


@dataclass
class Trade:
    number: str
    fen: int
    state: str
    transaction: str
    reversed: bool = False


@dataclass
class Peer:
    """`plan`: success, userpaying, lost_before, lost_after, unsigned, or an err_code. `said`: calls in order."""

    plan: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Paths whose next answer is lost before anything is done."""
    trades: dict[str, Trade] = field(default_factory=dict)
    refunds: dict[str, dict[str, str]] = field(default_factory=dict)
    said: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    recall: int = 0
    """How many reversals answer "not yet, again"."""
    overrides: dict[str, str] = field(default_factory=dict)
    """Fields of the next payment's or query's answer that are told otherwise (signed all the same)."""
    bill: str = ""
    url: str = ""

    def pays(self, number: str) -> None:
        """The payer types the password."""
        self.trades[number].state = "SUCCESS"

    def calls(self, path: str) -> int:
        return sum(1 for each, _ in self.said if each == path)

    def charged(self) -> int:
        """What stays taken, in fen."""
        return sum(trade.fen for trade in self.trades.values() if trade.state == "SUCCESS")

    def answer(self, heard: Heard) -> tuple[int, str]:
        asked = {child.tag: child.text or "" for child in ET.fromstring(heard.body)}  # noqa: S314 - our own product
        self.said.append((heard.path, asked))
        if heard.path in self.lost:
            self.lost.remove(heard.path)
            return 502, ""
        if asked.get("sign") != sign(asked) or asked.get("mch_id") != MCH:
            return 200, "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>"
        work: dict[str, Any] = {
            "/pay/micropay": self._pay,
            "/pay/facepay": self._pay,
            "/pay/orderquery": self._query,
            "/pay/facepayquery": self._query,
            "/secapi/pay/reverse": self._reverse,
            "/secapi/pay/facepayreverse": self._reverse,
            "/secapi/pay/refund": self._refund,
            "/pay/refundquery": self._refund_query,
        }
        if heard.path == "/pay/downloadbill":
            return 200, self.bill or "<xml><return_code>FAIL</return_code><return_msg>No Bill Exist</return_msg></xml>"
        done: tuple[int, dict[str, str]] = work[heard.path](asked)
        status, said = done
        if status != 200:
            return status, ""
        return 200, self._signed(asked, said)

    def _signed(self, asked: dict[str, str], said: dict[str, str]) -> str:
        told = {
            "return_code": "SUCCESS",
            "appid": APP,
            "mch_id": MCH,
            "nonce_str": "n1",
            "sign_type": asked["sign_type"],
            **said,
        }
        told["sign"] = sign(told)
        inside = "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in told.items())
        return f"<xml>{inside}</xml>"

    def _pay(self, asked: dict[str, str]) -> tuple[int, dict[str, str]]:
        number = asked["out_trade_no"]
        plan = self.plan.pop(0) if self.plan else "success"
        if plan == "lost_before":
            return 502, {}
        if number in self.trades:
            return 200, {"result_code": "FAIL", "err_code": "OUT_TRADE_NO_USED"}
        made = Trade(number, int(asked["total_fee"]), "SUCCESS", f"42000{len(self.trades):023d}")
        if plan in {"success", "lost_after"}:
            self.trades[number] = made
            return (502, {}) if plan == "lost_after" else (200, {"result_code": "SUCCESS", **self._facts(made)})
        if plan == "userpaying":
            made.state = "USERPAYING"
            self.trades[number] = made
        return 200, {"result_code": "FAIL", "err_code": plan.upper(), "err_code_des": "没有收到"}

    def _query(self, asked: dict[str, str]) -> tuple[int, dict[str, str]]:
        found = self.trades.get(asked["out_trade_no"])
        if found is None:
            return 200, {"result_code": "FAIL", "err_code": "ORDERNOTEXIST"}
        facts = self._facts(found) if found.state == "SUCCESS" else {"out_trade_no": found.number}
        return 200, {"result_code": "SUCCESS", "trade_state": found.state, **facts}

    def _reverse(self, asked: dict[str, str]) -> tuple[int, dict[str, str]]:
        if self.recall:
            self.recall -= 1
            return 200, {"result_code": "FAIL", "err_code": "USERPAYING", "recall": "Y"}
        found = self.trades.get(asked["out_trade_no"])
        if found is None:
            return 200, {"result_code": "FAIL", "err_code": "ORDERNOTEXIST", "recall": "N"}
        found.state, found.reversed = "REVOKED", True
        return 200, {"result_code": "SUCCESS", "recall": "N"}

    def _refund(self, asked: dict[str, str]) -> tuple[int, dict[str, str]]:
        if int(asked["refund_fee"]) > int(asked["total_fee"]):
            return 200, {"result_code": "FAIL", "err_code": "INVALID_REQUEST"}
        if asked["refund_fee"] == "700":
            return 200, {"result_code": "FAIL", "err_code": "NOTENOUGH"}
        number = next(each.number for each in self.trades.values() if each.transaction == asked["transaction_id"])
        self.refunds[asked["out_refund_no"]] = {**asked, "out_trade_no": number}
        return 200, {"result_code": "SUCCESS", "refund_id": f"5000{asked['out_refund_no']}"} | {
            name: asked[name] for name in ("out_refund_no", "transaction_id", "refund_fee", "total_fee")
        }

    def _refund_query(self, asked: dict[str, str]) -> tuple[int, dict[str, str]]:
        found = self.refunds.get(asked["out_refund_no"])
        if found is None:
            return 200, {"result_code": "FAIL", "err_code": "REFUNDNOTEXIST"}
        return 200, {
            "result_code": "SUCCESS",
            "out_trade_no": found["out_trade_no"],
            "transaction_id": found["transaction_id"],
            "total_fee": found["total_fee"],
            "refund_count": "1",
            "out_refund_no_0": found["out_refund_no"],
            "refund_id_0": f"5000{found['out_refund_no']}",
            "refund_fee_0": found["refund_fee"],
            "refund_status_0": "SUCCESS",
            "refund_success_time_0": "2026-11-22 10:00:00",
        }

    def _facts(self, trade: Trade) -> dict[str, str]:
        facts = {
            "out_trade_no": trade.number,
            "transaction_id": trade.transaction,
            "total_fee": str(trade.fen),
            "fee_type": "CNY",
            "trade_type": "MICROPAY",
            "bank_type": "CMB_DEBIT",
            "openid": "oPayer",
            "time_end": "20261122183000",
        }
        facts, self.overrides = facts | self.overrides, {}
        return facts


@contextmanager
def playing() -> Iterator[Peer]:
    """A peer on a port of its own."""
    port = free_port()
    peer = Peer(url=f"http://127.0.0.1:{port}")
    with listening(port) as listener:
        _answer_by(listener, peer)
        yield peer


def _answer_by(listener: Listener, peer: Peer) -> None:
    listener.answer = peer.answer
