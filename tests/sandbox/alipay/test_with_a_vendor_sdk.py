"""The sandbox's Alipay under PyPI `python-alipay-sdk`, an independent reading of the protocol, in both modes."""

from typing import Any

import pytest

from tests.sandbox.alipay.conftest import hospital
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

pytestmark = [
    pytest.mark.feature("I06"),
    # The vendor's client reads certificates with functions of pyOpenSSL that are on their way out.
    pytest.mark.filterwarnings("ignore:.*deprecated.*cryptography:DeprecationWarning"),
]


@pytest.mark.parametrize("mode", ["key", "certificate"])
@pytest.mark.parametrize("app", ["life", "mini"])
async def test_a_payment_and_its_refunds(sandbox: Sandbox, product: Listener, app: str, mode: str) -> None:
    one = hospital(sandbox, app, mode)
    token = await one.token(scope="auth_user")
    assert token["open_id"] == await one.open_id()
    assert "code" not in token
    profile = await one.ask("alipay.user.info.share", auth_token=token["access_token"])
    assert (profile["nick_name"], profile["open_id"]) == ("美华", token["open_id"])
    number = f"A{app}{mode}1"
    trade_no = await one.create(number)
    assert (await one.ask("alipay.trade.query", {"out_trade_no": number}))["trade_status"] == "WAIT_BUYER_PAY"
    assert await one.create(number) == trade_no
    assert (await one.control(f"trades/{trade_no}/confirm"))["result"] == "9000"
    told = one.believes((await product.wait(1))[0].body)
    assert told is not None
    assert {name: told[name] for name in ("out_trade_no", "trade_no", "trade_status", "total_amount", "seller_id")} == {
        "out_trade_no": number, "trade_no": trade_no, "trade_status": "TRADE_SUCCESS", "total_amount": "15.00",
        "seller_id": one.keys["seller_id"],
    }  # fmt: skip
    assert (told["app_id"], told["buyer_open_id"]) == (one.client.appid, token["open_id"])
    found = await one.ask("alipay.trade.query", {"trade_no": trade_no})
    assert (found["trade_status"], found["buyer_pay_amount"]) == ("TRADE_SUCCESS", "15.00")

    for request, amount, total, state in [
        ("R1", "5.00", "5.00", "TRADE_SUCCESS"),
        ("R2", "10", "15.00", "TRADE_CLOSED"),
    ]:
        body = {"out_trade_no": number, "refund_amount": amount, "out_request_no": request, "refund_reason": "取消预约"}
        back = await one.ask("alipay.trade.refund", body)
        assert (back["fund_change"], back["refund_fee"]) == ("Y", total)
        again = await one.ask("alipay.trade.refund", body)
        assert (again["code"], again["fund_change"]) == ("10000", "N")
        other = await one.ask("alipay.trade.refund", {**body, "refund_amount": "1.00"})
        assert other["sub_code"] == "ACQ.DISCORDANT_REPEAT_REQUEST"
        asked = {"out_trade_no": number, "out_request_no": request}
        seen = await one.ask("alipay.trade.fastpay.refund.query", asked)
        assert (seen["refund_status"], float(seen["refund_amount"])) == ("REFUND_SUCCESS", float(amount))
        told = one.believes((await product.wait(2 if request == "R1" else 3))[-1].body)
        assert told is not None
        assert (told["refund_fee"], told["out_biz_no"], told["trade_status"]) == (total, request, state)
    nobody = await one.ask("alipay.trade.fastpay.refund.query", {"out_trade_no": number, "out_request_no": "R9"})
    assert (nobody["code"], nobody.get("refund_status")) == ("10000", None)


async def test_certificates_are_counted_as_the_vendor_counts_them(sandbox: Sandbox) -> None:
    one = hospital(sandbox, "mini", "certificate")
    await one.switch(mode="certificate")
    sn = (await one.raw("alipay.trade.query", biz_content='{"out_trade_no":"none"}')).json()["alipay_cert_sn"]
    assert sn == one.client.get_cert_sn(one.keys["alipay_cert_pem"])
    found = await one.ask("alipay.open.app.alipaycert.download", {"alipay_cert_sn": sn})
    assert found["alipay_cert_content"]
    by_key = hospital(sandbox)
    refused = (await by_key.raw("alipay.trade.query")).json()["error_response"]
    assert refused["sub_code"] == "isv.missing-app-cert-sn"
    wrong = (await one.raw("alipay.trade.query", app_cert_sn="0" * 32)).json()["error_response"]
    assert wrong["sub_code"] == "isv.invalid-app-cert-sn"


