"""Settings of medical insurance: two sections that a hospital without it leaves out."""

import msgspec

from jiuyi.adapters.insurance.centre import PATHS
from jiuyi.adapters.insurance.check_file import Columns
from jiuyi.adapters.insurance.envelope import Envelope
from jiuyi.kit.sm2 import NotAKey

_FORMS = ("yyyyMMddHHmmss", "milliseconds")
_BILLS = ("none", "mobile", "all")
_LEAST_SECRET = 16


class Insurance(msgspec.Struct, frozen=True):
    """The national mobile-payment centre. Keys are SM2 in Base64 or hexadecimal.

    UNCONFIRMED for Guangdong, to be set from the access package: `base_url`, `paths` (JSON: transaction → path),
    `version`, `timestamp_form` (yyyyMMddHHmmss | milliseconds), `user_id` of the SM2 signature. `city` is the
    place of treatment (national division code).

    The centre's daily file for reconciliation is UNCONFIRMED as a whole: `bill` says whether it gives one and of what
    (none | mobile | all: with what the HIS settled at its desk), `bill_columns` what the columns are called (JSON:
    our word → theirs), `bill_request` what the request must say besides (JSON), `bill_not_yet` which refusals mean
    that the file is not made yet (codes, comma-separated). With `none`, legs are compared with the HIS alone.
    """

    base_url: str
    app_id: str
    app_secret: str
    private_key: str
    platform_public_key: str
    org_code: str
    org_name: str = "岭南大学附属医院"
    city: str = "440100"
    version: str = "2.0.1"
    timestamp_form: str = "yyyyMMddHHmmss"
    user_id: str = "1234567812345678"
    paths: str = "{}"
    bill: str = "none"
    bill_columns: str = "{}"
    bill_request: str = "{}"
    bill_not_yet: str = ""

    def path_map(self) -> dict[str, str]:
        """Transaction → path, where they differ from the known ones. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.paths, type=dict[str, str])

    def columns(self) -> Columns:
        """What the daily file's columns are called. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.bill_columns, type=Columns)

    def bill_asks(self) -> dict[str, str]:
        """What the request for the daily file must say besides. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.bill_request, type=dict[str, str])

    def envelope(self) -> Envelope:
        """Raises `NotAKey`."""
        return Envelope(
            app_id=self.app_id,
            app_secret=self.app_secret,
            private_key=self.private_key,
            platform_public_key=self.platform_public_key,
            version=self.version,
            timestamp_form=self.timestamp_form,
            user_id=self.user_id,
        )


class Wecity(msgspec.Struct, frozen=True):
    """Consent to insurance inside WeChat (card.wecity), and the exchange of its codes.

    `passthrough`: whether mixed orders carry passthrough_request_content; the official texts contradict each other.
    """

    partner_id: str
    partner_secret: str
    channel: str = ""
    org_chnl_crtf_codg: str = ""
    auth_url: str = "https://card.wecity.qq.com/oauth/code"
    query_url: str = "https://mip-receiver.tengmed.com/api/mipuserquery/userQuery"
    passthrough: bool = False
    test_env: bool = False


def faults(insurance: Insurance) -> list[str]:
    """What is wrong with the centre's section, in sentences."""
    found = []
    if insurance.timestamp_form not in _FORMS:
        found.append(f"JIUYI_INSURANCE_TIMESTAMP_FORM must be one of {', '.join(_FORMS)}")
    if min(len(insurance.app_id), len(insurance.app_secret)) < _LEAST_SECRET:
        found.append("JIUYI_INSURANCE_APP_ID and _APP_SECRET must be at least 16 characters")
    else:
        try:
            insurance.envelope()
        except NotAKey as error:
            found.append(f"JIUYI_INSURANCE_PRIVATE_KEY or _PLATFORM_PUBLIC_KEY: {error}")
    if insurance.bill not in _BILLS:
        found.append(f"JIUYI_INSURANCE_BILL must be one of {', '.join(_BILLS)}")
    try:
        insurance.columns()
        insurance.bill_asks()
    except msgspec.MsgspecError as error:
        found.append(f"JIUYI_INSURANCE_BILL_COLUMNS or _BILL_REQUEST is not JSON of texts: {error}")
    try:
        if odd := set(insurance.path_map()) - set(PATHS):
            found.append(f"JIUYI_INSURANCE_PATHS names unknown transactions: {', '.join(sorted(odd))}")
    except msgspec.MsgspecError as error:
        found.append(f"JIUYI_INSURANCE_PATHS is not JSON of transaction → path: {error}")
    return found
