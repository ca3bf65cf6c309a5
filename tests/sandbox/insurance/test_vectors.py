"""SM2, SM3 and SM4 of the sandbox against published examples and against PyPI `gmssl`."""

from __future__ import annotations

import base64
import secrets

import pytest
from gmssl import func

from jiuyi_sandbox.insurance import envelope, sm2
from tests.sandbox.insurance import centre_client

pytestmark = pytest.mark.feature("I02")

APP_ID, APP_SECRET = "ABCDEF0123456789ABCDEF0123456789", "0123456789ABCDEF0123456789ABCDEF"
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
"""GB/T 32918.5-2017, annex A."""


def test_the_standard_example_of_a_key_and_a_signature() -> None:
    public = sm2.public_of(PRIVATE)
    assert f"{public[0]:064X}" == "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    assert f"{public[1]:064X}" == "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    assert sm2.verify(public, b"message digest", signature)
    assert not sm2.verify(public, b"message digesT", signature)
    assert not sm2.verify(public, b"message digest", signature, b"8765432187654321")


def test_sm3_of_the_standard() -> None:
    assert sm2.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_the_derived_key_and_the_cipher_of_the_protocol_reference() -> None:
    assert envelope.derived_key(APP_ID, APP_SECRET) == b"F80648B90524444D"
    assert envelope.encrypt(APP_ID, APP_SECRET, '{"a":"测试"}'.encode()) == "F46380FA2046511652FF85575C7A81CD"
    assert envelope.decrypt(APP_ID, APP_SECRET, "F46380FA2046511652FF85575C7A81CD") == '{"a":"测试"}'.encode()
    assert centre_client.derived(APP_ID, APP_SECRET) == b"F80648B90524444D"


def test_gmssl_believes_ours_and_we_believe_gmssl() -> None:
    keys = sm2.read_private(sm2.new_private_text())
    peer = centre_client.signer(keys.private_text, keys.public_text)
    for size in (0, 1, 63, 64, 500):
        message = secrets.token_bytes(size) or b"-"
        assert peer.verify_with_sm3(sm2.sign(keys.private, message).hex(), message)
        theirs = bytes.fromhex(peer.sign_with_sm3(message, func.random_hex(peer.para_len)))
        assert sm2.verify(keys.public, message, theirs)
        assert not sm2.verify(keys.public, message + b"x", theirs)


def test_both_forms_of_keys_and_signatures_are_read() -> None:
    keys = sm2.read_private(sm2.new_private_text())
    raw = base64.b64decode(keys.private_text)
    assert sm2.read_private(base64.b64encode(b"\0" + raw).decode()) == keys
    point = base64.b64decode(keys.public_text)
    assert sm2.read_public(base64.b64encode(point[1:]).decode()) == keys.public
    signature = sm2.sign(keys.private, b"m")
    parts = [
        part if part[0] < 128 else b"\0" + part for part in (signature[:32].lstrip(b"\0"), signature[32:].lstrip(b"\0"))
    ]
    body = b"".join(b"\x02" + bytes([len(part)]) + part for part in parts)
    assert sm2.verify(keys.public, b"m", b"\x30" + bytes([len(body)]) + body)
    for wrong in ("", "AAAA", "not base64!"):
        with pytest.raises(sm2.NotAKey):
            sm2.read_public(wrong)
        with pytest.raises(sm2.NotAKey):
            sm2.read_private(wrong)


def test_what_is_signed_has_no_empty_parts_and_sorted_keys_at_every_depth() -> None:
    fields = {
        "version": "2.0.1", "appId": "A", "signData": "no", "encData": "no", "extra": {"no": 1}, "code": 0,
        "success": True, "data": {"b": [{"d": "", "c": "2"}, {}], "a": {"z": None}, "名": "值"},
    }  # fmt: skip
    expected = 'appId=A&code=0&data={"b":[{"c":"2"}],"名":"值"}&success=true&version=2.0.1&key=S'
    assert envelope.signed_text(fields, "S").decode() == expected
    assert centre_client.canonical(fields, "S").decode() == expected
