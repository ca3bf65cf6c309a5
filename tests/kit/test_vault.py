"""Fields at rest, in both suites."""

import base64

import pytest

from jiuyi.kit.crypto import Keys, Unreadable, Vault, parse_keys

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@pytest.fixture(params=["intl", "sm"])
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def vault(suite: str, *, active: int = 1) -> Vault:
    return Vault(Keys(masters={1: KEY, 2: OTHER}, active=active, index=KEY, suite=suite))


def test_what_is_sealed_opens_and_shows_nothing(suite: str) -> None:
    sealed = vault(suite).seal("440106199001011234", "patients.patient.document")
    assert b"4401" not in bytes(sealed)
    assert vault(suite).open(sealed, "patients.patient.document") == "440106199001011234"
    assert vault(suite).seal("x", "c") != vault(suite).seal("x", "c")


def test_a_value_cannot_be_moved_altered_or_opened_with_another_key(suite: str) -> None:
    sealed = vault(suite).seal("clear", "a.b.c")
    with pytest.raises(Unreadable):
        vault(suite).open(sealed, "a.b.d")
    for place in range(len(sealed)):
        broken = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(Unreadable):
            vault(suite).open(broken, "a.b.c")
    with pytest.raises(Unreadable):
        vault(suite).open(b"short", "a.b.c")


def test_keys_rotate_and_suites_switch_without_rewriting() -> None:
    old = vault("intl").seal("clear", "a")
    assert vault("sm", active=2).open(old, "a") == "clear"
    new = vault("sm", active=2).seal("clear", "a")
    assert vault("intl").open(new, "a") == "clear"
    assert bytes(old)[2:4] != bytes(new)[2:4]


def test_the_blind_index_is_equal_for_equals_only(suite: str) -> None:
    one = vault(suite)
    assert one.index("13812342046", "phone") == one.index("13812342046", "phone")
    assert one.index("13812342046", "phone") != one.index("13812342047", "phone")
    assert one.index("13812342046", "phone") != one.index("13812342046", "card")


def test_key_settings_are_checked() -> None:
    good = base64.b64encode(KEY).decode()
    assert parse_keys(f"1:{good},3:{good}", good, "sm").active == 3
    for masters, index, suite in [
        ("1:short", good, "intl"),
        (f"1:{good}", "short", "intl"),
        (f"1:{good}", good, "rot13"),
    ]:
        with pytest.raises(ValueError, match=r"."):
            parse_keys(masters, index, suite)
