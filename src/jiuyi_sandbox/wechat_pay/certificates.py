"""The platform certificates, sealed under the APIv3 key."""

from jiuyi_sandbox.wechat_pay import signing
from jiuyi_sandbox.wechat_pay.gate import Answer, Call
from jiuyi_sandbox.wechat_pay.pay_world import PayWorld, rfc3339
from jiuyi_sandbox.wechat_pay.problems import Problem


async def certificates(pay: PayWorld, _call: Call) -> Answer:
    """GET /v3/certificates. A merchant in public-key mode has none, as at WeChat since 2024."""
    if pay.switches.mode == "public_key":
        raise Problem(404, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台申请使用微信支付公钥")
    start, end = pay.keys.validity
    sealed = signing.seal_resource(
        pay.keys.certificate_pem.encode(), api_v3_key=pay.keys.api_v3_key, associated_data="certificate"
    )
    return 200, {
        "data": [
            {
                "serial_no": pay.keys.certificate_serial,
                "effective_time": rfc3339(start.timestamp()),
                "expire_time": rfc3339(end.timestamp()),
                "encrypt_certificate": sealed,
            }
        ]
    }
