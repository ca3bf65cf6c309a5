"""Settings of Alipay: a section that a hospital without Alipay leaves out."""

import msgspec

from jiuyi.adapters.alipay.keys import AppKeys


class Alipay(msgspec.Struct, frozen=True):
    """Alipay's open platform, a direct merchant: the Life Account, the mini program, or both (one may be empty).

    `mode` = key (Alipay's public key) | certificate (the three certificates). The mini program has the Life Account's
    keys unless its own are given. `templates` and `mini_templates` are JSON: kind of message → template id.
    """

    seller_id: str
    app_private_key_pem: str
    life_app_id: str = ""
    mini_app_id: str = ""
    mode: str = "key"
    alipay_public_key_pem: str = ""
    app_cert_pem: str = ""
    alipay_cert_pem: str = ""
    alipay_root_cert_pem: str = ""
    mini_app_private_key_pem: str = ""
    mini_alipay_public_key_pem: str = ""
    mini_app_cert_pem: str = ""
    mini_alipay_cert_pem: str = ""
    templates: str = "{}"
    mini_templates: str = "{}"
    gateway_url: str = "https://openapi.alipay.com/gateway.do"
    open_url: str = "https://openauth.alipay.com"
    bill_url: str = "https://dwbillcenter.alipay.com"
    js_sdk_url: str = "https://gw.alipayobjects.com/as/g/h5-lib/alipayjsapi/3.1.1/alipayjsapi.inc.min.js"

    def life_keys(self) -> AppKeys:
        """The Life Account's keys. Raises `ValueError` or `TypeError`."""
        return self._keys(self.life_app_id, "")

    def mini_keys(self) -> AppKeys:
        """The mini program's keys. Raises `ValueError` or `TypeError`."""
        return self._keys(self.mini_app_id, "mini_")

    def _keys(self, app_id: str, prefix: str) -> AppKeys:
        def own(name: str) -> str:
            return str(getattr(self, f"{prefix}{name}") or getattr(self, name))

        certificates = None
        if self.mode == "certificate":
            certificates = (own("app_cert_pem"), own("alipay_cert_pem"), self.alipay_root_cert_pem)
        return AppKeys(app_id, own("app_private_key_pem"), own("alipay_public_key_pem"), certificates=certificates)

    def template_ids(self) -> dict[str, str]:
        """Kind of message → template id of the Life Account. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.templates, type=dict[str, str])

    def mini_template_ids(self) -> dict[str, str]:
        """Kind of message → template id of the mini program, else the Life Account's. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.mini_templates, type=dict[str, str]) or self.template_ids()


def faults(alipay: Alipay) -> list[str]:
    """What is wrong with the section, in sentences."""
    found = []
    if alipay.mode not in {"key", "certificate"}:
        found.append("JIUYI_ALIPAY_MODE must be one of key, certificate")
    if not alipay.life_app_id and not alipay.mini_app_id:
        found.append("JIUYI_ALIPAY_LIFE_APP_ID or JIUYI_ALIPAY_MINI_APP_ID is missing")
    for app_id, keys in ((alipay.life_app_id, alipay.life_keys), (alipay.mini_app_id, alipay.mini_keys)):
        try:
            if app_id:
                keys()
        except (ValueError, TypeError) as error:
            found.append(f"JIUYI_ALIPAY_* keys or certificates of app {app_id}: {error}")
    for name, read in (("", alipay.template_ids), ("MINI_", alipay.mini_template_ids)):
        try:
            read()
        except msgspec.MsgspecError as error:
            found.append(f"JIUYI_ALIPAY_{name}TEMPLATES is not JSON of kind → id: {error}")
    return found
