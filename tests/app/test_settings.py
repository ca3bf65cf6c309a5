"""Settings: sections that may be left out as a whole, and what is said about one that was begun."""

import base64

import pytest

from jiuyi.app import settings
from jiuyi.app.wiring import build
from jiuyi.domains.accounts.ports import NotOffered
from tests.support.product import settings_for

pytestmark = pytest.mark.feature("I06")


def test_a_hospital_without_alipay_starts() -> None:
    whole = settings_for("postgresql://nowhere/none")
    without = settings.Settings(**{name: getattr(whole, name) for name in settings.SECTIONS if name != "alipay"})
    parts = build(without, pool=1)
    assert isinstance(parts.ports["alipay_life_sign_in"], NotOffered)
    assert set(parts.ports["channels"].methods) == {"wechat_jsapi"}
    assert "alipay" in settings.left_out(without)
    assert "alipay" not in settings.left_out(whole)
    assert {"wechat_jsapi", "alipay_h5", "alipay_mini"} <= set(build(whole, pool=1).ports["channels"].methods)


def test_a_section_that_was_begun_must_be_whole() -> None:
    given = {"JIUYI_ALIPAY_LIFE_APP_ID": "2021000000000001", "JIUYI_ALIPAY_MODE": "keys"}
    with pytest.raises(settings.SettingsFaulty) as faulty:
        settings.load(given)
    said = [fault for fault in faulty.value.faults if "ALIPAY" in fault]
    assert any("JIUYI_ALIPAY_SELLER_ID is missing" in fault for fault in said)
    assert any("JIUYI_ALIPAY_MODE must be one of" in fault for fault in said)
    with pytest.raises(settings.SettingsFaulty) as faulty:
        settings.load({"JIUYI_VAULT_INDEX": base64.b64encode(bytes(32)).decode()})
    assert not [fault for fault in faulty.value.faults if "ALIPAY" in fault]
