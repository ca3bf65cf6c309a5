"""Reversing a payment code by v3: accepted is not done."""

import json
from datetime import timedelta
from typing import Any, cast

import pytest

from jiuyi.adapters.wechat.codepay import CodePay
from jiuyi.adapters.wechat.pay import WechatPay
from jiuyi.domains.payments.types import CloseOutcome
from jiuyi.kit.clock import Clock
from jiuyi.kit.outcomes import Refused, Unanswered
from jiuyi.wire.http import Answer

pytestmark = pytest.mark.feature("I07")
NO = "P06H0000000000000001"


class Pay:
    """Takes every reversal, and tells one state; or refuses the operation of that name."""

    merchant_id = "1900000001"

    def __init__(self, state: str) -> None:
        self.state = state

    async def ask(self, operation: str, *_: Any, **__: Any) -> Answer:
        if self.state == operation:
            raise Refused("wechat_pay", operation, "NO_AUTH")
        told: dict[str, Any] = {"out_trade_no": NO, "mchid": "1900000001", "appid": "wx1", "trade_state": self.state}
        if self.state in {"SUCCESS", "REFUND"}:
            told |= {
                "transaction_id": "4200000001",
                "success_time": "2026-11-22T18:30:00+08:00",
                "amount": {"total": 5050, "currency": "CNY"},
            }
        return Answer(200, {}, b"{}" if operation == "reverse" else json.dumps(told).encode())


def channel(state: str) -> CodePay:
    return CodePay(cast("WechatPay", Pay(state)), Clock(), app_id="wx1", store_id="")


@pytest.mark.parametrize("state", ["REVOKED", "CLOSED", "REFUND"])
async def test_what_was_reversed_is_closed(state: str) -> None:
    begun = Clock().now() - timedelta(minutes=1)
    assert await channel(state).reverse(NO, begun) is CloseOutcome.CLOSED


@pytest.mark.parametrize("state", ["SUCCESS", "USERPAYING", "NOTPAY"])
async def test_what_still_holds_or_may_take_money_is_not_called_reversed(state: str) -> None:
    begun = Clock().now() - timedelta(minutes=1)
    with pytest.raises(Unanswered):
        await channel(state).reverse(NO, begun)


async def test_only_a_refused_reversal_is_called_refused() -> None:
    begun = Clock().now() - timedelta(minutes=1)
    with pytest.raises(Refused):
        await channel("reverse").reverse(NO, begun)
    with pytest.raises(Unanswered):
        await channel("query_code").reverse(NO, begun)
