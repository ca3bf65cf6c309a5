"""UnionPay as a test plays it: its certificates, codes both ways, queries, voids, refunds, notices.

Written from the protocol with plain `cryptography`, not from the product.
"""

import base64
import datetime as dt
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import parse_qsl, urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from tests.support.listener import Heard, listening
from tests.support.ports import free_port

MER = "777290058110097"
PASSWORD = "000000"
OWNER = "041@Z12@00040000:SIGN@中国银联股份有限公司"
_NAMES = ("txnType", "txnSubType", "txnAmt", "currencyCode", "queryId", "traceNo", "traceTime", "settleDate")
Issued = tuple[x509.Certificate, RSAPrivateKey]


@cache
def _key(_name: str) -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def issue(name: str, by: Issued | None = None, days: int = 3650) -> Issued:
    """A certificate, signed by another or by itself; `days` may be negative: then its time is over."""
    key = _key(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    begins = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    ends = begins + dt.timedelta(days=days) if days < 0 else dt.datetime(2040, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins - dt.timedelta(days=4000))
        .not_valid_after(ends)
        .sign(by[1] if by else key, SHA256())
    )
    return made, key


@cache
def house() -> dict[str, Issued]:
    """UnionPay's root, middle and signing certificates, and the merchant's."""
    root = issue("CFCA TEST ROOT")
    middle = issue("CFCA TEST OCA1", root)
    return {"root": root, "middle": middle, "sign": issue(OWNER, middle), "merchant": issue("merchant", middle)}


def pem(issued: Issued) -> str:
    return issued[0].public_bytes(Encoding.PEM).decode()


@cache
def pfx() -> str:
    """The merchant's .pfx, base64."""
    certificate, key = house()["merchant"]
    packed = pkcs12.serialize_key_and_certificates(
        b"merchant", key, certificate, None, BestAvailableEncryption(PASSWORD.encode())
    )
    return base64.b64encode(packed).decode()


def signed(fields: dict[str, str], by: Issued | None = None) -> dict[str, str]:
    """A message of UnionPay's (or of somebody who says so)."""
    issued = by or house()["sign"]
    message = {
        "version": "5.1.0",
        "encoding": "UTF-8",
        "signMethod": "01",
        "certId": str(issued[0].serial_number),
        "signPubKeyCert": pem(issued),
        **fields,
    }
    return resigned(message, issued)


def resigned(message: dict[str, str], issued: Issued) -> dict[str, str]:
    text = "&".join(f"{k}={v}" for k, v in sorted(message.items()) if v and k != "signature")
    inner = hashlib.sha256(text.encode()).hexdigest().encode()
    return {**message, "signature": base64.b64encode(issued[1].sign(inner, PKCS1v15(), SHA256())).decode()}


@dataclass
class Trade:
    facts: dict[str, str]
    state: str
    """The `origRespCode` that a query gives."""


@dataclass
class Peer:
    """`plan`: respCodes of the next payments; `05>00` answers 05 and is paid all the same; `lost` answers nothing."""

    plan: list[str] = field(default_factory=list)
    trades: dict[tuple[str, str], Trade] = field(default_factory=dict)
    said: list[dict[str, str]] = field(default_factory=list)
    file: bytes = b""
    count: int = 0
    url: str = ""

    def answer(self, heard: Heard) -> tuple[int, str]:
        asked = dict(parse_qsl(heard.body.decode(), keep_blank_values=True))
        self.said.append(asked)
        text = "&".join(f"{k}={v}" for k, v in sorted(asked.items()) if v and k != "signature")
        inner = hashlib.sha256(text.encode()).hexdigest().encode()
        key = house()["merchant"][1].public_key()
        key.verify(base64.b64decode(asked["signature"]), inner, PKCS1v15(), SHA256())
        assert asked["certId"] == str(house()["merchant"][0].serial_number)
        if asked["txnType"] == "76":
            return 200, self._sent(asked, {"respCode": "00", "fileContent": self._file()})
        if asked["txnType"] == "00":
            return 200, self._query(asked)
        plan = self.plan.pop(0) if self.plan else "00"
        if plan == "lost":
            return 502, ""
        code, _, state = plan.partition(">")
        self.count += 1
        facts = {**asked, "queryId": f"20261122{self.count:013d}", "traceNo": f"{self.count:06d}"}
        facts |= {"traceTime": asked["txnTime"][4:], "settleDate": asked["txnTime"][4:8]}
        if code in {"00", "05"} or state:
            shown = asked["txnSubType"] == "07" and asked["txnType"] == "01"
            self.trades[asked["orderId"], asked["txnTime"]] = Trade(facts, state or ("05" if shown else code))
        extra = {"qrCode": f"https://qr.95516.com/{asked['orderId']}"} if asked["txnSubType"] == "07" else {}
        return 200, self._sent(asked, {"respCode": code, "respMsg": "x", "queryId": facts["queryId"], **extra})

    def pays(self, number: str) -> dict[str, str]:
        """The patient pays; the notice that UnionPay then sends, as fields."""
        trade = next(trade for (each, _), trade in self.trades.items() if each == number)
        trade.state = "00"
        return self.notice(number)

    def notice(self, number: str) -> dict[str, str]:
        trade = next(trade for (each, _), trade in self.trades.items() if each == number)
        names = [*_NAMES, "bizType", "accessType", "merId", "orderId", "txnTime"]
        facts = {name: trade.facts[name] for name in names}
        return signed({**facts, "respCode": "00", "respMsg": "成功", "settleAmt": facts["txnAmt"]})

    def charged(self) -> int:
        kinds = {"01": 1, "04": -1, "31": -1}
        return sum(
            kinds[trade.facts["txnType"]] * int(trade.facts["txnAmt"])
            for trade in self.trades.values()
            if trade.state == "00"
        )

    def _query(self, asked: dict[str, str]) -> str:
        found = self.trades.get((asked["orderId"], asked["txnTime"]))
        if found is None:
            return self._sent(asked, {"respCode": "34", "respMsg": "no such transaction"})
        names = _NAMES
        told = {name: found.facts[name] for name in names}
        return self._sent(asked, {**told, "respCode": "00", "origRespCode": found.state, "origRespMsg": "x"})

    def _sent(self, asked: dict[str, str], said: dict[str, str]) -> str:
        names = ("bizType", "accessType", "merId", "orderId", "txnTime", "txnType", "txnSubType")
        told = signed({**{name: asked[name] for name in names if name in asked}, **said})
        return "&".join(f"{name}={value}" for name, value in told.items())

    def _file(self) -> str:
        return base64.b64encode(zlib.compress(self.file)).decode() if self.file else ""


def form(fields: dict[str, str]) -> bytes:
    return urlencode(fields).encode()


@contextmanager
def playing() -> Iterator[Peer]:
    """A peer on a port of its own."""
    port = free_port()
    peer = Peer(url=f"http://127.0.0.1:{port}")
    with listening(port) as listener:
        listener.answer = peer.answer
        yield peer
