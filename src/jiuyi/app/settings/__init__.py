"""Deployment settings: URLs, keys and pools, from the environment. The hospital's own numbers are knobs, not these.

Every name is `JIUYI_<SECTION>_<FIELD>` (sections below); `<NAME>_FILE` names a file to read a secret from.
`load` reports every fault at once. Production refuses sandbox addresses and sample secrets.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from jiuyi.adapters.wechat.envelope import key_of
from jiuyi.adapters.wechat.pay_keys import MerchantKey, PlatformKeys
from jiuyi.app.settings.alipay import Alipay as Alipay
from jiuyi.app.settings.alipay import faults as alipay_faults
from jiuyi.app.settings.insurance import Insurance as Insurance
from jiuyi.app.settings.insurance import Wecity as Wecity
from jiuyi.app.settings.insurance import faults as insurance_faults
from jiuyi.app.settings.unionpay import UnionPay
from jiuyi.app.settings.unionpay import faults as unionpay_faults
from jiuyi.kit.crypto import parse_keys

_MODES = ("production", "demo", "test")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_SIGNATURES = ("HMAC-SHA256", "HMAC-SM3")
_V2_SIGNATURES = ("HMAC-SHA256", "MD5")
_CODEPAY = ("v2", "v3")
_LOCAL = ("localhost", "127.", "0.0.0.0", "[::1]")  # noqa: S104 - a name to refuse, not to bind


class SettingsFaulty(Exception):
    """The settings cannot be used; `faults` are sentences, one a fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Database(msgspec.Struct, frozen=True):
    """`url` may go through a pooler in transaction mode (then `prepared` is false); `direct_url` may not."""

    url: str
    direct_url: str = ""
    prepared: bool = True
    web_pool: int = 8
    worker_pool: int = 10


class Web(msgspec.Struct, frozen=True):
    """How the program is reached. `hosts`: comma-separated names, `*.suffix` allowed."""

    public_url: str
    hosts: str
    trusted_proxies: int = 0
    ticket_secret: str = ""
    h5_dir: str = ""
    console_dir: str = ""


class VaultKeys(msgspec.Struct, frozen=True):
    """Field encryption: `masters` = `1:<base64 of 32 bytes>[,2:…]`, the highest id is active; `suite` = intl | sm."""

    masters: str
    index: str
    suite: str = "intl"


class His(msgspec.Struct, frozen=True):
    """The hospital's external integration platform; `signature` = HMAC-SHA256 | HMAC-SM3."""

    base_url: str
    app_id: str
    secret: str
    signature: str = "HMAC-SHA256"


class WechatOa(msgspec.Struct, frozen=True):
    """The Official Account. `templates` is JSON: kind of message → template id."""

    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str
    templates: str = "{}"
    template_fields: str = "{}"
    api_url: str = "https://api.weixin.qq.com"
    open_url: str = "https://open.weixin.qq.com"
    js_sdk_url: str = "https://res.wx.qq.com/open/js/jweixin-1.6.0.js"

    def template_ids(self) -> dict[str, str]:
        """Kind of message → template id. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.templates, type=dict[str, str])

    def template_fields_by_role(self) -> dict[str, dict[str, str]]:
        """Kind of message → role → keyword, where the hospital's differ from ours. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.template_fields, type=dict[str, dict[str, str]])


class WechatPay(msgspec.Struct, frozen=True):
    """WeChat Pay v3, in public-key mode. Payment codes at the desk go by v2 once `v2_key` is set.

    `v2_sign_type` = HMAC-SHA256 | MD5. `client_cert_pem` is the merchant's certificate, which v2 wants to see before it
    reverses or refunds. `codepay` = v2 | v3: the official papers disagree whether v3 takes payment codes for others
    than invited merchants (UNCONFIRMED), so v2 is the default. `store_id` is what v3 wants besides.
    """

    mch_id: str
    merchant_serial_no: str
    merchant_private_key_pem: str
    api_v3_key: str
    public_key_id: str
    public_key_pem: str
    base_url: str = "https://api.mch.weixin.qq.com"
    v2_key: str = ""
    v2_sign_type: str = "HMAC-SHA256"
    client_cert_pem: str = ""
    create_ip: str = "127.0.0.1"
    codepay: str = "v2"
    store_id: str = ""


