"""The sandbox's SMS under Tencent's own SDK, and under a signature the test computes from the protocol's text."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tencentcloud.common import credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

from tests.support.sandbox import Sandbox


def _headers(keys: dict[str, Any], host: str, body: bytes, **wrong: str) -> dict[str, str]:
    """TC3 as Tencent Cloud's papers write it."""
    stamp = str(int(time.time()) - int(wrong.get("seconds_late", "0")))
    kind = "application/json; charset=utf-8"
    payload = hashlib.sha256(body).hexdigest()
    canonical = f"POST\n/\n\ncontent-type:{kind}\nhost:{host}\n\ncontent-type;host\n{payload}"
    date = datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
    scope = f"{date}/sms/tc3_request"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"

    def mac(key: bytes, part: str) -> bytes:
        return hmac.new(key, part.encode(), hashlib.sha256).digest()

    secret = mac(mac(mac(b"TC3" + wrong.get("secret", keys["secret_key"]).encode(), date), "sms"), "tc3_request")
    signature = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    credential = f"{wrong.get('id', keys['secret_id'])}/{scope}"
    return {
        "Host": host,
        "Content-Type": kind,
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": wrong.get("region", "ap-guangzhou"),
        "X-TC-Timestamp": stamp,
        "Authorization": f"TC3-HMAC-SHA256 Credential={credential}, SignedHeaders=content-type;host, "
        f"Signature={signature}",
    }


async def _send(sandbox: Sandbox, numbers: list[str], *, drop: str = "", **change: Any) -> dict[str, Any]:
    keys = sandbox.keys["sms"]
    asked = {
        "PhoneNumberSet": numbers,
        "SmsSdkAppId": keys["sdk_app_id"],
        "TemplateId": keys["templates"]["code"],
        "SignName": keys["sign_name"],
        "TemplateParamSet": ["482910", "5"],
        "SessionContext": "c1",
    } | change.pop("body", {})
    body = json.dumps(asked, ensure_ascii=False).encode()
    headers = _headers(keys, httpx.URL(sandbox.base_url).netloc.decode(), body, **change)
    headers.pop(drop, None)
    return dict((await sandbox.http.post("/sms", content=body, headers=headers)).json()["Response"])


async def test_a_code_arrives(sandbox: Sandbox) -> None:
    answer = await _send(sandbox, ["+8613800002046", "+8613800009002", "+8613800009001", "13800002046"])
    codes = [one["Code"] for one in answer["SendStatusSet"]]
    assert codes == [
        "Ok",
        "LimitExceeded.PhoneNumberDailyLimit",
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "InvalidParameterValue.IncorrectPhoneNumber",
    ]
    assert [one["Fee"] for one in answer["SendStatusSet"]] == [1, 0, 0, 0]
    texts = await sandbox.sms()
    assert [(one["phone"], one["template"]) for one in texts] == [("13800002046", "code")]
    assert texts[0]["text"].startswith("【岭南大学附属医院】您的验证码为482910，5分钟内有效")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"id": "AKIDother"}, "AuthFailure.SecretIdNotFound"),
        ({"seconds_late": "301"}, "AuthFailure.SignatureExpire"),
        ({"region": "ap-nowhere"}, "UnsupportedRegion"),
        ({"drop": "Authorization"}, "AuthFailure.SignatureFailure"),
        ({"drop": "X-TC-Timestamp"}, "MissingParameter"),
        ({"drop": "X-TC-Action"}, "InvalidAction"),
        ({"drop": "X-TC-Version"}, "NoSuchVersion"),
        ({"drop": "Content-Type"}, "AuthFailure.SignatureFailure"),
        ({"body": {"SmsSdkAppId": "1"}}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
        ({"body": {"PhoneNumberSet": []}}, "InvalidParameterValue.ContentLengthLimit"),
    ],
    ids=str,
)
async def test_a_wrong_call_is_refused_as_a_whole(sandbox: Sandbox, change: dict[str, Any], code: str) -> None:
    answer = await _send(sandbox, ["+8613800002046"], **change)
    assert answer["Error"]["Code"] == code
    assert await sandbox.sms() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"SignName": "别的医院"}, "FailedOperation.SignatureIncorrectOrUnapproved"),
        ({"TemplateId": "1"}, "FailedOperation.TemplateIncorrectOrUnapproved"),
        ({"TemplateParamSet": ["1"]}, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"),
    ],
    ids=str,
)
async def test_a_wrong_text_fails_for_each_number(sandbox: Sandbox, body: dict[str, Any], code: str) -> None:
    answer = await _send(sandbox, ["+8613800002046"], body=body)
    assert [one["Code"] for one in answer["SendStatusSet"]] == [code]


def test_the_official_sdk_is_understood(sandbox_url: str) -> None:
    """Tencent's own SDK: nothing but its endpoint is changed."""

    keys = httpx.get(f"{sandbox_url}/_control/keys", trust_env=False).json()["sms"]
    profile = ClientProfile(
        httpProfile=HttpProfile(protocol="http", endpoint=f"{httpx.URL(sandbox_url).netloc.decode()}/sms")
    )
    client = sms_client.SmsClient(credential.Credential(keys["secret_id"], keys["secret_key"]), keys["region"], profile)
    asked = models.SendSmsRequest()
    asked.PhoneNumberSet = ["+8613800003074"]
    asked.SmsSdkAppId = keys["sdk_app_id"]
    asked.TemplateId = keys["templates"]["code"]
    asked.SignName = keys["sign_name"]
    asked.TemplateParamSet = ["123456", "5"]
    assert client.SendSms(asked).SendStatusSet[0].Code == "Ok"
