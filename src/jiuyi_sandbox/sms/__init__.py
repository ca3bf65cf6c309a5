"""Tencent Cloud SMS (sms.tencentcloudapi.com): `SendSms`, signed with TC3, one verdict per number.

`/_control/sms` shows the texts, so that a person can read the code that "arrived" on the phone.
"""

import json
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from jiuyi_sandbox.clock import HOSPITAL_TIME
from jiuyi_sandbox.sms import tc3
from jiuyi_sandbox.world import World

__all__ = ["MAGIC_ENDINGS", "SCHEMA", "TEMPLATES", "keys", "reset", "routes"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS sms_text (
    serial_no TEXT PRIMARY KEY,
    phone TEXT NOT NULL,
    template TEXT NOT NULL,
    text TEXT NOT NULL,
    params TEXT NOT NULL,
    sent_at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS sms_text_phone ON sms_text (phone, sent_at);
"""

SIGN_NAME = "岭南大学附属医院"
REGION = "ap-guangzhou"
SERVICE = "sms"
VERSION = "2021-01-11"

TEMPLATES: dict[str, tuple[str, str]] = {
    "100001": ("code", "您的验证码为{1}，{2}分钟内有效。验证码请勿告诉他人，医院工作人员不会向您索要。"),
    "100002": (
        "binding",
        "就诊人{1}的就诊卡于{2}绑定到一个微信或支付宝账号。如非本人同意，请登录就医服务解除绑定或致电020-8888 0000。",
    ),
    "100003": (
        "stopped",
        "{1}您好，您预约的{2}{3}门诊因医生停诊已取消，费用将原路退回，无需操作。可登录就医服务改约。",
    ),
    "100004": (
        "code_en",
        "{1} is your verification code, valid for {2} minutes. Do not share it: hospital staff will never ask for it.",
    ),
}
"""Approved templates: id → (name, text with numbered places)."""

MAGIC_ENDINGS: dict[str, tuple[str, str]] = {
    "9001": ("FailedOperation.InsufficientBalanceInSmsPackage", "the package is used up"),
    "9002": ("LimitExceeded.PhoneNumberDailyLimit", "this number has had too many today"),
    "9003": ("FailedOperation.PhoneNumberInBlacklist", "the number is on the operator's list"),
    "9004": ("InternalError.Timeout", "the operator did not answer"),
}
"""Last four digits of a number → the verdict on it, while the call itself succeeds."""

_NUMBER = re.compile(r"^\+86(1[3-9]\d{9})$")
_MOST_NUMBERS = 200
_LONGEST_CODE = 12
_PER_THIRTY_SECONDS, _PER_DAY = 10, 200


@dataclass
class _Refusal(Exception):
    """A failure of the whole call."""

    code: str
    message: str


def keys(world: World) -> dict[str, Any]:
    """The `sms` part of `/_control/keys`."""
    return {
        "sms": {
            "base_url": f"{world.config.base_url}/sms",
            "secret_id": _secret_id(world),
            "secret_key": world.keys.get("sms.secret_key"),
            "sdk_app_id": _sdk_app_id(world),
            "sign_name": SIGN_NAME,
            "region": REGION,
            "templates": {name: number for number, (name, _) in TEMPLATES.items()},
        }
    }


def reset(world: World) -> None:
    """Forget every text."""
    world.store.execute("DELETE FROM sms_text")


def _secret_id(world: World) -> str:
    return world.keys.get("sms.secret_id", lambda: "AKID" + secrets.token_hex(16))


def _sdk_app_id(world: World) -> str:
    return world.keys.get("sms.sdk_app_id", lambda: f"1400{secrets.randbelow(10**6):06d}")


def routes(world: World) -> list[BaseRoute]:
    """The one address of the API, and the list of texts."""

    async def call(request: Request) -> Response:
        try:
            content = _send(world, await _verified(world, request))
        except _Refusal as refusal:
            request.scope.get("journal", {})["code"] = refusal.code
            content = {"Error": {"Code": refusal.code, "Message": refusal.message}}
        return JSONResponse({"Response": {**content, "RequestId": str(uuid.uuid4())}})

    async def texts(request: Request) -> Response:
        phone = request.query_params.get("phone")
        rows = world.store.all(
            "SELECT * FROM sms_text WHERE ? IS NULL OR phone = ? ORDER BY sent_at DESC, rowid DESC LIMIT 200",
            (phone, phone),
        )
        return JSONResponse({"messages": [_shown(dict(row)) for row in reversed(rows)]})

    return [
        Route("/sms", call, methods=["POST"]),
        Route("/sms/", call, methods=["POST"]),
        Route("/_control/sms", texts),
    ]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromtimestamp(row.pop("sent_at"), HOSPITAL_TIME).isoformat(timespec="seconds")
    return {**row, "template": TEMPLATES[row["template"]][0], "params": json.loads(row["params"]), "at": at}


async def _verified(world: World, request: Request) -> dict[str, Any]:
    """The JSON of a request whose signature holds. The mount is not signed: SDKs sign `/`."""
    body = await request.body()
    received = tc3.Received("POST", "/", request.scope["query_string"].decode(), dict(request.headers), body)
    try:
        tc3.verify(
            received, service=SERVICE, secret_id=_secret_id(world), secret_key=world.keys.get("sms.secret_key"),
            near=world.clock.near,
        )  # fmt: skip
    except tc3.Unauthenticated as refused:
        raise _Refusal(refused.code, refused.message) from refused
    wanted = {"x-tc-action": "SendSms", "x-tc-version": VERSION, "x-tc-region": REGION}
    codes = {"x-tc-action": "InvalidAction", "x-tc-version": "NoSuchVersion", "x-tc-region": "UnsupportedRegion"}
    for name, value in wanted.items():
        if request.headers.get(name) != value:
            raise _Refusal(codes[name], f"{name} must be {value}")
    try:
        found = json.loads(body)
    except ValueError as wrong:
        raise _Refusal("InvalidParameter", "the body is not JSON") from wrong
    if not isinstance(found, dict):
        raise _Refusal("InvalidParameter", "the body is not a JSON object")
    return found


def _send(world: World, asked: dict[str, Any]) -> dict[str, Any]:
    numbers = asked.get("PhoneNumberSet")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= _MOST_NUMBERS:
        raise _Refusal("InvalidParameterValue.ContentLengthLimit", "PhoneNumberSet must have 1 to 200 numbers")
    if asked.get("SmsSdkAppId") != _sdk_app_id(world):
        raise _Refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId is wrong")
    params = asked.get("TemplateParamSet") or []
    if not isinstance(params, list) or not all(isinstance(value, str) for value in params):
        raise _Refusal("InvalidParameterValue.TemplateParameterFormatError", "TemplateParamSet must be strings")
    statuses = [_send_one(world, str(number), asked, params) for number in numbers]
    return {"SendStatusSet": statuses}


def _send_one(world: World, number: str, asked: dict[str, Any], params: list[str]) -> dict[str, Any]:
    code, message = _verdict(world, number, asked, params)
    serial = f"{secrets.randbelow(10**4):04d}:{secrets.randbits(96):029d}" if code == "Ok" else ""
    if code == "Ok":
        template = str(asked["TemplateId"])
        text = TEMPLATES[template][1]
        for place, value in enumerate(params, 1):
            text = text.replace(f"{{{place}}}", value)
        world.store.execute(
            "INSERT INTO sms_text VALUES (?, ?, ?, ?, ?, ?)",
            (serial, number.removeprefix("+86"), template, f"【{asked['SignName']}】{text}",
             json.dumps(params, ensure_ascii=False), world.clock.time()),
        )  # fmt: skip
    return {
        "SerialNo": serial, "PhoneNumber": number, "Fee": int(code == "Ok"),
        "SessionContext": str(asked.get("SessionContext") or ""), "Code": code, "Message": message, "IsoCode": "CN",
    }  # fmt: skip


def _verdict(world: World, number: str, asked: dict[str, Any], params: list[str]) -> tuple[str, str]:
    template = TEMPLATES.get(str(asked.get("TemplateId")))
    if asked.get("SignName") != SIGN_NAME:
        return "FailedOperation.SignatureIncorrectOrUnapproved", "SignName is not approved"
    if template is None:
        return "FailedOperation.TemplateIncorrectOrUnapproved", "TemplateId is not approved"
    if len(params) != template[1].count("{"):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "TemplateParamSet does not fit"
    if template[0] == "code" and len(params[0]) > _LONGEST_CODE:
        return "InvalidParameterValue.TemplateParameterLengthLimit", "the code is too long"
    mobile = _NUMBER.match(number)
    if mobile is None:
        return "InvalidParameterValue.IncorrectPhoneNumber", "not a mainland mobile number"
    if number[-4:] in MAGIC_ENDINGS:
        return MAGIC_ENDINGS[number[-4:]]
    for seconds, most, code in (
        (30, _PER_THIRTY_SECONDS, "LimitExceeded.PhoneNumberThirtySecondLimit"),
        (86400, _PER_DAY, "LimitExceeded.PhoneNumberDailyLimit"),
    ):
        row = world.store.one(
            "SELECT count(*) AS n FROM sms_text WHERE phone = ? AND sent_at > ?",
            (mobile[1], world.clock.time() - seconds),
        )
        if row is not None and row["n"] >= most:
            return code, "too many texts to this number"
    return "Ok", "send success"
