"""Unpacking the trade bill: digests, files that are cut off, and files that grow beyond all measure."""

import gzip
import hashlib

import pytest

from jiuyi.adapters.wechat import pay_bill

pytestmark = pytest.mark.feature("I02", "J04")
PLAIN = "\ufeff交易时间,商户号\n总交易单数\n".encode()


def digest(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()  # noqa: S324 - WeChat's own algorithm


def test_a_bill_is_unpacked_and_compared() -> None:
    assert pay_bill.unpacked(gzip.compress(PLAIN), digest(PLAIN).upper()).startswith("交易时间")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not packed", "not gzip"),
        (b"", "not one whole gzip"),
        (gzip.compress(PLAIN)[:-9], "not one whole gzip"),
        (gzip.compress(PLAIN) + b"more", "not one whole gzip"),
        (gzip.compress(PLAIN + b"."), "the digest differs"),
    ],
)
def test_what_is_not_the_bill_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(pay_bill.BillRefused, match=why):
        pay_bill.unpacked(content, digest(PLAIN))


def test_a_bill_that_grows_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pay_bill, "_MOST_UNPACKED", 1000)
    large = b"," * 1_000_000
    with pytest.raises(pay_bill.BillRefused, match="too large"):
        pay_bill.unpacked(gzip.compress(large), digest(large))