class Sms(msgspec.Struct, frozen=True):
    """Tencent Cloud SMS. `templates` is JSON: kind of message → template id."""

    secret_id: str
    secret_key: str
    sdk_app_id: str
    sign_name: str
    templates: str = "{}"
    region: str = "ap-guangzhou"
    base_url: str = "https://sms.tencentcloudapi.com"

    def template_ids(self) -> dict[str, str]:
        """Kind of message → template id. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.templates, type=dict[str, str])


class Settings(msgspec.Struct, frozen=True):
    """Everything a process of this program needs to know before it starts."""

    database: Database
    web: Web
    vault: VaultKeys
    his: His
    wechat_oa: WechatOa
    wechat_pay: WechatPay
    sms: Sms
    alipay: Alipay | None = None
    unionpay: UnionPay | None = None
    insurance: Insurance | None = None
    wecity: Wecity | None = None
    mode: str = "production"
    sandbox_url: str = ""
    log_level: str = "INFO"
    log_pretty: bool = False


SECTIONS: dict[str, type[msgspec.Struct]] = {
    "database": Database,
    "web": Web,
    "vault": VaultKeys,
    "his": His,
    "wechat_oa": WechatOa,
    "wechat_pay": WechatPay,
    "sms": Sms,
    "alipay": Alipay,
    "unionpay": UnionPay,
    "insurance": Insurance,
    "wecity": Wecity,
}
OPTIONAL = frozenset({"alipay", "unionpay", "insurance", "wecity"})
"""Sections that a hospital may leave out as a whole: then it does not have that channel."""


def left_out(settings: Settings) -> list[str]:
    """The optional sections that are not set, by name."""
    return sorted(name for name in OPTIONAL if getattr(settings, name) is None)


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises `SettingsFaulty` with every fault found.

    `DATABASE_URL` and `DATABASE_DIRECT_URL` are understood besides the same names with `JIUYI_` in front.
    """
    faults: list[str] = []
    given = dict(environment)
    for plain in ("DATABASE_URL", "DATABASE_DIRECT_URL"):
        if plain in given:
            given.setdefault(f"JIUYI_{plain}", given[plain])
    sections: dict[str, Any] = {
        name: _section(f"JIUYI_{name.upper()}_", kind, given, faults)
        for name, kind in SECTIONS.items()
        if name not in OPTIONAL or _begun(f"JIUYI_{name.upper()}_", given)
    }
    top: dict[str, Any] = {}
    for name in ("mode", "sandbox_url", "log_level"):
        if f"JIUYI_{name.upper()}" in given:
            top[name] = given[f"JIUYI_{name.upper()}"]
    top_pretty = given.get("JIUYI_LOG_PRETTY", "") in {"1", "true", "yes"}
    settings = Settings(**sections, **top, log_pretty=top_pretty)
    # What is missing was reported already: what its empty place breaks says nothing new.
    known = {fault.partition(" ")[0] for fault in faults}
    faults += [fault for fault in check(settings) if not _said(fault, known)]
    if settings.mode == "production":
        faults += _unknown_names(given)
    if faults:
        raise SettingsFaulty(faults)
    return settings


def _said(fault: str, known: set[str]) -> bool:
    name = fault.partition(" ")[0].rstrip(":*")
    return any(each.startswith(name) for each in known)


def _begun(prefix: str, given: Mapping[str, str]) -> bool:
    return any(name.startswith(prefix) for name in given)


def _unknown_names(given: Mapping[str, str]) -> list[str]:
    """A misspelt name would silently leave the default in force."""
    prefixes = tuple(f"JIUYI_{name.upper()}_" for name in SECTIONS)
    right = {
        f"JIUYI_{name.upper()}_{field.name.upper()}"
        for name, kind in SECTIONS.items()
        for field in msgspec.structs.fields(kind)
    }
    odd = sorted(name for name in given if name.startswith(prefixes) and name.removesuffix("_FILE") not in right)
    return [f"{name} is not a setting; is it misspelt?" for name in odd]