async def test_close_and_cancel(sandbox: Sandbox, product: Listener) -> None:
    one = hospital(sandbox)
    trade_no = await one.create("CLOSE1")
    assert (await one.ask("alipay.trade.close", {"out_trade_no": "CLOSE1"}))["code"] == "10000"
    assert (await one.ask("alipay.trade.query", {"out_trade_no": "CLOSE1"}))["trade_status"] == "TRADE_CLOSED"
    assert (await one.control(f"trades/{trade_no}/confirm"))["result"] == "4000"
    assert (await one.ask("alipay.trade.close", {"out_trade_no": "CLOSE1"}))["sub_code"] == "ACQ.TRADE_HAS_CLOSE"
    refused = await one.ask("alipay.trade.create", await one.order("CLOSE1"))
    assert refused["sub_code"] == "ACQ.TRADE_HAS_CLOSE"

    await one.paid("PAID1")
    assert (await one.ask("alipay.trade.close", {"out_trade_no": "PAID1"}))["sub_code"] == "ACQ.TRADE_STATUS_ERROR"
    assert (await one.ask("alipay.trade.create", await one.order("PAID1")))["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"
    done = await one.ask("alipay.trade.cancel", {"out_trade_no": "PAID1"})
    assert (done["action"], done["retry_flag"]) == ("refund", "N")
    assert (await one.ask("alipay.trade.cancel", {"out_trade_no": "PAID1"}))["action"] == "refund"
    await one.create("OPEN1")
    assert (await one.ask("alipay.trade.cancel", {"out_trade_no": "OPEN1"}))["action"] == "close"
    for method in ("query", "close", "cancel"):
        found = await one.ask(f"alipay.trade.{method}", {"out_trade_no": "NOBODY"})
        assert (found["code"], found["sub_code"]) == ("40004", "ACQ.TRADE_NOT_EXIST")
    assert len(await product.wait(2)) >= 2


async def test_a_trade_whose_time_is_over_is_closed_and_announced(sandbox: Sandbox, product: Listener) -> None:
    one = hospital(sandbox)
    await one.switch(skew_seconds=7200)
    await one.create("LATE1", timeout_express="5m")
    await sandbox.move_clock(400, only_sandbox=True)
    told = one.believes((await product.wait(1))[0].body)
    assert told is not None
    assert (told["trade_status"], told["out_trade_no"]) == ("TRADE_CLOSED", "LATE1")
    assert "gmt_payment" not in told


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"total_amount": "15.01"}, "ACQ.CONTEXT_INCONSISTENT"),
    ({"out_trade_no": "has-a-dash"}, "ACQ.INVALID_PARAMETER"),
    ({"out_trade_no": "X" * 65}, "ACQ.INVALID_PARAMETER"),
    ({"total_amount": "0"}, "ACQ.INVALID_PARAMETER"),
    ({"total_amount": "1.234"}, "ACQ.INVALID_PARAMETER"),
    ({"total_amount": "100000000.01"}, "ACQ.INVALID_PARAMETER"),
    ({"subject": ""}, "ACQ.INVALID_PARAMETER"),
    ({"subject": "长" * 257}, "ACQ.INVALID_PARAMETER"),
    ({"body": "长" * 129}, "ACQ.INVALID_PARAMETER"),
    ({"op_app_id": ""}, "ACQ.INVALID_PARAMETER"),
    ({"buyer_open_id": "somebody"}, "ACQ.INVALID_PARAMETER"),
    ({"buyer_open_id": "", "buyer_id": "2088000000000001"}, "ACQ.INVALID_PARAMETER"),
    ({"buyer_open_id": "", "buyer_id": "2088000000000002"}, "ACQ.BUYER_ENABLE_STATUS_FORBID"),
    ({"seller_id": "2088000000000000"}, "ACQ.PARTNER_ERROR"),
    ({"product_code": "QUICK_WAP_PAY"}, "ACQ.ACCESS_FORBIDDEN"),
    ({"timeout_express": "0m"}, "ACQ.INVALID_PARAMETER"),
    ({"time_expire": "2020-01-01 00:00:00"}, "ACQ.INVALID_PARAMETER"),
]


async def test_what_create_refuses(sandbox: Sandbox) -> None:
    one = hospital(sandbox)
    await one.create("CHECK1")
    for change, why in CHANGES:
        found = await one.ask("alipay.trade.create", await one.order("CHECK1") | change)
        assert (found["code"], found["sub_code"]) == ("40004", why), change


async def test_people_are_named_as_the_switch_says(sandbox: Sandbox) -> None:
    one, other = hospital(sandbox), hospital(sandbox, "mini")
    assert await one.open_id() != await other.open_id()
    for identity, names in [("user_id", {"user_id"}), ("both", {"user_id", "open_id"}), ("open_id", {"open_id"})]:
        await one.switch(identity=identity)
        token = await one.token()
        assert {"user_id", "open_id"} & token.keys() == names
    user_id = (await sandbox.http.get("/_control/alipay/people")).json()["people"][0]["user_id"]
    await one.create("BYUSER1", buyer_open_id="", buyer_id=user_id)


async def test_a_trade_is_finished_after_a_year(sandbox: Sandbox, product: Listener) -> None:
    one = hospital(sandbox)
    await one.paid("YEAR1")
    await product.wait(1)
    await sandbox.move_clock(366 * 86400, only_sandbox=True)
    await until(
        lambda: one.ask("alipay.trade.query", {"out_trade_no": "YEAR1"}),
        lambda found: found["trade_status"] == "TRADE_FINISHED",
    )
    body = {"out_trade_no": "YEAR1", "refund_amount": "15.00", "out_request_no": "YEARR"}
    assert (await one.ask("alipay.trade.refund", body))["sub_code"] == "ACQ.TRADE_HAS_FINISHED"
