"""Settings of UnionPay: a section that a hospital without UnionPay leaves out."""

from datetime import time, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature

from jiuyi.adapters.unionpay.acp import Signer, Trust
from jiuyi.adapters.unionpay.settlement import Layout


class UnionPay(msgspec.Struct, frozen=True):
    """UnionPay ACP 5.1.0, a direct merchant. `sign_cert_pfx_b64` is the merchant's .pfx in base64.

    `sign_owner` must stand in the name of the certificate that signs answers; what the test environment writes there
    is UNCONFIRMED. `files_url` gives the settlement file (the test host is UNCONFIRMED); `file_layout` is JSON with the
    positions in its lines, where the hospital's differ. `day_ends` (HH:MM) is when a settlement day ends: what comes
    after it is on the next day's file (23:00 by common knowledge, UNCONFIRMED for this merchant).
    """

    mer_id: str
    sign_cert_pfx_b64: str
    sign_cert_password: str
    root_cert_pem: str
    middle_cert_pem: str
    base_url: str = "https://gateway.95516.com"
    files_url: str = ""
    sign_owner: str = "中国银联股份有限公司"
    file_layout: str = "{}"
    day_ends: str = "23:00"

    def signer(self) -> Signer:
        """The merchant's key. Raises ValueError."""
        return Signer(self.sign_cert_pfx_b64, self.sign_cert_password)

    def trust(self) -> Trust:
        """Whose certificates are believed. Raises ValueError, TypeError or `InvalidSignature`."""
        return Trust(self.root_cert_pem, self.middle_cert_pem, self.sign_owner)

    def cut(self) -> timedelta:
        """How long before midnight a settlement day ends. Raises ValueError."""
        ends = time.fromisoformat(self.day_ends)
        return timedelta(hours=24) - timedelta(hours=ends.hour, minutes=ends.minute) if ends != time() else timedelta()

    def layout(self) -> Layout:
        """Positions in the settlement file. Raises `msgspec.MsgspecError`."""
        return msgspec.json.decode(self.file_layout, type=Layout)


def faults(unionpay: UnionPay) -> list[str]:
    """What is wrong with the section, in sentences."""
    found = []
    for name, read in (
        ("JIUYI_UNIONPAY_SIGN_CERT_PFX_B64 or _PASSWORD", unionpay.signer),
        ("JIUYI_UNIONPAY_ROOT_CERT_PEM or _MIDDLE_CERT_PEM", unionpay.trust),
        ("JIUYI_UNIONPAY_FILE_LAYOUT", unionpay.layout),
        ("JIUYI_UNIONPAY_DAY_ENDS", unionpay.cut),
    ):
        try:
            read()
        except (ValueError, TypeError, InvalidSignature, msgspec.MsgspecError) as error:
            found.append(f"{name} cannot be used: {type(error).__name__}")
    return found
