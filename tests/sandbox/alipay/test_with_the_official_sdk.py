"""The sandbox's Alipay under npm `alipay-sdk`, Alipay's own client: answers and notices are verified by it."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.alipay.conftest import Hospital, form, hospital
from tests.support.listener import Listener
from tests.support.sandbox import Sandbox
from web.frontends import node_folder

PEERS = Path(__file__).resolve().parents[3] / "web" / "peers"

pytestmark = [
    pytest.mark.feature("I06"),
    pytest.mark.skipif(
        not (PEERS / "node_modules" / "alipay-sdk").exists(), reason="web/peers is not installed: make test does it"
    ),
    pytest.mark.filterwarnings("ignore:.*deprecated.*cryptography:DeprecationWarning"),
]


async def _run(one: Hospital, mode: str, **asked: Any) -> dict[str, Any]:
    """What the official client made of calls and notices."""
    process = await asyncio.create_subprocess_exec(
        node_folder() / "node", PEERS / "alipay.mjs", mode, env={**os.environ, "TZ": "Asia/Shanghai"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = json.dumps({"keys": one.keys, "app_id": one.client.appid, **asked}).encode()
    out, wrong = await process.communicate(told)
    assert process.returncode == 0, wrong.decode()
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.parametrize("mode", ["key", "certificate"])
async def test_answers_and_notices_hold(sandbox: Sandbox, product: Listener, mode: str) -> None:
    one = hospital(sandbox, "mini" if mode == "certificate" else "life", mode)
    url = f"{sandbox.product_url}/callbacks/alipay_pay"
    content = await one.order("OFFICIAL1")
    found = await _run(
        one,
        mode,
        exec=[
            ["alipay.system.oauth.token", {"grantType": "authorization_code", "code": await one.code()}, False],
            ["alipay.trade.create", {"notifyUrl": url, "bizContent": content}],
            ["alipay.trade.query", {"bizContent": {"out_trade_no": "OFFICIAL1"}}],
            ["alipay.trade.query", {"bizContent": {"out_trade_no": "NOBODY"}}],
        ],
    )
    token, made, waiting, nobody = found["answers"]
    assert token["open_id"] == content["buyer_open_id"]
    assert waiting["trade_status"] == "WAIT_BUYER_PAY"
    assert nobody["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    await one.control(f"trades/{made['trade_no']}/confirm")
    refund = {"out_trade_no": "OFFICIAL1", "refund_amount": "15.00", "out_request_no": "OFFICIALR"}
    found = await _run(one, mode, exec=[["alipay.trade.refund", {"bizContent": refund}]])
    assert found["answers"][0]["fund_change"] == "Y"
    notices = [form(heard.body) for heard in await product.wait(2)]
    await one.control("notices", reference="OFFICIAL1", trick="forged")
    forged = form(product.heard[-1].body)
    changed = notices[0] | {"total_amount": "0.01"}
    found = await _run(one, mode, notices=[*notices, forged, changed])
    assert found["believed"] == [True, True, False, False]
