"""The start page: served whole, in two languages, from no foreign host."""

from __future__ import annotations

import re

import pytest

from tests.support.sandbox import Sandbox


@pytest.mark.parametrize("path", ["/", "/hospital"])
async def test_the_page_and_its_parts_are_served(sandbox: Sandbox, path: str) -> None:
    page = await sandbox.http.get(path)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert sandbox.product_url in policy
    parts = re.findall(r'(?:src|href)="(/_pages/[^"]+)"', page.text)
    assert len(set(parts)) >= 4
    for part in parts:
        assert (await sandbox.http.get(part)).status_code == 200, part
    assert (await sandbox.http.get("/_pages/__init__.py")).status_code == 404


async def test_nothing_is_loaded_from_elsewhere(sandbox: Sandbox) -> None:
    for part in (
        "/",
        "/_pages/start.css",
        "/_pages/start.js",
        "/_pages/hospital.js",
        "/_pages/money.js",
        "/_pages/words.js",
    ):
        text = (await sandbox.http.get(part)).text
        assert not re.findall(r"""(?:src|href|url\(|from|import)\s*[=(]?\s*["']?https?://""", text), part


async def test_both_languages_say_the_same_things(sandbox: Sandbox) -> None:
    words = (await sandbox.http.get("/_pages/words.js")).text
    chinese, english = words[words.index("zh: {") :].split("\n  en: {")
    keys = [set(re.findall(r"(?:^|[,{])\s*(\w+): ['\"]", part, re.MULTILINE)) for part in (chinese, english)]
    assert keys[0] == keys[1]
    assert len(keys[0]) > 100
    page = (await sandbox.http.get("/")).text
    assert set(re.findall(r'data-t="(\w+)"', page)) <= keys[0]
    code = (await sandbox.http.get("/_pages/start.js")).text + (await sandbox.http.get("/_pages/hospital.js")).text
    assert set(re.findall(r"\bt\('(\w+)'", code)) <= keys[0]


async def test_every_control_the_page_calls_exists(sandbox: Sandbox) -> None:
    code = (await sandbox.http.get("/_pages/start.js")).text + (await sandbox.http.get("/_pages/hospital.js")).text
    for path in sorted(set(re.findall(r"'GET', [`'](/_[a-z_/]+)", code))):
        assert (await sandbox.http.get(path)).status_code == 200, path
    for path in sorted(set(re.findall(r"'POST', [`'](/_control/hospital/[a-z_/]+)", code))):
        assert (await sandbox.http.post(path, json={})).status_code == 400, path
