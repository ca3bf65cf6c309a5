"""The SMS adapter against the sandbox."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from jiuyi.adapters.sms.tencent import TencentSms
from jiuyi.kit.clock import Clock
from jiuyi.kit.journal import Journal
from jiuyi.kit.outcomes import Garbled, Refused, Unanswered
from jiuyi.wire.http import Caller
from tests.support.sandbox import Sandbox
from tests.support.waiting import MOST_SECONDS


@pytest_asyncio.fixture
async def caller(sandbox: Sandbox) -> AsyncIterator[Caller]:
    made = Caller("sms", sandbox.keys["sms"]["base_url"], Journal(), Clock(), timeout=MOST_SECONDS)
    yield made
    await made.close()


def _sms(sandbox: Sandbox, caller: Caller, **change: Any) -> TencentSms:
    keys = sandbox.keys["sms"] | change
    names = ("secret_id", "secret_key", "sdk_app_id", "sign_name", "region", "templates")
    return TencentSms(caller, Clock(), **{name: keys[name] for name in names})


async def test_each_template_arrives(sandbox: Sandbox, caller: Caller) -> None:
    sms = _sms(sandbox, caller)
    await sms.send("13800002046", "code", ("482910", "5"))
    await sms.send("+8613800002046", "binding", ("陈*华", "11月22日 20:00"))
    await sms.send("13800002046", "stopped", ("陈*华", "11月25日上午", "心血管内科"))
    texts = [one["text"] for one in await sandbox.sms()]
    assert len(texts) == 3
    assert "482910" in texts[0]
    assert "陈*华的就诊卡于11月22日 20:00" in texts[1]
    assert "11月25日上午心血管内科门诊" in texts[2]


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("13800009001", "FailedOperation.InsufficientBalanceInSmsPackage"),
        ("13800009002", "LimitExceeded.PhoneNumberDailyLimit"),
        ("12345", "InvalidParameterValue.IncorrectPhoneNumber"),
    ],
)
async def test_a_number_fails_while_the_call_succeeds(sandbox: Sandbox, caller: Caller, phone: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        await _sms(sandbox, caller).send(phone, "code", ("482910", "5"))
    assert caught.value.code == code


async def test_what_else_a_send_can_come_to(sandbox: Sandbox, caller: Caller) -> None:
    with pytest.raises(Refused, match="SignatureFailure"):
        await _sms(sandbox, caller, secret_key="wrong").send("13800002046", "code", ("1", "5"))
    with pytest.raises(Refused, match="TemplateParamSetNotMatch"):
        await _sms(sandbox, caller).send("13800002046", "code", ("1",))
    with pytest.raises(Refused, match="no_template"):
        await _sms(sandbox, caller).send("13800002046", "greeting", ())
    for kind, value, outcome in (
        ("cut_after", None, Unanswered),
        ("status", 500, Unanswered),
        ("garbled", None, Garbled),
    ):
        await sandbox.fault("sms", kind, value=value, times=1)
        with pytest.raises(outcome):
            await _sms(sandbox, caller).send("13800002046", "code", ("1", "5"))