def _section(prefix: str, kind: type[msgspec.Struct], given: Mapping[str, str], faults: list[str]) -> Any:
    values: dict[str, str] = {}
    for field in msgspec.structs.fields(kind):
        name = prefix + field.name.upper()
        if name + "_FILE" in given:
            try:
                values[field.name] = Path(given[name + "_FILE"]).read_text(encoding="utf-8").strip()
            except OSError as error:
                faults.append(f"{name}_FILE cannot be read: {error.strerror}")
        elif name in given:
            values[field.name] = given[name]
        elif field.required:
            faults.append(f"{name} is missing")
        if field.name in values:
            try:
                msgspec.convert(values[field.name], field.type, strict=False)
            except msgspec.ValidationError as error:
                faults.append(f"{name}: {error}")
                del values[field.name]
        if field.required:
            values.setdefault(field.name, "")
    return msgspec.convert(values, kind, strict=False)


def check(settings: Settings) -> list[str]:
    """What is wrong with settings that can be read: malformed keys, and in production sandbox parts."""
    faults: list[str] = []
    if settings.mode not in _MODES:
        faults.append(f"JIUYI_MODE must be one of {', '.join(_MODES)}")
    if settings.log_level not in _LEVELS:
        faults.append(f"JIUYI_LOG_LEVEL must be one of {', '.join(_LEVELS)}")
    if settings.his.signature not in _SIGNATURES:
        faults.append(f"JIUYI_HIS_SIGNATURE must be one of {', '.join(_SIGNATURES)}")
    try:
        parse_keys(settings.vault.masters, settings.vault.index, settings.vault.suite)
    except ValueError as error:
        faults.append(f"JIUYI_VAULT_*: {error}")
    for name, source in (("WECHAT_OA", settings.wechat_oa), ("SMS", settings.sms)):
        try:
            source.template_ids()
        except msgspec.MsgspecError as error:
            faults.append(f"JIUYI_{name}_TEMPLATES is not JSON of kind → id: {error}")
    faults += _pay_key_faults(settings.wechat_pay)
    faults += _channel_faults(settings)
    try:
        key_of(settings.wechat_oa.encoding_aes_key)
    except ValueError as error:
        faults.append(f"JIUYI_WECHAT_OA_ENCODING_AES_KEY: {error}")
    if len(settings.wechat_pay.api_v3_key.encode()) != 32:  # noqa: PLR2004 - an AES-256 key
        faults.append("JIUYI_WECHAT_PAY_API_V3_KEY must be 32 characters")
    if len(settings.web.ticket_secret) < 32:  # noqa: PLR2004 - 128 bits or more
        faults.append("JIUYI_WEB_TICKET_SECRET must be at least 32 characters of randomness")
    if settings.mode == "production":
        faults += _production_faults(settings)
    return faults


def _channel_faults(settings: Settings) -> list[str]:
    """What is wrong with the sections that a hospital may leave out."""
    faults = []
    if settings.alipay is not None:
        faults += alipay_faults(settings.alipay)
    if settings.unionpay is not None:
        faults += unionpay_faults(settings.unionpay)
    if settings.insurance is not None:
        faults += insurance_faults(settings.insurance)
    return faults


def _pay_key_faults(keys: WechatPay) -> list[str]:
    faults = []
    try:
        MerchantKey(keys.mch_id, keys.merchant_serial_no, keys.merchant_private_key_pem)
    except (ValueError, TypeError):
        faults.append("JIUYI_WECHAT_PAY_MERCHANT_PRIVATE_KEY_PEM is not an RSA private key in PEM")
    try:
        PlatformKeys(public_key_id=keys.public_key_id, public_key_pem=keys.public_key_pem, api_v3_key="0" * 32)
    except (ValueError, TypeError) as error:
        faults.append(f"JIUYI_WECHAT_PAY_PUBLIC_KEY_ID or _PEM: {error}")
    if keys.v2_key and len(keys.v2_key.encode()) != 32:  # noqa: PLR2004 - as the merchant platform wants it
        faults.append("JIUYI_WECHAT_PAY_V2_KEY must be 32 characters")
    if keys.v2_sign_type not in _V2_SIGNATURES:
        faults.append(f"JIUYI_WECHAT_PAY_V2_SIGN_TYPE must be one of {', '.join(_V2_SIGNATURES)}")
    if keys.codepay not in _CODEPAY:
        faults.append(f"JIUYI_WECHAT_PAY_CODEPAY must be one of {', '.join(_CODEPAY)}")
    return faults


