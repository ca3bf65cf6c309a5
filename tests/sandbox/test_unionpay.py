"""The sandbox's UnionPay, asked by a client written from the protocol with `openssl` and by the product's adapter."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import re
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from jiuyi.adapters.unionpay.acp import Signer, Trust
from jiuyi.adapters.unionpay.codes import UnionPayCodes
from jiuyi.domains.payments.types import CloseOutcome, CodeAsk, CodeKind, GivenBackState, RefundAsk, TradeState
from jiuyi.kit.clock import HOSPITAL_ZONE, Clock
from jiuyi.kit.journal import Journal
from jiuyi.wire.http import Caller
from jiuyi_sandbox.unionpay import behaviours, settlement
from jiuyi_sandbox.wechat_pay_v2 import behaviours as wechat
from tests.sandbox.vendor import Caller as HisCaller
from tests.sandbox.vendor import request_no
from tests.support.listener import Listener, listening
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.feature("I06")


@pytest.fixture
def product(sandbox: Sandbox) -> Iterator[Listener]:
    with listening(sandbox.product_port) as listener:
        listener.answer = lambda _heard: (200, "ok")
        yield listener


class Till:
    """Signs and verifies with the `openssl` program."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.keys, self.folder = sandbox, sandbox.keys["unionpay"], folder
        (folder / "m.pfx").write_bytes(base64.b64decode(self.keys["sign_cert_pfx_b64"]))
        for name in ("root", "middle"):
            (folder / f"{name}.pem").write_text(self.keys[f"{name}_cert_pem"])
        secret = ["-passin", f"pass:{self.keys['sign_cert_password']}", "-nodes"]
        (folder / "key.pem").write_bytes(self.run("pkcs12", "-in", "m.pfx", "-nocerts", *secret))
        (folder / "cert.pem").write_bytes(self.run("pkcs12", "-in", "m.pfx", "-nokeys", *secret))
        serial = self.run("x509", "-in", "cert.pem", "-noout", "-serial").decode().strip().partition("=")[2]
        self.cert_id = str(int(serial, 16))

    def run(self, *args: str, given: bytes = b"") -> bytes:
        done = subprocess.run(["openssl", *args], cwd=self.folder, input=given, capture_output=True, check=True)
        return done.stdout

    @staticmethod
    def digest(fields: dict[str, str]) -> bytes:
        text = "&".join(f"{k}={v}" for k, v in sorted(fields.items()) if k != "signature" and v)
        return hashlib.sha256(text.encode()).hexdigest().encode()

    def signed(self, fields: dict[str, str]) -> dict[str, str]:
        message = {"version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "certId": self.cert_id, **fields}
        signature = self.run("dgst", "-sha256", "-sign", "key.pem", given=self.digest(message))
        return {**message, "signature": base64.b64encode(signature).decode()}

    def verified(self, fields: dict[str, str]) -> dict[str, str]:
        """The fields, when the certificate chain and the signature hold for openssl."""
        (self.folder / "said.pem").write_text(fields["signPubKeyCert"])
        (self.folder / "said.sig").write_bytes(base64.b64decode(fields["signature"]))
        self.run("verify", "-CAfile", "root.pem", "-untrusted", "middle.pem", "said.pem")
        (self.folder / "said.pub").write_bytes(self.run("x509", "-in", "said.pem", "-pubkey", "-noout"))
        self.run("dgst", "-sha256", "-verify", "said.pub", "-signature", "said.sig", given=self.digest(fields))
        return fields

    async def send(self, path: str, fields: dict[str, str]) -> dict[str, str]:
        body = urlencode(fields).encode()
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        answer = await self.sandbox.http.post(f"/unionpay{path}", content=body, headers=headers)
        return dict(part.split("=", 1) for part in answer.raise_for_status().text.split("&"))

    async def trade(self, kind: str, sub: str, **fields: str) -> dict[str, str]:
        stamp = (await self.sandbox.http.get("/_control/clock")).json()["now"]
        frame = {
            "txnType": kind, "txnSubType": sub, "bizType": "000000", "channelType": "08", "accessType": "0",
            "merId": self.keys["mer_id"], "orderId": request_no("JY"), "currencyCode": "156",
            "txnTime": f"{datetime.fromisoformat(stamp):%Y%m%d%H%M%S}", "txnAmt": "5050",
            "backUrl": f"{self.sandbox.product_url}/callbacks/unionpay",
        }  # fmt: skip
        said = {**frame, **fields}
        path = "/gateway/api/queryTrans.do" if kind == "00" else "/gateway/api/backTransReq.do"
        return said | self.verified(await self.send(path, self.signed(said)))

    async def ask(self, done: dict[str, str]) -> dict[str, str]:
        return await self.trade("00", "00", orderId=done["orderId"], txnTime=done["txnTime"])

    async def scan(self, behaviour: str = "normal", **fields: str) -> dict[str, str]:
        answer = await self.sandbox.http.post("/_control/unionpay/codes", json={"person": "p1", "behaviour": behaviour})
        return await self.trade("01", "06", **{"qrNo": answer.json()["code"], "termId": "00000001", **fields})


@pytest.fixture
def till(sandbox: Sandbox, tmp_path: Path) -> Till:
    return Till(sandbox, tmp_path)


async def test_a_scanned_code_its_notice_and_its_refund(till: Till, product: Listener) -> None:
    paid = await till.scan(reqReserved="counter 7")
    assert (paid["respCode"], paid["reqReserved"]) == ("00", "counter 7")
    asked = await till.ask(paid)
    assert (asked["origRespCode"], asked["txnAmt"], asked["queryId"]) == ("00", "5050", paid["queryId"])
    heard = (await product.wait(1))[0]
    told = till.verified(dict(parse_qsl(heard.body.decode(), keep_blank_values=True)))
    assert (told["orderId"], told["respCode"], told["accNo"]) == (paid["orderId"], "00", "6226****8046")
    assert (await till.scan(orderId=paid["orderId"], txnTime=paid["txnTime"]))["respCode"] == "12"
    await till.sandbox.http.put("/_control/unionpay", json={"refund_seconds": 0})
    back = await till.trade("04", "00", origQryId=paid["queryId"], txnAmt="1000")
    assert back["respCode"] == "00"
    assert (await till.ask(back))["origRespCode"] == "00"
    assert (await till.trade("31", "00", origQryId=paid["queryId"]))["respCode"] == "36"
    assert (await till.trade("04", "00", origQryId=paid["queryId"], txnAmt="4051"))["respCode"] == "36"
    assert (await till.trade("04", "00", origQryId="0", txnAmt="1"))["respCode"] == "34"
    assert len(await product.wait(2)) == 2
    other = await till.scan()
    void = await till.trade("31", "00", origQryId=other["queryId"])
    assert (await till.ask(void))["origRespCode"] == "00"


async def test_a_code_of_ours_is_scanned(till: Till, sandbox: Sandbox, product: Listener) -> None:
    shown = await till.trade("01", "07")
    assert shown["qrCode"].startswith("https://qr.95516.com/")
    assert (await till.ask(shown))["origRespCode"] == "05"
    body = {"qr_code": shown["qrCode"]}
    assert (await sandbox.http.post("/_control/unionpay/transactions", json=body)).json()["result"] == "ok"
    assert (await till.ask(shown))["origRespCode"] == "00"
    assert (await sandbox.http.post("/_control/unionpay/transactions", json=body)).json()["result"] == "fail"
    assert len(await product.wait(1)) == 1
    late = await till.trade("01", "07")
    await sandbox.move_clock(1801, only_sandbox=True)
    body = {"qr_code": late["qrCode"]}
    assert (await sandbox.http.post("/_control/unionpay/transactions", json=body)).json()["result"] == "fail"
    assert (await till.ask(late))["origRespCode"] == "01"


@pytest.mark.parametrize(
    ("name", "said", "first", "later"),
    [
        ("paid_later", "00", "05", "00"), ("never_paid", "00", "05", "05"), ("refused", "01", None, None),
        ("card_unsupported", "77", None, None), ("failed_later", "00", "05", "01"), ("unknown_paid", "05", "00", "00"),
    ],
)  # fmt: skip
async def test_what_is_not_simply_paid(
    till: Till, sandbox: Sandbox, name: str, said: str, first: str | None, later: str | None
) -> None:
    done = await till.scan(name)
    assert done["respCode"] == said
    asked = await till.ask(done)
    assert (asked.get("origRespCode"), asked["respCode"]) == (first, "34" if first is None else "00")
    await sandbox.move_clock(11, only_sandbox=True)
    assert (await till.ask(done)).get("origRespCode") == later
    await sandbox.move_clock(61, only_sandbox=True)
    if name == "never_paid":
        assert (await till.ask(done))["origRespCode"] == "01"


async def test_the_door(till: Till) -> None:
    good = till.signed({"txnType": "00", "txnSubType": "00", "merId": till.keys["mer_id"], "orderId": "JY000001",
                        "txnTime": "20261122120000"})  # fmt: skip
    assert (await till.send("/gateway/api/queryTrans.do", good))["respCode"] == "34"
    for change, code in (
        ({"orderId": "JY000002"}, "11"), ({"signature": "AAAA"}, "11"), ({"certId": "1"}, "11"),
        ({"version": "5.0.0"}, "10"), ({"signMethod": "11"}, "10"),
    ):  # fmt: skip
        assert (await till.send("/gateway/api/queryTrans.do", {**good, **change}))["respCode"] == code, change
    for name in ("txnAmt", "orderId", "txnTime", "backUrl", "qrNo", "termId", "currencyCode"):
        assert (await till.scan(**{name: ""}))["respCode"] == "13", name
    with pytest.raises(httpx.HTTPError):
        await till.scan("cut_paid")


async def test_forged_and_lying_notices(till: Till, product: Listener) -> None:
    await till.scan("notify_forged")
    first, second = [dict(parse_qsl(h.body.decode())) for h in (await product.wait(2))[:2]]
    with pytest.raises(subprocess.CalledProcessError):
        till.verified(first)
    till.verified(second)
    paid = await till.scan("notify_other_amount")
    told = till.verified(dict(parse_qsl((await product.wait(3))[2].body.decode())))
    assert (told["orderId"], told["txnAmt"]) == (paid["orderId"], "5049")


async def test_the_day_s_file(till: Till, sandbox: Sandbox, product: Listener) -> None:
    await sandbox.http.put("/_control/unionpay", json={"refund_seconds": 0})
    paid, dropped = await till.scan(), await till.scan()
    back = await till.trade("04", "00", origQryId=paid["queryId"], txnAmt="1000")
    await product.wait(3)
    day = datetime.fromisoformat((await sandbox.http.get("/_control/clock")).json()["now"])
    asked = {"txnType": "76", "txnSubType": "01", "bizType": "000000", "accessType": "0", "fileType": "00",
             "merId": till.keys["mer_id"], "txnTime": f"{day:%Y%m%d%H%M%S}", "settleDate": f"{day:%m%d}"}  # fmt: skip
    assert (await till.send("/files/", till.signed(asked)))["respCode"] == "98"
    await sandbox.move_clock(86400, only_sandbox=True)
    lies = {"drop": [dropped["orderId"]], "extra": [{"order_id": "JYNOBODY", "amount": 7}]}
    await sandbox.http.put("/_control/unionpay/bill", json=lies)
    said = till.verified(await till.send("/files/", till.signed(asked)))
    with zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(said["fileContent"])))) as folder:
        name = next(n for n in folder.namelist() if "ZM_" in n)
        lines = folder.read(name).decode("gb18030").splitlines()
    assert {len(line) for line in lines} == {sum(settlement.WIDTHS) + len(settlement.WIDTHS) - 1}
    assert [(line[112:144].strip(), int(line[66:78]), line[215:217]) for line in lines] == [
        (paid["orderId"], 5050, "01"), (back["orderId"], 1000, "04"), ("JYNOBODY", 7, "01"),
    ]  # fmt: skip


