"""A hospital's client of the mobile centre, written from the protocol with PyPI `gmssl`: an independent reading."""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from gmssl import func, sm2, sm4

_numbers = itertools.count(1)
PATHS = {
    "6201": "/org/local/api/hos/uldFeeInfo",
    "6202": "/org/local/api/hos/pay_order",
    "6203": "/org/local/api/hos/refund_Order",
    "6301": "/org/local/api/hos/query_order_info",
    "6401": "/org/local/api/hos/revoke_order",
    "bill": "/api/amp/hos/getCheckFile",
}


def sm4_ecb(key: bytes, data: bytes, *, encrypt: bool = True) -> bytes:
    cipher = sm4.CryptSM4()
    cipher.set_key(key, sm4.SM4_ENCRYPT if encrypt else sm4.SM4_DECRYPT)
    done: bytes = cipher.crypt_ecb(data)
    return done


def derived(app_id: str, app_secret: str) -> bytes:
    return sm4_ecb(app_id[:16].encode(), app_secret.encode()).hex().upper()[:16].encode()


def hexadecimal(key: str) -> str:
    return base64.b64decode(key).hex()


def signer(private: str, public: str) -> Any:
    return sm2.CryptSM2(private_key=hexadecimal(private), public_key=hexadecimal(public)[2:])


EMPTY: tuple[Any, ...] = (None, "", {}, [])


def clean(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {k: clean(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v not in EMPTY}
    if isinstance(value, list):
        return [v for v in map(clean, value) if v not in EMPTY]
    return value


def canonical(fields: dict[str, Any], secret: str) -> bytes:
    kept = clean({k: v for k, v in fields.items() if k not in ("signData", "encData", "extra")})
    texts = []
    for name in sorted(kept):
        value = kept[name]
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        texts.append(f"{name}={value if isinstance(value, str) else text}")
    return ("&".join(texts) + f"&key={secret}").encode()


class CentreClient:
    """Seals with the hospital's key, opens with the centre's, by gmssl alone."""

    def __init__(self, http: httpx.AsyncClient, keys: dict[str, str]) -> None:
        self.http, self.keys = http, keys
        from jiuyi_sandbox.insurance import sm2 as ours  # only to learn the public half of the hospital's key

        public = ours.read_private(keys["private_key"]).public_text
        self.mine = signer(keys["private_key"], public)
        self.theirs = signer(keys["private_key"], keys["platform_public_key"])

    def seal(self, data: dict[str, Any], **more: Any) -> dict[str, Any]:
        stamp = datetime.fromtimestamp(time.time(), UTC) + timedelta(hours=8)
        fields: dict[str, Any] = {
            "appId": self.keys["app_id"], "encType": "SM4", "signType": "SM2", "version": "2.0.1",
            "timestamp": f"{stamp:%Y%m%d%H%M%S}", **more,
        }  # fmt: skip
        text = canonical({**fields, "data": data}, self.keys["app_secret"])
        signature = self.mine.sign_with_sm3(text, func.random_hex(self.mine.para_len))
        key = derived(self.keys["app_id"], self.keys["app_secret"])
        return {
            **fields,
            "signData": base64.b64encode(bytes.fromhex(signature)).decode(),
            "encData": sm4_ecb(key, json.dumps(data, ensure_ascii=False).encode()).hex().upper(),
        }

    def opened(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """The data of an envelope whose signature gmssl accepts."""
        fields = dict(envelope)
        if envelope.get("encData"):
            key = derived(self.keys["app_id"], self.keys["app_secret"])
            fields["data"] = json.loads(sm4_ecb(key, bytes.fromhex(envelope["encData"]), encrypt=False))
        text = canonical(fields, self.keys["app_secret"])
        signature = base64.b64decode(envelope["signData"]).hex()
        assert self.theirs.verify_with_sm3(signature, text), "the centre's signature does not hold"
        found: dict[str, Any] = fields.get("data", {})
        return found

    async def post(self, code: str, envelope: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post(f"/insurance{PATHS[code]}", json=envelope)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def ok(self, code: str, **data: Any) -> dict[str, Any]:
        envelope = await self.post(code, self.seal(data))
        assert (envelope["code"], envelope["success"]) == (0, True), envelope
        return self.opened(envelope)

    async def refused(self, code: str, **data: Any) -> int:
        """The number of a refusal, which is signed as well."""
        envelope = await self.post(code, self.seal(data))
        assert envelope["success"] is False
        assert "encData" not in envelope
        self.opened(envelope)
        return int(envelope["code"])


def bill(
    keys: dict[str, str], person: dict[str, Any], mdtrt_id: str, token: str, lines: list[tuple[str, str]], **more: Any
) -> dict[str, Any]:
    """A 6201 request over lines of (national code, yuan)."""
    serial = f"{secrets.token_hex(5)}{next(_numbers):06d}"
    visit = {"mdtrtId": mdtrt_id, "psnNo": person["psn_no"], "chrgBchno": f"B{serial}"}
    total = sum(round(float(yuan) * 100) for _, yuan in lines)
    return {
        **visit,
        "orgCodg": keys["org_code"],
        "insutype": person["insutype"],
        "medOrgOrd": f"M{serial}",
        "begntime": "2026-11-23 09:05:00",
        "idNo": person["document_number"],
        "userName": person["name"],
        "idType": "01",
        "payAuthNo": token,
        "insuplcAdmdvs": person["place"],
        "iptOtpNo": "MZ1",
        "atddrNo": "D440100000123",
        "drName": "李志远",
        "deptCode": "A03.01",
        "deptName": "心血管内科",
        "caty": "A03.01",
        "medType": "11",
        "feeType": "01",
        "medfeeSumamt": f"{total / 100:.2f}",
        "acctUsedFlag": "1",
        "psnSetlway": "01",
        "diseinfoList": [
            {"diagType": "1", "diagSrtNo": "1", "diagCode": "I10.x00", "diagName": "原发性高血压", "valiFlag": "1"}
        ],
        "feedetailList": [
            {
                **visit, "feedetlSn": f"{serial}{n}", "feeOcurTime": "2026-11-23 09:20:00", "medListCodg": code,
                "medinsListCodg": f"Y{n}", "detItemFeeSumamt": yuan, "cnt": "1", "pric": yuan,
            }
            for n, (code, yuan) in enumerate(lines)
        ],
        **more,
    }  # fmt: skip