def _addresses(settings: Settings) -> dict[str, str]:
    """Setting → address of an outside system."""
    addresses = {
        "JIUYI_HIS_BASE_URL": settings.his.base_url,
        "JIUYI_WECHAT_OA_API_URL": settings.wechat_oa.api_url,
        "JIUYI_WECHAT_OA_OPEN_URL": settings.wechat_oa.open_url,
        "JIUYI_WECHAT_OA_JS_SDK_URL": settings.wechat_oa.js_sdk_url,
        "JIUYI_WECHAT_PAY_BASE_URL": settings.wechat_pay.base_url,
        "JIUYI_SMS_BASE_URL": settings.sms.base_url,
    }
    if settings.alipay is not None:
        for field in ("gateway_url", "open_url", "bill_url", "js_sdk_url"):
            addresses[f"JIUYI_ALIPAY_{field.upper()}"] = getattr(settings.alipay, field)
    if settings.unionpay is not None:
        addresses["JIUYI_UNIONPAY_BASE_URL"] = settings.unionpay.base_url
        addresses["JIUYI_UNIONPAY_FILES_URL"] = settings.unionpay.files_url
    if settings.insurance is not None:
        addresses["JIUYI_INSURANCE_BASE_URL"] = settings.insurance.base_url
    if settings.wecity is not None:
        addresses["JIUYI_WECITY_AUTH_URL"] = settings.wecity.auth_url
        addresses["JIUYI_WECITY_QUERY_URL"] = settings.wecity.query_url
    return addresses


def _open_web_faults(web: Web) -> list[str]:
    faults = []
    if not web.public_url.startswith("https://"):
        faults.append("JIUYI_WEB_PUBLIC_URL must begin with https:// in production")
    if web.trusted_proxies < 1:
        # Pages are https and these processes speak http: something stands in front, and everybody has its address.
        faults.append("JIUYI_WEB_TRUSTED_PROXIES must be the number of proxies in front (docs/operations.md)")
    if "*" in web.hosts.split(","):
        faults.append("JIUYI_WEB_HOSTS must name the hosts in production")
    return faults


def _production_faults(settings: Settings) -> list[str]:
    faults = _open_web_faults(settings.web)
    if settings.wechat_pay.v2_key and not settings.wechat_pay.client_cert_pem:
        faults.append("JIUYI_WECHAT_PAY_CLIENT_CERT_PEM is missing: without it no payment code can be reversed")
    if settings.sandbox_url:
        faults.append("JIUYI_SANDBOX_URL must not be set in production")
    if settings.wecity is not None and settings.wecity.test_env:
        faults.append("JIUYI_WECITY_TEST_ENV must not be set in production")
    for name, url in _addresses(settings).items():
        host = urlsplit(url).hostname or ""
        if host.endswith("localhost") or host.startswith(_LOCAL) or "sandbox" in url:
            faults.append(f"{name} points at a sandbox or at this machine ({host}), which production refuses")
        elif name != "JIUYI_HIS_BASE_URL" and url and not url.startswith("https://"):
            # The HIS may be reached in clear inside the hospital's own network; its messages are signed.
            faults.append(f"{name} must begin with https:// in production")
    for name, secret in (
        ("JIUYI_HIS_SECRET", settings.his.secret),
        ("JIUYI_WEB_TICKET_SECRET", settings.web.ticket_secret),
        ("JIUYI_WECHAT_OA_APP_SECRET", settings.wechat_oa.app_secret),
    ):
        if secret.startswith(("sandbox", "demo", "changeme", "sample")) or len(set(secret)) < 8:  # noqa: PLR2004
            faults.append(f"{name} is a sample secret, which production refuses")
    if settings.vault.index == base64.b64encode(bytes(32)).decode():
        faults.append("JIUYI_VAULT_INDEX is a sample key, which production refuses")
    return faults