async def test_a_settlement_day_may_end_an_hour_before_midnight(
    till: Till, sandbox: Sandbox, product: Listener
) -> None:
    now = datetime.fromisoformat((await sandbox.http.get("/_control/clock")).json()["now"])
    late = now.replace(hour=23, minute=30) + timedelta(days=1)
    await sandbox.move_clock((late - now).total_seconds(), only_sandbox=True)
    paid = await till.scan()
    await product.wait(1)
    await sandbox.http.put("/_control/unionpay/bill", json={"day_ends": 23})
    await sandbox.move_clock((late - now).total_seconds() + 2 * 86400, only_sandbox=True)
    found = []
    for day in (late, late + timedelta(days=1)):
        asked = {"txnType": "76", "txnSubType": "01", "bizType": "000000", "accessType": "0", "fileType": "00"}
        asked |= {"merId": till.keys["mer_id"], "txnTime": f"{day:%Y%m%d%H%M%S}", "settleDate": f"{day:%m%d}"}
        said = till.verified(await till.send("/files/", till.signed(asked)))
        with zipfile.ZipFile(io.BytesIO(zlib.decompress(base64.b64decode(said["fileContent"])))) as folder:
            name = next(n for n in folder.namelist() if "ZM_" in n)
            found.append(paid["orderId"] in folder.read(name).decode("gb18030"))
    assert found == [False, True]


