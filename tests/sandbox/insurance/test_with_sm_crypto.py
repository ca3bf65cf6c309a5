"""The sandbox's SM2 and SM4 against npm `sm-crypto`, a reading independent of `gmssl`'s."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from jiuyi_sandbox.insurance import envelope, sm2
from tests.sandbox.insurance.test_vectors import APP_ID, APP_SECRET
from web.frontends import node_folder

PEERS = Path(__file__).resolve().parents[3] / "web" / "peers"

pytestmark = [
    pytest.mark.feature("I02"),
    pytest.mark.skipif(
        not (PEERS / "node_modules" / "sm-crypto").exists(), reason="web/peers is not installed: make test does it"
    ),
]


async def test_each_believes_the_other() -> None:
    keys, text = sm2.read_private(sm2.new_private_text()), 'appId=A&data={"名":"值"}&key=S'
    asked = {
        "public": base64.b64decode(keys.public_text).hex(),
        "text": text,
        "signature": sm2.sign(keys.private, text.encode()).hex(),
        "key": envelope.derived_key(APP_ID, APP_SECRET).hex(),
        "plain": '{"a":"测试"}',
    }
    process = await asyncio.create_subprocess_exec(
        node_folder() / "node", PEERS / "sm.mjs", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, wrong = await process.communicate(json.dumps(asked).encode())
    assert process.returncode == 0, wrong.decode()
    found = json.loads(out)
    public = sm2.read_public(base64.b64encode(bytes.fromhex(found["public"])).decode())
    assert found["holds"]
    for form in ("signature", "der"):
        assert sm2.verify(public, text.encode(), bytes.fromhex(found[form])), form
    assert found["cipher"] == envelope.encrypt(APP_ID, APP_SECRET, asked["plain"].encode())
