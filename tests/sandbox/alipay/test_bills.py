"""The daily bill: a ZIP of GBK tables, read here by the standard library."""

import io
import zipfile
from datetime import datetime, timedelta

import pytest

from tests.sandbox.alipay.conftest import Hospital

pytestmark = [pytest.mark.feature("I08"), pytest.mark.usefixtures("product")]


async def _files(life: Hospital, day: str, kind: str = "trade") -> dict[str, str]:
    found = await life.ask("alipay.data.dataservice.bill.downloadurl.query", {"bill_type": kind, "bill_date": day})
    assert found["code"] == "10000", found
    content = (await life.sandbox.http.get(found["bill_download_url"])).raise_for_status().content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        # No program is told that the names are GBK: they come out as cp437.
        return {name.encode("cp437").decode("gbk"): archive.read(name).decode("gbk") for name in archive.namelist()}


def _rows(text: str) -> tuple[list[str], list[list[str]]]:
    lines = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    return lines[0], lines[1:]


async def _today(life: Hospital) -> str:
    return str((await life.sandbox.http.get("/_control/clock")).json()["now"])[:10]


async def _noon(life: Hospital, days: int) -> None:
    """Noon in some days: signatures made with the machine's own time are still accepted while the clock is moved."""
    now = datetime.fromisoformat((await life.sandbox.http.get("/_control/clock")).json()["now"])
    noon = (now + timedelta(days=days)).replace(hour=12, minute=0)
    await life.sandbox.move_clock((noon - now).total_seconds(), only_sandbox=True)


async def test_the_bill_of_a_day(life: Hospital) -> None:
    for place in range(3):
        await life.paid(f"BILL{place}", f"1{place}.00")
    body = {"out_trade_no": "BILL0", "refund_amount": "4.00", "out_request_no": "BILLR", "refund_reason": "退,号"}
    await life.ask("alipay.trade.refund", body)
    await life.create("BILLOPEN")
    day = await _today(life)
    early = await life.ask("alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": day})
    assert early["sub_code"] == "isp.bill_not_exist"
    await _noon(life, 1)
    files = await _files(life, day)
    stem = f"{life.keys['seller_id']}0156_{day.replace('-', '')}"
    assert files.keys() == {f"{stem}_业务明细.csv", f"{stem}_业务明细(汇总).csv"}
    columns, rows = _rows(files[f"{stem}_业务明细.csv"])
    assert len(columns) == 25
    assert all(len(row) == 25 for row in rows)
    assert [(row[1], row[2], row[11], row[21]) for row in rows] == [
        ("BILL0\t", "交易", "10.00", "\t"),
        ("BILL1\t", "交易", "11.00", "\t"),
        ("BILL2\t", "交易", "12.00", "\t"),
        ("BILL0\t", "退款", "-4.00", "BILLR\t"),
    ]
    assert rows[3][24] == "退，号"
    assert "#交易合计：3笔" in files[f"{stem}_业务明细.csv"]
    _, totals = _rows(files[f"{stem}_业务明细(汇总).csv"])
    assert totals[-1][2:5] == ["3", "1", "29.00"]
    account = await _files(life, day, "signcustomer")
    columns, rows = _rows(account[f"{stem}_账务明细.csv"])
    assert len(columns) == 12
    assert [row[8] for row in rows] == ["10.00", "21.00", "33.00", "29.00"]


async def test_lies_and_what_is_not_there(life: Hospital) -> None:
    for place in range(3):
        await life.paid(f"LIES{place}", "10.00")
    day = await _today(life)
    lies = {"drop": ["LIES0"], "wrong_amount": {"LIES1": 1}, "extra": [{"out_trade_no": "NEVER", "total": 9}]}
    (await life.sandbox.http.put("/_control/alipay/bill", json=lies)).raise_for_status()
    await _noon(life, 1)
    files = await _files(life, day)
    _, rows = _rows(next(text for name, text in files.items() if "汇总" not in name))
    assert sorted((row[1], row[11]) for row in rows) == [("LIES1\t", "0.01"), ("LIES2\t", "10.00"), ("NEVER\t", "0.09")]
    await life.sandbox.http.delete("/_control/alipay/bill")
    ask = "alipay.data.dataservice.bill.downloadurl.query"
    for body in ({"bill_type": "trade", "bill_date": "2026-01-01"}, {"bill_type": "trade", "bill_date": "2099-01-01"}):
        assert (await life.ask(ask, body))["sub_code"] == "isp.bill_not_exist"
    for body in ({"bill_type": "all", "bill_date": day}, {"bill_type": "trade", "bill_date": "yesterday"}):
        assert (await life.ask(ask, body))["sub_code"] == "ACQ.INVALID_PARAMETER"


async def test_the_address_lives_half_a_minute(life: Hospital) -> None:
    await life.paid("SOON1")
    day = await _today(life)
    await _noon(life, 1)
    found = await life.ask("alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": day})
    url = found["bill_download_url"]
    assert (await life.sandbox.http.get(url)).status_code == 200
    offset = (await life.sandbox.http.get("/_control/clock")).json()["offset_seconds"]
    await life.sandbox.move_clock(offset + 31, only_sandbox=True)
    assert (await life.sandbox.http.get(url)).status_code == 403