async def test_the_card_terminal(sandbox: Sandbox) -> None:
    body: dict[str, Any] = {"amount_fen": 5050, "order_no": "JY1"}
    first = (await sandbox.http.post("/_control/unionpay/terminal", json=body)).json()
    assert (first["resp_code"], first["amount_fen"], first["trace_no"]) == ("00", 5050, "000001")
    await sandbox.http.post("/_control/unionpay/terminal", json={**body, "resp_code": "51", "card": "credit"})
    feed = (await sandbox.http.get("/unionpay/terminals/10000001/results")).json()
    assert [one["resp_msg"] for one in feed["results"]] == ["交易成功", "余额不足"]
    later = await sandbox.http.get("/unionpay/terminals/10000001/results", params={"since": feed["last"]})
    assert later.json()["results"] == []
    assert (await sandbox.http.post("/_control/unionpay/terminal", json={"amount_fen": 0})).status_code == 400


async def test_the_product_s_adapter_and_the_sandbox_understand_each_other(sandbox: Sandbox, product: Listener) -> None:
    keys, clock = sandbox.keys["unionpay"], Clock()

    def adapter(kind: CodeKind) -> UnionPayCodes:
        return UnionPayCodes(
            Caller("unionpay", keys["base_url"], Journal(), clock), clock, kind=kind, mer_id=keys["mer_id"],
            signer=Signer(keys["sign_cert_pfx_b64"], keys["sign_cert_password"]),
            trust=Trust(keys["root_cert_pem"], keys["middle_cert_pem"], "中国银联股份有限公司"),
            notify_url=f"{sandbox.product_url}/callbacks/unionpay",
            files=Caller("unionpay", keys["files_url"], Journal(), clock),
        )  # fmt: skip

    def ask(kind: CodeKind, code: str) -> CodeAsk:
        now = clock.now().astimezone(HOSPITAL_ZONE)
        return CodeAsk(request_no("JY"), kind, code, 5050, "门诊缴费", now, now + timedelta(minutes=5), "COUNTER07")

    await sandbox.http.put("/_control/unionpay", json={"refund_seconds": 0})
    scans, shows = adapter(CodeKind.UNIONPAY_CODE), adapter(CodeKind.UNIONPAY_SHOWN)
    code = (await sandbox.http.post("/_control/unionpay/codes", json={"person": "p2"})).json()["code"]
    wanted = ask(CodeKind.UNIONPAY_CODE, code)
    paid = await scans.pay_code(wanted)
    assert (paid.state, paid.total_fen) == (TradeState.PAID, 5050)
    notice = scans.read_notice({}, (await product.wait(1))[0].body)
    assert notice.data["out_trade_no"] == wanted.out_trade_no
    refund = RefundAsk(request_no("RF"), wanted.out_trade_no, paid.transaction_id or "", 50, 5050, "退费")
    await scans.refund(refund, wanted.begun_at, wanted.begun_at)
    found = await scans.query_refund(refund.out_refund_no, wanted.out_trade_no, wanted.begun_at)
    assert (found.state, found.refund_fen) == (GivenBackState.SUCCESS, 50)
    second = ask(CodeKind.UNIONPAY_SHOWN, "")
    qr_code = await shows.show_code(second)
    assert (await shows.query(second.out_trade_no, second.begun_at)).state is TradeState.WAITING
    await sandbox.http.post("/_control/unionpay/transactions", json={"qr_code": qr_code})
    assert (await shows.query(second.out_trade_no, second.begun_at)).state is TradeState.PAID
    assert await shows.reverse(second.out_trade_no, second.begun_at) is CloseOutcome.CLOSED
    await sandbox.move_clock(86400, only_sandbox=True)
    lines = [line async for line in scans.bill(wanted.begun_at.date())]
    assert sorted(line.amount_fen for line in lines) == [50, 5050, 5050, 5050]
    await asyncio.sleep(0)


def test_the_page_has_every_magic_input() -> None:
    page = Path("docs/sandbox-desk.md").read_text("utf-8")
    for table, line in (
        (wechat.CODES, "| {number:02d} | `{name}` | {text} |"),
        (behaviours.CODES, "| {number:02d} | `{name}` | {text} |"),
        (behaviours.REFUNDS, "| ¥672.{number:02d} | `{name}` | {text} |"),
    ):
        for number, (name, text) in table.items():
            assert line.format(number=number, name=name, text=text) in page, name


async def test_the_phone_held_out_shows_codes_that_pay_and_vouchers_that_identify(till: Till, his: HisCaller) -> None:
    page = (await till.sandbox.http.get("/codes", params={"person": "p1", "lang": "en"})).text
    assert page.count("<svg") == 3 + 3  # three codes; mother, father and child are insured
    codes = re.findall(r"<code>([^<]+)</code>", page)
    scanned = await till.trade("01", "06", qrNo=codes[2], termId="00000001")
    assert scanned["respCode"] == "00"
    found = await his.ok("insurance.identify", token=codes[3])
    assert (found["person"]["name"], found["person"]["ec_token"]) == ("陈美华", codes[3])
